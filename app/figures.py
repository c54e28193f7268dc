"""Figures of a lesson, as functions from arrays to HoloViews elements. Nothing here computes or knows a learner.

Every element that the browser moves carries a label: its data source and its renderer get that label as their name,
and the engine (engine/plots.js) finds them by it.
"""

from typing import Any

import contourpy
import holoviews as hv
import numpy as np
from bokeh.models import CustomJSTickFormatter, FixedTicker, HoverTool

from app import theme

hv.extension("bokeh", logo=False)  # registers the backend; the first import of a process pays for it once
hv.renderer("bokeh").webgl = False  # many times slower than the canvas where there is no GPU

CONTOUR_LEVELS = 16

# Drawn on Bokeh's overlay canvas, which repaints alone: these move at every frame, or stand above what does.
MOVING = frozenset({
    "points", "points_0", "points_1", "truth", "best_curve", "curve", "residual_lines", "residual_squares", "decision",
    "probability", "boundary", "train_0", "train_1", "test_0", "test_1",
    "preview", "path_edge", "path", "start", "arrow_edge", "arrow", "head", "best",
    *(f"{name}_{axis}" for name in ("walked", "walked_test", "cursor", "loss_head") for axis in ("log", "linear")),
})  # fmt: skip

_FRAME: dict[str, Any] = {
    "responsive": True,
    "toolbar": None,
    "default_tools": [],
    "active_tools": [],
    "show_legend": False,
    "show_grid": False,
    "title": "",
}


def _empty(*columns: str) -> dict[str, np.ndarray]:
    return {column: np.array([]) for column in columns}


def _hover(*tooltips: tuple[str, str], **options: Any) -> list[HoverTool]:
    return [HoverTool(tooltips=list(tooltips), **options)]


def _loss_formatter() -> CustomJSTickFormatter:
    """Labels of an axis in units of the loss: plain numbers where they are short, powers of ten elsewhere.

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


def contour_levels(loss: np.ndarray) -> np.ndarray:
    """Levels evenly spaced in log loss, between the floor and the top of the colour scale.

    Args:
        loss: loss over the grid, shape `(q, p)`.

    Returns:
        Levels in units of the loss, shape `(CONTOUR_LEVELS,)`.
    """
    low, high = color_limits(loss)
    return np.geomspace(low, high, CONTOUR_LEVELS + 2)[1:-1]


def color_limits(loss: np.ndarray) -> tuple[float, float]:
    """Ends of the logarithmic colour scale: the loss's own, with a floor where it (nearly) reaches zero.

    Args:
        loss: loss over the grid, shape `(q, p)`.

    Returns:
        `(low, high)` with 0 < low < high.
    """
    high = max(float(loss.max()), 1e-12)
    low = max(float(loss.min()), 1e-4 * high)
    return low, max(high, low * (1 + 1e-6))


def contour_lines(loss: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Contour lines of the loss surface.

    Args:
        loss: loss over the grid, shape `(q, p)`.
        w: values of w along the columns, shape `(p,)`.
        b: values of b along the rows, shape `(q,)`.

    Returns:
        The lines' w and the lines' b: two lists of arrays of equal lengths.
    """
    generator = contourpy.contour_generator(w, b, loss)
    lines = [np.asarray(line) for level in contour_levels(loss) for line in generator.lines(float(level))]
    return [line[:, 0] for line in lines], [line[:, 1] for line in lines]


