"""Lesson 3, a neural network: layers of the model of the first two lessons, trained the same way."""

import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, ClassVar

import jax
import numpy as np
import param

from app.lessons.architecture import MAX_LAYERS, MAX_UNITS, PLAIN, Architecture
from app.lessons.base import ALL, Ending, Lesson, Message, Refused, options, surface_columns
from dl_workshop.losses import LOSSES
from dl_workshop.models import ACTIVATIONS, INIT_SCHEMES, mlp_init
from dl_workshop.networks import NetworkRun, flatten, train_network, unflatten
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.planes import Plane, parameter_plane, plane_coordinates, plane_surface, trajectory_plane
from dl_workshop.toy_data import FEATURES, TOY_DATASETS, Split, expand, simulate_split

GRID = 61  # points along each side of the loss surface
LARGEST_WEIGHT = 1e3
MOST_COMPILED = 200  # architectures whose programs are kept, of about 2 MB each
NOTABLE = 0.02  # a rise of the test loss that is worth a word

TASKS = {
    "classification": ("binary_cross_entropy", "squared_error_on_probabilities"),
    "regression": ("mse", "mae", "huber"),
}
SCALABLE = tuple(name for name, optimizer in OPTIMIZERS.items() if not optimizer.needs_hessian)
SCHEMES = {
    "Fits the activation": "",
    "Glorot": "glorot",
    "He": "he",
    "Standard normal (workshop)": "standard_normal",
}
PENALTIES = {"None": "none", "L1": "l1", "L2": "l2"}

assert set(SCHEMES.values()) - {""} == set(INIT_SCHEMES)


