"""What the two-parameter lessons share: the settings of a learner, and what the server computes from them.

A lesson is state without display. Its settings are bounded params, declared once: the controls, the clamp and the
engine's table all come from that declaration. What is computed depends on the settings' values alone, so it is cached
per process: a class that presses Run with the defaults trains once.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
import param

from app import figures
from dl_workshop.data import Dataset
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.surfaces import BestFit, best_fit, largest_stable_step_size, loss_surface
from dl_workshop.training import Trajectory, batch_indices, converged_at, train

GRID = 121  # points along each side of the loss surface
PREVIEW_STEPS = 200
TOLERANCE = 1e-6  # a gradient norm below this counts as converged
ALL = 0  # the batch size that means "all data": it stays so when the number of points changes

DATA_SETTINGS = ("w_true", "b_true", "noise", "n", "seed")


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


def _hyperparameter(name: str, optimizer: str, **options: Any) -> param.Number:
    """A control for one hyperparameter, from the optimizer's own declaration."""
    declared = OPTIMIZERS[optimizer].hyperparameters[name]
    return param.Number(
        declared.default, bounds=(declared.low, declared.high), label=declared.label, doc=declared.doc, **options
    )


class Lesson(param.Parameterized):
    """The settings of one learner in one lesson, and what they give.

    Subclasses declare the data settings, the ranges of w and b, and the losses that fit their model.
    """

    # --- data ---
    w_true = param.Number(2.0, bounds=(-8, 8), step=0.1, label="True w", doc="Slope that the data are made with.")
    b_true = param.Number(0.0, label="True b", doc="Intercept that the data are made with.")
    noise = param.Number(1.0, bounds=(0, 10), step=0.1, label="Noise", doc="Size of the noise in the data.")
    n = param.Integer(100, bounds=(10, 500), step=10, label="Points", doc="Number of data points.")
    seed = param.Integer(0, bounds=(0, 999), step=1, label="Seed", doc="Same seed, same data.")
    # --- model ---
    w = param.Number(0.0, bounds=(-1e6, 1e6), step=0.05, label="w (slope)", doc="The model's slope.")
    b = param.Number(0.0, bounds=(-1e6, 1e6), step=0.05, label="b (intercept)", doc="The model's intercept.")
    # --- loss ---
    loss = param.Selector(objects={}, label="Loss function", doc="What is to become small.")
    # --- optimizer ---
    optimizer = param.Selector(
        default="gradient_descent", objects=options(OPTIMIZERS), label="Optimizer", doc="How w and b are moved."
    )
    step_size = param.Number(
        0.01, bounds=(1e-4, 1), label="Step size (learning rate)", doc="How far one step goes along the gradient."
    )
    n_steps = param.Integer(500, bounds=(10, 3000), step=10, label="Steps", doc="Number of steps of a run.")
    momentum = _hyperparameter("momentum", "momentum", step=0.01)
    decay = _hyperparameter("decay", "rmsprop", step=0.01)
    beta_1 = _hyperparameter("beta_1", "adam", step=0.01)
    beta_2 = _hyperparameter("beta_2", "adam", step=0.001)
    batch_size = param.Integer(
        ALL, bounds=(ALL, 500), step=1, label="Batch size", doc="Examples per step; at the left end: all of them."
    )

    key: ClassVar[str]
    title: ClassVar[str]
    model: ClassVar[str]
    simulate: ClassVar[Callable[..., Dataset]]
    y_label: ClassVar[str]
    classes: ClassVar[bool] = False  # whether y is a class
    ranges: ClassVar[dict[str, tuple[float, float]]]  # of w and b while the truth is inside
    bad_guess: ClassVar[dict[str, float]]
    workshop: ClassVar[dict[str, Any]]  # the settings of the workshop that this project makes interactive

    cards: ClassVar[dict[str, tuple[str, ...]]] = {
        "data": DATA_SETTINGS,
        "model": ("w", "b"),
        "loss": ("loss",),
        "optimizer": ("optimizer", "step_size", "n_steps", "momentum", "decay", "beta_1", "beta_2", "batch_size"),
    }
    logarithmic: ClassVar[frozenset[str]] = frozenset({"step_size"})

    @classmethod
    def settings_table(cls) -> list[dict[str, Any]]:
        """Every control of the lesson: what a widget and the engine need to know of it."""
        return [
            _control(cls.param[name], name, card, cls.ranges.get(name), log=name in cls.logarithmic)
            for card, names in cls.cards.items()
            for name in names
        ]

    @classmethod
    def facts(cls) -> dict[str, Any]:
        """What the engine needs to know of the lesson beyond its settings."""
        used = {name for optimizer in OPTIMIZERS.values() for name in optimizer.hyperparameters}
        return {
            "title": cls.title,
            "classes": cls.classes,
            "badGuess": cls.bad_guess,
            "workshop": cls.workshop,
            "losses": {name: LOSSES[name].short for name in MODELS[cls.model].losses},
            "squares": "mse" in MODELS[cls.model].losses,
            "hyperparameters": sorted(used),
            "optimizers": {
                name: {"hyperparameters": list(optimizer.hyperparameters), "batches": not optimizer.needs_hessian}
                for name, optimizer in OPTIMIZERS.items()
            },
            "previewSteps": PREVIEW_STEPS,
        }

    @property
    def settings(self) -> dict[str, Any]:
        """The committed settings, by name."""
        return {name: getattr(self, name) for names in self.cards.values() for name in names}

    def commit(self, settings: dict[str, Any]) -> list[str]:
        """Takes settings from the browser: each is used, clamped into its bounds, or refused.

        Args:
            settings: values by name; whatever a hand-written message may hold.

        Returns:
            A sentence for everything that was not used as it came; empty if all was.
        """
        known = {name for names in self.cards.values() for name in names}
        complaints = []
        accepted = {}
        for name, value in settings.items():
            if name not in known:
                complaints.append(f"There is no setting called {str(name)[:40]!r}.")
                continue
            try:
                accepted[name], complaint = _within(self.param[name], value)
            except ValueError as error:
                complaints.append(str(error))
            else:
                complaints += [complaint] if complaint else []
        self.param.update(**accepted)
        return complaints

    # --- what the server computes ---

    def landscape(self) -> dict[str, Any]:
        """Data, loss surface and all that hangs on them, for the engine. See `_landscape`."""
        return _landscape(type(self), self.loss, *(getattr(self, name) for name in DATA_SETTINGS))

    def batches(self) -> np.ndarray | None:
        """Indices of the first mini-batches, so that the browser's preview walks the very path of the run.

        Returns:
            Shape `(PREVIEW_STEPS, batch_size)`, or None where every step sees all data.
        """
        size = self._batch_size()
        if size is None:
            return None
        return batch_indices(seed=self.seed, n=self.n, batch_size=size, n_steps=PREVIEW_STEPS).astype(np.int32)

    def run(self, n_steps: int | None = None) -> tuple[Trajectory, Ending]:
        """Trains from the current w and b.

        Args:
            n_steps: instead of the setting; 1 compiles what the next run needs.

        Returns:
            The trajectory, and how it ended.

        Raises:
            ValueError: if the settings do not go together (Newton's method on mini-batches, say).
        """
        hyperparameters = {name: getattr(self, name) for name in OPTIMIZERS[self.optimizer].hyperparameters}
        trajectory = _train(
            type(self), self.loss, *(getattr(self, name) for name in DATA_SETTINGS),
            w=self.w, b=self.b, optimizer=self.optimizer, step_size=self.step_size,
            n_steps=n_steps or self.n_steps, batch_size=self._batch_size(), **hyperparameters,
        )  # fmt: skip
        return trajectory, self._ending(trajectory, hyperparameters)

    def _batch_size(self) -> int | None:
        return None if self.batch_size == ALL or self.batch_size >= self.n else self.batch_size

    def _ending(self, trajectory: Trajectory, hyperparameters: dict[str, float]) -> Ending:
        dataset = _dataset(type(self), *(getattr(self, name) for name in DATA_SETTINGS))
        if trajectory.diverged_at is not None:
            text = f"Diverged at step {trajectory.diverged_at}: "
            bound = largest_stable_step_size(
                self.model, self.loss, dataset, optimizer=self.optimizer, **hyperparameters
            )
            if bound is not None and self.step_size > bound:
                return Ending(
                    "diverged",
                    f"{text}step size {self.step_size:.3g} is above {bound:.3g}, the largest stable one here.",
                )
            return Ending("diverged", f"{text}the loss grew without end. Try a smaller step size.")
        converged = converged_at(trajectory, TOLERANCE)
        if converged is not None:
            return Ending("converged", f"Converged at step {converged}: the gradient norm is below 10⁻⁶.")
        steps = len(trajectory.loss) - 1
        best = _best(type(self), self.loss, *(getattr(self, name) for name in DATA_SETTINGS))
        last = float(trajectory.loss[-1])
        if best.theta is None:
            return Ending("descending", f"Still going down after {steps} steps. {best.reason}")
        if self._batch_size() is not None:
            return Ending(
                "descending", f"After {steps} steps the mini-batches still push the point about: no batch sees all data."
            )
        span = float(trajectory.loss[0]) - best.loss
        share = (last - best.loss) / span if span > 0 else 0.0
        if share < 1e-4:
            return Ending(
                "descending",
                f"All but there after {steps} steps: the loss has come down {_percent(1 - share)} of the way,"
                " and the steps have become tiny.",
            )
        if trajectory.loss[-1] > trajectory.loss[-2]:
            return Ending("descending", f"Still moving after {steps} steps: the last step went up.")
        return Ending(
            "descending",
            f"Still going down after {steps} steps: {_percent(1 - share)} of the way to the lowest loss.",
        )