def fit_figure(ink: dict[str, str], *, y_label: str, classes: bool) -> hv.Overlay:
    """Data, the model's curve, the residuals, and (on request) the truth.

    Args:
        ink: one of `theme.INK`.
        y_label: name of the vertical axis.
        classes: whether y is a class, shown by shape as well as colour.

    Returns:
        An overlay of the labelled elements.
    """
    lines = {"color": theme.MODEL, "line_alpha": 0.55, "line_width": 1}
    elements = [
        hv.Rectangles(_empty("x0", "y0", "x1", "y1"), ["x0", "y0", "x1", "y1"], label="residual_squares").opts(
            fill_color=theme.MODEL, fill_alpha=0.06, line_color=theme.MODEL, line_alpha=0.5
        ),
        hv.Segments(_empty("x0", "y0", "x1", "y1"), ["x0", "y0", "x1", "y1"], label="residual_lines").opts(**lines),
        hv.Curve(_empty("x", "y"), "x", "y", label="truth").opts(
            color=ink["text"], line_width=2, line_dash="dashed", line_alpha=0.8
        ),
    ]
    markers = {"points_0": "circle", "points_1": "triangle"} if classes else {"points": "circle"}
    for label, marker in markers.items():
        elements.append(
            hv.Scatter(_empty("x", "y"), "x", "y", label=label).opts(
                color=theme.DATA if marker == "circle" else "#56B4E9",
                marker=marker,
                size=8 if classes else 6,
                line_color=theme.DATA,
                alpha=0.85,
                tools=_hover(("x", "@x{0.00}"), (y_label, "@y{0.00}")),
            )
        )
    elements.append(
        hv.Curve(_empty("x", "y"), "x", "y", label="best_curve").opts(
            color=theme.MINIMUM, line_width=3, line_dash=[8, 5]
        )
    )
    elements.append(hv.Curve(_empty("x", "y"), "x", "y", label="curve").opts(color=theme.MODEL, line_width=4))
    if classes:
        elements.append(
            hv.Scatter(_empty("x", "y"), "x", "y", label="decision").opts(
                color=ink["paper"], line_color=theme.MODEL, line_width=3, marker="diamond", size=15
            )
        )
    return hv.Overlay(elements).opts(xlabel="x", ylabel=y_label, **_FRAME)


def surface_figure(ink: dict[str, str], *, loss: np.ndarray, w: np.ndarray, b: np.ndarray) -> hv.Overlay:
    """The loss surface: image and contour lines, the optimizer's path, the current point, the best one.

    Args:
        ink: one of `theme.INK`.
        loss: loss over the grid, shape `(q, p)`.
        w: values of w along the columns, shape `(p,)`.
        b: values of b along the rows, shape `(q,)`.

    Returns:
        An overlay of the labelled elements.
    """
    xs, ys = contour_lines(loss, w, b)
    white, edge = "#FFFFFF", "#1A1A1A"

    def line(label: str, **style: Any) -> hv.Curve:
        return hv.Curve(_empty("w", "b"), "w", "b", label=label).opts(**style)

    def point(label: str, **style: Any) -> hv.Scatter:
        return hv.Scatter(_empty("w", "b"), "w", "b", label=label).opts(**style)

    return hv.Overlay([
        hv.Image((w, b, loss.astype(np.float32)), kdims=["w", "b"], vdims="loss", label="surface").opts(
            cmap=theme.COLORMAP,
            cnorm="log",
            clim=color_limits(loss),
            colorbar=True,
            colorbar_opts={
                "width": 12, "padding": 2, "label_standoff": 6,
                # The engine places the ticks, as it does on the loss axis.
                "ticker": FixedTicker(name="surface_ticks", ticks=[]), "formatter": _loss_formatter(),
            },
            tools=_hover(("w", "$x{0.00}"), ("b", "$y{0.00}"), ("loss", "@image{0.000a}"), attachment="right"),
        ),
        hv.Path([np.column_stack(xy) for xy in zip(xs, ys, strict=True)], ["w", "b"], label="contours").opts(
            color=white, line_width=1, line_alpha=0.45
        ),
        line("preview", color=white, line_width=2, line_alpha=0.75, line_dash=[3, 4]),
        line("path_edge", color=edge, line_width=6, line_alpha=0.85),
        line("path", color=white, line_width=3),
        point("start", fill_alpha=0, color=white, line_color=white, marker="circle", size=13, line_width=3),
        line("arrow_edge", color=edge, line_width=6, line_alpha=0.85),
        line("arrow", color=white, line_width=3),
        point("head", color=theme.MODEL, line_color=white, marker="circle", size=15, line_width=2.5),
        point("best", color=theme.MINIMUM, line_color=white, marker="star", size=15, line_width=1),
    ]).opts(xlabel="w", ylabel="b", xticks=5, **_FRAME)  # fmt: skip


