"""The data of a lesson with one input, by the library, from the settings that the page has."""

from typing import Any

import jax
import numpy as np

from app.lessons import LESSONS
from dl_workshop.data import Dataset, simulate_classes, simulate_line, simulate_parabola
from dl_workshop.scaling import standardised
from dl_workshop.toy_data import Split, split_examples

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


def own_table(
    inputs: int, rows: int, *, classes: tuple[str, ...] = (), seed: int = 0, target: str = "goal"
) -> dict[str, Any]:
    """A table of a learner's own, as the setting holds it: of two classes, or of numbers far from zero."""
    random = np.random.default_rng(seed)
    x = (random.normal(size=(rows, inputs)) * 20 + 100).round(3)
    sum_ = x.sum(axis=1) + random.normal(size=rows)
    y = sum_ > np.median(sum_) if classes else (1000 * sum_).round(1)
    values = np.column_stack([x, y.astype(float)]).ravel().tolist()
    columns = [f"column {k + 1}" for k in range(inputs)]
    return {"columns": columns, "target": target, "classes": [*classes], "values": values}


def own_examples(table: dict[str, Any]) -> Dataset:
    """The rows of such a table."""
    rows = np.reshape(table["values"], (-1, len(table["columns"]) + 1))
    return Dataset(rows[:, :-1], rows[:, -1])


def own_split(table: dict[str, Any], *, seed: int = 0, train_share: float = 0.7) -> Split:
    """What the network is trained and tested on."""
    task = "classification" if table["classes"] else "regression"
    return split_examples(*own_examples(table), task, seed=seed, train_share=train_share)
