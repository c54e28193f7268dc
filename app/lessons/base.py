"""What every lesson shares: the settings of a learner, declared once, and how they are taken from a browser.

A lesson is state without display. Its settings are bounded params: the controls, the clamp and the engine's table all
come from that declaration.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import param

from app import figures
from dl_workshop.optimizers import OPTIMIZERS

TOLERANCE = 1e-6  # a gradient norm below this counts as converged
ALL = 0  # the batch size that means "all data": it stays so when the number of points changes

Message = dict[str, Any]


class Refused(ValueError):  # noqa: N818 -- it says what happened to the setting
    """A setting that is not taken; the text is for the learner, the name is that of the control to change."""

    def __init__(self, setting: str, text: str) -> None:
        super().__init__(text)
        self.setting = setting


class Complaint(NamedTuple):
    """Why a setting was not used as it came: the setting's name, if there is one, and a sentence for the learner."""

    setting: str | None
    text: str


class Ending(NamedTuple):
    """How a run ended.

    Attributes:
        kind: "converged", "descending", or "diverged".
        text: a sentence for the learner.
    """

    kind: str
    text: str


def options(registry: dict[str, Any], names: tuple[str, ...] | None = None) -> dict[str, str]:
    """Choices of a selector, label to name, from a registry."""
    return {registry[name].label: name for name in names or tuple(registry)}


def hyperparameter(name: str, optimizer: str, **options: Any) -> param.Number:
    """A control for one hyperparameter, from the optimizer's own declaration."""
    declared = OPTIMIZERS[optimizer].hyperparameters[name]
    return param.Number(
        declared.default,
        bounds=(declared.low, declared.high),
        label=declared.label,
        doc=declared.doc,
        **options,
    )


def surface_columns(surface: np.ndarray, w: np.ndarray, b: np.ndarray) -> Message:
    """A loss surface as the engine draws it.

    Args:
        surface: the loss over the grid, shape `(q, p)`, rows along b.
        w: values along the columns, shape `(p,)`, evenly spaced.
        b: values along the rows, shape `(q,)`, evenly spaced.

    Returns:
        `w`, `b`, the ends of their ranges; `surface` as float32; `limits` of its colours; contour lines as
        `contour_w`, `contour_b`, with `contour_ends`, the index after the last point of each.
    """
    lines_w, lines_b = figures.contour_lines(surface, w, b)
    return {
        "w": [float(w[0]), float(w[-1])],
        "b": [float(b[0]), float(b[-1])],
        "surface": surface.astype(np.float32),
        "limits": list(figures.color_limits(surface)),
        "contour_w": np.concatenate(lines_w or [np.array([])]).astype(np.float32),
        "contour_b": np.concatenate(lines_b or [np.array([])]).astype(np.float32),
        "contour_ends": np.cumsum([len(line) for line in lines_w]).astype(np.int32),
    }


