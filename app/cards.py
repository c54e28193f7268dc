"""What each model, loss, activation and optimizer is: its formula, a sentence, and the code that runs.

The code is the library's own source, without its docstring: it is what the page's JavaScript was lowered from.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from app.lessons.base import Lesson
from app.library_source import source_of
from app.mathml import mathml
from dl_workshop.functions import FUNCTIONS
from dl_workshop.losses import LOSSES
from dl_workshop.models import ACTIVATIONS, MODELS
from dl_workshop.optimizers import OPTIMIZERS


class Card(NamedTuple):
    """One card as it is written.

    Attributes:
        formula: LaTeX.
        sentence: what it does, for a learner.
    """

    formula: str
    sentence: str


MODEL_CARDS = {
    "linear": Card(
        r"\hat{y} = w x + b",
        "A straight line: the slope w says how much y grows with x, the intercept b where it begins.",
    ),
    "polynomial": Card(
        r"\hat{y} = w_1 x + w_2 x^2 + b",
        "A parabola: bent in x, and still a plain sum in its parameters.",
    ),
    "logistic": Card(
        r"\hat{p} = \sigma(w x + b) = \frac{1}{1 + e^{-(w x + b)}}",
        "A line squeezed into 0 to 1: the probability that y is 1. It is one half where the line crosses 0.",
    ),
}
LOSS_CARDS = {
    "mse": Card(
        r"\frac{1}{n} \sum_i (\hat{y}_i - y_i)^2",
        "The mean of the squared misses: a miss twice as large counts four times.",
    ),
    "mae": Card(
        r"\frac{1}{n} \sum_i |\hat{y}_i - y_i|",
        "The mean size of the misses: a single far point pulls no harder than a near one.",
    ),
    "huber": Card(
        r"\frac{1}{n} \sum_i \begin{cases} \frac{1}{2} r_i^2 & |r_i| \le 1"
        r" \\ |r_i| - \frac{1}{2} & |r_i| > 1 \end{cases}"
        r", \quad r_i = \hat{y}_i - y_i",
        "Squares small misses and takes the size of large ones: smooth at its minimum, and calm about outliers.",
    ),
    "binary_cross_entropy": Card(
        r"-\frac{1}{n} \sum_i \left( y_i \log \hat{p}_i + (1 - y_i) \log(1 - \hat{p}_i) \right)",
        "How surprised the model is by the labels: being sure and wrong costs without limit.",
    ),
    "squared_error_on_probabilities": Card(
        r"\frac{1}{n} \sum_i (\hat{p}_i - y_i)^2",
        "The squared misses of probabilities (Brier score): at most 1 each, and level where the model is surely wrong.",
    ),
}
ACTIVATION_CARDS = {
    "tanh": Card(
        r"\phi(z) = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}",
        "An S from −1 to 1; its slope is 1 in the middle and vanishes at both ends.",
    ),
    "relu": Card(
        r"\phi(z) = \max(0, z)",
        "Lets positive numbers through and stops the others; where it stops them its slope is 0.",
    ),
    "logistic": Card(r"\phi(z) = \frac{1}{1 + e^{-z}}", "An S from 0 to 1; its slope is never more than a quarter."),
    "identity": Card(r"\phi(z) = z", "No activation: layers of it are together no more than one layer."),
}
OPTIMIZER_CARDS = {
    "gradient_descent": Card(
        r"\theta \leftarrow \theta - \eta\, g",
        "A step against the gradient g, as long as the step size η says.",
    ),
    "momentum": Card(
        r"m \leftarrow \mu m + g, \quad \theta \leftarrow \theta - \eta\, m",
        "Keeps a share μ of the last velocity m: faster along a valley, and it overshoots as a ball does.",
    ),
    "nesterov": Card(
        r"m \leftarrow \mu m + g, \quad \theta \leftarrow \theta - \eta\, (\mu m + g)",
        "Momentum that looks ahead: the step takes the velocity that the next one would have.",
    ),
    "adagrad": Card(
        r"s \leftarrow s + g^2, \quad \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s + \epsilon}}",
        "Each parameter has a step size of its own, which shrinks with all the gradients it has seen.",
    ),
    "rmsprop": Card(
        r"s \leftarrow \rho s + (1 - \rho)\, g^2, \quad "
        r"\theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s + \epsilon}}",
        "As AdaGrad, but it forgets: the recent gradients alone set the size of a step.",
    ),
    "adam": Card(
        r"m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad "
        r"\theta \leftarrow \theta - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}",
        "Momentum and RMSProp together, with a correction for their start at 0.",
    ),
    "newton": Card(
        r"\theta \leftarrow \theta - \eta\, H^{-1} g",
        "Divides by the curvature H: on a parabola a full step lands on the minimum.",
    ),
}
FUNCTION_CARDS = {
    "parabola": Card(
        r"f(w) = w^2 + 3w - 5",
        "A bowl whose slope changes evenly: one minimum, reached from anywhere.",
    ),
    "two_valleys": Card(r"f(w) = 0.02 w^4 - 0.6 w^2 + 0.6 w", "Two minima, and only one of them is the lowest."),
    "plateau": Card(r"f(w) = 10 (1 - e^{-w^2 / 8})", "A valley in a plain that is as good as level far out."),
}


def cards(lesson: type[Lesson]) -> dict[str, dict[str, dict[str, str]]]:
    """Return the cards of a lesson, ready for JSON.

    Returns:
        By setting ("loss", "optimizer", "activation"; "model" for the lesson's own model), then by its value:
        {"title", "formula" as MathML, "sentence", "code"}.
    """
    made = {"optimizer": _cards(lesson, "optimizer", OPTIMIZER_CARDS, OPTIMIZERS, "update")}
    if lesson.kind == "descent":
        made["loss"] = _cards(lesson, "loss", FUNCTION_CARDS, FUNCTIONS, "apply")
        return made
    made["loss"] = _cards(lesson, "loss", LOSS_CARDS, LOSSES, "function")
    model = getattr(lesson, "model", None)
    if model is None:
        made["activation"] = _cards(lesson, "activation", ACTIVATION_CARDS, ACTIVATIONS, "function")
    else:
        made["model"] = {"": _card(MODEL_CARDS[model], MODELS[model].label, MODELS[model].apply)}
    return made


def _cards(
    lesson: type[Lesson], setting: str, texts: Mapping[str, Card], registry: Mapping[str, Any], function: str
) -> dict[str, dict[str, str]]:
    names = lesson.param[setting].names.values()
    return {name: _card(texts[name], registry[name].label, getattr(registry[name], function)) for name in names}


def _card(card: Card, title: str, function: Callable[..., Any]) -> dict[str, str]:
    return {
        "title": title,
        "formula": mathml(card.formula, block=True),
        "sentence": card.sentence,
        "code": source(function),
    }


def source(function: Callable[..., Any]) -> str:
    """Return a function's source without types and docstring; where the function is JAX's own, its name there."""
    module = inspect.getmodule(function)
    if module is None or not module.__name__.startswith("dl_workshop"):
        known = ((jax.nn, "jax.nn"), (jnp, "jnp"))
        return next(f"{name}.{key}" for space, name in known for key, value in vars(space).items() if value is function)
    return source_of(function, function.__name__.lstrip("_"))
