"""Lessons whose model is a formula of one input x with few parameters: what they share."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from app.lessons.base import Lesson, losses_for
from app.lessons.settings import Choice, Formula, Integer, Number, Points, Switch, options
from dl_workshop import minima
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS
from dl_workshop.tasks import TASKS
from dl_workshop.written import LOSS_NAMES, MODEL_NAMES, MODEL_START, OWN

LARGEST = 1e6  # parameters that a learner can set, and data of their own, either side of zero
MOST_POINTS = 2000  # of data of one's own


def parameter(span: tuple[float, float], *, step: float, label: str, doc: str, default: float = 0.0) -> Number:
    """Return the control of one of theta's numbers, with a slider over `span`."""
    return Number(
        default, bounds=(-LARGEST, LARGEST), span=span, step=step, card="model", changes="theta", label=label, doc=doc
    )


def third_parameter() -> Number:
    """Return the control of the parameter that only models of the learner's have."""
    return Number(
        MODEL_START[2], bounds=(-LARGEST, LARGEST), span=(-5, 5), step=0.05, card="model", changes="theta",
        only=("model", (OWN,)), label=MODEL_NAMES[2], doc="The third parameter of your model.",
    )  # fmt: skip


def model_choice(name: str, label: str, doc: str = "What predicts y from x.") -> Choice:
    """Return the control of the model: the lesson's, or one that the learner writes."""
    return Choice(default=name, objects={label: name}, own=True, card="model", changes="model", label="Model", doc=doc)


def own_model(label: str = "My model", what: str = "the prediction for one example") -> Formula:
    """Return the box of the model that a learner writes; at first it holds a line, which a task of the course asks for.

    Args:
        label: what to call it.
        what: its formula gives.
    """
    return Formula(
        TASKS["linear_model"].reference, card="model", changes="model", only=("model", (OWN,)), label=label,
        doc=f"A formula of x, w and b, and of c if there is to be a third parameter: {what}.",
    )  # fmt: skip


def truth(default: float, bounds: tuple[float, float], *, step: float, label: str, doc: str) -> Number:
    """Return the control of a number that the data are made with."""
    return Number(default, bounds=bounds, step=step, card="data", changes="data", label=label, doc=doc)


def loss_choice(task: str) -> Choice:
    """Return the control of the loss: every loss that fits the task."""
    names = losses_for(task)
    return Choice(
        default=names[0], objects=options(LOSSES, names), own=True, card="loss", changes="loss",
        label="Loss function", doc="What is to become small.",
    )  # fmt: skip


def own_loss(task: str) -> Formula:
    """Return the box of the loss that a learner writes; at first it holds the task's usual one."""
    prediction = LOSS_NAMES[task][1]
    return Formula(
        TASKS[losses_for(task)[0]].reference, card="loss", changes="loss", only=("loss", (OWN,)),
        label="My loss", doc=f"A formula of y_true and {prediction} in Python notation: one number for all examples.",
    )  # fmt: skip


class OneInput(Lesson):
    """A lesson with one input. Subclasses declare a setting for each of the model's parameters, and for its truth."""

    noise = Number(
        1.0, bounds=(0, 10), step=0.1, card="data", changes="data", label="Noise", doc="Size of the noise in the data."
    )
    n = Integer(
        100, bounds=(10, 500), step=10, card="data", changes="data", label="Points", doc="Number of data points."
    )
    seed = Integer(
        0, bounds=(0, 999), step=1, card="data", changes="data", label="Seed", doc="Same seed, same data and batches."
    )
    points = Points(
        [], most=MOST_POINTS, largest=LARGEST, changes="data",
        label="Own points", doc="Points of your own, in place of those that are drawn.",
    )  # fmt: skip
    standardise = Switch(
        False, card="data", changes="data",
        label="Standardise x", doc="The model sees x less its mean, in standard deviations.",
    )  # fmt: skip

    kind = "one_input"
    figures = ("fit", "surface", "loss")
    model: Any  # of `MODELS`; the control's default where the learner can write another
    equation: ClassVar[tuple[str, str, tuple[tuple[str, str], ...]]]  # y, the function around it, (parameter, of what)
    # (seed, index, noise, **truth) -> (x, y), to be lowered; by name of the recipe
    recipes: ClassVar[Mapping[str, Callable[..., Any]]]
    # (x, noise, **truth) -> the true curve, by the same names
    true_curves: ClassVar[Mapping[str, Callable[..., Any]]]
    bad_guess: ClassVar[dict[str, float]]
    workshop: ClassVar[dict[str, Any]]  # the settings of the workshop that this project makes interactive

    @classmethod
    def facts(cls) -> dict[str, Any]:
        """Return what these lessons tell the browser beyond what all tell."""
        y, link, terms = cls.equation
        return {
            "names": MODEL_NAMES if "own_model" in cls.param else MODELS[cls.model].names,
            "truths": cls.truths(),
            "recipes": [*cls.recipes],
            "equation": {"y": y, "link": link, "terms": terms},
            "yLabel": cls.y_label,
            "classes": cls.classes,
            "sideways": cls.sideways,
            "badGuess": cls.bad_guess,
            "workshop": cls.workshop | {"points": [], "standardise": False},
            "reasons": minima.REASONS,
        }

    @classmethod
    def truths(cls) -> list[str]:
        """Return the names of the settings that the data are made with, in the order of theta."""
        return [f"{name}_true" for name in MODELS[cls.model].names]
