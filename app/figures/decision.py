"""A network's output over the plane of its data, the line where it is undecided, and the data."""

import holoviews as hv
import numpy as np

from app import theme
from app.figures.elements import EDGE, FRAME, WHITE, Declaration, empty, hover

MOVING = frozenset({"probability", "boundary", "train_0", "train_1", "test_0", "test_1"})


def draw(ink: dict[str, str], lesson: Declaration) -> dict[str, hv.Overlay]:
    """Return the figure. The points' column `color` is what colours them, from 0 to 1.

    What tooltips call things is what the browser calls them otherwise, where y is no class.
    """
    axis = np.linspace(-1, 1, 2)
    image = hv.Image((axis, axis, np.full((2, 2), 0.5, np.float32)), ["x1", "x2"], "p", label="probability").opts(
        cmap=list(theme.DIVERGING),
        clim=(0, 1),
        tools=hover(("x₁", "$x{0.00}"), ("x₂", "$y{0.00}"), ("p", "@output{0.00}")),
    )
    boundary = hv.Path([np.zeros((2, 2))], ["x1", "x2"], label="boundary").opts(
        color=EDGE, line_width=2.5, line_cap="round"
    )
    points = [
        hv.Scatter(empty("x1", "x2", "color", "y"), "x1", ["x2", "color", "y"], label=f"{part}_{label}").opts(
            color="color",
            cmap=list(theme.DIVERGING_POINTS),
            clim=(0, 1),
            line_color=edge,
            line_width=width,
            marker=marker,
            size=size,
            tools=hover(("x₁", "@x1{0.00}"), ("x₂", "@x2{0.00}"), ("class", "@y{0.[00]}")),
        )
        for part, edge, width in (("train", WHITE, 1), ("test", EDGE, 1.8))
        for label, marker, size in ((0, "circle", 7), (1, "triangle", 8))
    ]
    return {"decision": hv.Overlay([image, boundary, *points]).opts(xlabel="x₁", ylabel="x₂", **FRAME)}