class Lesson(param.Parameterized):
    """The settings of one learner in one lesson, and what they give.

    Subclasses declare the settings of their data, model and loss.
    """

    optimizer: Any = param.Selector(
        default="gradient_descent",
        objects=options(OPTIMIZERS),
        label="Optimizer",
        doc="How the parameters are moved.",
    )
    step_size = param.Number(
        0.01,
        bounds=(1e-4, 1),
        label="Step size (learning rate)",
        doc="How far one step goes along the gradient.",
    )
    n_steps = param.Integer(500, bounds=(10, 3000), step=10, label="Steps", doc="Number of steps of a run.")
    momentum = hyperparameter("momentum", "momentum", step=0.01)
    decay = hyperparameter("decay", "rmsprop", step=0.01)
    beta_1 = hyperparameter("beta_1", "adam", step=0.01)
    beta_2 = hyperparameter("beta_2", "adam", step=0.001)
    batch_size = param.Integer(
        ALL,
        bounds=(ALL, 500),
        step=1,
        label="Batch size",
        doc="Examples per step; at the left end: all of them.",
    )

    key: ClassVar[str]
    title: ClassVar[str]
    cards: ClassVar[dict[str, tuple[str, ...]]]  # the settings that have a control, by the card they stand in
    quick: ClassVar[bool] = False  # whether a run takes milliseconds
    without_control: ClassVar[tuple[str, ...]] = ()  # settings that the engine changes by other means
    logarithmic: ClassVar[frozenset[str]] = frozenset({"step_size"})
    spans: ClassVar[dict[str, tuple[float, float]]] = {}  # of sliders that begin narrower than their bounds

    optimizer_card: ClassVar[tuple[str, ...]] = (
        "optimizer", "step_size", "n_steps", "batch_size", "momentum", "decay", "beta_1", "beta_2",
    )  # fmt: skip

    # --- what a lesson adds ---

    def facts(self) -> dict[str, Any]:
        """What the engine needs to know of the lesson beyond its settings."""
        used = {name for optimizer in OPTIMIZERS.values() for name in optimizer.hyperparameters}
        return {
            "title": self.title,
            "hyperparameters": sorted(used),
            "optimizers": {
                name: {
                    "hyperparameters": list(optimizer.hyperparameters),
                    "batches": not optimizer.needs_hessian,
                }
                for name, optimizer in OPTIMIZERS.items()
            },
        }

    def landscape(self) -> dict[str, Any]:
        """Data and what hangs on them, for the engine."""
        raise NotImplementedError

    def consequences(self, changed: set[str]) -> Iterator[tuple[str, Callable[[], Message]]]:
        """What the browser must hear after these settings changed.

        Args:
            changed: names of settings.

        Yields:
            The kind of a message, and what computes it; called off the event loop.
        """
        raise NotImplementedError

    def prepare(self, changed: set[str]) -> None:
        """Compiles what the next run needs after these settings changed, so that the click itself does not wait."""

    def check(self) -> None:
        """Refuses settings that do not go together.

        Raises:
            Refused: naming the setting to change; the last good settings are then kept.
        """

    def plane(self, request: Message) -> Message:
        """The loss over two of many parameters, where a lesson has many.

        Raises:
            ValueError: if it has not.
        """
        raise ValueError(f"{self.title} shows its whole loss surface already.")

    def train(self, request: Message, progress: Callable[[int], None]) -> Iterator[tuple[str, Message]]:
        """Runs the optimizer.

        Args:
            request: the browser's message.
            progress: to call with the step reached, now and then; raises if the run is no longer wanted.

        Yields:
            Kinds and contents of messages, each sent as soon as it is there: first of all the run.

        Raises:
            ValueError: if the settings do not go together; the text is for the learner.
        """
        raise NotImplementedError

    # --- settings ---

    def settings_table(self) -> list[dict[str, Any]]:
        """Every control of the lesson: what a widget and the engine need to know of it."""
        return [
            _control(self.param[name], name, card, self.spans.get(name), log=name in self.logarithmic)
            for card, names in self.cards.items()
            for name in names
        ]

    @property
    def settings(self) -> dict[str, Any]:
        """The committed settings, by name."""
        with_control = (name for names in self.cards.values() for name in names)
        return {name: getattr(self, name) for name in (*with_control, *self.without_control)}

    def copy(self) -> Self:
        """The lesson as it is now: what another thread computes from, while the learner goes on."""
        return type(self)(**self.settings)

    def commit(self, settings: dict[str, Any]) -> list[Complaint]:
        """Takes settings from the browser: each is used, clamped into its bounds, or refused.

        Args:
            settings: values by name; whatever a hand-written message may hold.

        Returns:
            A complaint for everything that was not used as it came; empty if all was.
        """
        before = self.settings
        if len(settings) > 2 * len(before):
            return [Complaint(None, f"A message with {len(settings)} settings is none of this page's.")]
        complaints = []
        accepted = {}
        for name, value in settings.items():
            if name not in before:
                complaints.append(Complaint(None, f"There is no setting called {str(name)[:40]!r}."))
                continue
            try:
                accepted[name], complaint = self.within(name, value)
            except ValueError as error:
                complaints.append(Complaint(name, str(error)))
            else:
                complaints += [Complaint(name, complaint)] if complaint else []
        self.param.update(**accepted)
        try:
            self.check()
        except Refused as refused:
            self.param.update(**before)
            cause = refused.setting if refused.setting in accepted else next(iter(accepted), None)
            complaints = [complaint for complaint in complaints if complaint.setting != cause]
            complaints.append(Complaint(cause, str(refused)))
        return complaints

    def within(self, name: str, value: Any) -> tuple[Any, str | None]:
        """The value to use for a setting, and a sentence if it is not the one given.

        Raises:
            ValueError: if nothing sensible can be made of the value.
        """
        return _within(self.param[name], value)

    @property
    def chosen_hyperparameters(self) -> dict[str, float]:
        """Those of the chosen optimizer, by name."""
        return {name: getattr(self, name) for name in OPTIMIZERS[self.optimizer].hyperparameters}


def _control(
    setting: param.Parameter, name: str, card: str, span: tuple[float, float] | None, *, log: bool
) -> dict[str, Any]:
    """One setting as the engine and the widgets see it."""
    control = {
        "name": name,
        "card": card,
        "label": setting.label,
        "doc": setting.doc,
        "default": setting.default,
    }
    if isinstance(setting, param.Selector):
        return control | {
            "kind": "select",
            "options": [[label, value] for label, value in setting.names.items()],
        }
    low, high = span or setting.bounds
    kind = "integer" if isinstance(setting, param.Integer) else "number"
    return control | {"kind": kind, "start": low, "end": high, "step": setting.step, "log": log}


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _within(setting: param.Parameter, value: Any) -> tuple[Any, str | None]:
    """The value to use for a setting, and a sentence if it is not the one given.

    Raises:
        ValueError: if nothing sensible can be made of the value.
    """
    if isinstance(setting, param.Selector):
        if not isinstance(value, str) or value not in setting.names.values():
            raise ValueError(f"{setting.label}: {str(value)[:40]!r} is not one of {', '.join(setting.names)}.")
        return value, None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise ValueError(f"{setting.label}: {str(value)[:40]!r} is not a number.")
    low, high = setting.bounds
    used = min(max(value, low), high)
    if isinstance(setting, param.Integer):
        used = round(used)
    if used != value:
        return (
            used,
            f"{setting.label}: {value:.6g} is outside {low:.6g} to {high:.6g} or not whole; {used:.6g} is used.",
        )
    return used, None
