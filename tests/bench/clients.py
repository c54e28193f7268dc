"""Light learners: each fetches what a browser fetches when it first opens the page, on up to six connections.

A process of its own, so that it shares neither the server's time nor the benchmark's. `python -m tests.bench.clients`
prints the seconds until each learner had everything, as a JSON list; then it holds the connections until its standard
input is closed.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.serving import ROOT

PATIENCE = 60  # seconds
CONNECTIONS = 6  # of one browser to one server
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def learners(
    url: str, paths: Sequence[str], count: int, *, at_once: bool, within: float = 0.0
) -> Iterator[list[float]]:
    """Opens pages from another process; their connections stay open until the block is over.

    Args:
        url: of the server.
        paths: what each fetches: the page first, then, once it is there, the rest.
        count: how many learners.
        at_once: all at once, or one after another.
        within: seconds over which those who come at once are spread, evenly.

    Yields:
        Seconds until each had everything, from when they came.

    Raises:
        RuntimeError: if that took longer than `PATIENCE`, or a file could not be had.
    """
    command = [sys.executable, "-m", "tests.bench.clients", url, *paths, "--count", str(count)]
    command += ["--at-once", "--within", str(within)] if at_once else []
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    late = threading.Timer(PATIENCE + within, process.kill)
    late.start()
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        told = process.stdout.readline()
        if not told:
            reason = process.stderr.read().strip().splitlines()[-1:] or [f"not within {PATIENCE} s"]
            raise RuntimeError(f"{count} learners did not have {url}: {reason[0]}")
        yield json.loads(told)
        process.stdin.close()
        process.wait(PATIENCE)
    finally:
        late.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


async def _fetch(connection: Connection, host: str, path: str) -> None:
    """One request on a connection that stays open."""
    reader, writer = connection
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if not head.startswith("http/1.1 200"):
        raise ConnectionError(f"{path}: {head.splitlines()[0]}")
    length = next(line for line in head.splitlines() if line.startswith("content-length:"))
    await reader.readexactly(int(length.split(":")[1]))


async def _open(url: str, paths: Sequence[str]) -> list[Connection]:
    """One learner's page and files."""
    place = urlsplit(url)

    async def connected() -> Connection:
        return await asyncio.open_connection(place.hostname, place.port)

    page, *files = paths
    first = await connected()
    await _fetch(first, place.netloc, page)
    waiting = iter(files)

    async def work(connection: Connection) -> Connection:
        for path in waiting:
            await _fetch(connection, place.netloc, path)
        return connection

    async def another() -> Connection:
        return await work(await connected())

    more = min(CONNECTIONS, len(files)) - 1
    return list(await asyncio.gather(work(first), *(another() for _ in range(more))))


async def _run(url: str, paths: Sequence[str], count: int, at_once: bool, within: float) -> None:
    held: list[Connection] = []
    start = time.perf_counter()

    async def learner(after: float) -> float:
        await asyncio.sleep(start + after - time.perf_counter())
        held.extend(await _open(url, paths))
        return time.perf_counter() - start - after

    if at_once:
        seconds = await asyncio.gather(*(learner(within * k / count) for k in range(count)))
    else:
        seconds = [await learner(time.perf_counter() - start) for _ in range(count)]
    print(json.dumps(seconds), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for _, writer in held:
        writer.close()


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--at-once", action="store_true")
    parser.add_argument("--within", type=float, default=0.0)
    given = parser.parse_args()
    asyncio.run(_run(given.url, given.paths, given.count, given.at_once, given.within))


if __name__ == "__main__":
    main()
