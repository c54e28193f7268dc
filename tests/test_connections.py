"""Connections, where there is no room, where nobody reads, and when all is to end."""

import asyncio
import errno
import logging
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine

from app.serving import connections
from app.serving.connections import Connection, Connections

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
GET = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = 8_000_000  # bytes: more than the system takes for a client that does not read


class House:
    """Connections on a port of their own, which answer `/slow` when they are told to."""

    def __init__(self, most: int) -> None:
        self.told: Counter[str] = Counter()
        self.go_on = asyncio.Event()
        self.connections = Connections(self._answer, self._tell, most, 20, 20)
        self.wires: list[Wire] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.setblocking(False)
        self.port = self.listening.getsockname()[1]
        self.connections.listen([self.listening])

    def _tell(self, kind: str) -> None:
        self.told[kind] += 1

    def _answer(self, connection: Connection, request: HTTPServerRequest) -> None:
        self.tasks.add(asyncio.ensure_future(self._later(connection, request)))

    async def _later(self, connection: Connection, request: HTTPServerRequest) -> None:
        if request.path == "/slow":
            await self.go_on.wait()
        body = b"x" * (LARGE if request.path == "/large" else 2)
        headers = HTTPHeaders({"Content-Length": str(len(body))})
        connection.send(request, ResponseStartLine("HTTP/1.1", 200, "OK"), headers, body)

    async def wire(self, path: bytes = b"", port: int = 0) -> Wire:
        """A connection that has asked for something."""
        wire = await asyncio.open_connection("127.0.0.1", port or self.port, limit=1000)
        self.wires.append(wire)
        wire[1].write(GET % path if path else b"")
        return wire

    async def end(self) -> None:
        """Ends everything; nothing is left open."""
        self.go_on.set()
        await self.connections.drain(20)
        assert not self.connections.open
        for _, writer in self.wires:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        await asyncio.gather(*self.tasks)

    async def until(self, there: Callable[[], bool]) -> None:
        """Waits until something is so."""
        async with asyncio.timeout(20):
            while not there():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def house(most: int = 100) -> AsyncIterator[House]:
    """A house that is empty again when all is over."""
    of = House(most)
    try:
        yield of
    finally:
        await of.end()


def done(work: Callable[[], Awaitable[None]]) -> None:
    """Does it in a thread of its own: a browser's tests before may have a loop in this one."""

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await work()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, bounded()).result()


async def answer(wire: Wire) -> bytes:
    return await asyncio.wait_for(wire[0].readuntil(b"xx"), 20)


async def ended(wire: Wire) -> bool:
    """Whether the server ends a connection without a word."""
    try:
        return await asyncio.wait_for(wire[0].read(), 20) == b""
    except ConnectionResetError:
        return True


def test_who_does_not_read_is_ended_with_what_was_to_be_sent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "WRITING", 0.0)
    monkeypatch.setattr(connections, "LEAST_RATE", 100 * LARGE)

    async def work() -> None:
        async with house() as of:
            await of.wire(b"/large")
            await of.until(lambda: any(one.doing == "unread" for one in of.connections.open))
            await asyncio.sleep(0.1)
            of.connections.sweep()
            assert not of.connections.open
            assert of.told == {"unread": 1}

    done(work)


def test_who_reads_slowly_but_reads_has_it_all():
    async def work() -> None:
        async with house() as of:
            reader, _ = await of.wire(b"/large")
            assert len(await reader.readexactly(LARGE)) == LARGE
            of.connections.sweep()
            assert not of.told

    done(work)


def test_when_all_places_are_taken_who_has_waited_longest_makes_room():
    async def work() -> None:
        async with house(most=2) as of:
            first = await of.wire(b"/")
            await answer(first)
            second = await of.wire(b"/")
            await answer(second)
            third = await of.wire(b"/slow")
            assert await ended(first)
            assert not of.connections.full
            of.go_on.set()
            await answer(third)
            second[1].write(GET % b"/")
            await answer(second)
            assert of.told == {"full": 1}

    done(work)


def test_nobody_who_is_being_answered_makes_room(caplog: pytest.LogCaptureFixture):
    async def work() -> None:
        async with house(most=2) as of:
            working = [await of.wire(b"/slow") for _ in range(2)]
            await of.until(lambda: of.connections.full)
            for _ in range(3):
                assert await ended(await of.wire())
            of.go_on.set()
            for one in working:
                await answer(one)
            assert of.told == {"full": 3}

    done(work)
    assert {record.getMessage() for record in caplog.records} == {"All 2 connections are in use."}


class Exhausted(socket.socket):
    """A socket from which nothing can be taken, for want of descriptors; it counts how often that was tried."""

    tried = 0

    def accept(self) -> tuple[socket.socket, object]:
        type(self).tried += 1
        raise OSError(errno.EMFILE, "Too many open files")


def test_without_descriptors_it_rests_and_then_tries_again(monkeypatch: pytest.MonkeyPatch, caplog):
    monkeypatch.setattr(connections, "REST", 0.1)

    async def work() -> None:
        async with house() as of:
            with Exhausted(socket.AF_INET) as exhausted:
                exhausted.bind(("127.0.0.1", 0))
                exhausted.listen()
                of.connections.listen([exhausted])
                await of.wire(port=exhausted.getsockname()[1])
                await of.until(lambda: Exhausted.tried >= 3)
                assert of.told["exhausted"] == Exhausted.tried
                assert not of.connections.full
                await answer(await of.wire(b"/"))
                await of.connections.drain(0)

    with caplog.at_level(logging.WARNING):
        done(work)
    assert {record.levelname for record in caplog.records} == {"WARNING"}


def test_the_end_waits_for_answers_that_are_under_way_and_for_nobody_else():
    async def work() -> None:
        async with house() as of:
            idle, slow, silent = await of.wire(b"/"), await of.wire(b"/slow"), await of.wire()
            await answer(idle)
            await of.until(lambda: len(of.connections.open) == 3)
            leaving = asyncio.ensure_future(of.connections.drain(20))
            assert await ended(idle)
            assert await ended(silent)
            with pytest.raises(ConnectionRefusedError):
                await of.wire()
            of.go_on.set()
            await answer(slow)
            assert await ended(slow)
            await leaving

    done(work)


def test_the_end_does_not_wait_for_ever():
    async def work() -> None:
        async with house() as of:
            slow = await of.wire(b"/slow")
            await of.until(lambda: bool(of.connections.open))
            await of.connections.drain(0.05)
            assert await ended(slow)

    done(work)
