"""The loss over the steps of a run: the whole run quiet, the part walked so far strong, a cursor at the step."""

from typing import Any

import holoviews as hv
import numpy as np

from app import theme
from app.figures.elements import FRAME, Declaration, by_column, hover, lines, loss_formatter

AXES = ("log", "linear")
MOVING = frozenset(f"{name}_{axis}" for name in ("walked", "walked_test", "cursor", "loss_head") for axis in AXES)


def draw(ink: dict[str, str], lesson: Declaration) -> dict[str, hv.Overlay]:
    """Return the figures, one for each kind of loss axis; what is of test data is dashed.

    Args:
        ink: one of `theme.INK`.
        lesson: tells whether there are test data.
    """
    return {f"loss_{axis}": _draw(axis, ink, lesson) for axis in AXES}


def _draw(axis: str, ink: dict[str, str], lesson: Declaration) -> hv.Overlay:
    placeholder = {"step": np.array([1.0, 2.0]), "loss": np.array([1.0, 2.0])}  # a logarithmic axis needs numbers

    def line(name: str, **style: Any) -> hv.Curve:
        return hv.Curve(placeholder, "step", "loss", label=f"{name}_{axis}").opts(**style)

    dashed = {"line_dash": [6, 4]}
    of_test = [line("whole_test", color=ink["quiet"], line_width=2, **dashed)] if lesson.has_test else []
    of_test_walked = [line("walked_test", color=theme.DATA, line_width=2.5, **dashed)] if lesson.has_test else []
    overlay = hv.Overlay([
        lines(f"pins_{axis}", "step", "loss", line_width=2, **by_column(line_color="color", line_dash="dash")),
        line("ghost", color=ink["quiet"], line_width=1, line_dash=[2, 3]),
        line("penalised", color=ink["quiet"], line_width=1.5, line_dash="dotted"),
        line("whole", color=ink["quiet"], line_width=2,
             tools=hover(("step", "@step{0}"), ("loss", "@loss{0.0000a}"), mode="vline")),
        *of_test,
        line("cursor", color=ink["text"], line_width=1),
        *of_test_walked,
        line("walked", color=theme.MODEL, line_width=3),
        hv.Scatter(placeholder, "step", "loss", label=f"loss_head_{axis}").opts(
            color=theme.MODEL, line_color=ink["paper"], size=10
        ),
    ])  # fmt: skip
    return overlay.opts(
        xlabel="step", ylabel=lesson.loss_label, logy=axis == "log",
        # The browser places the ticks: the figure is low, and Bokeh would draw one for every power of ten.
        yticks=[1.0], yformatter=loss_formatter(), **FRAME
    )  # fmt: skip
