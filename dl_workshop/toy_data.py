"""Data for networks: pictures in the plane, curves on a line, one real set; and features made from x1, x2."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from sklearn.datasets import load_breast_cancer, make_blobs, make_circles, make_moons

from dl_workshop import checks
from dl_workshop.batches import padded
from dl_workshop.data import Dataset, DatasetEntry, Split

__all__ = ["FEATURES", "TOY_DATASETS", "Feature", "Split", "expand", "feature_function", "simulate_split"]


def _gaussians(random: np.random.Generator, n: int) -> Dataset:
    """Two round clouds of standard deviation 0.5, on either side of the diagonal."""
    x, y = make_blobs(
        (n - n // 2, n // 2),
        centers=[(-1.2, -1.2), (1.2, 1.2)],
        cluster_std=0.5,
        shuffle=False,
        random_state=_legacy(random),
    )
    return Dataset(x, y)


def _circles(random: np.random.Generator, n: int) -> Dataset:
    """A ring of radius 2 around a ring of radius 1, which is class 1."""
    x, y = make_circles(n, factor=0.5, shuffle=False)
    return Dataset(2.0 * x, y)


def _xor(random: np.random.Generator, n: int) -> Dataset:
    """Four squares, a gap of 0.6 between them; class 1 where x1 and x2 have the same sign."""
    quadrant = np.arange(n) % 4
    sign = np.stack([1 - 2 * (quadrant // 2), 1 - 2 * (quadrant % 2)], axis=1)
    return Dataset(sign * random.uniform(0.3, 2.4, (n, 2)), sign.prod(axis=1) > 0)


def _moons(random: np.random.Generator, n: int) -> Dataset:
    """Two half circles of radius 1.5, each reaching into the other, about the origin."""
    x, y = make_moons(n, shuffle=False)
    return Dataset(1.5 * (x - [0.5, 0.25]), y)


def _spirals(random: np.random.Generator, n: int) -> Dataset:
    """Two arms, opposite each other, of 1.5 turns, out to radius 2.6."""
    y = np.arange(n) % 2
    along = np.sqrt(random.uniform(0.01, 1.0, n))
    angle = np.pi * (3.0 * along + y)
    return Dataset(2.6 * along[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1), y)


def _curve(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.random.Generator, int], Dataset]:
    def simulate(random: np.random.Generator, n: int) -> Dataset:
        x = random.uniform(-3.0, 3.0, n)
        return Dataset(x[:, None], function(x))

    return simulate


def _breast_cancer(random: np.random.Generator, n: int) -> Dataset:
    """Cell nuclei of 569 tumours, 30 measures each; class 1 is benign.

    References:
        Street, Wolberg, Mangasarian (1993), "Nuclear feature extraction for breast tumor diagnosis".
    """
    return Dataset(_real()["data"], _real()["target"])


@lru_cache(maxsize=1)
def _real() -> Any:
    return load_breast_cancer()


def _legacy(random: np.random.Generator) -> np.random.RandomState:
    """The generator that scikit-learn takes, seeded from NumPy's new one."""
    return np.random.RandomState(random.bit_generator)


TOY_DATASETS = {
    entry.name: entry
    for entry in (
        DatasetEntry("gaussians", "Two Gaussians", _gaussians, "classification", 2),
        DatasetEntry("circles", "Circles", _circles, "classification", 2),
        DatasetEntry("xor", "XOR", _xor, "classification", 2),
        DatasetEntry("moons", "Moons", _moons, "classification", 2),
        DatasetEntry("spirals", "Two spirals", _spirals, "classification", 2),
        DatasetEntry("sine", "Sine", _curve(lambda x: np.sin(2.0 * x))),
        DatasetEntry("step", "Step", _curve(np.sign)),
        DatasetEntry("absolute", "|x|", _curve(np.abs)),
        DatasetEntry("breast_cancer", "Breast cancer", _breast_cancer, "classification", 30, has_noise=False),
    )
}


