"""Lesson 1, linear regression: y = w·x + b under the mean squared error."""

from typing import Any

import param

from app.lessons.base import options
from app.lessons.regression import LARGEST, Regression
from dl_workshop.data import simulate_line
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS


class LinearRegression(Regression):
    """Settings of the first lesson; the defaults are the workshop's, with a step size that arrives."""

    b_true = param.Number(20.0, bounds=(-40, 40), step=0.5, label="True b", doc="Intercept of the data's line.")
    w = param.Number(0.0, bounds=(-LARGEST, LARGEST), step=0.1, label="w (slope)", doc="The line's slope.")
    b = param.Number(0.0, bounds=(-LARGEST, LARGEST), step=0.1, label="b (intercept)", doc="The line's y at x = 0.")
    loss: Any = param.Selector(
        default="mse",
        objects=options(LOSSES, MODELS["linear"].losses),
        label="Loss function",
        doc="What to lower.",
    )

    key = "linear"
    title = "Linear regression"
    model = "linear"
    simulate = staticmethod(simulate_line)
    y_label = "y"
    spans = {"w": (-10.0, 10.0), "b": (-10.0, 30.0)}  # noqa: RUF012
    bad_guess = {"w": -5.0, "b": 3.0}  # noqa: RUF012
    workshop = {  # noqa: RUF012
        "w_true": 2.0, "b_true": 20.0, "noise": 1.0, "n": 100, "seed": 0, "w": 0.0, "b": 0.0, "loss": "mse",
        "optimizer": "gradient_descent", "step_size": 0.001, "n_steps": 3000, "batch_size": 0,
    }  # fmt: skip
