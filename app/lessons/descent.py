"""Gradient descent in one dimension: a function of one number, and the steps that go down on it."""

from typing import Any

from app.lessons.base import ALL, Lesson, step_size_control, steps_control
from app.lessons.one_input import parameter
from app.lessons.settings import Choice, Integer, options
from dl_workshop.functions import FUNCTIONS, constant_curvature, minima


class GradientDescent(Lesson):
    """Settings of the lesson without data; what other lessons call the loss is the function itself."""

    loss: Any = Choice(
        default="parabola", objects=options(FUNCTIONS), card="model", changes="loss",
        label="Function", doc="What is to become small.",
    )  # fmt: skip
    w = parameter(
        FUNCTIONS["parabola"].span, step=0.1, default=FUNCTIONS["parabola"].start,
        label="w", doc="Where on the function we are.",
    )  # fmt: skip
    step_size = step_size_control(0.1, most=2.0)
    n_steps = steps_control(50, most=1000, step=1)
    batch_size = Integer(ALL, bounds=(ALL, ALL + 1), changes="run", label="Batch size", doc="There are no data.")

    key = "descent"
    title = "Gradient descent"
    kind = "descent"
    figures = ("function", "loss")
    y_label = loss_label = "f(w)"

    @classmethod
    def facts(cls) -> dict[str, Any]:
        """Return what this lesson tells the browser beyond what all tell."""
        return {
            "losses": {
                name: {"label": function.label, "short": "f(w)", "task": "function", "smooth": True, "solver": "none"}
                for name, function in FUNCTIONS.items()
            },
            "functions": {
                name: {
                    "formula": function.formula,
                    "span": function.span,
                    "start": function.start,
                    "minima": [minimum._asdict() for minimum in minima(function)],
                    "curvature": constant_curvature(function),
                }
                for name, function in FUNCTIONS.items()
            },
            "gradient": "f′(w)",
            "workshop": {
                "loss": "parabola",
                "w": 10.0,
                "optimizer": "gradient_descent",
                "step_size": 0.01,
                "n_steps": 1000,
            },
        }
