"""What the server says over HTTP."""

import gzip
import json
import urllib.error
import urllib.request
from http.client import HTTPMessage
from typing import NamedTuple

import pytest

from app import server as app_server
from app.lessons import LESSONS
from app.theme import THEMES
from tests.serving import Server

STATIC = [
    "engine/main.js", "engine/style.css", "engine/formulas.js", "lessons/linear.json", "lessons/logistic-dark.json",
]  # fmt: skip


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: HTTPMessage
    body: bytes


def get(server: Server, path: str, **headers: str) -> Answer:
    request = urllib.request.Request(
        server.url + path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def test_the_health_check_answers_200(server: Server):
    answer = get(server, "healthz")
    assert answer.status == 200
    assert answer.body == b"ok\n"
    assert "Set-Cookie" not in answer.headers


def test_the_page_is_at_the_root_and_asks_for_nothing_from_elsewhere(server: Server):
    answer = get(server, "")
    assert answer.status == 200
    text = answer.body.decode()
    assert "Neural networks from scratch" in text
    for mark in ('src="http', "src='http", 'href="http', "cdn."):
        assert mark not in text


@pytest.mark.parametrize("path", STATIC)
def test_static_files_are_compressed_for_those_who_take_it(server: Server, path: str):
    plain, small = get(server, path), get(server, path, Accept_Encoding="gzip")
    assert plain.status == small.status == 200
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body)
    kind = {".js": "text/javascript", "css": "text/css", "son": "application/json"}[path[-3:]]
    assert plain.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize("path", STATIC)
def test_what_the_browser_has_already_is_not_sent_again(server: Server, path: str):
    tag = get(server, path).headers["ETag"]
    again = get(server, path, If_None_Match=tag)
    assert again.status == 304
    assert again.body == b""
    assert get(server, path, If_None_Match='"another"').status == 200


@pytest.mark.parametrize(
    "path",
    [
        "engine/nothing.js", "engine/", "lessons/nothing.json", "lessons/linear-purple.json", "engine/../engine.py",
        "engine/%2e%2e/cli.py", "engine/..%2fcli.py", "lessons/linear", "nothing", "network/x1+x2/3-1/tanh.js",
        "network/x1/1-9-1/tanh.js", "network/",
    ],
)  # fmt: skip
def test_what_there_is_not_is_404(server: Server, path: str):
    answer = get(server, path)
    assert answer.status == 404
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize("key", LESSONS)
def test_every_lesson_is_served_in_every_theme(server: Server, key: str):
    assert json.loads(get(server, f"lessons/{key}.json").body)["key"] == key
    for theme in THEMES:
        assert json.loads(get(server, f"lessons/{key}-{theme}.json").body)["roots"]


def test_each_file_is_made_once():
    assert app_server._drawn("lessons/linear.json") is app_server._drawn("lessons/linear.json")


@pytest.mark.parametrize("path", ["network/x1+x2/2-4-1/tanh.js", "network/columns/30-32-1/relu.js"])
def test_the_formula_of_a_network_is_served(server: Server, path: str):
    answer = get(server, path)
    assert answer.status == 200
    assert b"export function units" in answer.body
