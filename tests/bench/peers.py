"""What the app is compared with: the first lesson as a plain Panel application, in a process of its own.

/dynamic: sliders bound to hv.DynamicMap plots and to the readout; every movement goes through Python.
"""

import argparse

import holoviews as hv
import holoviews.plotting.bokeh  # what draws
import numpy as np
import panel as pn

from app import theme
from dl_workshop.data import simulate_line

SIDE = 121  # points along each side of the loss surface
W, B = (-10.0, 10.0), (-10.0, 30.0)


def dynamic() -> pn.viewable.Viewable:
    """Data and fit, the loss surface with the current point, and the readout, following two sliders."""
    x, y = simulate_line()
    ws, bs = np.linspace(*W, SIDE), np.linspace(*B, SIDE)
    surface = np.mean((y - ws[:, None, None] * x - bs[None, :, None]) ** 2, axis=2).T
    w = pn.widgets.FloatSlider(name="w", start=W[0], end=W[1], step=0.1, value=0.0)
    b = pn.widgets.FloatSlider(name="b", start=B[0], end=B[1], step=0.1, value=0.0)

    def fit(w: float, b: float) -> hv.Overlay:
        return hv.Scatter((x, y)) * hv.Curve((x, w * x + b)).opts(color=theme.MODEL)

    def head(w: float, b: float) -> hv.Scatter:
        return hv.Scatter([(w, b)], "w", "b").opts(color=theme.MODEL, size=15)

    def readout(w: float, b: float) -> str:
        return f"<b>MSE: {np.mean((y - w * x - b) ** 2):.2f}</b>"

    values = {"w": w.param.value, "b": b.param.value}
    image = hv.Image((ws, bs, surface), kdims=["w", "b"])
    plots = {
        "fit": hv.DynamicMap(fit, streams=values),
        "surface": image.opts(cnorm="log", cmap=theme.COLORMAP) * hv.DynamicMap(head, streams=values),
    }
    panes = (
        pn.pane.HoloViews(
            plot.opts(responsive=True, height=400), sizing_mode="stretch_width", css_classes=[f"figure-{name}"]
        )
        for name, plot in plots.items()
    )
    said = pn.pane.HTML(pn.bind(readout, **values), css_classes=["readout"])
    return pn.Column(w, b, said, pn.Row(*panes, sizing_mode="stretch_width"), sizing_mode="stretch_width")


def main() -> None:
    """Serves until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    server = pn.serve({"/dynamic": dynamic}, port=port, address="localhost", show=False, start=False, verbose=False)
    print(f"Ready: http://localhost:{port}/", flush=True)
    server.start()
    server.io_loop.start()


if __name__ == "__main__":
    main()
