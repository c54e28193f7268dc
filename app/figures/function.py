"""A function of one number: its curve, the tangent at the point, the step that is next, the steps walked so far."""

from typing import Any

import holoviews as hv

from app import theme
from app.figures.elements import FRAME, Declaration, empty, hover

MOVING = frozenset({
    "f_ghost", "f_tangent", "f_trail", "f_walked", "f_step", "f_drop", "f_start", "f_next", "f_head", "f_edge",
})  # fmt: skip


def draw(ink: dict[str, str], lesson: Declaration) -> dict[str, hv.Overlay]:
    """Return the figure. Everything of it lies over (w, f); `f_edge` has an angle in radians, as the surface's mark."""

    def line(label: str, **style: Any) -> hv.Curve:
        return hv.Curve(empty("w", "f"), "w", "f", label=label).opts(**style)

    def point(label: str, *columns: str, **style: Any) -> hv.Scatter:
        return hv.Scatter(empty("w", "f", *columns), "w", ["f", *columns], label=label).opts(**style)

    overlay = hv.Overlay([
        line("f_curve", color=theme.DATA, line_width=3, tools=hover(("w", "@w{0.00}"), ("f(w)", "@f{0.00}"))),
        point("f_minima", color=theme.MINIMUM, line_color=ink["paper"], marker="star", size=17,
              tools=hover(("minimum: w", "@w{0.0000}"), ("f(w)", "@f{0.0000}"))),
        line("f_ghost", color=ink["quiet"], line_width=1, line_dash=[4, 4]),
        line("f_tangent", color=ink["text"], line_width=2, line_dash="dashed"),
        line("f_trail", color=theme.MODEL, line_width=1, line_alpha=0.45),
        point("f_walked", color=theme.MODEL, line_color=theme.MODEL, size=6, alpha=0.6),
        line("f_step", color=theme.MODEL, line_width=3),
        line("f_drop", color=theme.MODEL, line_width=1.5, line_dash="dotted"),
        point("f_start", fill_alpha=0, color=ink["text"], line_color=ink["text"], size=13, line_width=2.5),
        point("f_next", color=ink["paper"], line_color=theme.MODEL, size=11, line_width=2.5),
        point("f_head", color=theme.MODEL, line_color=ink["paper"], size=15, line_width=2.5),
        point("f_edge", "angle", color=theme.MODEL, line_color=ink["paper"], marker="triangle", size=16, angle="angle"),
    ])  # fmt: skip
    return {"function": overlay.opts(xlabel="w", ylabel=lesson.y_label, **FRAME)}
