"""What the server says over HTTP."""

import gzip
import hashlib
import json
import re
import socket
import urllib.error
import urllib.request
from http.client import HTTPMessage
from typing import NamedTuple

import brotli
import pytest

from app import site
from app.lessons import LESSONS
from app.serving.answers import best
from app.theme import THEMES
from tests.serving import Server, serving
from tests.wires import request, said, status


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: HTTPMessage
    body: bytes


def get(server: Server, path: str, method: str = "GET", **headers: str) -> Answer:
    request = urllib.request.Request(
        server.url + path, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


@pytest.fixture(scope="module")
def places(server: Server) -> dict[str, str]:
    """Where each file is, by name, as the page says."""
    [table] = re.findall(r'id="files">(.*?)</script>', get(server, "").body.decode())
    return json.loads(table)


SOME = ("main.js", "worker.js", "style.css", "bokeh.js", "lessons/linear.json", "figures/logistic-dark.json")
some = pytest.mark.parametrize("name", SOME)


def test_the_health_check_answers_200(server: Server):
    answer = get(server, "healthz")
    assert answer.status == 200
    assert answer.body == b"ok\n"
    assert "Set-Cookie" not in answer.headers


def test_every_file_of_the_folder_is_served_as_it_is(server: Server):
    for path, codings in site.files().items():
        answer = get(server, path)
        assert answer.status == 200, path
        assert answer.body == codings["identity"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer.headers


@pytest.mark.parametrize("path", ["", "index.html"])
def test_the_page_is_at_the_root_and_asked_about_anew(server: Server, path: str):
    answer = get(server, path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert b"Neural networks from scratch" in answer.body


@pytest.mark.parametrize(("coding", "decompress"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
@some
def test_files_are_compressed_for_those_who_take_it(server: Server, places, name: str, coding: str, decompress):
    plain, small = get(server, places[name]), get(server, places[name], Accept_Encoding=coding)
    assert plain.status == small.status == 200
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == coding
    assert small.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert decompress(small.body) == plain.body
    assert len(small.body) < 0.5 * len(plain.body)
    kind = {".js": "text/javascript", "css": "text/css", "son": "application/json"}[name[-3:]]
    assert plain.headers["Content-Type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("GZIP;q=0.5, br;q=0", "gzip"), ("br; q=0.0", "identity"),
        ("", "identity"), ("deflate, *;q=0.1", "identity"), ("identity;q=0, gzip", "gzip"),
    ],
)  # fmt: skip
def test_a_browser_gets_the_smallest_that_it_takes(accepted: str, coding: str):
    assert best(accepted, {"identity": b"12345", "gzip": b"123", "br": b"12"}) == coding
    assert best(accepted, {"identity": b"1"}) == "identity"


@some
def test_a_name_that_changes_with_the_contents_is_kept_for_ever(server: Server, places, name: str):
    answer = get(server, places[name])
    assert "immutable" in answer.headers["Cache-Control"]
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert hashlib.sha256(answer.body).hexdigest()[:10] in places[name]


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("name", ["", *SOME[:2]])
def test_what_the_browser_has_already_is_not_sent_again(server: Server, places, name: str, coding: str):
    path = places.get(name, "")
    tag = get(server, path, Accept_Encoding=coding).headers["ETag"]
    again = get(server, path, Accept_Encoding=coding, If_None_Match=tag)
    assert again.status == 304
    assert again.body == b""
    assert again.headers["ETag"] == tag
    assert get(server, path, Accept_Encoding=coding, If_None_Match='"another"').status == 200


def test_codings_have_tags_of_their_own(server: Server, places):
    codings = ("identity", "gzip", "br")
    assert len({get(server, places["main.js"], Accept_Encoding=coding).headers["ETag"] for coding in codings}) == 3


def test_the_head_alone_can_be_asked_for(server: Server, places):
    for path in ("", "healthz", places["main.js"]):
        whole, head = get(server, path), get(server, path, "HEAD")
        assert head.status == 200
        assert head.body == b""
        assert head.headers["Content-Length"] == str(len(whole.body))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "healthz"])
def test_nothing_can_be_changed(server: Server, method: str, path: str):
    answer = get(server, path, method)
    assert answer.status == 405
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "nothing", "main.js", "lessons/", "lessons/linear.json", "../app/cli.py", "lessons/../index.html", "healthz/",
        "%2e%2e/README.md", "..%2fREADME.md", "..%5cREADME.md", "/etc/passwd", "lessons/..%2f..%2fapp%2fcli.py",
        "index.html%00", "%ff%fe", "<script>alert(1)</script>",
    ],
)  # fmt: skip
def test_what_there_is_not_is_404(server: Server, path: str):
    with socket.create_connection(("localhost", int(server.url.rstrip("/").rpartition(":")[2])), timeout=30) as wire:
        wire.sendall(f"GET /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        text = b"".join(iter(lambda: wire.recv(65536), b"")).decode()
    status, _, body = text.partition("\r\n\r\n")
    assert status.startswith(("HTTP/1.1 404", "HTTP/1.1 400"))
    assert "Traceback" not in body
    assert "<script" not in body
    assert len(body) < 500


# Of a file that there is: its folder, its name, and its name with the digest of something else.
NEARLY = (
    "{folder}", "{folder}/", "{folder}/.", "{folder}/%2e%2e", "{folder}/%2e%2e/index.html", "{folder}/../index.html",
    "{folder}/..%2findex.html", "{folder}/..%5cindex.html", "{folder}/%252e%252e%252findex.html", "{folder}//{name}",
    "/{folder}/{name}", "./{folder}/{name}", "{folder}/{name}.", "{folder}/{name}/", "{folder}/{name}%20",
    "{folder}/{name}%00", "{folder}/%00{name}", "{folder}/{name};a", "{folder}/{wrong}", "{folder}/%ed%a0%80",
    "{folder}/%ff%fe", "{folder}/\udcff", "{folder}/%", "{folder}/{long}", "{folder}%2f{name}",
)  # fmt: skip


@pytest.mark.parametrize("nearly", NEARLY)
def test_what_is_nearly_the_name_of_a_file_is_none(server: Server, places, nearly: str):
    files = {path.partition("/")[0]: path.partition("/")[2] for path in places.values() if "/" in path}
    files["own"] = files["formulas"]
    assert files.keys() >= {"lessons", "figures", "formulas", "data", "course", "code", "cards"}
    for folder, name in files.items():
        wrong = re.sub(r"\.[0-9a-f]{10}\.", ".0123456789.", name)
        assert wrong != name
        path = "/" + nearly.format(folder=folder, name=name, wrong=wrong, long="a" * 10_000)
        for method in ("GET", "HEAD"):
            answer = said(server, request(path, method=method))
            assert status(answer) in (400, 404), (method, path[:100])
            head, _, body = answer.partition(b"\r\n\r\n")
            assert len(head) < 1000
            assert len(body) < (150 if method == "GET" else 1)
    assert "Traceback" not in server.log_text()


@pytest.mark.parametrize("key", LESSONS)
def test_every_lesson_is_served_in_every_theme(server: Server, places, key: str):
    assert json.loads(get(server, places[f"lessons/{key}.json"]).body)["key"] == key
    for theme in THEMES:
        assert json.loads(get(server, places[f"figures/{key}-{theme}.json"]).body)["roots"]


def test_behind_a_proxy_that_leaves_its_path_everything_is_below_it_and_nothing_else_is():
    with serving(options=["--prefix", "/workshop", "--frame-ancestors", "https://course.example.org"]) as prefixed:
        page = get(prefixed, "workshop/")
        assert page.status == 200
        assert page.headers["Content-Security-Policy"].endswith("; frame-ancestors 'self' https://course.example.org")
        [table] = re.findall(r'id="files">(.*?)</script>', page.body.decode())
        path = json.loads(table)["formulas/linear.js"]
        assert get(prefixed, f"workshop/{path}").status == 200
        assert get(prefixed, f"workshop/{path.replace('formulas/', 'own/')}?own_loss=1").status == 400
        assert (
            get(prefixed, path).status == get(prefixed, "").status == get(prefixed, "workshopindex.html").status == 404
        )
        for told in ("healthz", "readyz", "metrics"):
            assert get(prefixed, told).status == 200
            assert get(prefixed, f"workshop/{told}").status == 404
        assert get(prefixed, "workshop").body == page.body, "a reader without the slash is sent there"


def test_it_tells_of_itself(server: Server, places):
    def counted() -> dict[str, float]:
        text = get(server, "metrics")
        assert text.headers["Content-Type"].startswith("text/plain; version=")
        lines = (line.rpartition(" ") for line in text.body.decode().splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    before = counted()
    get(server, "")
    get(server, "nothing")
    get(server, f"{places['formulas/linear.js'].replace('formulas/', 'own/')}?own_loss=1")
    after = counted()
    grown = {name for name, value in after.items() if value > before.get(name, 0)}
    assert {
        "dl_workshop_pages_total", 'dl_workshop_responses_total{status="404"}',
        'dl_workshop_errors_total{kind="path"}', 'dl_workshop_errors_total{kind="formula"}',
        'dl_workshop_compile_seconds_count{status="400"}', "dl_workshop_compiler_resident_memory_bytes",
    } <= grown  # fmt: skip
    assert after["dl_workshop_connections"] >= 1
    assert after["dl_workshop_compile_waiting"] == 0
    assert {"process_resident_memory_bytes", "process_open_fds", "dl_workshop_event_loop_lag_seconds_count"} <= {*after}
