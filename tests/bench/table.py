"""Rows of figures: how their repetitions are bounded, and how they are printed."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST = 30.0  # seconds of repetitions: a busy machine gets fewer
HEADINGS = ("figure", "measured", "peer", "reach", "")


def repetitions(count: int, *, least: int = 1) -> Iterator[int]:
    """The numbers from 0 to `count`, of which those after `LONGEST` seconds and `least` are left out."""
    began = time.monotonic()
    for index in range(count):
        if index >= least and time.monotonic() - began > LONGEST:
            return
        yield index


@dataclass
class Row:
    """One figure.

    Attributes:
        figure: what it is.
        measured: what came out, with its unit.
        peer: the same of the peer, or empty.
        reach: what is to be reached.
        ok: whether it was; None where it could not be measured.
        how: how it was measured, and what else is worth knowing.
    """

    figure: str
    measured: str
    peer: str
    reach: str
    ok: bool | None
    how: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row's text, in the order of `HEADINGS`."""
        verdict = {True: "ok", False: "short", None: "not measured"}[self.ok]
        return self.figure, self.measured, self.peer, self.reach, verdict


def latency(figure: str, milliseconds: Sequence[float], reach: float, how: str) -> Row:
    """The row of a time that learners wait, in milliseconds, whose median is not to be above what is to be reached."""
    reached = statistics.median(milliseconds) <= reach
    return Row(figure, median_and_p95(milliseconds), "", f"{reach:g} ms", reached, how)


def table(rows: Sequence[Row]) -> str:
    """The rows under their headings, and how each was measured."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, tuple("-" * width for width in widths))
    aligned = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    notes = [f"{row.figure}: {row.how}" for row in rows if row.how]
    return "\n".join([*("  ".join(cells).rstrip() for cells in aligned), "", *notes])


def p95(values: Sequence[float]) -> float:
    """The 95th percentile: the smallest value that at least 95 % of the values do not exceed."""
    return sorted(values)[-(-95 * len(values) // 100) - 1]


def median_and_p95(milliseconds: Sequence[float]) -> str:
    """Both, in words."""
    return f"{statistics.median(milliseconds):.1f} ms, p95 {p95(milliseconds):.1f}"
