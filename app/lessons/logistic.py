"""Lesson 2, logistic regression: p = σ(w·x + b) under the binary cross-entropy."""

from typing import Any

import param

from app.lessons.base import options
from app.lessons.regression import LARGEST, Regression
from dl_workshop.data import simulate_classes
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS


class LogisticRegression(Regression):
    """Settings of the second lesson.

    The default noise is wider than the workshop's: with the workshop's own the classes hardly overlap, the lowest loss
    lies at w ≈ 12, far outside the workshop's range of ±5, and no run gets there.
    """

    b_true = param.Number(1.0, bounds=(-8, 8), step=0.1, label="True b", doc="Intercept of the logit of the data.")
    noise = param.Number(6.0, bounds=(0, 10), step=0.1, label="Noise", doc="Width of the noise added to the logit.")
    w = param.Number(0.0, bounds=(-LARGEST, LARGEST), step=0.05, label="w (slope)", doc="The logit's slope.")
    b = param.Number(0.0, bounds=(-LARGEST, LARGEST), step=0.05, label="b (intercept)", doc="The logit at x = 0.")
    loss: Any = param.Selector(
        default="binary_cross_entropy",
        objects=options(LOSSES, MODELS["logistic"].losses),
        label="Loss function",
        doc="What to lower.",
    )
    step_size = param.Number(
        1.0,
        bounds=(1e-4, 1),
        label="Step size (learning rate)",
        doc="How far one step goes along the gradient.",
    )
    n_steps = param.Integer(500, bounds=(10, 5000), step=10, label="Steps", doc="Number of steps of a run.")

    key = "logistic"
    title = "Logistic regression"
    model = "logistic"
    simulate = staticmethod(simulate_classes)
    y_label = "class"
    classes = True
    spans = {"w": (-5.0, 5.0), "b": (-5.0, 5.0)}  # noqa: RUF012
    bad_guess = {"w": -4.0, "b": -3.0}  # noqa: RUF012
    # The workshop takes 5,000 steps of 0.0001 on the summed loss of 100 points: 0.01 on the mean.
    workshop = {  # noqa: RUF012
        "w_true": 2.0, "b_true": 1.0, "noise": 1.0, "n": 100, "seed": 0, "w": 0.0, "b": 0.0,
        "loss": "binary_cross_entropy", "optimizer": "gradient_descent", "step_size": 0.01, "n_steps": 5000,
        "batch_size": 0,
    }  # fmt: skip
