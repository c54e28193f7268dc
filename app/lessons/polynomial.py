"""Polynomial regression: y = w₁·x + w₂·x² + b, a lesson with three parameters."""

from app.lessons.base import step_size_control
from app.lessons.one_input import OneInput, loss_choice, own_loss, parameter, truth
from dl_workshop.data import parabola_recipe, parabola_truth


class PolynomialRegression(OneInput):
    """Settings of the lesson on a curve: the loss surface has one dimension more than a picture."""

    w1_true = truth(1.0, (-8, 8), step=0.1, label="True w₁", doc="Slope of the data's curve at x = 0.")
    w2_true = truth(-0.5, (-2, 2), step=0.05, label="True w₂", doc="Half the curvature of the data's curve.")
    b_true = truth(10.0, (-40, 40), step=0.5, label="True b", doc="The data's curve at x = 0.")
    w1 = parameter((-10, 10), step=0.1, label="w₁", doc="The curve's slope at x = 0.")
    w2 = parameter((-3, 3), step=0.05, label="w₂", doc="Half the curve's curvature.")
    b = parameter((-10, 30), step=0.1, label="b (intercept)", doc="The curve's y at x = 0.")
    loss = loss_choice("regression")
    own_loss = own_loss("regression")
    step_size = step_size_control(0.005)

    key = "polynomial"
    title = "Polynomial regression"
    model = "polynomial"
    equation = ("y", "", (("w1", "x"), ("w2", "x²"), ("b", "")))
    recipes = {"parabola": parabola_recipe}  # noqa: RUF012
    true_curves = {"parabola": parabola_truth}  # noqa: RUF012
    bad_guess = {"w1": -5.0, "w2": 2.0, "b": 3.0}  # noqa: RUF012
    workshop = {  # noqa: RUF012
        "w1_true": 1.0, "w2_true": -0.5, "b_true": 10.0, "noise": 1.0, "n": 100, "seed": 0, "w1": 0.0, "w2": 0.0,
        "b": 0.0, "loss": "mse", "optimizer": "gradient_descent", "step_size": 0.001, "n_steps": 3000, "batch_size": 0,
    }  # fmt: skip
