"""The lessons' figures, as HoloViews elements without data: what a browser fills, and nothing that computes.

Every element that the browser moves carries a label: its data source and its renderer get that label as their name, and
browser/plots.js finds them by it. Each module is one figure: `draw` declares it, `MOVING` names what moves in it.
"""

from collections.abc import Callable

import holoviews as hv

from app.figures import curve, decision, fit, function, history, surface
from app.figures.elements import Declaration

_MODULES = {"fit": fit, "surface": surface, "loss": history, "decision": decision, "curve": curve, "function": function}

# By the names that lessons give: (ink, lesson) -> the figures' overlays, by the place in the page that they go to.
FIGURES: dict[str, Callable[[dict[str, str], Declaration], dict[str, hv.Overlay]]] = {
    name: module.draw for name, module in _MODULES.items()
}

# Drawn on Bokeh's overlay canvas, which repaints alone: these move at every frame, or stand above what does.
MOVING: frozenset[str] = frozenset().union(*(module.MOVING for module in _MODULES.values()))