class NeuralNetwork(Lesson):
    """Settings of the third lesson."""

    # --- data ---
    dataset: Any = param.Selector(
        default="moons", objects=options(TOY_DATASETS), label="Data set", doc="What to learn."
    )
    noise = param.Number(0.15, bounds=(0, 0.5), step=0.01, label="Noise", doc="Size of the noise in the data.")
    n = param.Integer(200, bounds=(20, 500), step=10, label="Points", doc="Number of data points.")
    train_share = param.Number(
        0.7, bounds=(0.1, 0.9), step=0.05, label="Training share", doc="The rest is held back, to test on."
    )
    seed = param.Integer(0, bounds=(0, 999), step=1, label="Seed", doc="Same seed, same data.")
    # --- model ---
    features = param.List(["x1", "x2"], item_type=str, label="Inputs", doc="Features made from the coordinates.")
    hidden = param.List([4, 3], item_type=int, label="Hidden layers", doc="Units of each hidden layer.")
    activation: Any = param.Selector(
        default="tanh",
        objects=options(ACTIVATIONS),
        label="Activation",
        doc="What a hidden unit makes of its input.",
    )
    scheme: Any = param.Selector(
        default="",
        objects=SCHEMES,
        label="Initial weights",
        doc="From which distribution the weights are drawn.",
    )
    weights_seed = param.Integer(0, bounds=(0, 999), step=1, label="Weights' seed", doc="Same seed, same weights.")
    # The chosen edge's weight and unit's bias: the browser's own, no setting of the server's.
    w = param.Number(0.0, bounds=(-6, 6), step=0.05, label="w (weight)", doc="Weight of the chosen connection.")
    b = param.Number(0.0, bounds=(-6, 6), step=0.05, label="b (bias)", doc="Bias of the chosen unit.")
    # --- loss ---
    loss: Any = param.Selector(
        default="binary_cross_entropy",
        objects=options(LOSSES, (*TASKS["classification"], *TASKS["regression"])),
        label="Loss function",
        doc="What is to become small.",
    )
    penalty: Any = param.Selector(
        default="none",
        objects=PENALTIES,
        label="Regularization",
        doc="Keeps the weights small: a price on their size.",
    )
    penalty_strength = param.Number(0.01, bounds=(1e-4, 1), label="Strength", doc="How much the regularization weighs.")
    # --- optimizer ---
    optimizer: Any = param.Selector(
        default="adam",
        objects=options(OPTIMIZERS, SCALABLE),
        label="Optimizer",
        doc="How the parameters are moved.",
    )
    step_size = param.Number(
        0.03,
        bounds=(1e-4, 1),
        label="Step size (learning rate)",
        doc="How far one step goes along the gradient.",
    )
    n_steps = param.Integer(400, bounds=(10, 10000), step=10, label="Steps", doc="Number of steps of a run.")

    key = "network"
    title = "Neural network"
    cards = {  # noqa: RUF012
        "data": ("dataset", "noise", "n", "train_share", "seed"),
        "model": ("activation", "scheme", "w", "b"),
        "loss": ("loss", "penalty", "penalty_strength"),
        "optimizer": Lesson.optimizer_card,
    }  # fmt: skip
    without_control = ("features", "hidden", "weights_seed")
    logarithmic = frozenset({"step_size", "penalty_strength"})
    architecture_settings: ClassVar[frozenset[str]] = frozenset({"features", "hidden", "activation"})
    data_settings: ClassVar[frozenset[str]] = frozenset({"dataset", "noise", "n", "train_share", "seed"})

    def facts(self) -> dict[str, Any]:
        """What the engine needs to know of the lesson beyond its settings."""
        return super().facts() | {
            "kind": "network",
            "losses": {name: LOSSES[name].short for names in TASKS.values() for name in names},
            "tasks": TASKS,
            "datasets": {
                name: {"task": entry.task, "inputs": entry.inputs, "noise": entry.has_noise}
                for name, entry in TOY_DATASETS.items()
            },
            "features": {name: feature.label for name, feature in FEATURES.items()},
            "maxLayers": MAX_LAYERS,
            "maxUnits": MAX_UNITS,
            "without": {name: getattr(self, name) for name in self.without_control},
            "network": self.network(),
        }

    # --- settings that do not have one number ---

    def within(self, name: str, value: Any) -> tuple[Any, str | None]:
        """As `Lesson.within`, also for lists of features and of layers."""
        if name == "features":
            chosen = [feature for feature in FEATURES if isinstance(value, list) and feature in value]
            if not chosen:
                raise Refused("features", "The network needs at least one input: switch one on.")
            return chosen, None
        if name == "hidden":
            widths = value[:99] if isinstance(value, list) else [None]
            if not all(type(width) is int and width >= 1 for width in widths):
                raise Refused("hidden", f"Hidden layers: {str(value)[:60]} is not a list of numbers of units.")
            return widths, None
        return super().within(name, value)

    def check(self) -> None:
        """Refuses settings that do not go together; see `Lesson.check`."""
        widest = MAX_UNITS[self._inputs]
        if len(self.hidden) > MAX_LAYERS or any(width > widest for width in self.hidden):
            raise Refused(
                "hidden",
                f"A network of {' · '.join(map(str, self.hidden[:12]))} units is too large:"
                f" up to {MAX_LAYERS} hidden layers of {widest} units fit here.",
            )
        try:
            split = self.split
        except ValueError as error:
            raise Refused("train_share", f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
        n = len(split.train.y)
        if self.batch_size > n:
            raise Refused(
                "batch_size",
                f"A batch of {self.batch_size} is larger than the {n} training points; choose at most {n}.",
            )
        task = TOY_DATASETS[self.dataset].task
        if self.loss not in TASKS[task]:
            names = " or ".join(LOSSES[name].label for name in TASKS[task])
            raise Refused("loss", f"{LOSSES[self.loss].label} does not fit a {task} task: choose {names}.")

    @property
    def _inputs(self) -> int:
        return TOY_DATASETS[self.dataset].inputs

    @property
    def split(self) -> Split:
        """The data as they were simulated."""
        return _split(self.dataset, self.seed, self.n, self.noise, self.train_share)

    @property
    def architecture(self) -> Architecture:
        """Inputs, layers and activation."""
        features = tuple(self.features) if self._inputs == PLAIN else ()
        inputs = len(features) or self._inputs
        return Architecture(features, (inputs, *self.hidden, 1), self.activation)

    # --- what the server computes ---

    def landscape(self) -> dict[str, Any]:
        """The data: coordinates to draw, inputs to compute with, and where the picture ends.

        Returns:
            `x`, `test_x`: what the lowered network takes, flat, row by row. `at`, `test_at`: coordinates in the
            picture, flat, `(n, 2)` (for one input: x alone, `(n,)`). `y`, `test_y`. `directions`: for the real set the
            two principal components that span the picture, `(2, 30)`, flat; otherwise None. `span`: half the
            picture's width.
            `classes`: the classes' names, none for regression. `names`: the inputs' names.
        """
        return _landscape(self.dataset, self.seed, self.n, self.noise, self.train_share)

    def network(self) -> dict[str, Any]:
        """The architecture, its formula and its initial weights (flat)."""
        architecture = self.architecture
        theta = mlp_init(architecture.sizes, self.activation, key=self.weights_seed, scheme=self.scheme or None)
        return {
            "sizes": list(architecture.sizes),
            "inputs": list(architecture.features),
            "formula": architecture.path,
            "theta": np.asarray(flatten(theta), float),
        }

    def consequences(self, changed: set[str]) -> Iterator[tuple[str, Callable[[], Message]]]:
        """New data: another landscape. Another architecture, scheme or seed: other initial weights."""
        if changed & self.data_settings:
            yield "landscape", self.landscape
        if changed & {*self.architecture_settings, "dataset", "scheme", "weights_seed"}:
            yield "network", self.network

    def prepare(self, changed: set[str]) -> None:
        """Compiles what the next run needs: the training, and the loss surface of its path."""
        if changed & {
            *self.data_settings,
            *self.architecture_settings,
            "loss",
            "optimizer",
            "penalty",
            "batch_size",
        }:
            for _ in self._messages(self._theta(self.architecture, None), 1, lambda step: None):
                pass

    def plane(self, request: Message) -> Message:
        """The loss over the parameters i and j of the request's `theta` (flat), all others held."""
        architecture = self.architecture
        theta = self._theta(architecture, request.get("theta"))
        i, j = request.get("i"), request.get("j")
        if type(i) is not int or type(j) is not int:
            raise ValueError("Choose a connection of the network first.")
        plane = parameter_plane(theta, i, j)
        return self._plane_message(architecture, plane, theta[None, [i, j]])

    def train(self, request: Message, progress: Callable[[int], None]) -> Iterator[tuple[str, Message]]:
        """Trains from the request's `theta` (flat): first the run, then the loss surface in the plane of its path."""
        yield from self._messages(self._theta(self.architecture, request.get("theta")), self.n_steps, progress)

    def _messages(
        self, theta: np.ndarray, n_steps: int, progress: Callable[[int], None]
    ) -> Iterator[tuple[str, Message]]:
        architecture = self.architecture
        _make_room_for(architecture)
        run = train_network(
            unflatten(architecture.model, theta),
            architecture.model,
            self.loss,
            _inputs_of(self.split, architecture.features),
            optimizer=self.optimizer,
            step_size=self.step_size,
            n_steps=n_steps,
            batch_size=None if self.batch_size == ALL else self.batch_size,
            seed=self.seed,
            penalty=self.penalty,
            penalty_strength=self.penalty_strength,
            progress=progress,
            **self.chosen_hyperparameters,  # type: ignore[arg-type]  # floats all, none is another argument
        )
        yield (
            "run",
            {
                "steps": run.steps.astype(np.int32),
                "theta": run.theta.astype(np.float32),
                "loss": run.loss.astype(np.float32),
                "test_loss": run.test_loss.astype(np.float32),
                "ending": _ending(run)._asdict(),
            },
        )
        plane = trajectory_plane(run.theta)
        yield "plane", self._plane_message(architecture, plane, plane_coordinates(plane, run.theta))

    def _theta(self, architecture: Architecture, given: Any) -> np.ndarray:
        """The parameters that the browser sent, or the initial ones where it sent none."""
        if given is None:
            return np.asarray(self.network()["theta"])
        try:
            theta = np.asarray(given, float).ravel()
        except (TypeError, ValueError, OverflowError):
            theta = np.array([])
        count = sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(architecture.model.init)))
        if theta.shape != (count,) or not np.isfinite(theta).all():
            raise ValueError(
                f"The page sent {theta.size} weights for a network of {count}: reset the weights and run again."
            )
        return np.clip(theta, -LARGEST_WEIGHT, LARGEST_WEIGHT)

    def _plane_message(self, architecture: Architecture, plane: Plane, path: np.ndarray) -> Message:
        """The loss surface around a path on a plane, in the names that the first lessons' surface has."""
        u, v = (_span(path[:, axis]) for axis in (0, 1))
        grids = np.linspace(*u, GRID), np.linspace(*v, GRID)
        train = _inputs_of(self.split, architecture.features).train
        surface = plane_surface(architecture.model, self.loss, train, plane, *grids)
        surface = np.minimum(np.nan_to_num(surface, nan=np.inf), 1e12)
        return surface_columns(surface, *grids) | {
            "share": plane.share,
            "origin": plane.origin,
            "directions": plane.directions.ravel(),
        }


