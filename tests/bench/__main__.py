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

import jax

jax.config.update("jax_enable_x64", True)  # before what makes arrays; as the formulas have it

from tests.bench import course, interaction, lines, loading, opening, runs, steps  # noqa: E402
from tests.bench.browser import chromium  # noqa: E402
from tests.bench.servers import PEERS, measured  # noqa: E402
from tests.bench.table import Row, table  # noqa: E402

LONGEST = 900  # seconds after which no further row is begun; each is bounded by its counts, waits and repetitions
PACKAGES = ("bokeh", "holoviews", "jax", "panel", "tornado")
Measures = dict[str, Callable[[], Row | tuple[Row, ...]]]


def main() -> int:
    """Runs the command line; 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="a few of the rows; an unknown name lists them")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leave by way of the servers' ends
    print(_machine(), flush=True)
    rows = _measure(given.only, given.quick)
    print(f"\nload average now {_load()}\n\n{table(rows)}")
    return 0


def _measure(only: list[str] | None, quick: bool) -> list[Row]:
    with ExitStack() as stack:
        app, start = opening.start(stack, quick=quick)
        peers = stack.enter_context(measured(PEERS))
        browser = stack.enter_context(chromium())
        print(f"Chromium {browser.version}", flush=True)
        seen = loading.visit(browser, app)
        measures: Measures = {
            "run": lambda: runs.first_frame(browser, app, quick=quick),
            "race": lambda: runs.race(browser, app, quick=quick),
            "run-network": lambda: runs.first_frame_network(browser, app, quick=quick),
            "run-new": lambda: runs.new_architecture(browser, app, quick=quick),
            "requests": lambda: loading.requests_for_anything(browser, app),
            "key": lambda: interaction.key_press(browser, app, peers, quick=quick),
            "drag": lambda: interaction.dragging_weight(browser, app, quick=quick),
            "drag-point": lambda: interaction.dragging_point(browser, app),
            "switch": lambda: interaction.lesson_switch(browser, app, quick=quick),
            "playback": lambda: runs.playback(browser, app, quick=quick),
            "steps": lambda: steps.browser_steps(browser, app, quick=quick),
            "xla": lambda: steps.xla_epochs(browser, quick=quick),
            "cpu": lambda: opening.cpu_per_page(app, peers, seen, quick=quick),
            "class": lambda: opening.class_at_once(app, peers, seen, quick=quick),
            "bytes": lambda: loading.bytes_on_the_wire(seen),
            "course": lambda: course.course_in_first_load(seen),
            "formulas": lambda: course.formulas(browser, app, quick=quick),
            "usable": lambda: loading.opened_to_usable(browser, app, quick=quick),
            "start": lambda: start,
            "lines": lines.lines_of_app,
        }
        if unknown := set(only or ()) - set(measures):
            raise SystemExit(f"there is no {', '.join(sorted(unknown))}: choose of {', '.join(measures)}")
        began = time.monotonic()
        rows: list[Row] = []
        for name in only or measures:
            at = time.monotonic()
            found = _row(name, measures[name]) if at - began < LONGEST else (_missing(name, "out of time"),)
            rows += found
            took = time.monotonic() - at
            print(f"{name}: {'; '.join(row.measured for row in found)} ({took:.0f} s)", file=sys.stderr, flush=True)
        return rows


def _row(name: str, measure: Callable[[], Row | tuple[Row, ...]]) -> tuple[Row, ...]:
    try:
        found = measure()
    except Exception as error:
        traceback.print_exc()
        return (_missing(name, f"failed: {type(error).__name__}"),)
    return found if isinstance(found, tuple) else (found,)


def _missing(name: str, why: str) -> Row:
    return Row(name, why, "", "", None)


def _machine() -> str:
    packages = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return f"{os.cpu_count()} cores, load average {_load()}; Python {platform.python_version()}; {packages}"


def _load() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


if __name__ == "__main__":
    sys.exit(main())
