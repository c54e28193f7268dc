"""Data for networks: pictures in the plane, curves on a line, real sets; and features made from x1, x2.

What makes and splits a set are functions that JAX can trace, so that the browser makes the same data.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.batches import padded
from dl_workshop.data import MOST_EXAMPLES, Dataset, Split, count
from dl_workshop.random import (
    NOISE,
    POINTS,
    SPLIT,
    Scalar,
    check_seed,
    in_64_bits,
    key,
    normal,
    padded_index,
    permutation,
    uniform,
)

__all__ = [
    "FEATURES",
    "TOY_DATASETS",
    "DatasetEntry",
    "Feature",
    "Split",
    "expand",
    "feature_function",
    "real_data",
    "simulate_split",
    "split_examples",
    "split_function",
    "standardised_split",
]

# (seed, index (n,), n) -> x (n, inputs), y (n,) without noise, from index 0, 1, ..., n - 1
Simulate = Callable[[Scalar, Array, Array], tuple[Array, Array]]
CLASSES = ("class 0", "class 1")


class DatasetEntry(NamedTuple):
    """One row of `TOY_DATASETS`.

    Attributes:
        name: its key in the registry.
        label: what to call it on screen.
        columns: names of the numbers that an example has.
        classes: what y = 0 and y = 1 are called; none where y is a value.
        simulate: what simulates it; None for a real set, which has its own examples and takes no noise.
        load: what reads a real set: () -> x, y.
    """

    name: str
    label: str
    columns: tuple[str, ...]
    classes: tuple[str, ...] = ()
    simulate: Simulate | None = None
    load: Callable[[], Dataset] | None = None

    @property
    def task(self) -> str:
        """What is to be learned: "classification" (y is 0 or 1) or "regression" (y is a value)."""
        return "classification" if self.classes else "regression"

    @property
    def inputs(self) -> int:
        """How many numbers an example has."""
        return len(self.columns)

    @property
    def has_noise(self) -> bool:
        """Whether it takes a number of examples and a noise."""
        return self.simulate is not None


def _gaussians(seed: Scalar, index: Array, n: Array) -> tuple[Array, Array]:
    """Two round clouds of standard deviation 0.5, on either side of the diagonal."""
    y = _second_half(index, jnp.ceil(n / 2.0))
    return 1.2 * (2.0 * y[:, None] - 1.0) + 0.5 * normal(key(seed, POINTS), _counters(index, 2)), y


def _circles(seed: Scalar, index: Array, n: Array) -> tuple[Array, Array]:
    """A ring of radius 2 around a ring of radius 1, which is class 1."""
    outer = jnp.floor(n / 2.0)
    y = _second_half(index, outer)
    turn = (index - y * outer) / jnp.where(y > 0.0, n - outer, outer)
    return (2.0 - y)[:, None] * _on_circle(2.0 * jnp.pi * turn), y


def _xor(seed: Scalar, index: Array, n: Array) -> tuple[Array, Array]:
    """Four squares, a gap of 0.6 between them; class 1 where x1 and x2 have the same sign."""
    quadrant = index % 4.0
    sign = 1.0 - 2.0 * jnp.stack([jnp.floor(quadrant / 2.0), quadrant % 2.0], axis=1)
    # 0.3 to 2.4, as a sum and then a product: a product and then a sum is rounded in one step on some machines
    x = sign * (2.1 * (uniform(key(seed, POINTS), _counters(index, 2)) + 0.3 / 2.1))
    return x, (sign[:, 0] * sign[:, 1] > 0.0).astype(float)


def _moons(seed: Scalar, index: Array, n: Array) -> tuple[Array, Array]:
    """Two half circles of radius 1.5, each reaching into the other, about the origin."""
    outer = jnp.floor(n / 2.0)
    y = _second_half(index, outer)
    along = (index - y * outer) / (jnp.where(y > 0.0, n - outer, outer) - 1.0)
    side = (1.0 - 2.0 * y)[:, None]
    return 1.5 * side * (_on_circle(jnp.pi * along) - jnp.asarray([0.5, 0.25])), y


def _spirals(seed: Scalar, index: Array, n: Array) -> tuple[Array, Array]:
    """Two arms, opposite each other, of 1.5 turns, out to radius 2.6."""
    y = index % 2.0
    along = jnp.sqrt(0.01 + 0.99 * uniform(key(seed, POINTS), index))
    return (2.6 * along)[:, None] * _on_circle(jnp.pi * (3.0 * along + y))[:, ::-1], y


def _curve(function: Callable[[Array], Array]) -> Simulate:
    """A function of x, which is uniform from -3 to 3."""

    def simulate(seed: Scalar, index: Array, n: Array) -> tuple[Array, Array]:
        x = 6.0 * (uniform(key(seed, POINTS), index) - 0.5)
        return x[:, None], function(x)

    return simulate


def _second_half(index: Array, first: Array) -> Array:
    """Return 0.0 for the first so many indices, 1.0 for the others."""
    return (index >= first).astype(float)


def _on_circle(angle: Array) -> Array:
    """Return the points `(n, 2)` of the unit circle at angles `(n,)`."""
    return jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1)


def _counters(index: Array, columns: int) -> Array:
    """Return a counter of its own for each number of each example, `(n, columns)`."""
    return columns * index[:, None] + jnp.arange(columns, dtype=float)


MEASURES = """
    radius, texture, perimeter, area, smoothness, compactness, concavity, concave points, symmetry, fractal dimension
