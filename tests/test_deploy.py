"""The configurations in deploy/, run by the proxies that they are for, before a real server."""

import gzip
import hashlib
import json
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPMessage, HTTPSConnection
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.serving import ROOT, free_port, serving
from tests.site.visit import Visit

DEPLOY = ROOT / "deploy"
PROXIES = {"nginx": "/workshop", "caddy": "", "haproxy": "/workshop"}  # and the path that each has the lessons at
PROGRAMS = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


class Answer(NamedTuple):
    """A response that came by a proxy."""

    status: int
    headers: HTTPMessage
    body: bytes


class Proxy(NamedTuple):
    """A proxy that runs, with TLS.

    Attributes:
        port: where it listens.
        prefix: the path of the lessons, without a slash at the end.
    """

    port: int
    prefix: str

    def get(self, path: str, **headers: str) -> Answer:
        """Asks for a path; redirects are not followed."""
        connection = HTTPSConnection("localhost", self.port, timeout=20, context=anybody())
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


def anybody() -> ssl.SSLContext:
    """Trusts whoever answers: the certificate is one that we have made."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def configuration(name: str, folder: Path, port: int, behind: int) -> list[str]:
    """Writes a proxy's configuration, with our ports, folders and certificate in place of those in it; its command."""
    plain = free_port()
    common = {
        "127.0.0.1:5006": f"127.0.0.1:{behind}", "/etc/ssl/": f"{folder}/", "listen 443": f"listen {port}",
        "listen 80": f"listen {plain}", "bind :443": f"bind :{port}", "bind :80": f"bind :{plain}",
        "server_name lessons.example.org": "server_name localhost",
        "lessons.example.org {": f"localhost:{port} {{\n\ttls {folder}/lessons.pem {folder}/lessons.key",
    }  # fmt: skip
    [source] = [path for path in DEPLOY.iterdir() if path.name.lower().startswith(name)]
    text = source.read_text(encoding="utf-8")
    for there, here in common.items():
        text = text.replace(there, here)
    file = folder / source.name
    if name == "nginx":
        temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy"))
        text = f"pid {folder}/pid; daemon off; events {{}}\nhttp {{ {temporary} access_log off;\n{text}\n}}"
    if name == "caddy":
        text = f"{{\n\tadmin off\n\tauto_https off\n}}\n{text}"
    file.write_text(text, encoding="utf-8")
    return {
        "nginx": ["-c", str(file), "-e", "stderr"],
        "caddy": ["run", "--config", str(file), "--adapter", "caddyfile"],
        "haproxy": ["-db", "-f", str(file)],
    }[name]


@contextmanager
def running(name: str, folder: Path, behind: int) -> Iterator[Proxy]:
    """Runs a proxy until the block is over."""
    program = shutil.which(name, path=PROGRAMS)
    openssl = shutil.which("openssl")
    if program is None or openssl is None:
        pytest.skip(f"{name if program is None else 'openssl'} is not installed")
    pem, key = folder / "lessons.pem", folder / "lessons.key"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", str(key), "-out", str(pem)],
        check=True, capture_output=True,
    )  # fmt: skip
    if name == "haproxy":
        pem.write_text(pem.read_text() + key.read_text())
    port = free_port()
    command = [program, *configuration(name, folder, port, behind)]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            proxy = Proxy(port, PROXIES[name])
            for _ in range(100):
                try:
                    if proxy.get(f"{proxy.prefix}/").status == 200:
                        break
                except OSError:
                    pass
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield proxy
        finally:
            process.terminate()


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    name = request.param
    decided = ["--production", "--trusted-proxies", "127.0.0.1", "--frame-ancestors", "self"]
    prefix = ["--prefix", PROXIES[name]] if PROXIES[name] else []
    with (
        serving(options=[*decided, *prefix]) as server,
        running(name, tmp_path_factory.mktemp(name), server.port) as proxy,
    ):
        yield proxy


def places(proxy: Proxy) -> dict[str, str]:
    [table] = re.findall(r'id="files">(.*?)</script>', proxy.get(f"{proxy.prefix}/").body.decode())
    return json.loads(table)


def test_files_of_every_kind_come_compressed_and_are_kept_for_ever(proxy: Proxy):
    for path in {Path(path).suffix: path for path in places(proxy).values()}.values():
        answer = proxy.get(f"{proxy.prefix}/{path}", Accept_Encoding="gzip")
        assert answer.status == 200, path
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Strict-Transport-Security"]
        body = gzip.decompress(answer.body) if answer.headers["Content-Encoding"] == "gzip" else answer.body
        assert hashlib.sha256(body).hexdigest()[:10] in path
    page = proxy.get(f"{proxy.prefix}/")
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert proxy.get(f"{proxy.prefix}/", If_None_Match=page.headers["ETag"]).status == 304


def test_nothing_but_the_lessons_can_be_reached(proxy: Proxy):
    for path in ("/healthz", "/readyz", "/metrics", "/components/os/a/b", "/../etc/passwd", "/nothing"):
        assert proxy.get(path).status in (400, 404), path
        assert proxy.get(f"{proxy.prefix}{path}").status in (400, 404), path


def test_the_address_without_its_slash_leads_there(proxy: Proxy):
    if proxy.prefix:
        answer = proxy.get(proxy.prefix)
        assert answer.status == 308
        assert answer.headers["Location"].endswith(f"{proxy.prefix}/")


def test_a_formula_is_compiled(proxy: Proxy):
    path = places(proxy)["formulas/linear.js"].replace("formulas/", "own/")
    answer = proxy.get(f"{proxy.prefix}/{path}?own_loss=mean(abs(y_true-y_pred))", X_Forwarded_For="198.51.100.1")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")


def test_a_browser_is_spoken_to_in_http_2(proxy: Proxy):
    context = anybody()
    context.set_alpn_protocols(["h2", "http/1.1"])
    connection = HTTPSConnection("localhost", proxy.port, timeout=20, context=context)
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    assert connection.sock.selected_alpn_protocol() == "h2"
    connection.close()


def test_a_learner_opens_a_lesson_and_runs_it(proxy: Proxy, chromium: Browser):
    with chromium.new_context(viewport={"width": 1280, "height": 720}, ignore_https_errors=True) as context:
        visit = Visit(context.new_page())
        visit.open(f"https://localhost:{proxy.port}{proxy.prefix}/")
        visit.run()
        visit.assert_well()