def _percent(share: float) -> str:
    """A share as a percentage that never rounds up to 100."""
    return f"{np.floor(np.clip(share, 0, 1) * 1e4) / 100:.4g} %"


def _control(
    setting: param.Parameter, name: str, card: str, span: tuple[float, float] | None, *, log: bool
) -> dict[str, Any]:
    """One setting as the engine and the widgets see it."""
    control = {"name": name, "card": card, "label": setting.label, "doc": setting.doc, "default": setting.default}
    if isinstance(setting, param.Selector):
        return control | {"kind": "select", "options": [[label, value] for label, value in setting.names.items()]}
    low, high = span or setting.bounds
    kind = "integer" if isinstance(setting, param.Integer) else "number"
    return control | {"kind": kind, "start": low, "end": high, "step": setting.step, "log": log}


def _within(setting: param.Parameter, value: Any) -> tuple[Any, str | None]:
    """The value to use for a setting, and a sentence if it is not the one given.

    Raises:
        ValueError: if nothing sensible can be made of the value.
    """
    if isinstance(setting, param.Selector):
        if not isinstance(value, str) or value not in setting.names.values():
            raise ValueError(f"{setting.label}: {str(value)[:40]!r} is not one of {', '.join(setting.names)}.")
        return value, None
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{setting.label}: {str(value)[:40]!r} is not a number.")
    low, high = setting.bounds
    used = min(max(value, low), high)
    if isinstance(setting, param.Integer):
        used = round(used)
    if used != value:
        return used, f"{setting.label}: {value:.6g} is outside {low:.6g} to {high:.6g} or not whole; {used:.6g} is used."
    return used, None


