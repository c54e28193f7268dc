"""Connections: taken as long as there is room for them, and ended when a client is slow, silent or does not read."""

import asyncio
import logging
import resource
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import socket

from tornado.http1connection import HTTP1ConnectionParameters, HTTP1ServerConnection
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)  # fmt: skip
from tornado.iostream import IOStream

log = logging.getLogger(__name__)

MOST_HEAD = 16 * 1024  # bytes of a request's line and headers
MOST_BODY = 64 * 1024  # bytes that a request may bring along; they are read, and forgotten
MOST_READ_AHEAD = 128 * 1024  # bytes of a client that are taken before it is their turn
AT_ONCE = 128  # connections taken in one turn of the loop
REST = 1.0  # seconds without taking any, when the system has no room for one
SMALL = 16 * 1024  # bytes of an answer that is sent in one piece with its headers
POLL = 0.05  # seconds between two looks at whether all answers have been sent
CHUNK = 16 * 1024  # bytes that are read at once
OWN_DESCRIPTORS = 64  # that the process needs for itself
WRITING = 30.0  # seconds that a client may need for an answer ...
LEAST_RATE = 4096  # ... and one more for so many bytes of it


def make_room(most: int) -> int:
    """Raises the process's limit of descriptors, as far as it may.

    Args:
        most: connections that there should be.

    Returns:
        Connections that there can be.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + OWN_DESCRIPTORS
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    if limit < wanted:
        log.warning("Room for %s connections only: the limit of open files is %s, for all it would be %s.",
                    max(1, limit - OWN_DESCRIPTORS), limit, wanted)  # fmt: skip
    return max(1, limit - OWN_DESCRIPTORS)


class Connection(HTTPServerConnectionDelegate):
    """One client's connection.

    Attributes:
        peer: the address that it comes from.
        doing: what is waited for: its first request ("silent") or another one ("idle"), the rest of one ("slow"), its
            reading of an answer ("unread"), or "working", for us.
        deadline: the loop's time at which it is ended for that; None while we work.
    """

    def __init__(self, all_of_them: "Connections", stream: IOStream, peer: str) -> None:
        self.peer = peer
        self.doing = ""
        self.deadline: float | None = None
        self._all = all_of_them
        self._stream = stream

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Waits for a request."""
        if self._all.draining:
            self.end()
        elif self.doing != "silent":
            self.wait_for("idle", self._all.idle_timeout)
        return _Request(self, request_conn)

    def on_close(self, server_conn: object) -> None:
        """It is over."""
        self._all.forget(self)

    def wait_for(self, doing: str, seconds: float | None) -> None:
        """Says what it is doing, and how long it may."""
        self.doing = doing
        self.deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        self._all.moved(self)

    def head_came(self) -> None:
        """The head of a request is there; a body may follow."""
        self.wait_for("slow", self._all.request_timeout)

    def came(self, request: HTTPServerRequest) -> None:
        """A whole request is there."""
        self.wait_for("working", None)
        self._all.answer(self, request)

    def send(self, request: HTTPServerRequest, line: ResponseStartLine, headers: HTTPHeaders, body: bytes) -> None:
        """Sends an answer. A client that does not read it is not waited for without end."""
        connection = request.connection
        assert connection is not None
        self.wait_for("unread", WRITING + len(body) / LEAST_RATE)
        small = len(body) <= SMALL
        connection.write_headers(line, headers, body if small else b"")
        if not small:
            connection.write(body)  # no copy of it for everyone who is slow
        connection.finish()

    def end(self) -> None:
        """Ends it, with what was still to be sent."""
        self._stream.close()
        self._all.forget(self)


class _Request(HTTPMessageDelegate):
    """A request as it comes in. No body is kept: there is nothing to be told."""

    def __init__(self, of: Connection, connection: HTTPConnection) -> None:
        self._of = of
        self._connection = connection
        self._request: HTTPServerRequest | None = None

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        assert isinstance(start_line, RequestStartLine)
        self._of.head_came()
        self._request = HTTPServerRequest(connection=self._connection, start_line=start_line, headers=headers)

    def finish(self) -> None:
        assert self._request is not None
        self._of.came(self._request)


class Connections:
    """All connections there are.

    Args:
        answer: what is done with a request.
        tell: called with the kind of what a client was refused or ended for.
        most: connections at once. Who comes then takes the place of the one that has asked for nothing for longest.
        request_timeout: seconds for a first request, and for the body of any.
        idle_timeout: seconds for another request.
    """

    def __init__(
        self,
        answer: Callable[[Connection, HTTPServerRequest], None],
        tell: Callable[[str], None],
        most: int,
        request_timeout: float,
        idle_timeout: float,
    ) -> None:
        self.answer = answer
        self.most = most
        self.request_timeout = request_timeout
        self.idle_timeout = idle_timeout
        self.draining = False
        self.open: set[Connection] = set()
        self._tell = tell
        self._waiting: OrderedDict[Connection, None] = OrderedDict()  # for a request, who waits longest first
        self._sockets: list[socket] = []
        self._parameters = HTTP1ConnectionParameters(
            max_header_size=MOST_HEAD, max_body_size=MOST_BODY, chunk_size=CHUNK
        )

    @property
    def full(self) -> bool:
        """Whether nobody else can be let in."""
        return len(self.open) >= self.most and not self._waiting

    def listen(self, sockets: Iterable[socket]) -> None:
        """Takes the connections that come to these sockets, from now on."""
        for listening in sockets:
            self._sockets.append(listening)
            self._attend(listening)

    def _attend(self, listening: socket) -> None:
        if listening in self._sockets:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, address = listening.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:  # without a rest the loop would do nothing but fail
                log.warning("No connection can be taken just now: %s", error.strerror)
                self._tell("exhausted")
                loop = asyncio.get_running_loop()
                loop.remove_reader(listening)
                loop.call_later(REST, self._attend, listening)
                return
            self._let_in(connection, str(address[0]))

    def _let_in(self, connection: socket, peer: str) -> None:
        if len(self.open) >= self.most:
            self._tell("full")
            if not self._waiting:
                log.warning("All %s connections are in use.", self.most)
                connection.close()
                return
            next(iter(self._waiting)).end()
        stream = IOStream(connection, max_buffer_size=MOST_READ_AHEAD, read_chunk_size=CHUNK)
        one = Connection(self, stream, peer)
        self.open.add(one)
        one.wait_for("silent", self.request_timeout)
        HTTP1ServerConnection(stream, self._parameters, peer).start_serving(one)

    def moved(self, connection: Connection) -> None:
        """A connection does something else now."""
        self._waiting.pop(connection, None)
        if connection.doing in ("silent", "idle") and connection in self.open:
            self._waiting[connection] = None

    def forget(self, connection: Connection) -> None:
        """A connection is over."""
        self.open.discard(connection)
        self._waiting.pop(connection, None)

    def sweep(self) -> None:
        """Ends the connections whose time is over."""
        now = asyncio.get_running_loop().time()
        for connection in [of for of in self.open if of.deadline is not None and of.deadline < now]:
            log.info("%s: a connection ended for being %s.", connection.peer, connection.doing)
            self._tell(connection.doing)
            connection.end()

    async def drain(self, seconds: float) -> None:
        """Takes no more connections, and ends all: those that ask for nothing at once, the others with their answer.

        Args:
            seconds: after which no answer is waited for any more.
        """
        self.draining = self._parameters.no_keep_alive = True
        for listening in self._sockets:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
        self._sockets.clear()
        for connection in list(self._waiting):
            connection.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.open:
                    await asyncio.sleep(POLL)
        for connection in list(self.open):
            connection.end()
