"""Linear regression: y = w·x + b under the mean squared error."""

from typing import Any

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
from dl_workshop.data import line_recipe, line_truth


class LinearRegression(OneInput):
    """Settings of the first lesson; the defaults are the workshop's, with a step size that arrives."""

    w_true = truth(2.0, (-8, 8), step=0.1, label="True w", doc="Slope of the data's line.")
    b_true = truth(20.0, (-40, 40), step=0.5, label="True b", doc="Intercept of the data's line.")
    model: Any = model_choice("linear", "Line")
    own_model = own_model()
    w = parameter((-10, 10), step=0.1, label="w (slope)", doc="The line's slope.")
    b = parameter((-10, 30), step=0.1, label="b (intercept)", doc="The line's y at x = 0.")
    c = third_parameter()
    loss = loss_choice("regression")
    own_loss = own_loss("regression")

    key = "linear"
    title = "Linear regression"
    sideways = True
    equation = ("y", "", (("w", "x"), ("b", "")))
    recipes = {"line": line_recipe}  # noqa: RUF012
    true_curves = {"line": line_truth}  # noqa: RUF012
    bad_guess = {"w": -5.0, "b": 3.0}  # noqa: RUF012
    workshop = {  # noqa: RUF012
        "w_true": 2.0, "b_true": 20.0, "noise": 1.0, "n": 100, "seed": 0, "model": "linear", "w": 0.0, "b": 0.0,
        "loss": "mse", "optimizer": "gradient_descent", "step_size": 0.001, "n_steps": 3000, "batch_size": 0,
    }  # fmt: skip
