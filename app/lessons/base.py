"""What every lesson declares: its settings, its figures, its words. State without display; nothing here computes."""

from collections.abc import Sequence
from typing import Any, ClassVar

import param

from app import theme
from app.lessons.settings import SETTINGS, Choice, Formula, Integer, Number, options, row
from dl_workshop.losses import LOSSES
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.written import OWN

ALL = 0  # the batch size that means "all data": it stays so when the number of points changes
SCALABLE = tuple(name for name, optimizer in OPTIMIZERS.items() if not optimizer.needs_hessian)


def losses_for(*tasks: str) -> tuple[str, ...]:
    """Return the names of the losses that fit any of these tasks."""
    return tuple(name for name, loss in LOSSES.items() if loss.task in tasks)


def optimizer_choice(default: str, names: Sequence[str] | None = None) -> Choice:
    """Return the control of the optimizer; None for all there are."""
    return Choice(
        default=default, objects=options(OPTIMIZERS, names), own=True, card="optimizer", changes="run",
        label="Optimizer", doc="How the parameters are moved.",
    )  # fmt: skip


def own_update(default: str, label: str, doc: str) -> Formula:
    """Return the box of one of the formulas that make an optimizer of the learner's."""
    return Formula(default, card="optimizer", changes="run", only=("optimizer", (OWN,)), label=label, doc=doc)


def hyperparameter(name: str, **more: Any) -> Number:
    """Return the control of one hyperparameter, from the declaration of the optimizers that have it."""
    having = {key: optimizer for key, optimizer in OPTIMIZERS.items() if name in optimizer.hyperparameters}
    declared = next(iter(having.values())).hyperparameters[name]
    return Number(
        declared.default, bounds=(declared.low, declared.high), label=declared.label, doc=declared.doc,
        card="optimizer", changes="run", only=("optimizer", tuple(having)), **more,
    )  # fmt: skip


def step_size_control(default: float, *, most: float = 1.0) -> Number:
    """Return the control of the step size."""
    return Number(
        default, bounds=(1e-4, most), log=True, card="optimizer", changes="run",
        label="Step size (learning rate)", doc="How far one step goes along the gradient.",
    )  # fmt: skip


def steps_control(default: int, *, most: int, step: int = 10) -> Integer:
    """Return the control of the number of steps; the slider goes in steps of `step`, which is the least too."""
    return Integer(
        default, bounds=(step, most), step=step, card="optimizer", changes="run",
        label="Steps", doc="Number of steps of a run.",
    )  # fmt: skip


class Lesson(param.Parameterized):
    """One lesson: the settings that its learners have, and what the page shows.

    Subclasses declare the settings of their data, model and loss.
    """

    optimizer: Any = optimizer_choice("gradient_descent")
    own_optimizer = own_update(
        "theta - step_size * g", "My optimizer: new theta",
        "A formula of theta, its gradient g, step_size, m, v and t, the step's number; for each parameter by itself.",
    )  # fmt: skip
    own_m = own_update("0.9 * m + g", "New m (0 at first)", "Worked out before theta, of the same names.")
    own_v = own_update(
        "0.999 * v + 0.001 * g ** 2", "New v (0 at first)", "Worked out between m and theta, of the same names."
    )
    step_size = step_size_control(0.01)
    n_steps = steps_control(500, most=3000)
    batch_size = Integer(
        ALL, bounds=(ALL, 500), step=1, card="optimizer", changes="run", only=("optimizer", (*SCALABLE, OWN)),
        label="Batch size", doc="Examples per step; at the left end: all of them.",
    )  # fmt: skip
    momentum = hyperparameter("momentum", step=0.01)
    decay = hyperparameter("decay", step=0.01)
    beta_1 = hyperparameter("beta_1", step=0.01)
    beta_2 = hyperparameter("beta_2", step=0.001)

    key: ClassVar[str]
    title: ClassVar[str]
    kind: ClassVar[str]  # which of the page's two arrangements: "one_input" or "network"
    figures: ClassVar[tuple[str, ...]]
    y_label: ClassVar[str] = "y"
    loss_label: ClassVar[str] = "loss"  # of the axis of the loss over the steps
    sideways: ClassVar[bool] = False  # whether the line that is fitted sideways, x from y, can be drawn too
    classes: ClassVar[bool] = False  # whether y is a class in the figure of the fit
    has_test: ClassVar[bool] = False  # whether there are test data, whose loss is drawn too
    step_sizes: ClassVar[dict[str, float]] = {}  # of optimizers whose own does not suit this lesson

    @classmethod
    def settings(cls) -> dict[str, param.Parameter]:
        """Return the settings by name, card after card in the order of their declaration."""
        declared = {name: cls.param[name] for name in _in_order(cls) if isinstance(cls.param[name], SETTINGS)}
        return declared

    @classmethod
    def declaration(cls) -> dict[str, Any]:
        """Return all that the browser knows of the lesson but its figures and formulas, ready for JSON."""
        rows = [row(name, setting) for name, setting in cls.settings().items()]
        offered = {name for row in rows if row["name"] == "loss" for _, name in row["options"]}
        return {
            "key": cls.key,
            "title": cls.title,
            "kind": cls.kind,
            "figures": cls.figures,
            "hasTest": cls.has_test,
            "settings": rows,
            "pins": theme.PINS,
            "losses": {
                name: {
                    "label": loss.label,
                    "short": loss.short,
                    "task": loss.task,
                    "smooth": loss.smooth,
                    "solver": loss.solver,
                }
                for name, loss in LOSSES.items()
                if name in offered
            }
            | ({OWN: _own_loss(LOSSES[cls.param["loss"].default].task)} if OWN in offered else {}),
            "optimizers": {
                name: {
                    "label": optimizer.label,
                    "hyperparameters": list(optimizer.hyperparameters),
                    "hessian": optimizer.needs_hessian,
                    "stepSize": cls._default_step_size(name),
                }
                for name, optimizer in OPTIMIZERS.items()
            }
            | {OWN: cls._own_optimizer()},
            **cls.facts(),
        }

    @classmethod
    def _default_step_size(cls, optimizer: str) -> float:
        """Return what the step size is when an optimizer is chosen: its own, unless the lesson says another."""
        own = cls.param["step_size"].default if optimizer == cls.param["optimizer"].default else None
        return cls.step_sizes.get(optimizer, OPTIMIZERS[optimizer].step_size) if own is None else own

    @classmethod
    def _own_optimizer(cls) -> dict[str, Any]:
        """Return what the browser knows of an optimizer that a learner writes; its step size is the plain one's."""
        step_size = cls._default_step_size("gradient_descent")
        return {"label": "My optimizer", "hyperparameters": [], "hessian": False, "stepSize": step_size}

    @classmethod
    def facts(cls) -> dict[str, Any]:
        """Return what one kind of lesson tells the browser beyond what all tell."""
        raise NotImplementedError


def _own_loss(task: str) -> dict[str, Any]:
    """Return what the browser knows of a loss that a learner writes."""
    return {"label": "My loss", "short": "loss", "task": task, "smooth": True, "solver": "descent"}


def _in_order(lesson: type[Lesson]) -> list[str]:
    """Return the names of a lesson's params: its own first, and each where the class stands that has it first."""
    bases = lesson.__mro__
    return [
        name
        for k, base in enumerate(bases)
        for name in vars(base)
        if name in lesson.param and not any(name in vars(other) for other in bases[k + 1 :])
    ]