"""
NUCLEI = tuple(
    form.format(name.strip()) for form in ("mean {}", "{} error", "worst {}") for name in MEASURES.split(",")
)


def _breast_cancer() -> Dataset:
    """Cell nuclei of 569 tumours, 30 measures each; class 1 is benign.

    References:
        Street, Wolberg, Mangasarian (1993), "Nuclear feature extraction for breast tumor diagnosis".
    """
    from sklearn.datasets import load_breast_cancer  # takes a second, which few ever need

    return Dataset(*load_breast_cancer(return_X_y=True))


def _digits() -> Dataset:
    """Handwritten digits, 183 times 3 and 174 times 8: ink in each of 4 by 4 squares, 0 to 64; class 1 is 8.

    References:
        Alpaydin, Kaynak (1998), "Optical recognition of handwritten digits", UCI machine learning repository.
    """
    from sklearn.datasets import load_digits

    pixels, digit = load_digits(return_X_y=True)
    chosen = (digit == 3) | (digit == 8)
    squares = pixels[chosen].reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)).reshape(-1, 16)
    return Dataset(squares, digit[chosen] == 8)


PLANE = ("x1", "x2")
SQUARES = tuple(f"ink in row {row}, column {column}" for row in range(1, 5) for column in range(1, 5))

TOY_DATASETS = {
    entry.name: entry
    for entry in (
        DatasetEntry("gaussians", "Two Gaussians", PLANE, CLASSES, _gaussians),
        DatasetEntry("circles", "Circles", PLANE, CLASSES, _circles),
        DatasetEntry("xor", "XOR", PLANE, CLASSES, _xor),
        DatasetEntry("moons", "Moons", PLANE, CLASSES, _moons),
        DatasetEntry("spirals", "Two spirals", PLANE, CLASSES, _spirals),
        DatasetEntry("sine", "Sine", ("x1",), (), _curve(lambda x: jnp.sin(2.0 * x))),
        DatasetEntry("step", "Step", ("x1",), (), _curve(jnp.sign)),
        DatasetEntry("absolute", "|x|", ("x1",), (), _curve(jnp.abs)),
        DatasetEntry("breast_cancer", "Breast cancer", NUCLEI, ("malignant", "benign"), load=_breast_cancer),
        DatasetEntry("digits", "Digits 3 and 8", SQUARES, ("3", "8"), load=_digits),
    )
}


def real_data(name: str) -> Dataset:
    """Return a real set as it was measured: x `(n, inputs)` and y `(n,)`, float64; neither is to be changed.

    Raises:
        ValueError: there is no real set of that name.
    """
    return _measured(checks.registered("real data set", name, {k: v for k, v in TOY_DATASETS.items() if v.load}))


@lru_cache(maxsize=16)
def _measured(entry: DatasetEntry) -> Dataset:
    assert entry.load
    data = Dataset(*(np.array(values, dtype=np.float64) for values in entry.load()))
    for values in data:
        values.flags.writeable = False
    return data


@lru_cache(maxsize=64)
def split_function(entry: DatasetEntry) -> Callable[..., tuple[Array, Array, Array]]:
    """Return what makes a set and splits it at random, each class in the same proportion; for JAX to trace.

    Args:
        entry: one of `TOY_DATASETS`.

    Returns:
        (seed, index, noise, train_share, n=None) -> x `(n, inputs)`, y `(n,)` and how many of the first rows are
        trained on; the others are to test with, and both parts are in order of their index. index is 0, 1, ...,
        n - 1 as floats; where it goes on behind these, n says how many are meant, and the last rows are nobody's.
        For a real set: what `standardised_split` returns, which takes x and y as `real_data` returns them.
    """
    simulate = entry.simulate

    def simulated(
        seed: Scalar, index: ArrayLike, noise: Scalar, train_share: Scalar, n: Scalar | None = None
    ) -> tuple[Array, Array, Array]:
        assert simulate
        index, n = jnp.asarray(index, dtype=float), count(index, n)
        x, y = simulate(seed, index, n)
        stratum = y if entry.classes else jnp.zeros_like(y)
        if entry.classes:
            x = x + noise * normal(key(seed, NOISE), _counters(index, entry.inputs))
        else:
            y = y + noise * normal(key(seed, NOISE), index)
        order, n_train = _training_first(seed, index, n, stratum, train_share)
        return _rows(x, order), _rows(y, order), n_train

    return simulated if simulate else standardised_split(entry.task)


@lru_cache(maxsize=2)
def standardised_split(task: str) -> Callable[..., tuple[Array, Array, Array]]:
    """Return what splits measured examples at random and standardises them; for JAX to trace.

    Args:
        task: "classification", where y is 0 or 1 and each class is split in the same proportion, or "regression".

    Returns:
        (x, y, seed, train_share) -> x `(n, inputs)`, y `(n,)` and how many of the first rows are trained on; the others
        are to test with, and both parts are in the order of the rows. Each column of x, and y where it is a value, is
        less the mean of the rows that are trained on, in their standard deviations.
    """
    classes = task == "classification"

    def split(x: ArrayLike, y: ArrayLike, seed: Scalar, train_share: Scalar) -> tuple[Array, Array, Array]:
        x, y = jnp.asarray(x), jnp.asarray(y)
        index, stratum = jnp.arange(y.shape[0], dtype=float), y if classes else jnp.zeros_like(y)
        order, n_train = _training_first(seed, index, count(index, None), stratum, train_share)
        x, y, trained = _rows(x, order), _rows(y, order), index < n_train
        return _standardised(x, trained), y if classes else _standardised(y[:, None], trained)[:, 0], n_train

    return split


def _standardised(x: Array, trained: Array) -> Array:
    """Return the columns less the mean of the rows that are trained on, in their standard deviations."""
    n_train = jnp.sum(trained.astype(float))
    x = x - x[0]  # a column that never changes is then 0 and has no spread, whatever is rounded
    x = x - jnp.sum(jnp.where(trained[:, None], x, 0.0), axis=0) / n_train
    spread = jnp.sqrt(jnp.sum(jnp.where(trained[:, None], x**2, 0.0), axis=0) / n_train)
    return x / jnp.where(spread > 0.0, spread, 1.0)


def _training_first(seed: Scalar, index: Array, n: Array, stratum: Array, train_share: Scalar) -> tuple[Array, Array]:
    """Return the order that puts what is trained on first, and how many these are.

    Of both strata (0.0 and 1.0) the same share is trained on, to the nearest example and at random.
    """
    shuffled = permutation(key(seed, SPLIT), index)
    position, chosen = shuffled.astype(float), jnp.zeros(index.shape, dtype=bool)
    for label in (0.0, 1.0):
        member = (_rows(stratum, shuffled) == label) & (position < n)
        place = jnp.cumsum(member.astype(float))  # 1 for the first of the stratum, 2 for the second
        chosen |= member & (place <= jnp.round(train_share * jnp.sum(member.astype(float))))
    # the index is the order within each part; indices from n on come behind
    order = jnp.argsort(jnp.where(chosen, position, position + n))
    return _rows(shuffled, order), jnp.sum(chosen.astype(float))


def _rows(array: Array, order: Array) -> Array:
    """Return the rows in another order; none of it is outside."""
    return jnp.take(array, order, axis=0, mode="clip")


def simulate_split(name: str, *, seed: int = 0, n: int = 200, noise: float = 0.1, train_share: float = 0.7) -> Split:
    """Make one of `TOY_DATASETS` and split it at random, each class in the same proportion.

    Args:
        name: a key of `TOY_DATASETS`.
        seed: which draw of points, noise and split, 0 to 2^32 - 1; the same seed gives the same data everywhere.
        n: number of examples, 4 to 1,000,000; a real set has its own, whatever is given.
        noise: standard deviation of what is added to the coordinates (in the plane) or to y (on the line), 0
            or more; the labels are those without noise. A real set takes none.
        train_share: share of each class that is trained on, between 0 and 1.

    Returns:
        A `Split`, computed in 64 bits whatever JAX's mode. Simulated x lie within about [-3, 3]; those of a real
        set are standardised with the mean and standard deviation of its training part.

    Raises:
        ValueError: an argument is out of the range above, or a part of the split has no example of a class.
    """
    entry = checks.registered("dataset", name, TOY_DATASETS)
    seed, n = check_seed(seed), checks.whole_number("n", n, low=4, high=MOST_EXAMPLES)
    noise = checks.number("noise", noise, low=0.0)
    share = checks.number("train_share", train_share, low=0.0, high=1.0)
    with in_64_bits():
        if entry.has_noise:
            results = _compiled_split(entry)(np.uint32(seed), padded_index(n), noise, share, float(n))
        else:
            data = real_data(entry.name)
            results, n = _compiled_split(entry)(*data, np.uint32(seed), share), len(data.y)
    more = ", or more examples" if entry.has_noise else ""
    return _split(results, n, entry.columns, entry.classes, f"with n={n} and train_share={share:g}", more)


def split_examples(
    x: Any,
    y: Any,
    task: str,
    *,
    seed: int = 0,
    train_share: float = 0.7,
    feature_names: Sequence[str] = (),
    class_names: Sequence[str] = CLASSES,
) -> Split:
    """Split examples of your own at random and standardise them, as a real set is.

    Args:
        x: inputs, `(n, inputs)`.
        y: targets, `(n,)`: 0 or 1 where the task is classification.
        task: "classification" or "regression".
        seed: which split, 0 to 2^32 - 1.
        train_share: share of the examples (of each class) that is trained on, between 0 and 1.
        feature_names: of the columns of x; none for x1, x2 and so on.
        class_names: what y = 0 and y = 1 are called; not used for regression.

    Returns:
        A `Split`, computed in 64 bits whatever JAX's mode. x, and y of a regression, are less the mean of the
        training part, in its standard deviations.

    Raises:
        ValueError: an argument is not as above, or a part of the split has no example of a class.
    """
    if task not in ("classification", "regression"):
        raise ValueError(f"unknown task {checks.shown(task)}: choose classification or regression")
    x, y = checks.finite_matrix("x", x), checks.finite_vector("y", y, least=2)
    if len(x) != len(y):
        raise ValueError(f"x must have a row for each y, but x has {x.shape} and y has {y.shape}")
    classes = tuple(class_names) if task == "classification" else ()
    if classes and not np.isin(y, (0.0, 1.0)).all():
        raise ValueError(f"y must be 0 or 1 for classification, but is {y[~np.isin(y, (0.0, 1.0))][0]:g} somewhere")
    seed, share = check_seed(seed), checks.number("train_share", train_share, low=0.0, high=1.0)
    names = tuple(feature_names) or tuple(f"x{k + 1}" for k in range(x.shape[1]))
    with in_64_bits():
        results = jax.jit(standardised_split(task))(x, y, np.uint32(seed), share)
    return _split(results, len(y), names, classes, f"with train_share={share:g}", ", or more examples")


def _split(
    results: tuple[Array, Array, Array],
    n: int,
    columns: tuple[str, ...],
    classes: tuple[str, ...],
    given: str,
    more: str,
) -> Split:
    """Return what was made as a `Split`, if each part has examples of each class."""
    x, y = (np.asarray(values)[:n] for values in results[:2])
    n_train = int(results[2])
    train, test = Dataset(x[:n_train], y[:n_train]), Dataset(x[n_train:], y[n_train:])
    for label in range(len(classes) or 1):
        of = f" of class {label}" if classes else ""
        for part, data, change in (("training", train, "larger"), ("test", test, "smaller")):
            if not np.any(data.y == label if classes else len(data.y)):
                raise ValueError(f"{given} the {part} part has no example{of}: choose a {change} train_share{more}")
    checks.finite_matrix("x", x)
    checks.finite_vector("y", y, least=1)
    return Split(train, test, columns, classes)


@lru_cache(maxsize=64)
def _compiled_split(entry: DatasetEntry) -> Callable[..., tuple[Array, Array, Array]]:
    return jax.jit(split_function(entry))


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
    chosen = tuple(features) if isinstance(features, Iterable) else ()
    if not chosen:
        raise ValueError(f"the network needs an input: choose at least one of {', '.join(FEATURES)}")
    return chosen
