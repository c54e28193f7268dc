"""Measures and prints the table."""

import argparse
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version

import app  # noqa: F401  (JAX in 64-bit mode, as the server has it)
from tests.bench import interaction, network, opening, playback, training
from tests.bench.browser import chromium
from tests.bench.servers import PEERS, measured
from tests.bench.table import Row, table

LONGEST = 270  # seconds after which no further row is begun
PACKAGES = ("panel", "bokeh", "holoviews", "panel-material-ui", "jax")
NAMES = (
    "key", "drag", "frames", "bytes", "click", "training", "cpu", "class", "start",
    "net-epochs", "net-click", "net-new", "net-frames", "net-key", "net-page", "net-bytes",
)  # fmt: skip


def main() -> int:
    """Runs the command line; 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = ", ".join(NAMES)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=names)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leave by way of the servers' ends
    print(_machine(), flush=True)
    rows = _measure(given.only, given.quick)
    print(f"\nload average now {_load()}\n\n{table(rows)}")
    return 0


def _measure(names: tuple[str, ...], quick: bool) -> list[Row]:
    began = time.monotonic()
    rows = {}
    with ExitStack() as stack:
        server, row = opening.start(stack, quick=quick or "start" not in names)
        if "start" in names:
            rows["start"] = row
        peers = stack.enter_context(measured(PEERS))
        browser = stack.enter_context(chromium())
        print(f"Chromium {browser.version}", flush=True)
        measures: dict[str, Callable[[], Row]] = {
            "key": lambda: interaction.key_press(browser, server, peers, quick=quick),
            "drag": lambda: interaction.dragging(browser, server, peers, quick=quick),
            "frames": lambda: playback.frames(browser, server, quick=quick),
            "bytes": lambda: playback.bytes_per_run(browser, server, quick=quick),
            "click": lambda: playback.first_frame(browser, server, quick=quick),
            "training": lambda: training.training(quick=quick),
            "cpu": lambda: opening.cpu_per_page(browser, server, peers, quick=quick),
            "class": lambda: opening.class_at_once(browser, server, peers, quick=quick),
            "net-epochs": lambda: network.epochs_per_second(browser, quick=quick),
            "net-click": lambda: network.first_frame(browser, server, quick=quick),
            "net-new": lambda: network.new_architecture(browser, server, quick=quick),
            "net-frames": lambda: network.frames(browser, server, quick=quick),
            "net-key": lambda: network.dragging(browser, server, quick=quick),
            "net-page": lambda: network.page_while_training(browser, server, quick=quick),
            "net-bytes": lambda: network.bytes_per_run(browser, server, quick=quick),
        }
        for name, measure in measures.items():
            if name not in names:
                continue
            at = time.monotonic()
            if at - began > LONGEST:
                rows[name] = Row(name, "out of time", "", "", None)
                continue
            try:
                rows[name] = measure()
            except Exception as error:
                traceback.print_exc()
                rows[name] = Row(name, f"failed: {type(error).__name__}", "", "", None)
            took = time.monotonic() - at
            print(f"{name}: {rows[name].measured} ({took:.0f} s)", file=sys.stderr, flush=True)
    return [rows[name] for name in NAMES if name in rows]


def _machine() -> str:
    packages = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return f"{os.cpu_count()} cores, load average {_load()}; Python {platform.python_version()}; {packages}"


def _load() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


if __name__ == "__main__":
    sys.exit(main())
