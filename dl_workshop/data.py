"""Simulated data whose truth is known: a noisy line, and two classes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from dl_workshop import checks


class Dataset(NamedTuple):
    """Examples to learn from: inputs `x` and targets `y`, NumPy float64 arrays of shape `(n,)`.

    For a network x has the shape `(n, d)`, one row an example.
    """

    x: np.ndarray
    y: np.ndarray


class Split(NamedTuple):
    """Examples to learn from, and examples to see what was learned.

    Attributes:
        train: x of shape `(n, d)` and y of shape `(n,)`.
        test: the same for the examples held back.
        feature_names: d names of the columns of x.
        class_names: what y = 0 and y = 1 are called; empty for regression.
    """

    train: Dataset
    test: Dataset
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()


class DatasetEntry(NamedTuple):
    """One row of `DATASETS` or `TOY_DATASETS`.

    Attributes:
        name: its key in the registry.
        label: what to call it on screen.
        function: what simulates it.
        task: "regression" (y is a value) or "classification" (y is 0 or 1).
        inputs: how many numbers an example has.
        has_noise: whether it takes a number of examples and a noise; a real set has its own.
    """

    name: str
    label: str
    function: Callable[..., Dataset]
    task: str = "regression"
    inputs: int = 1
    has_noise: bool = True


def check_dataset(dataset: Any) -> Dataset:
    """Return `dataset` as a `Dataset` that can be trained on.

    Args:
        dataset: a pair (x, y) of finite arrays, both of shape `(n,)`, n >= 2.

    Raises:
        ValueError: it is not such a pair.
    """
    try:
        x, y = dataset
    except (TypeError, ValueError):
        raise ValueError(f"dataset must be a pair (x, y), but is {dataset!r}") from None
    x, y = checks.finite_vector("x", x, least=2), checks.finite_vector("y", y, least=2)
    if x.shape != y.shape:
        raise ValueError(f"x and y must have the same shape, but x has {x.shape} and y has {y.shape}")
    return Dataset(x, y)


def check_examples(name: str, dataset: Any, *, inputs: int) -> Dataset:
    """Return `dataset` as a `Dataset` that a network can be trained on or tested with.

    Args:
        name: what it is, for the message ("the training part").
        dataset: a pair (x, y) of finite arrays of shapes `(n, inputs)` and `(n,)`, n >= 1.
        inputs: how many numbers an example has.

    Raises:
        ValueError: it is not such a pair.
    """
    try:
        x, y = dataset
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a pair (x, y), but is {dataset!r}") from None
    x = checks.finite_matrix(f"x of {name}", x, columns=inputs)
    y = checks.finite_vector(f"y of {name}", y, least=1)
    if len(x) != len(y):
        raise ValueError(f"{name} must have a row of x for each y, but x has {x.shape} and y has {y.shape}")
    return Dataset(x, y)


def simulate_line(
    *, seed: int = 0, n: int = 100, w_true: float = 2.0, b_true: float = 20.0, noise: float = 1.0
) -> Dataset:
    """Simulate a straight line with Gaussian noise.

    y = w_true * x + b_true + noise * e, with e standard normal and x evenly spaced from -5 to 5.

    Args:
        seed: which draw of the noise, 0 or more; the same seed gives the same data on every machine.
        n: number of examples, 2 or more.
        w_true: slope.
        b_true: intercept.
        noise: standard deviation of the noise in the units of y, 0 or more.

    Returns:
        A `Dataset` with x and y of shape `(n,)`.

    Raises:
        ValueError: an argument is out of the range above, or so large that y is not finite.
    """
    x, w_true, b_true, noise, random = _line(seed, n, w_true, b_true, noise)
    with np.errstate(over="ignore", invalid="ignore"):
        y = w_true * x + b_true + noise * random.standard_normal(len(x))
    return check_dataset((x, y))


def simulate_classes(
    *, seed: int = 0, n: int = 100, w_true: float = 2.0, b_true: float = 1.0, noise: float = 1.0
) -> Dataset:
    """Simulate two classes, labelled 0 and 1, with a blurred border between them.

    y = round(sigmoid(w_true * x + b_true + 1/2 + noise * (u - 1/2))), with u uniform on [0, 1) and x evenly
    spaced from -5 to 5. As u is centred, more noise blurs the border without moving it; noise = 1 is
    round(sigmoid(w_true * x + b_true + u)).

    Args:
        seed: which draw of the noise, 0 or more; the same seed gives the same data on every machine.
        n: number of examples, 2 or more.
        w_true: slope of the logit.
        b_true: intercept of the logit.
        noise: width of the uniform noise on the logit, 0 or more.

    Returns:
        A `Dataset` with x and y of shape `(n,)`; y is 0.0 or 1.0.

    Raises:
        ValueError: an argument is out of the range above, or so large that the logits are not finite.
    """
    x, w_true, b_true, noise, random = _line(seed, n, w_true, b_true, noise)
    with np.errstate(over="ignore", invalid="ignore"):
        logits = w_true * x + b_true + 0.5 + noise * (random.random(len(x)) - 0.5)
    checks.finite_vector("the logit", logits, least=2)
    # sigmoid(z) = (1 + tanh(z / 2)) / 2, the form that never overflows
    return check_dataset((x, np.round((1.0 + np.tanh(logits / 2.0)) / 2.0)))


def _line(
    seed: int, n: int, w_true: float, b_true: float, noise: float
) -> tuple[np.ndarray, float, float, float, np.random.Generator]:
    """Check what both simulations take, and return x, w_true, b_true, noise and a seeded generator."""
    return (
        np.linspace(-5.0, 5.0, checks.whole_number("n", n, low=2)),
        checks.number("w_true", w_true),
        checks.number("b_true", b_true),
        checks.number("noise", noise, low=0.0),
        np.random.default_rng(checks.whole_number("seed", seed, low=0)),
    )


DATASETS = {
    entry.name: entry
    for entry in (
        DatasetEntry("line", "Line with noise", simulate_line),
        DatasetEntry("classes", "Two classes", simulate_classes, "classification"),
    )
}
