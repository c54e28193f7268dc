"""Figures and controls as Bokeh JSON: drawn once per process, cached, and served to every learner.

A learner's session holds no figure and no control; the browser's engine embeds this JSON as documents of its own.
"""

import base64
import json
import re
from functools import cache
from typing import Any

import holoviews as hv
import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.document import Document
from bokeh.embed.util import OutputDocumentFor
from bokeh.model import Model
from bokeh.models import Axis, NoOverlap
from bokeh.models.annotations import ColorBar
from bokeh.themes import Theme

from app import figures, theme
from app.lessons import LESSONS, Lesson
from app.lessons.regression import Regression

# Outside a session Panel and panel-material-ui point at a CDN. The server has the same files; which module and style
# sheet of panel-material-ui the page has loaded is known in the browser only (engine/main.js fills them in).
_LOCAL = (
    (re.compile(r"https://cdn\.holoviz\.org/panel-material-ui/[^\"]+\.js"), "{{esm}}"),
    (re.compile(r"https://cdn\.holoviz\.org/panel-material-ui/[^\"]+\.css"), "{{css}}"),
    (re.compile(r"https://cdn\.holoviz\.org/panel/[^/]+/dist/"), "static/extensions/panel/"),
)
_LABEL_HIDDEN = {"label": "", "show_value": False, "tooltips": False, "sizing_mode": "stretch_width", "margin": 0}


def encode(value: Any) -> Any:
    """A value ready for JSON; arrays become base64 of little-endian numbers, which engine/arrays.js reads."""
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        return {"dtype": array.dtype.name, "base64": base64.b64encode(array.tobytes()).decode()}
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


@cache
def lesson_json(key: str) -> str:
    """All of a lesson but its figures: the table of settings, the controls, and the defaults' landscape.

    Args:
        key: of `LESSONS`.

    Returns:
        JSON text.
    """
    lesson = LESSONS[key]()
    table = lesson.settings_table()
    controls = _document([_widget(control) for control in table])
    return json.dumps({
        "key": key,
        "colors": theme.DIVERGING,
        "settings": [control | {"id": root["id"]} for control, root in zip(table, controls["roots"], strict=True)],
        "controls": controls,
        "landscape": encode(lesson.landscape()),
        **encode(lesson.facts()),
    })  # fmt: skip


@cache
def figures_json(key: str, theme_name: str) -> str:
    """The figures of a lesson in one theme.

    Args:
        key: of `LESSONS`.
        theme_name: of `theme.THEMES`.

    Returns:
        JSON text: a document, whose roots are named after the places in the lesson's page that they go to.
    """
    elements = _elements(LESSONS[key](), theme.INK[theme_name])
    return json.dumps(_document([_render(name, element) for name, element in elements.items()], theme_name))


def _elements(lesson: Lesson, ink: dict[str, str]) -> dict[str, hv.Overlay]:
    """The figures of a lesson, by name; the engine fills them with a learner's data."""
    if isinstance(lesson, Regression):
        landscape = lesson.landscape()
        side = len(landscape["surface"])
        w, b = (np.linspace(low, high, side) for low, high in (landscape["w"], landscape["b"]))
        surface = figures.surface_figure(ink, loss=landscape["surface"].astype(float), w=w, b=b)
        pictures = {"fit": figures.fit_figure(ink, y_label=lesson.y_label, classes=lesson.classes)}
        test = False
    else:
        grid = np.linspace(-1, 1, 5)
        surface = figures.surface_figure(ink, loss=1 + grid[None] ** 2 + grid[:, None] ** 2, w=grid, b=grid)
        pictures = {"decision": figures.decision_figure(ink), "curve": figures.curve_figure(ink)}
        test = True
    losses = {f"loss_{axis}": figures.loss_figure(ink, log=axis == "log", test=test) for axis in ("log", "linear")}
    return pictures | {"surface": surface} | losses


def _render(name: str, overlay: hv.Overlay) -> Model:
    """A figure, its sources and renderers named after the labels of their elements."""
    plot = hv.renderer("bokeh").get_plot(overlay)
    for subplot in plot.subplots.values():
        label = subplot.current_frame.label
        subplot.handles["source"].name = label
        renderer = subplot.handles["glyph_renderer"]
        renderer.name = f"{label}_renderer"
        if label in figures.MOVING:
            renderer.level = "overlay"
        if "color_mapper" in subplot.handles:
            subplot.handles["color_mapper"].name = f"{label}_colors"
    figure = plot.state
    figure.min_border = 4
    for axis in figure.select(Axis):
        axis.major_label_policy = NoOverlap(min_distance=4)
    if name.startswith("loss"):
        figure.xaxis.ticker.min_interval = 1  # there are no half steps
    for bar in figure.select(ColorBar):
        figure.min_border_right = 62  # room for any label: Bokeh does not lay out anew when the colours' limits change
        bar.update(title=None, bar_line_color=None, major_tick_line_color=None)  # HoloViews cannot leave these out
    figure.name = f"{name}_figure"
    figure.sizing_mode = "stretch_both"
    return figure


def _widget(control: dict[str, Any]) -> Model:
    """The control of one setting. Its label and its typed value stand above it, in the engine's page."""
    widget: pn.viewable.Viewable
    if control["kind"] == "select":
        widget = pmui.Select(
            label="", options=dict(control["options"]), value=control["default"], size="small",
            sizing_mode="stretch_width", margin=0, sx={".MuiSelect-select": {"fontSize": "14px"}},
        )  # fmt: skip
    elif control["log"]:
        # A slider over the exponent: fine steps at every size.
        span = (np.log10(control["start"]), np.log10(control["end"]))
        widget = pmui.FloatSlider(
            start=span[0],
            end=span[1],
            step=0.02,
            value=np.log10(control["default"]),
            size="small",
            **_LABEL_HIDDEN,
        )
    else:
        kind = pmui.IntSlider if control["kind"] == "integer" else pmui.FloatSlider
        widget = kind(
            start=control["start"], end=control["end"], step=control["step"], value=control["default"], size="small",
            **_LABEL_HIDDEN,
        )  # fmt: skip
    model = widget.get_root()
    model.name = control["name"]
    return model


def _document(roots: list[Model], theme_name: str | None = None) -> dict[str, Any]:
    """Models as the JSON of one document, self-contained and served by us alone."""
    document = Document()
    if theme_name is not None:
        document.theme = Theme(json=theme.bokeh_theme(theme_name))
    for root in roots:
        for model in root.references():
            # Python's own listeners: there is no Python behind an embedded document.
            model.subscribed_events = set()
            if "importmap" in model.properties():
                # Nothing is imported by name: that there is such a name tells Panel to style the widget as Material UI.
                model.update(importmap={"imports": {"@mui/bundle": "{{module}}"}})
        document.add_root(root)
    with OutputDocumentFor(document.roots):
        text = json.dumps(document.to_json(deferred=False))
    for pattern, local in _LOCAL:
        text = pattern.sub(local, text)
    return json.loads(text)
