"""The server under load: a process of its own, asked what it tells of itself."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

from tests.serving import Server, serving
from tests.wires import counted, places

LAG = re.compile(r'dl_workshop_event_loop_lag_seconds_bucket\{le="(.+)"\}')
FIRST = (
    "style.css", "bokeh.js", "main.js", "worker.js", "lessons/linear.json", "figures/linear-light.json",
    "formulas/linear.js", "formulas/common.js",
)  # fmt: skip


class Loaded:
    """A server, and what it uses."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process = psutil.Process(server.process.pid)
        self.places = places(server)
        self.paths = ["/", *(f"/{self.places[name]}" for name in FIRST)]
        self.own = f"/{self.places['formulas/linear.js']}".replace("formulas/", "own/")

    def memory(self) -> float:
        """Resident megabytes, without the process that compiles."""
        return self.process.memory_info().rss / 1e6

    def settle(self, descriptors: int) -> None:
        """Waits until the server has no more descriptors than that; 20 s at most."""
        for _ in range(200):
            if self.process.num_fds() <= descriptors:
                return
            time.sleep(0.1)

    def lags(self) -> dict[float, float]:
        """How often the loop was late by no more than some seconds, so far."""
        return {float(found[1]): value for name, value in counted(self.server).items() if (found := LAG.match(name))}


@contextmanager
def loaded(*options: str) -> Iterator[Loaded]:
    """Runs a server until the block is over."""
    with serving(options=options) as server:
        yield Loaded(server)


def lag_p99(before: dict[float, float], after: dict[float, float]) -> float:
    """The smallest bound in seconds within which 99 % of the loop's lags were, between two times."""
    counts = {bound: after[bound] - before[bound] for bound in after}
    return min(bound for bound, count in counts.items() if count >= 0.99 * counts[float("inf")])


def within(values: Sequence[float], share: float) -> float:
    """The smallest value that at least a share of the values do not exceed."""
    return sorted(values)[max(0, -(-int(100 * share) * len(values) // 100) - 1)]
