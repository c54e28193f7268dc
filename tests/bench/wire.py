"""What crosses the wire between a browser and a server, counted byte by byte on the way."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

CHUNK = 65536


class Transfer:
    """A request and its answer.

    Attributes:
        path: what was asked for.
        received: bytes of the answer with its headers.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.received = 0


class Wire(NamedTuple):
    """A way to a server on which everything is counted.

    Attributes:
        url: the server's root by this way.
        transfers: so far, in the order of the requests.
    """

    url: str
    transfers: list[Transfer]


@contextmanager
def wire(url: str) -> Iterator[Wire]:
    """Opens a port beside a server's, and counts what passes; a browser sends one request at a time on a connection."""
    target = urlsplit(url)
    transfers: list[Transfer] = []
    loop = asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        above, below = await asyncio.open_connection(target.hostname, target.port)
        mine: list[Transfer] = []

        async def downwards() -> None:
            while data := await above.read(CHUNK):
                mine[-1].received += len(data)
                writer.write(data)
                await writer.drain()

        async def asked() -> None:
            while data := await reader.read(CHUNK):
                if data.startswith((b"GET ", b"HEAD ", b"POST ")):
                    mine.append(Transfer(data.split(b" ", 2)[1].decode()))
                    transfers.append(mine[-1])
                below.write(data)
                await below.drain()

        tasks = [asyncio.ensure_future(task) for task in (asked(), downwards())]
        with suppress(asyncio.CancelledError):  # the way is closed
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for end in (writer, below):
            end.close()

    thread = threading.Thread(target=loop.run_forever, daemon=True)  # this one has Playwright's loop
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(answer, "localhost", 0), loop).result()
    try:
        yield Wire(f"http://localhost:{server.sockets[0].getsockname()[1]}/", transfers)
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    """Closes a server and what is open on it."""
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
