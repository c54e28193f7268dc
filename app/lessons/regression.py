"""The first two lessons: a model of two parameters, w and b, whose whole loss surface can be seen.

What is computed depends on the settings' values alone, so it is cached per process: a class that presses Run with the
defaults trains once.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import param

from app.lessons.base import ALL, TOLERANCE, Ending, Lesson, Message, surface_columns
from dl_workshop.data import Dataset
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.surfaces import BestFit, best_fit, largest_stable_step_size, loss_surface
from dl_workshop.training import Trajectory, batch_indices, converged_at, train

GRID = 121  # points along each side of the loss surface
PREVIEW_STEPS = 200
LARGEST = 1e6  # w and b that a learner can set, either side of zero

DATA_SETTINGS = ("w_true", "b_true", "noise", "n", "seed")


class Regression(Lesson):
    """A lesson with two parameters. Subclasses declare the ranges of w and b, and the losses that fit their model."""

    # --- data ---
    w_true = param.Number(2.0, bounds=(-8, 8), step=0.1, label="True w", doc="Slope that the data are made with.")
    b_true = param.Number(0.0, label="True b", doc="Intercept that the data are made with.")
    noise = param.Number(1.0, bounds=(0, 10), step=0.1, label="Noise", doc="Size of the noise in the data.")
    n = param.Integer(100, bounds=(10, 500), step=10, label="Points", doc="Number of data points.")
    seed = param.Integer(0, bounds=(0, 999), step=1, label="Seed", doc="Same seed, same data.")
    # --- model ---
    w = param.Number(0.0, bounds=(-LARGEST, LARGEST), step=0.05, label="w (slope)", doc="The model's slope.")
    b = param.Number(0.0, bounds=(-LARGEST, LARGEST), step=0.05, label="b (intercept)", doc="The model's intercept.")
    # --- loss ---
    loss: Any = param.Selector(objects={}, label="Loss function", doc="What is to become small.")

    model: ClassVar[str]
    simulate: ClassVar[Callable[..., Dataset]]
    quick = True
    y_label: ClassVar[str]
    classes: ClassVar[bool] = False  # whether y is a class
    bad_guess: ClassVar[dict[str, float]]
    workshop: ClassVar[dict[str, Any]]  # the settings of the workshop that this project makes interactive

    cards = {  # noqa: RUF012
        "data": DATA_SETTINGS, "model": ("w", "b"), "loss": ("loss",), "optimizer": Lesson.optimizer_card,
    }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """What the engine needs to know of the lesson beyond its settings."""
        losses = MODELS[self.model].losses
        return super().facts() | {
            "kind": "regression",
            "classes": self.classes,
            "badGuess": self.bad_guess,
            "workshop": self.workshop,
            "losses": {name: LOSSES[name].short for name in losses},
            "squares": "mse" in losses,
            "previewSteps": PREVIEW_STEPS,
            "largest": LARGEST,
        }

    def landscape(self) -> dict[str, Any]:
        """Data, loss surface and all that hangs on them, for the engine. See `_landscape`."""
        return _landscape(type(self), self.loss, *self._data)

    def batches(self) -> Message:
        """Indices of the first mini-batches, so that the browser's preview walks the very path of the run.

        Returns:
            `indices` of shape `(PREVIEW_STEPS, batch_size)`, or None where the batch is all data.
        """
        if self._all_in_one_batch:
            return {"indices": None}
        indices = batch_indices(seed=self.seed, n=self.n, batch_size=self.batch_size, n_steps=PREVIEW_STEPS)
        return {"indices": indices.astype(np.int32)}

    def consequences(self, changed: set[str]) -> Iterator[tuple[str, Callable[[], Message]]]:
        """New data or another loss: another landscape. Other batches: another preview."""
        if changed & {*DATA_SETTINGS, "loss"}:
            yield "landscape", self.landscape
        if changed & {"n", "seed", "batch_size"}:
            yield "batches", self.batches

    def prepare(self, changed: set[str]) -> None:
        """Compiles what the next run needs."""
        if changed & {"n", "batch_size", "loss", "optimizer"}:
            with suppress(ValueError):  # settings that do not go together: said when Run is pressed
                self.trajectory(n_steps=1)

    def train(self, request: Message, progress: Callable[[int], None]) -> Iterator[tuple[str, Message]]:
        """Trains from the current w and b; the run travels as float64 columns over the steps 0..n."""
        trajectory = self.trajectory()
        columns = {"w": trajectory.theta["w"], "b": trajectory.theta["b"], "loss": trajectory.loss}
        yield (
            "run",
            {name: np.asarray(column, float) for name, column in columns.items()}
            | {"ending": self._ending(trajectory)._asdict()},
        )

    def trajectory(self, n_steps: int | None = None) -> Trajectory:
        """The run from the current w and b.

        Args:
            n_steps: instead of the setting.

        Returns:
            The trajectory.

        Raises:
            ValueError: if the settings do not go together (Newton's method on a loss without curvature, say).
        """
        return _train(
            type(self), self.loss, *self._data,
            w=self.w, b=self.b, optimizer=self.optimizer, step_size=self.step_size,
            n_steps=n_steps or self.n_steps, batch_size=self._batch_size(), **self.chosen_hyperparameters,
        )  # fmt: skip

    @property
    def _data(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in DATA_SETTINGS)

    def _batch_size(self) -> int | None:
        """Examples per step; None where a step sees all data, as each step of Newton's method does."""
        every = self._all_in_one_batch or OPTIMIZERS[self.optimizer].needs_hessian
        return None if every else self.batch_size

    @property
    def _all_in_one_batch(self) -> bool:
        return self.batch_size == ALL or self.batch_size >= self.n

    def _ending(self, trajectory: Trajectory) -> Ending:
        steps = len(trajectory.loss) - 1
        if trajectory.diverged_at is not None:
            reason = self._too_large_a_step() or self._why_without_bound()
            return Ending("diverged", f"Diverged at step {trajectory.diverged_at}: {reason}")
        if trajectory.loss[-1] > trajectory.loss[-2] and (why := self._too_large_a_step()):
            return Ending("diverged", f"After {steps} steps the loss is going up: {why}")
        converged = converged_at(trajectory, TOLERANCE)
        if converged is not None:
            return Ending("converged", f"Converged at step {converged}: the gradient norm is below 10⁻⁶.")
        best = _best(type(self), self.loss, *self._data)
        last = float(trajectory.loss[-1])
        if best.theta is None:
            return Ending("descending", f"Still going down after {steps} steps. {best.reason}")
        if self._batch_size() is not None:
            return Ending(
                "descending",
                f"After {steps} steps the mini-batches still push the point about: no batch sees all data.",
            )
        span = float(trajectory.loss[0]) - best.loss
        share = (last - best.loss) / span if span > 0 else 0.0
        if share < 1e-4:
            return Ending(
                "descending",
                f"All but there after {steps} steps: the loss has come down {_percent(1 - share)} of the way,"
                " and the steps have become tiny.",
            )
        if _at_a_standstill(trajectory.loss):
            return Ending(
                "descending",
                f"No nearer for a while after {steps} steps, {_percent(1 - share)} of the way to the lowest loss:"
                " the steps jump over it. Try a smaller step size.",
            )
        if trajectory.loss[-1] > trajectory.loss[-2]:
            return Ending("descending", f"Still moving after {steps} steps: the last step went up.")
        return Ending(
            "descending",
            f"Still going down after {steps} steps: {_percent(1 - share)} of the way to the lowest loss.",
        )

    def _too_large_a_step(self) -> str | None:
        """Says that the step size is above the largest stable one; None where it is not, or none is known."""
        bound = largest_stable_step_size(
            self.model, self.loss, _dataset(type(self), *self._data), optimizer=self.optimizer,
            **self.chosen_hyperparameters,
        )  # fmt: skip
        if bound is None or self.step_size <= bound:
            return None
        stable, used = _apart(bound, self.step_size)
        return f"step size {used} is above {stable}, the largest stable one here."

    def _why_without_bound(self) -> str:
        if OPTIMIZERS[self.optimizer].needs_hessian:
            return (
                "far from the minimum this loss has hardly any curvature, and Newton's step divides by it."
                " Start nearer."
            )
        return "the loss grew without end. Try a smaller step size."


def _apart(small: float, large: float) -> tuple[str, str]:
    """Two numbers with three figures, or as many as tell them apart."""
    texts = [(f"{small:.{figures}g}", f"{large:.{figures}g}") for figures in range(3, 10)]
    return next((pair for pair in texts if pair[0] != pair[1]), texts[-1])


def _at_a_standstill(loss: np.ndarray) -> bool:
    """Whether the last fifth of a run has come no lower than what was before it."""
    late = len(loss) - len(loss) // 5
    return len(loss) > 20 and bool(loss[late:].min() >= loss[:late].min() * (1 - 1e-6))


def _percent(share: float) -> str:
    """A share as a percentage that never rounds up to 100."""
    return f"{np.floor(np.clip(share, 0, 1) * 1e4) / 100:.4g} %"


# --- computed once per process for equal settings ---


@lru_cache(maxsize=256)
def _dataset(lesson: type[Regression], w_true: float, b_true: float, noise: float, n: int, seed: int) -> Dataset:
    return lesson.simulate(seed=seed, n=n, w_true=w_true, b_true=b_true, noise=noise)


@lru_cache(maxsize=256)
def _best(lesson: type[Regression], loss: str, *data: Any) -> BestFit:
    return best_fit(lesson.model, loss, _dataset(lesson, *data))


@lru_cache(maxsize=128)
def _train(lesson: type[Regression], loss: str, *data: Any, w: float, b: float, **options: Any) -> Trajectory:
    theta = {"w": w, "b": b}
    return train(theta, lesson.model, loss, _dataset(lesson, *data), seed=data[-1], **options)


@lru_cache(maxsize=128)
def _landscape(lesson: type[Regression], loss: str, *data: Any) -> dict[str, Any]:
    """What the browser needs to know of the data under a loss.

    Returns:
        `surface_columns` over the ranges of w and b; `x`, `y` of shape `(n,)`; `best` or, where there is none,
        `best_reason`; `truth`.
    """
    dataset = _dataset(lesson, *data)
    truth = {"w": data[0], "b": data[1]}
    spans = {name: _span(lesson.spans[name], truth[name]) for name in ("w", "b")}
    w, b = (np.linspace(*spans[name], GRID) for name in ("w", "b"))
    surface = loss_surface(lesson.model, loss, dataset, w, b)
    best = _best(lesson, loss, *data)
    return surface_columns(surface, w, b) | {
        "x": np.asarray(dataset.x, float),
        "y": np.asarray(dataset.y, float),
        "best": None if best.theta is None else {name: float(value) for name, value in best.theta.items()},
        "best_reason": best.reason,
        "truth": truth,
    }


def _span(workshop: tuple[float, float], truth: float) -> tuple[float, float]:
    """The range of a parameter: the workshop's, widened where the truth comes near its edge or leaves it."""
    low, high = workshop
    margin = 0.15 * (high - low)
    return float(min(low, np.floor(truth - margin))), float(max(high, np.ceil(truth + margin)))
