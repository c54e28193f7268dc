"""The servers under measurement: each a process of its own, ended by its own handle."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psutil

from tests.serving import APPLICATION, serving

PEERS = ("-m", "tests.bench.peers")


class Measured(NamedTuple):
    """A running server.

    Attributes:
        url: its root, with a slash at the end.
        start: seconds from starting its process to its `Ready` line.
        process: to ask what it used.
    """

    url: str
    start: float
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of processor time that the process has used so far, in all its threads."""
        times = self.process.cpu_times()
        return times.user + times.system

    def memory(self) -> float:
        """Resident megabytes."""
        return self.process.memory_info().rss / 1e6


@contextmanager
def measured(command: Sequence[str] = APPLICATION) -> Iterator[Measured]:
    """Runs a server on a free port until the block is over.

    Args:
        command: what Python is given, before `--port`.
    """
    began = time.perf_counter()
    with serving(command) as server:
        yield Measured(server.url, time.perf_counter() - began, psutil.Process(server.process.pid))
