"""What the app is compared with: the same lesson as a plain Panel application, in a process of its own.

/dynamic: sliders bound to hv.DynamicMap plots and to the readout; every movement goes through Python.
/built: the app's own figures and a widget for each of its settings, built anew for every learner.
"""

import argparse
from typing import Any

import holoviews as hv
import numpy as np
import panel as pn
import panel_material_ui as pmui

from app import figures, theme
from app.lessons import LESSONS

LESSON = LESSONS["linear"]()
INK = theme.INK["light"]


def dynamic() -> pmui.Page:
    """Data and fit, the loss surface with the current point, and the readout, following two sliders."""
    landscape = LESSON.landscape()
    x, y, surface = landscape["x"], landscape["y"], landscape["surface"]
    w, b = (_slider(control) for control in LESSON.settings_table() if control["name"] in ("w", "b"))

    def fit(w: float, b: float) -> hv.Overlay:
        return hv.Scatter((x, y)) * hv.Curve((x, w * x + b)).opts(color=theme.MODEL)

    def head(w: float, b: float) -> hv.Scatter:
        return hv.Scatter([(w, b)], "w", "b").opts(color=theme.MODEL, size=15)

    def readout(w: float, b: float) -> str:
        return f"<b>MSE: {np.mean((y - w * x - b) ** 2):.2f}</b>"

    values = {"w": w.param.value, "b": b.param.value}
    bounds = (landscape["w"][0], landscape["b"][0], landscape["w"][1], landscape["b"][1])
    image = hv.Image(surface[::-1].astype(float), bounds=bounds, kdims=["w", "b"])
    plots = {
        "fit": hv.DynamicMap(fit, streams=values),
        "surface": image.opts(cnorm="log", cmap=theme.COLORMAP) * hv.DynamicMap(head, streams=values),
    }
    return pmui.Page(
        title="DynamicMap",
        sidebar=[w, b, pn.pane.HTML(pn.bind(readout, **values), css_classes=["readout"])],
        main=[pn.Row(*(
            pn.pane.HoloViews(plot.opts(responsive=True, height=400), css_classes=[f"figure-{name}"])
            for name, plot in plots.items()
        ))],
    )  # fmt: skip


def built() -> pmui.Page:
    """The app's first lesson: its controls and its figures, drawn for this learner alone."""
    landscape = LESSON.landscape()
    surface = landscape["surface"].astype(float)
    w, b = (np.linspace(*landscape[name], len(surface)) for name in ("w", "b"))
    plots = [
        figures.fit_figure(INK, y_label=LESSON.y_label, classes=LESSON.classes),
        figures.surface_figure(INK, loss=surface, w=w, b=b),
        figures.loss_figure(INK, log=True),
        figures.loss_figure(INK, log=False),
    ]
    controls = [
        _select(control) if control["kind"] == "select" else _slider(control) for control in LESSON.settings_table()
    ]
    buttons = [pmui.Button(label=label) for label in ("New data", "Bad guess", "Run gradient descent")]
    panes = [pn.pane.HoloViews(plot, sizing_mode="stretch_width", height=300) for plot in plots]
    return pmui.Page(title="Built per session", sidebar=[*controls, *buttons], main=panes)


def _slider(control: dict[str, Any]) -> pmui.FloatSlider:
    return pmui.FloatSlider(
        label=control["label"], start=control["start"], end=control["end"], step=control["step"] or 0.01,
        value=control["default"],
    )  # fmt: skip


def _select(control: dict[str, Any]) -> pmui.Select:
    return pmui.Select(label=control["label"], options=dict(control["options"]), value=control["default"])


def main() -> None:
    """Serves until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    pages = {"/dynamic": dynamic, "/built": built}
    server = pn.serve(pages, port=port, address="localhost", show=False, start=False, verbose=False)
    print(f"Ready: http://localhost:{port}/", flush=True)
    server.start()
    server.io_loop.start()


if __name__ == "__main__":
    main()