_compiled: set[Architecture] = set()
_compiled_lock = threading.Lock()


def _make_room_for(architecture: Architecture) -> None:
    """Lets JAX forget what it has compiled once that is much: by itself it keeps every program."""
    with _compiled_lock:
        _compiled.add(architecture)
        if len(_compiled) > MOST_COMPILED:
            _compiled.clear()
            jax.clear_caches()


def _span(values: np.ndarray) -> tuple[float, float]:
    """A range with room around what is to be seen."""
    low, high = float(values.min()), float(values.max())
    room = max(0.3 * (high - low), 1.0)
    return low - room, high + room


def _ending(run: NetworkRun) -> Ending:
    """How a run ended, in a sentence."""
    if run.diverged_at is not None:
        return Ending(
            "diverged",
            f"Diverged at step {run.diverged_at}: the loss grew without end. Try a smaller step size.",
        )
    best = int(np.argmin(run.test_loss))
    rise = run.test_loss[-1] - run.test_loss[best]
    overfits = rise > max(0.3 * run.test_loss[best], NOTABLE) and run.loss[-1] <= 1.05 * run.loss[best]
    text = f"After {len(run.loss) - 1} steps: training loss {run.loss[-1]:.3g}, test loss {run.test_loss[-1]:.3g}."
    if overfits:
        text += f" Lowest test loss at step {best}; since then it learns the noise (overfitting)."
    elif run.loss[-1] < run.loss[0]:
        text += " Still going down." if run.loss[-1] < 0.99 * run.loss[int(0.9 * len(run.loss))] else ""
    return Ending("descending", text)


