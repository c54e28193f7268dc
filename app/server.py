"""The server: the files that are the lessons, how it is, and the formulas that learners write themselves.

It remembers nobody.
"""

import asyncio
import logging
import re
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from socket import SO_SNDBUF, SOL_SOCKET, socket
from typing import Any

from tornado.httputil import HTTPServerRequest, ResponseStartLine
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets

from app import ending
from app.compiling import WRITTEN, Compiler
from app.page import INDEX
from app.serving import answers
from app.serving.answers import Answer
from app.serving.connections import Connection, Connections, make_room
from app.serving.metrics import KIND, Metrics
from app.serving.options import Options
from app.serving.peers import client
from app.static import Codings

log = logging.getLogger(__name__)

BACKLOG = 4096  # connections that may wait to be taken: a class opens the page at once
SEND_BUFFER = 128 * 1024  # bytes that the system holds for a client that does not read
TICK = 0.25  # seconds between two looks at what is late
AGAIN = "5"  # seconds after which who was refused for now may ask again
OWN = re.compile(r"/own/(([a-z_]+)\.[0-9a-f]+\.js)")  # formulas, and among them what a learner has written


class Site:
    """Answers requests: for files, which were made at its start, and for what is to be known of the process."""

    def __init__(self, files: Mapping[str, Codings], options: Options) -> None:
        self.options = options
        self.compiler = Compiler(options)
        self.connections = Connections(
            self.answer,
            lambda kind: self.metrics.refused(kind),
            make_room(options.most_connections),
            options.request_timeout,
            options.idle_timeout,
        )
        self.metrics = Metrics(
            lambda: len(self.connections.open), lambda: self.compiler.turns.waiting, lambda: self.compiler.memory
        )
        ancestors = options.frame_ancestors or "*"
        self._files = {
            f"/{name}": (codings, answers.file_answers(name, codings, ancestors)) for name, codings in files.items()
        }
        self._files["/"] = self._files[f"/{INDEX}"]
        self._refusals = {status: answers.refusal(status) for status in answers.SENTENCES}
        self._told = {"/healthz": self._health, "/readyz": self._readiness, "/metrics": self._metrics}
        self._under_way: set[asyncio.Task[None]] = set()
        self.leaving = False

    def answer(self, connection: Connection, request: HTTPServerRequest) -> None:
        """Answers a request."""
        path = self._path(request)
        own = None if path is None else OWN.fullmatch(path)
        if own is not None and request.method in ("GET", "HEAD") and f"/formulas/{own[1]}" in self._files:
            task = asyncio.ensure_future(self._compile(connection, request, own[2], own[1]))
            self._under_way.add(task)
            task.add_done_callback(lambda task: self._over(connection, task))
            assert request.connection is not None
            request.connection.set_close_callback(task.cancel)  # type: ignore[attr-defined]
        else:
            self._send(connection, request, self._chosen(request, path))

    def _over(self, connection: Connection, task: asyncio.Task[None]) -> None:
        """A formula has been answered; or never will be, by an error of ours."""
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("A formula could not be answered.", exc_info=error)
            self.metrics.refused("error")
            connection.end()

    def _path(self, request: HTTPServerRequest) -> str | None:
        """What is asked for, without the prefix; None if it is not below it."""
        prefix = self.options.prefix
        return request.path.removeprefix(prefix) if request.path.startswith(f"{prefix}/") else None

    def _chosen(self, request: HTTPServerRequest, path: str | None) -> Answer:
        if request.method not in ("GET", "HEAD"):
            self.metrics.refused("method")
            return self._refusals[405]
        if request.path in self._told:  # never below the prefix: a proxy shows the public only what is
            return self._told[request.path]()
        if self.options.prefix and request.path == self.options.prefix:
            return answers.elsewhere(f"{request.path}/")
        found = None if path is None else self._files.get(path)
        if found is None:
            self.metrics.refused("path")
            return self._refusals[404]
        if found is self._files["/"]:
            self.metrics.opened()
        codings, made = found
        whole, unchanged = made[answers.best(request.headers.get("Accept-Encoding", ""), codings)]
        tags = re.findall(r'\*|"[^"]*"', request.headers.get("If-None-Match", ""))
        return unchanged if whole.headers["Etag"] in tags or "*" in tags else whole

    def _health(self) -> Answer:
        return answers.text(HTTPStatus.OK, "ok\n")

    def _readiness(self) -> Answer:
        """Whether more learners may be sent here."""
        why = "draining" if self.leaving else "full" if self.connections.full or self.compiler.turns.full else ""
        return answers.text(HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK, f"{why or 'ready'}\n")

    def _metrics(self) -> Answer:
        return answers.answer(HTTPStatus.OK, self.metrics.text(), Content_Type=KIND, Cache_Control="no-store")

    async def _compile(self, connection: Connection, request: HTTPServerRequest, name: str, base: str) -> None:
        """Answers with formulas, and among them those that the request holds."""
        given = {key: values[0].decode(errors="replace") for key, values in request.arguments.items() if key in WRITTEN}
        forwarded = request.headers.get("X-Forwarded-For", "")
        who = client(connection.peer, forwarded, self.options.trusted_proxies or ())
        began = time.perf_counter()
        status, text = await self.compiler.module(name, given, f"../formulas/{base}", who)
        self.metrics.compiled(status, time.perf_counter() - began)
        if status == HTTPStatus.OK:
            self._send(connection, request, answers.script(text))
            return
        later = {} if status == HTTPStatus.BAD_REQUEST else {"Retry_After": AGAIN}
        self.metrics.refused("formula" if status == HTTPStatus.BAD_REQUEST else "compiling")
        self._send(connection, request, answers.text(status, text, **later))

    def _send(self, connection: Connection, request: HTTPServerRequest, of: Answer) -> None:
        status, headers, body = of
        self.metrics.answered(status)
        line = ResponseStartLine("HTTP/1.1", status, HTTPStatus(status).phrase)
        with suppress(StreamClosedError):  # who asked has gone
            connection.send(request, line, headers.copy(), b"" if request.method == "HEAD" else body)

    async def attend(self) -> None:
        """Ends what is late, and measures how late the loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            self.metrics.late(max(0.0, loop.time() - due))
            self.connections.sweep()

    async def leave(self, told: asyncio.Event) -> None:
        """When told, answers everything for a while, though no longer ready; then what is under way; then nothing."""
        await told.wait()
        self.leaving = True
        await asyncio.sleep(self.options.drain_delay)
        await self.connections.drain(self.options.drain_timeout)


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
    sockets = bind_sockets(port, address, backlog=BACKLOG)
    for listening in sockets:
        listening.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER)  # connections have theirs from it
    return sockets


def serve(sockets: list[socket], files: Mapping[str, Codings], options: Options, ready: Callable[[], Any]) -> None:
    """Serves until SIGTERM, and then for as long as is left for what is under way; or until SIGINT, at once.

    Args:
        sockets: to listen on.
        files: by path, as `app.site.files` gives them.
        options: how.
        ready: called when requests are answered.
    """

    async def run() -> None:
        loop, terminated, interrupted = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        # The loop's own: an exception in the midst of a callback could end up anywhere.
        loop.add_signal_handler(signal.SIGTERM, terminated.set)
        loop.add_signal_handler(signal.SIGINT, interrupted.set)
        if ending.told():
            interrupted.set()
        site = Site(files, options)
        site.connections.listen(sockets)
        tasks = [asyncio.ensure_future(of) for of in (site.attend(), interrupted.wait(), site.leave(terminated))]
        ready()
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # an error, if that was the end
        finally:
            await site.compiler.end()
            for number in ending.SIGNALS:  # now, and not when the loop is closed
                loop.remove_signal_handler(number)
            ending.go()

    asyncio.run(run())
