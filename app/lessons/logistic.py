"""Logistic regression: p = σ(w·x + b) under the binary cross-entropy."""

from typing import Any

from app.lessons.base import step_size_control, steps_control
from app.lessons.one_input import (
    OneInput,
    loss_choice,
    model_choice,
    own_loss,
    own_model,
    parameter,
    third_parameter,
    truth,
)
from app.lessons.settings import Choice, Number
from dl_workshop.data import drawn_recipe, drawn_truth, rounded_recipe, rounded_truth


class LogisticRegression(OneInput):
    """Settings of the lesson on classes.

    Labels are drawn with the probability that the true curve shows. The workshop rounds instead: its classes hardly
    overlap, and its curve is not that of its labels.
    """

    w_true = truth(2.0, (-8, 8), step=0.1, label="True w", doc="Slope of the logit of the data.")
    b_true = truth(1.0, (-8, 8), step=0.1, label="True b", doc="Intercept of the logit of the data.")
    recipe = Choice(
        default="drawn",
        objects={"drawn with probability p": "drawn", "rounded (workshop)": "rounded"},
        card="data", changes="data", label="Labels",
        doc="Drawn: y is 1 with the probability that the true curve shows. Rounded: the workshop's own recipe.",
    )  # fmt: skip
    noise = Number(
        1.0, bounds=(0, 10), step=0.1, card="data", changes="data", only=("recipe", ("rounded",)),
        label="Noise", doc="Width of the noise that is added to the logit before it is rounded.",
    )  # fmt: skip
    model: Any = model_choice("logistic", "Sigmoid of a line", "What predicts the probability of class 1 from x.")
    own_model = own_model("My model: logit z", "the logit z of one example, whose probability of class 1 is σ(z)")
    w = parameter((-5, 5), step=0.05, label="w (slope)", doc="The logit's slope.")
    b = parameter((-5, 5), step=0.05, label="b (intercept)", doc="The logit at x = 0.")
    c = third_parameter()
    loss = loss_choice("classification")
    own_loss = own_loss("classification")
    step_size = step_size_control(1.0, most=10.0)
    n_steps = steps_control(500, most=5000)

    key = "logistic"
    title = "Logistic regression"
    y_label = "class"
    classes = True
    equation = ("p", "σ", (("w", "x"), ("b", "")))
    recipes = {"drawn": drawn_recipe, "rounded": rounded_recipe}  # noqa: RUF012
    true_curves = {"drawn": drawn_truth, "rounded": rounded_truth}  # noqa: RUF012
    bad_guess = {"w": -4.0, "b": -3.0}  # noqa: RUF012
    # The workshop takes 5,000 steps of 0.0001 on the summed loss of 100 points: 0.01 on the mean.
    workshop = {  # noqa: RUF012
        "w_true": 2.0, "b_true": 1.0, "recipe": "rounded", "noise": 1.0, "n": 100, "seed": 0, "model": "logistic",
        "w": 0.0, "b": 0.0, "loss": "binary_cross_entropy", "optimizer": "gradient_descent", "step_size": 0.01,
        "n_steps": 5000, "batch_size": 0,
    }  # fmt: skip
