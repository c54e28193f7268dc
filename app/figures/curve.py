"""A network of one input: its curve, and the data."""

import holoviews as hv

from app import theme
from app.figures.elements import FRAME, Declaration, empty, hover

MOVING = frozenset({"curve"})


def draw(ink: dict[str, str], lesson: Declaration) -> dict[str, hv.Overlay]:
    """Return the figure."""

    def points(label: str, edge: str, width: float) -> hv.Scatter:
        return hv.Scatter(empty("x", "y"), "x", "y", label=label).opts(
            color=theme.DATA,
            line_color=edge,
            line_width=width,
            size=7,
            tools=hover(("x", "@x{0.00}"), ("y", "@y{0.00}")),
        )

    overlay = hv.Overlay([
        points("train", theme.DATA, 1),
        points("test", ink["text"], 1.8),
        hv.Curve(empty("x", "y"), "x", "y", label="curve").opts(color=theme.MODEL, line_width=4),
    ])  # fmt: skip
    return {"curve": overlay.opts(xlabel="x", ylabel="y", **FRAME)}
