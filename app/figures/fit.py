"""Data and fit: the points, the model's curve, the residuals, and (on request) the truth and the best fit."""

import holoviews as hv

from app import theme
from app.figures.elements import FRAME, Declaration, empty, hover

MOVING = frozenset({
    "points", "points_0", "points_1", "truth", "sideways", "best_curve", "curve", "residual_lines", "residual_squares",
    "decision", "chosen_point",
})  # fmt: skip


def draw(ink: dict[str, str], lesson: Declaration) -> dict[str, hv.Overlay]:
    """Return the figure.

    Args:
        ink: one of `theme.INK`.
        lesson: names the vertical axis; where y is a class, it is shown by shape as well as colour.
    """
    corners = ("x0", "y0", "x1", "y1")

    def line(label: str, **style: object) -> hv.Curve:
        return hv.Curve(empty("x", "y"), "x", "y", label=label).opts(**style)

    def points(label: str, marker: str) -> hv.Scatter:
        return hv.Scatter(empty("x", "y"), "x", "y", label=label).opts(
            color=theme.DATA if marker == "circle" else "#56B4E9",
            marker=marker,
            size=8 if lesson.classes else 6,
            line_color=theme.DATA,
            alpha=0.85,
            tools=hover(("x", "@x{0.00}"), (lesson.y_label, "@y{0.00}")),
        )

    data = (
        [points("points_0", "circle"), points("points_1", "triangle")]
        if lesson.classes
        else [points("points", "circle")]
    )
    decision = hv.Scatter(empty("x", "y"), "x", "y", label="decision").opts(
        color=ink["paper"], line_color=theme.MODEL, line_width=3, marker="diamond", size=15
    )
    chosen = hv.Scatter(empty("x", "y"), "x", "y", label="chosen_point").opts(
        color=ink["paper"], fill_alpha=0.0, line_color=ink["text"], line_width=2.5, marker="circle", size=16
    )
    overlay = hv.Overlay([
        hv.Rectangles(empty(*corners), [*corners], label="residual_squares").opts(
            fill_color=theme.MODEL, fill_alpha=0.06, line_color=theme.MODEL, line_alpha=0.5
        ),
        hv.Segments(empty(*corners), [*corners], label="residual_lines").opts(
            color=theme.MODEL, line_alpha=0.55, line_width=1
        ),
        line("truth", color=ink["text"], line_width=2, line_dash="dashed", line_alpha=0.8),
        *data,
        *([line("sideways", color=theme.SIDEWAYS, line_width=3, line_dash=[3, 4])] if lesson.sideways else []),
        line("best_curve", color=theme.MINIMUM, line_width=3, line_dash=[8, 5]),
        line("curve", color=theme.MODEL, line_width=4),
        *([decision] if lesson.classes else []),
        chosen,
    ])  # fmt: skip
    return {"fit": overlay.opts(xlabel="x", ylabel=lesson.y_label, **FRAME)}
