"""What the figures have in common: empty elements, tooltips, and the labels of axes in units of the loss."""

from typing import Any, Protocol

import holoviews as hv
import numpy as np
from bokeh.core.properties import field
from bokeh.models import CustomJSTickFormatter, HoverTool

hv.extension("bokeh", logo=False)  # registers the backend; the first import of a process pays for it once
hv.renderer("bokeh").webgl = False  # many times slower than the canvas where there is no GPU

WHITE, EDGE = "#FFFFFF", "#1A1A1A"  # of what lies on an image, whatever the page's theme

FRAME: dict[str, Any] = {
    "responsive": True,
    "toolbar": None,
    "default_tools": [],
    "active_tools": [],
    "show_legend": False,
    "show_grid": False,
    "title": "",
}


class Declaration(Protocol):
    """What a figure has to know of its lesson."""

    y_label: str
    loss_label: str
    classes: bool
    sideways: bool
    has_test: bool


def empty(*columns: str) -> dict[str, np.ndarray]:
    """Return columns without rows."""
    return {column: np.array([]) for column in columns}


def by_column(**columns: str) -> dict[str, Any]:
    """Return the option that takes properties of an element's glyph from columns of its source, row by row."""

    def vary(plot: Any, _: hv.Element) -> None:
        plot.handles["glyph"].update(**{name: field(column) for name, column in columns.items()})
        source = plot.handles["source"]
        source.data = {column: [] for column in (*source.data, *columns.values())}

    return {"hooks": [vary]}


def lines(label: str, x: str, y: str, **options: Any) -> hv.Path:
    """Return an element for many lines, whose source has the columns xs and ys, a list for each line."""
    return hv.Path([np.ones((2, 2))], [x, y], label=label).opts(**options)


def hover(*tooltips: tuple[str, str], **options: Any) -> list[HoverTool]:
    """Return the tools of an element that shows values under the pointer."""
    return [HoverTool(tooltips=list(tooltips), **options)]


def loss_formatter() -> CustomJSTickFormatter:
    """Return labels of an axis in units of the loss: plain numbers where they are short, powers of ten elsewhere.

    Bokeh's own for logarithmic axes rounds every tick to a power of ten where neighbours round to different ones.
    """
    return CustomJSTickFormatter(
        code="""
            const size = Math.abs(tick)
            if (size === 0 || (size >= 1e-3 && size < 1e4)) return String(Number(tick.toPrecision(6)))
            const [factor, power] = tick.toExponential(5).split("e").map(Number)
            const raised = Array.from(String(power), (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit] ?? "⁻").join("")
            return factor === 1 ? `10${raised}` : `${factor}·10${raised}`
        """
    )