def simulate_split(name: str, *, seed: int = 0, n: int = 200, noise: float = 0.1, train_share: float = 0.7) -> Split:
    """Simulate one of `TOY_DATASETS` and split it at random, each class in the same proportion.

    Args:
        name: a key of `TOY_DATASETS`.
        seed: which draw of points, noise and split, 0 or more; the same seed gives the same data everywhere.
        n: number of examples, 4 or more; a real set has its own, whatever is given.
        noise: standard deviation of what is added to the coordinates (in the plane) or to y (on the line), 0
            or more; the labels are those without noise. A real set takes none.
        train_share: share of each class that is trained on, between 0 and 1.

    Returns:
        A `Split`. Simulated x lie within about [-3, 3]; those of a real set are standardised with the mean
        and standard deviation of its training part.

    Raises:
        ValueError: an argument is out of the range above, or a part of the split has no example of a class.
    """
    entry = checks.registered("dataset", name, TOY_DATASETS)
    random = np.random.default_rng(checks.whole_number("seed", seed, low=0))
    n = checks.whole_number("n", n, low=4)
    noise = checks.number("noise", noise, low=0.0)
    share = checks.number("train_share", train_share, low=0.0, high=1.0)
    x, y = (np.asarray(values, dtype=np.float64) for values in entry.function(random, n))
    names: tuple[str, ...] = tuple(f"x{i + 1}" for i in range(entry.inputs))
    classes: tuple[str, ...] = ("class 0", "class 1") if entry.task == "classification" else ()
    if entry.has_noise:
        with np.errstate(over="ignore"):
            if classes:
                x = checks.finite_matrix("x", x + noise * random.standard_normal(x.shape))
            else:
                y = checks.finite_vector("y", y + noise * random.standard_normal(y.shape), least=1)
    chosen = _chosen(random, y, share, entry)
    if not entry.has_noise:
        spread = x[chosen].std(axis=0)
        x = (x - x[chosen].mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
        names, classes = (tuple(map(str, _real()[key])) for key in ("feature_names", "target_names"))
    return Split(Dataset(x[chosen], y[chosen]), Dataset(x[~chosen], y[~chosen]), names, classes)


def _chosen(random: np.random.Generator, y: np.ndarray, share: float, entry: DatasetEntry) -> np.ndarray:
    """Return which examples are trained on, `(n,)`: the same share of every class, to the nearest example."""
    chosen, classes = np.zeros(len(y), dtype=bool), entry.task == "classification"
    for label in (0, 1) if classes else (None,):
        members = random.permutation(np.flatnonzero(y == label) if classes else np.arange(len(y)))
        count = round(share * len(members))
        if not 0 < count < len(members):
            part, change = ("training", "larger") if count == 0 else ("test", "smaller")
            what = f"no example of class {label}" if classes else "no example"
            raise ValueError(
                f"with n={len(y)} and train_share={share:g} the {part} part has {what}: choose a {change} "
                f"train_share{', or more examples' if entry.has_noise else ''}"
            )
        chosen[members[:count]] = True
    return chosen


class Feature(NamedTuple):
    """An input made from the coordinates: its key in `FEATURES`, its label, and (x1, x2) -> its value."""

    name: str
    label: str
    function: Callable[[ArrayLike, ArrayLike], Array]


FEATURES = {
    feature.name: feature
    for feature in (
        Feature("x1", "x₁", lambda x1, x2: jnp.asarray(x1)),
        Feature("x2", "x₂", lambda x1, x2: jnp.asarray(x2)),
        Feature("x1_squared", "x₁²", lambda x1, x2: jnp.square(x1)),
        Feature("x2_squared", "x₂²", lambda x1, x2: jnp.square(x2)),
        Feature("x1_x2", "x₁x₂", lambda x1, x2: jnp.multiply(x1, x2)),
        Feature("sin_x1", "sin x₁", lambda x1, x2: jnp.sin(x1)),
        Feature("sin_x2", "sin x₂", lambda x1, x2: jnp.sin(x2)),
    )
}


def feature_function(features: Sequence[str]) -> Callable[[ArrayLike, ArrayLike], Array]:
    """Return (x1, x2) -> the chosen features of one example, `(k,)`, with scalar x1 and x2.

    Args:
        features: keys of `FEATURES`, at least one; the features come in this order.

    Returns:
        The function; the same features return the same one.

    Raises:
        ValueError: no feature, or an unknown one.
    """
    return _feature_function(_some(features))


@lru_cache(maxsize=256)
def _feature_function(features: tuple[str, ...]) -> Callable[[ArrayLike, ArrayLike], Array]:
    functions = [checks.registered("feature", name, FEATURES).function for name in features]

    def of(x1: ArrayLike, x2: ArrayLike) -> Array:
        return jnp.stack([function(x1, x2) for function in functions])

    return of


def expand(x: Any, features: Sequence[str]) -> np.ndarray:
    """Return the chosen features of every example.

    Args:
        x: coordinates, `(n, 2)`.
        features: keys of `FEATURES`, at least one.

    Returns:
        A NumPy float64 array of shape `(n, k)`, the columns in the order of `features`.

    Raises:
        ValueError: x is not of that shape or not finite; no feature, or an unknown one.
    """
    chosen = [[*FEATURES].index(checks.registered("feature", name, FEATURES).name) for name in _some(features)]
    x = checks.finite_matrix("x", x, columns=2)
    rows, _, _ = padded(Dataset(x, x[:, 0]))  # few lengths, so that few are ever compiled
    return np.asarray(_all_features()(rows), dtype=np.float64)[: len(x), chosen]


@lru_cache(maxsize=1)
def _all_features() -> Callable[[np.ndarray], Array]:
    """Return the compiled function from coordinates `(n, 2)` to every feature, `(n, all)`."""
    function = feature_function([*FEATURES])
    return jax.jit(lambda x: jax.vmap(function)(x[:, 0], x[:, 1]))


def _some(features: Sequence[str]) -> tuple[str, ...]:
    """Return the features as a tuple; ValueError when there is none."""
    if not (chosen := tuple(features)):
        raise ValueError(f"the network needs an input: choose at least one of {', '.join(FEATURES)}")
    return chosen