# --- computed once per process for equal settings ---


@lru_cache(maxsize=256)
def _dataset(lesson: type[Lesson], w_true: float, b_true: float, noise: float, n: int, seed: int) -> Dataset:
    return lesson.simulate(seed=seed, n=n, w_true=w_true, b_true=b_true, noise=noise)


@lru_cache(maxsize=256)
def _best(lesson: type[Lesson], loss: str, *data: Any) -> BestFit:
    return best_fit(lesson.model, loss, _dataset(lesson, *data))


@lru_cache(maxsize=128)
def _train(lesson: type[Lesson], loss: str, *data: Any, w: float, b: float, **options: Any) -> Trajectory:
    theta = {"w": w, "b": b}
    return train(theta, lesson.model, loss, _dataset(lesson, *data), seed=data[-1], **options)


@lru_cache(maxsize=128)
def _landscape(lesson: type[Lesson], loss: str, *data: Any) -> dict[str, Any]:
    """What the browser needs to know of the data under a loss.

    Returns:
        `x`, `y` of shape `(n,)`; `w`, `b`, the ends of their ranges; `surface`, the loss over the grid, float32 of
        shape `(GRID, GRID)`, rows along b; `limits` of its colours; contour lines as `contour_w`, `contour_b`, with
        `contour_ends`, the index after the last point of each; `best` or, where there is none, `best_reason`;
        `truth`.
    """
    dataset = _dataset(lesson, *data)
    truth = {"w": data[0], "b": data[1]}
    spans = {name: _span(lesson.ranges[name], truth[name]) for name in ("w", "b")}
    w, b = (np.linspace(*spans[name], GRID) for name in ("w", "b"))
    surface = loss_surface(lesson.model, loss, dataset, w, b)
    lines_w, lines_b = figures.contour_lines(surface, w, b)
    best = _best(lesson, loss, *data)
    return {
        "x": np.asarray(dataset.x, float),
        "y": np.asarray(dataset.y, float),
        "w": list(spans["w"]),
        "b": list(spans["b"]),
        "surface": surface.astype(np.float32),
        "limits": list(figures.color_limits(surface)),
        "contour_w": np.concatenate(lines_w or [np.array([])]).astype(np.float32),
        "contour_b": np.concatenate(lines_b or [np.array([])]).astype(np.float32),
        "contour_ends": np.cumsum([len(line) for line in lines_w]).astype(np.int32),
        "best": None if best.theta is None else {name: float(value) for name, value in best.theta.items()},
        "best_reason": best.reason,
        "truth": truth,
    }


def _span(workshop: tuple[float, float], truth: float) -> tuple[float, float]:
    """The range of a parameter: the workshop's, widened where the truth comes near its edge or leaves it."""
    low, high = workshop
    margin = 0.15 * (high - low)
    return float(min(low, np.floor(truth - margin))), float(max(high, np.ceil(truth + margin)))

