"""The data of a lesson with one input, by the library, from the settings that the page has."""

from typing import Any

import jax
import numpy as np

from app.lessons import LESSONS
from dl_workshop.data import Dataset, simulate_classes, simulate_line, simulate_parabola
from dl_workshop.scaling import standardised

SIMULATE = {"linear": simulate_line, "polynomial": simulate_parabola, "logistic": simulate_classes}


def shown_data(key: str, settings: dict[str, Any]) -> Dataset:
    """The points that are drawn, or those of the learner's own: with x in its own units."""
    if settings["points"]:
        x, y = np.reshape(np.array(settings["points"], dtype=float), (-1, 2)).T
        return Dataset(x, y)
    names = ["seed", "n", "noise", *LESSONS[key].truths()]
    recipe = {"labels": settings["recipe"]} if key == "logistic" else {}
    return SIMULATE[key](**{name: settings[name] for name in names}, **recipe)


def data_of(key: str, settings: dict[str, Any]) -> Dataset:
    """What the model is trained on."""
    data = shown_data(key, settings)
    if not settings["standardise"]:
        return data
    with jax.enable_x64(True):
        return Dataset(np.asarray(standardised(data.x)[0]), data.y)
