"""Measures and prints the table. All traffic stays on this machine, and all of it is bounded in count and time."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable

from tests.bench.table import Row, table
from tests.soak import figures

Measures = dict[str, Callable[[], Row | tuple[Row, ...]]]


def measures(*, quick: bool) -> Measures:
    """The rows by name; `quick` takes a tenth of the time, and less load."""
    return {
        "class": lambda: figures.opening(300, 3 if quick else 30, 2),
        "crowd": lambda: figures.opening(300 if quick else 1000, 6 if quick else 60, None),
        "compiling": lambda: figures.compiling(30 if quick else 300, 6 if quick else 60),
        "visits": lambda: figures.visits(200 if quick else 2000),
        "hostile": lambda: figures.hostile(2000 if quick else 100_000),
    }


def main() -> int:
    """Runs the command line; 0 if every figure reached what it is to reach."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of it")
    parser.add_argument("--only", nargs="+", choices=measures(quick=True), help="a few of the rows")
    given = parser.parse_args()
    rows: list[Row] = []
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}", flush=True)
    for name, measure in measures(quick=given.quick).items():
        if given.only and name not in given.only:
            continue
        try:
            found = measure()
        except Exception as error:
            traceback.print_exc()
            found = Row(name, f"failed: {type(error).__name__}", "", "", None)
        rows += found if isinstance(found, tuple) else (found,)
        print(f"{name}: done", file=sys.stderr, flush=True)
    print(table(rows))
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
