"""The server: the files that are the lessons, a health check, and the formulas that learners write themselves.

It remembers nobody.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import PurePosixPath
from socket import socket
from typing import Any, NamedTuple

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets

from app.compiling import WRITTEN, Compiler
from app.page import INDEX
from app.static import Codings

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".bin": "application/octet-stream",
}
BACKLOG = 1024  # connections that may wait: a class opens the page at once
YEAR = 365 * 24 * 3600  # seconds
MOST_BODY = 64 * 1024  # bytes that a request may bring along: there is nothing to be told
IDLE = 75.0  # seconds after which a connection that asks for nothing is closed
OWN = re.compile(r"/own/(([a-z_]+)\.[0-9a-f]+\.js)")  # formulas, and among them what a learner has written
SENTENCES = {404: "There is no such page here.", 405: "This page can only be read."}


class Answer(NamedTuple):
    """A response, made before it is asked for.

    Attributes:
        status: its code.
        headers: all of them.
        body: what is sent, unless the head alone is asked for.
    """

    status: int
    headers: HTTPHeaders
    body: bytes


def answer(status: int, body: bytes, **headers: str) -> Answer:
    """A response.

    Args:
        status: its code.
        body: what is sent.
        headers: beyond those that all have, by name with "_" for "-".
    """
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    length = {} if status == HTTPStatus.NOT_MODIFIED else {"Content-Length": str(len(body))}
    return Answer(status, HTTPHeaders({"X-Content-Type-Options": "nosniff"} | own | length), body)


def refusal(status: int) -> Answer:
    """A page of one sentence."""
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{status}</title>'
        f"<p>{SENTENCES[status]} ({status})</p></html>\n"
    )
    return answer(status, page.encode(), Content_Type=KINDS[".html"], Cache_Control="no-store")


def file_answers(name: str, codings: Codings) -> dict[str, tuple[Answer, Answer]]:
    """The responses with a file: whole, and for those who have it already; by content coding."""
    made = {}
    for coding, body in codings.items():
        headers = {
            "Content_Type": KINDS[PurePosixPath(name).suffix],
            # Every other name changes with what is in the file.
            "Cache_Control": "no-cache" if name == INDEX else f"public, max-age={YEAR}, immutable",
            "Vary": "Accept-Encoding",
            "Etag": f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        }
        encoded = {} if coding == "identity" else {"Content_Encoding": coding}
        whole = answer(HTTPStatus.OK, body, **headers, **encoded)
        made[coding] = whole, answer(HTTPStatus.NOT_MODIFIED, b"", **headers)
    return made


class Site:
    """Answers requests for files, and for the health of the process. All that it says was made at its start."""

    def __init__(self, files: Mapping[str, Codings]) -> None:
        self.files = files
        self.answers = {f"/{name}": (codings, file_answers(name, codings)) for name, codings in files.items()}
        self.answers["/"] = self.answers[f"/{INDEX}"]
        self.health = answer(HTTPStatus.OK, b"ok\n", Content_Type="text/plain", Cache_Control="no-store")
        self.refusals = {status: refusal(status) for status in SENTENCES}
        self.compiler = Compiler()
        self.under_way: set[asyncio.Task[None]] = set()

    def __call__(self, request: HTTPServerRequest) -> None:
        """Answers one request."""
        own = OWN.fullmatch(request.path)
        if own is not None and request.method == "GET" and f"/formulas/{own[1]}" in self.answers:
            task = asyncio.ensure_future(self.compile(request, own[2], own[1]))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        else:
            self.send(request, self.chosen(request))

    async def compile(self, request: HTTPServerRequest, name: str, base: str) -> None:
        """Answers with formulas, and among them those that the request holds."""
        given = {key: values[0].decode(errors="replace") for key, values in request.arguments.items() if key in WRITTEN}
        status, text = await self.compiler.module(name, given, f"../formulas/{base}")
        found = status == HTTPStatus.OK
        kind, kept = (KINDS[".js"], f"public, max-age={YEAR}, immutable") if found else (KINDS[".txt"], "no-store")
        with suppress(StreamClosedError):  # who asked has gone
            self.send(request, answer(status, text.encode(), Content_Type=kind, Cache_Control=kept))

    def send(self, request: HTTPServerRequest, of: Answer) -> None:
        """Sends an answer."""
        status, headers, body = of
        connection = request.connection
        assert connection is not None
        line = ResponseStartLine("HTTP/1.1", status, HTTPStatus(status).phrase)
        connection.write_headers(line, headers.copy(), b"" if request.method == "HEAD" else body)
        connection.finish()

    def chosen(self, request: HTTPServerRequest) -> Answer:
        """The answer to a request."""
        if request.method not in ("GET", "HEAD"):
            return self.refusals[405]
        if request.path == "/healthz":
            return self.health
        found = self.answers.get(request.path)
        if found is None:
            return self.refusals[404]
        codings, answers = found
        whole, had = answers[best(request.headers.get("Accept-Encoding", ""), codings)]
        tags = re.findall(r'\*|"[^"]*"', request.headers.get("If-None-Match", ""))
        return had if whole.headers["Etag"] in tags or "*" in tags else whole


def best(accepted: str, codings: Codings) -> str:
    """The smallest coding of a file that a browser takes.

    Args:
        accepted: what it says it takes: "gzip, br;q=0.5".
        codings: of the file.

    Returns:
        A key of `codings`.
    """
    takes = set()
    for item in accepted.split(","):
        coding, _, quality = item.partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            takes.add(coding.strip().lower())
    there = [coding for coding in codings if coding in takes | {"identity"}]
    return min(there, key=lambda coding: len(codings[coding]))


def listen(port: int, address: str) -> list[socket]:
    """Takes a port.

    Args:
        port: its number.
        address: of this machine.

    Returns:
        What `serve` listens on.

    Raises:
        OSError: if the port cannot be had.
    """
    return bind_sockets(port, address, backlog=BACKLOG)


def serve(sockets: list[socket], files: Mapping[str, Codings], ready: Callable[[], Any]) -> None:
    """Serves until interrupted.

    Args:
        sockets: to listen on.
        files: by path, as `app.site.files` gives them.
        ready: called when requests are answered.
    """

    async def run() -> None:
        answering = Site(files)
        server = HTTPServer(answering, max_body_size=MOST_BODY, idle_connection_timeout=IDLE)
        server.add_sockets(sockets)
        ready()
        try:
            await asyncio.Event().wait()
        finally:
            await answering.compiler.end()

    asyncio.run(run())
