"""Light learners: each gets the page, opens its websocket, pulls its document and fetches the app's files.

A process of its own, so that it shares neither the server's time nor the benchmark's:
`python -m tests.bench.clients` prints the seconds until each learner had everything, as a JSON list.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence

from bokeh.protocol import Protocol
from bokeh.protocol.receiver import Receiver
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.serving import ROOT

PATIENCE = 75  # seconds
TOKEN = re.compile(r'"token":\s*"([^"]+)"')


def open_pages(url: str, files: Sequence[str], count: int, *, at_once: bool) -> list[float]:
    """Opens pages from another process.

    Args:
        url: of the page.
        files: what the page fetches beside its document, as full addresses.
        count: how many learners.
        at_once: all at once, or one after another.

    Returns:
        Seconds from the beginning until each had everything; one after another: seconds for each.

    Raises:
        TimeoutError: if that took longer than `PATIENCE`.
        RuntimeError: if a page could not be opened.
    """
    command = [sys.executable, "-m", "tests.bench.clients", url, *files, "--count", str(count)]
    command += ["--at-once"] if at_once else []
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{count} learners did not have {url} within {PATIENCE} s") from error
    if done.returncode != 0:
        raise RuntimeError(f"the learners failed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


async def _open(http: AsyncHTTPClient, url: str, files: Sequence[str]) -> WebSocketClientConnection:
    page = await http.fetch(url, request_timeout=PATIENCE)
    token = TOKEN.search(page.body.decode())[1]
    socket = await websocket_connect(
        HTTPRequest(f"{url.rstrip('/').replace('http', 'ws', 1)}/ws", request_timeout=PATIENCE),
        subprotocols=["bokeh", token], max_message_size=100_000_000,
    )  # fmt: skip
    await _receive(socket, "ACK")
    request = Protocol().create("PULL-DOC-REQ")
    for part in (request.header_json, request.metadata_json, request.content_json):
        await socket.write_message(part)
    await _receive(socket, "PULL-DOC-REPLY")
    await asyncio.gather(*(http.fetch(file, request_timeout=PATIENCE) for file in files))
    return socket


async def _receive(socket: WebSocketClientConnection, wanted: str) -> None:
    """Waits for a message of Bokeh's protocol, past all others."""
    receiver = Receiver(Protocol())
    while True:
        fragment = await socket.read_message()
        if fragment is None:
            raise ConnectionError(f"the server closed the connection before its {wanted}")
        message = await receiver.consume(fragment)
        if message is not None and message.msgtype == wanted:
            return


async def _run(url: str, files: Sequence[str], count: int, at_once: bool) -> list[float]:
    http = AsyncHTTPClient(force_instance=True, max_clients=1000)
    sockets = []

    async def learner(began: float) -> float:
        sockets.append(await _open(http, url, files))
        return time.perf_counter() - began

    if at_once:
        began = time.perf_counter()
        seconds = await asyncio.gather(*(learner(began) for _ in range(count)))
    else:
        seconds = [await learner(time.perf_counter()) for _ in range(count)]
    for socket in sockets:
        socket.close()
    return list(seconds)


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--at-once", action="store_true")
    given = parser.parse_args()
    print(json.dumps(asyncio.run(_run(given.url, given.files, given.count, given.at_once))))


if __name__ == "__main__":
    main()