# --- computed once per process for equal settings ---


@lru_cache(maxsize=64)
def _split(dataset: str, seed: int, n: int, noise: float, train_share: float) -> Split:
    return simulate_split(dataset, seed=seed, n=n, noise=noise, train_share=train_share)


@lru_cache(maxsize=64)
def _landscape(*settings: Any) -> dict[str, Any]:
    split, inputs = _split(*settings), TOY_DATASETS[settings[0]].inputs
    directions = None
    train_at, test_at = split.train.x, split.test.x
    if inputs > PLAIN:
        rows = np.linalg.svd(split.train.x, full_matrices=False)[2][:2]
        directions = rows * np.where(rows.sum(axis=1) < 0, -1.0, 1.0)[:, None]
        train_at, test_at = split.train.x @ directions.T, split.test.x @ directions.T
    reach = max(float(np.abs(train_at).max()), float(np.abs(test_at).max()))
    return {
        "x": np.asarray(split.train.x, float).ravel(),
        "test_x": np.asarray(split.test.x, float).ravel(),
        "at": train_at.ravel(),
        "test_at": test_at.ravel(),
        "y": np.asarray(split.train.y, float),
        "test_y": np.asarray(split.test.y, float),
        "directions": None if directions is None else directions.ravel(),
        "span": 1.05 * reach,
        "classes": list(split.class_names),
        "names": list(split.feature_names),
    }


def _inputs_of(split: Split, features: tuple[str, ...]) -> Split:
    """The data as the network sees them."""
    if not features:
        return split
    train, test = (part._replace(x=expand(part.x, features)) for part in (split.train, split.test))
    return split._replace(train=train, test=test)
