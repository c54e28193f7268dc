"""Figures as Bokeh JSON: drawn once, without data; the page embeds this JSON and moves the sources that it names."""

import json

import holoviews as hv
from bokeh.document import Document
from bokeh.embed.util import OutputDocumentFor
from bokeh.model import Model
from bokeh.models import NoOverlap
from bokeh.models.annotations import ColorBar
from bokeh.themes import Theme

from app import theme
from app.figures import FIGURES, MOVING
from app.lessons import LESSONS


def figures_json(key: str, theme_name: str) -> str:
    """The figures of a lesson in one theme.

    Args:
        key: of `LESSONS`.
        theme_name: of `theme.THEMES`.

    Returns:
        JSON text: a document, whose roots are named after the places in the lesson's page that they go to.
    """
    lesson, ink = LESSONS[key], theme.INK[theme_name]
    document = Document(theme=Theme(json=theme.bokeh_theme(theme_name)))
    for figure in lesson.figures:
        for place, overlay in FIGURES[figure](ink, lesson).items():
            root = _render(place, overlay)
            for model in root.references():
                model.subscribed_events = set()  # HoloViews' own listeners: there is no Python behind the page
            document.add_root(root)
    with OutputDocumentFor(document.roots):
        return json.dumps(document.to_json(deferred=False), separators=(",", ":"))


def _render(place: str, overlay: hv.Overlay) -> Model:
    """A figure, its sources and renderers named after the labels of their elements."""
    plot = hv.renderer("bokeh").get_plot(overlay)
    for subplot in plot.subplots.values():
        label = subplot.current_frame.label
        subplot.handles["source"].name = label
        renderer = subplot.handles["glyph_renderer"]
        renderer.name = f"{label}_renderer"
        if label in MOVING:
            renderer.level = "overlay"
        if "color_mapper" in subplot.handles:
            subplot.handles["color_mapper"].name = f"{label}_colors"
    figure = plot.state
    figure.min_border = 4
    for axis in (*figure.below, *figure.left):  # in order: every process is to draw the same bytes
        axis.major_label_policy = NoOverlap(min_distance=4)
    if place.startswith("loss"):
        figure.xaxis.ticker.min_interval = 1  # there are no half steps
    for bar in figure.select(ColorBar):
        figure.min_border_right = 62  # room for any label: Bokeh does not lay out anew when the colours' limits change
        bar.update(title=None, bar_line_color=None, major_tick_line_color=None)  # HoloViews cannot leave these out
    figure.name = f"{place}_figure"
    figure.sizing_mode = "stretch_both"
    return figure
