"""The loss surface: image and contour lines, the optimizer's path and the one before, the current point, the best."""

from typing import Any

import holoviews as hv
import numpy as np
from bokeh.models import FixedTicker

from app import theme
from app.figures.elements import EDGE, FRAME, WHITE, Declaration, by_column, empty, hover, lines, loss_formatter

MOVING = frozenset({
    "ghost", "preview", "path_edge", "path", "start", "arrow_edge", "arrow", "off_plane", "head", "edge_mark", "best",
    "pins_edge", "pins", "pin_heads",
})  # fmt: skip


def draw(ink: dict[str, str], lesson: Declaration) -> dict[str, hv.Overlay]:
    """Return the figure. The image and its lines are placeholders: any small grid of positive numbers does.

    The columns are w and b, whatever the plane; `off_plane` is a ring around the head whose column `size`, in pixels,
    tells how far the loss is from the plane's, and `edge_mark` a triangle whose column `angle`, in radians
    anticlockwise from up, tells which way a run left the picture.
    """

    def line(label: str, **style: Any) -> hv.Curve:
        return hv.Curve(empty("w", "b"), "w", "b", label=label).opts(**style)

    def point(label: str, *columns: str, **style: Any) -> hv.Scatter:
        return hv.Scatter(empty("w", "b", *columns), "w", ["b", *columns], label=label).opts(**style)

    axis = np.linspace(-1.0, 1.0, 3)
    image = hv.Image((axis, axis, np.ones((3, 3), np.float32)), ["w", "b"], "loss", label="surface").opts(
        cmap=theme.COLORMAP,
        cnorm="log",
        clim=(1.0, 10.0),
        colorbar=True,
        colorbar_opts={
            "width": 12, "padding": 2, "label_standoff": 6,
            # The browser places the ticks, as it does on the loss axis.
            "ticker": FixedTicker(name="surface_ticks", ticks=[]), "formatter": loss_formatter(),
        },
        tools=hover(("w", "$x{0.00}"), ("b", "$y{0.00}"), ("loss", "@image{0.000a}"), attachment="right"),
    )  # fmt: skip
    overlay = hv.Overlay([
        image,
        hv.Path([np.zeros((2, 2))], ["w", "b"], label="contours").opts(color=WHITE, line_width=1, line_alpha=0.45),
        line("ghost", color=WHITE, line_width=1.5, line_alpha=0.6, line_dash=[6, 4]),
        lines("pins_edge", "w", "b", color=EDGE, line_width=5, line_alpha=0.9),
        lines("pins", "w", "b", line_width=2.5, **by_column(line_color="color", line_dash="dash")),
        line("preview", color=WHITE, line_width=2, line_alpha=0.75, line_dash=[3, 4]),
        line("path_edge", color=EDGE, line_width=6, line_alpha=0.85),
        line("path", color=WHITE, line_width=3),
        point("pin_heads", line_color=WHITE, marker="circle", size=10, line_width=1.5, **by_column(fill_color="color")),
        point("start", fill_alpha=0, color=WHITE, line_color=WHITE, marker="circle", size=13, line_width=3),
        line("arrow_edge", color=EDGE, line_width=6, line_alpha=0.85),
        line("arrow", color=WHITE, line_width=3),
        point("off_plane", "size", fill_alpha=0, color=WHITE, line_color=WHITE, line_width=1.5, size="size"),
        point("head", color=theme.MODEL, line_color=WHITE, marker="circle", size=15, line_width=2.5),
        point("edge_mark", "angle", color=theme.MODEL, line_color=WHITE, line_width=1.5, marker="triangle", size=16,
              angle="angle"),
        point("best", color=theme.MINIMUM, line_color=WHITE, marker="star", size=15, line_width=1),
    ])  # fmt: skip
    return {"surface": overlay.opts(xlabel="w", ylabel="b", xticks=5, **FRAME)}