def loss_figure(ink: dict[str, str], *, log: bool, test: bool = False) -> hv.Overlay:
    """The loss over the steps of a run: the whole run quiet, the part walked so far strong, a cursor at the step.

    Args:
        ink: one of `theme.INK`.
        log: whether the loss axis is logarithmic.
        test: whether the loss on test data is drawn too, dashed.

    Returns:
        An overlay of the labelled elements.
    """

    axis = "log" if log else "linear"
    placeholder = {
        "step": np.array([1.0, 2.0]),
        "loss": np.array([1.0, 2.0]),
    }  # a logarithmic axis needs numbers

    def line(name: str, **style: Any) -> hv.Curve:
        return hv.Curve(placeholder, "step", "loss", label=f"{name}_{axis}").opts(**style)

    dashed = {"line_dash": [6, 4]}
    of_test = [line("whole_test", color=ink["quiet"], line_width=2, **dashed)] if test else []
    of_test_walked = [line("walked_test", color=theme.DATA, line_width=2.5, **dashed)] if test else []
    return hv.Overlay([
        line("whole", color=ink["quiet"], line_width=2,
             tools=_hover(("step", "@step{0}"), ("loss", "@loss{0.0000a}"), mode="vline")),
        *of_test,
        line("cursor", color=ink["text"], line_width=1),
        *of_test_walked,
        line("walked", color=theme.MODEL, line_width=3),
        hv.Scatter(placeholder, "step", "loss", label=f"loss_head_{axis}").opts(
            color=theme.MODEL, line_color=ink["paper"], size=10
        ),
    ]).opts(
        xlabel="step", ylabel="loss", logy=log,
        # The engine places the ticks: the figure is low, and Bokeh would draw one for every power of ten.
        yticks=[1.0], yformatter=_loss_formatter(), **_FRAME
    )  # fmt: skip


def decision_figure(ink: dict[str, str]) -> hv.Overlay:
    """A network's output over the plane of its data, the line where it is undecided, and the data.

    Args:
        ink: one of `theme.INK`.

    Returns:
        An overlay of the labelled elements. The points' column `color` is what colours them, from 0 to 1.
    """
    axis = np.linspace(-1, 1, 2)
    image = hv.Image((axis, axis, np.full((2, 2), 0.5, np.float32)), ["x1", "x2"], "p", label="probability").opts(
        cmap=list(theme.DIVERGING),
        clim=(0, 1),
        tools=_hover(("x₁", "$x{0.00}"), ("x₂", "$y{0.00}"), ("p", "@image{0.00}")),
    )
    boundary = hv.Path([np.zeros((2, 2))], ["x1", "x2"], label="boundary").opts(
        color="#1A1A1A", line_width=2.5, line_cap="round"
    )
    points = [
        hv.Scatter(_empty("x1", "x2", "color"), "x1", ["x2", "color"], label=f"{part}_{label}").opts(
            color="color",
            cmap=list(theme.DIVERGING_POINTS),
            clim=(0, 1),
            line_color=edge,
            line_width=width,
            marker=marker,
            size=size,
            tools=_hover(("x₁", "@x1{0.00}"), ("x₂", "@x2{0.00}"), ("class", str(label))),
        )
        for part, edge, width in (("train", "#FFFFFF", 1), ("test", "#1A1A1A", 1.8))
        for label, marker, size in ((0, "circle", 7), (1, "triangle", 8))
    ]
    return hv.Overlay([image, boundary, *points]).opts(xlabel="x₁", ylabel="x₂", **_FRAME)


def curve_figure(ink: dict[str, str]) -> hv.Overlay:
    """A network of one input: its curve, and the data.

    Args:
        ink: one of `theme.INK`.

    Returns:
        An overlay of the labelled elements.
    """

    def points(label: str, edge: str, width: float) -> hv.Scatter:
        return hv.Scatter(_empty("x", "y"), "x", "y", label=label).opts(
            color=theme.DATA,
            line_color=edge,
            line_width=width,
            size=7,
            tools=_hover(("x", "@x{0.00}"), ("y", "@y{0.00}")),
        )

    return hv.Overlay([
        points("train", theme.DATA, 1),
        points("test", ink["text"], 1.8),
        hv.Curve(_empty("x", "y"), "x", "y", label="curve").opts(color=theme.MODEL, line_width=4),
    ]).opts(xlabel="x", ylabel="y", **_FRAME)  # fmt: skip
