"""The application as a process of its own, for the tests that talk to it from outside."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
APPLICATION = ("-m", "app", "serve")
PATIENCE = 300  # seconds until a server that does not get ready is given up; it may have its files to make


class Server(NamedTuple):
    """A running server.

    Attributes:
        url: its root, with a slash at the end.
        ready: the line that it printed when it was ready.
        process: itself.
        log: the file that holds what it wrote to the standard error.
    """

    url: str
    ready: str
    process: subprocess.Popen[str]
    log: IO[str]

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.url.split(":")[2].split("/")[0])

    def log_text(self) -> str:
        """What the server has written to its log so far."""
        return Path(self.log.name).read_text()


def done(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it, in a thread of its own: a browser's tests before may have a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def environment() -> dict[str, str]:
    """The environment of a server: as ours, with what it prints arriving at once."""
    return os.environ | {"PYTHONUNBUFFERED": "1"}


@contextmanager
def serving(
    command: Sequence[str] = APPLICATION, options: Sequence[str] = (), around: Sequence[str] = ()
) -> Iterator[Server]:
    """Runs a server on a free port until the block is over, and asserts that an interrupt then ends it well.

    Args:
        command: what Python is given, before `--port`.
        options: what it is given after that.
        around: a command that runs the one which follows it, such as `nice`.
    """
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".log", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*around, sys.executable, *command, "--port", str(port), *options],
            cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        late = threading.Timer(PATIENCE, process.kill)
        late.start()
        try:
            ready = process.stdout.readline()
            late.cancel()
            assert ready.startswith("Ready: "), f"the server did not start:\n{Path(log.name).read_text()}"
            yield Server(f"http://localhost:{port}/", ready, process, log)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0, f"the server did not end well:\n{Path(log.name).read_text()}"
        finally:
            late.cancel()
            process.kill()
            process.wait()
            process.stdout.close()
