"""Simulated data whose truth is known: a noisy line, a noisy parabola, and two classes.

Each is a recipe, (seed, index, noise, *truth) -> (x, y), and a truth, (x, noise, *truth) -> the curve behind it:
functions that JAX can trace, so that the browser makes the same data. Their index is 0, 1, ..., n - 1; where it
goes on behind these, n says how many examples are meant, and the rest of x and y is nobody's.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.random import NOISE, Scalar, check_seed, in_64_bits, key, normal, padded_index, uniform

MOST_EXAMPLES = 1_000_000


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


def check_dataset(dataset: Any) -> Dataset:
    """Return `dataset` as a `Dataset` that can be trained on.

    Args:
        dataset: a pair (x, y) of finite arrays, both of shape `(n,)`, n >= 2.

    Raises:
        ValueError: it is not such a pair.
    """
    x, y = checks.pair("dataset", dataset)
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
    x, y = checks.pair(name, dataset)
    x = checks.finite_matrix(f"x of {name}", x, columns=inputs)
    y = checks.finite_vector(f"y of {name}", y, least=1)
    if len(x) != len(y):
        raise ValueError(f"{name} must have a row of x for each y, but x has {x.shape} and y has {y.shape}")
    return Dataset(x, y)


def line_truth(x: ArrayLike, noise: Scalar, w_true: Scalar, b_true: Scalar) -> Array:
    """Return w_true * x + b_true, what y is without noise; of the shape of x."""
    return w_true * jnp.asarray(x) + b_true


def line_recipe(
    seed: Scalar, index: ArrayLike, noise: Scalar, w_true: Scalar, b_true: Scalar, n: Scalar | None = None
) -> tuple[Array, Array]:
    """Return x, y of `simulate_line`, of the shape of index."""
    x = _evenly_spaced(index, n)
    return x, line_truth(x, noise, w_true, b_true) + noise * normal(key(seed, NOISE), index)


def parabola_truth(x: ArrayLike, noise: Scalar, w1_true: Scalar, w2_true: Scalar, b_true: Scalar) -> Array:
    """Return w1_true * x + w2_true * x^2 + b_true, what y is without noise; of the shape of x."""
    return w1_true * jnp.asarray(x) + w2_true * jnp.square(x) + b_true


def parabola_recipe(
    seed: Scalar,
    index: ArrayLike,
    noise: Scalar,
    w1_true: Scalar,
    w2_true: Scalar,
    b_true: Scalar,
    n: Scalar | None = None,
) -> tuple[Array, Array]:
    """Return x, y of `simulate_parabola`, of the shape of index."""
    x = _evenly_spaced(index, n)
    return x, parabola_truth(x, noise, w1_true, w2_true, b_true) + noise * normal(key(seed, NOISE), index)


def drawn_truth(x: ArrayLike, noise: Scalar, w_true: Scalar, b_true: Scalar) -> Array:
    """Return P(y = 1 | x) of labels that are drawn: sigmoid(w_true * x + b_true), of the shape of x."""
    return jax.nn.sigmoid(line_truth(x, noise, w_true, b_true))


def drawn_recipe(
    seed: Scalar, index: ArrayLike, noise: Scalar, w_true: Scalar, b_true: Scalar, n: Scalar | None = None
) -> tuple[Array, Array]:
    """Return x, y of `simulate_classes` with labels="drawn", of the shape of index; whatever the noise."""
    x = _evenly_spaced(index, n)
    y = uniform(key(seed, NOISE), index) < drawn_truth(x, noise, w_true, b_true)
    return x, y.astype(float)


def rounded_truth(x: ArrayLike, noise: Scalar, w_true: Scalar, b_true: Scalar) -> Array:
    """Return P(y = 1 | x) of labels that are rounded, of the shape of x.

    clip(1/2 + (w_true * x + b_true + 1/2) / noise, 0, 1): y is 1 where w_true * x + b_true + 1/2 +
    noise * (u - 1/2) is above 0, and u is uniform. Without noise this is a step.
    """
    logit = line_truth(x, noise, w_true, b_true) + 0.5
    ramp = jnp.clip(0.5 + logit / jnp.where(noise > 0.0, noise, 1.0), 0.0, 1.0)
    return jnp.where(noise > 0.0, ramp, jnp.where(logit > 0.0, 1.0, 0.0))


def rounded_recipe(
    seed: Scalar, index: ArrayLike, noise: Scalar, w_true: Scalar, b_true: Scalar, n: Scalar | None = None
) -> tuple[Array, Array]:
    """Return x, y of `simulate_classes` with labels="rounded", of the shape of index."""
    x = _evenly_spaced(index, n)
    logit = line_truth(x, noise, w_true, b_true) + 0.5 + noise * (uniform(key(seed, NOISE), index) - 0.5)
    return x, jnp.round(jax.nn.sigmoid(logit))


def _evenly_spaced(index: ArrayLike, n: Scalar | None) -> Array:
    """Return n numbers from -5 to 5, one for each index, the nearest floats to the exact ones."""
    index = jnp.asarray(index, dtype=float)
    # without the barrier XLA takes x / n for x * (1 / n), which is rounded twice
    last = lax.optimization_barrier(jnp.broadcast_to(count(index, n) - 1.0, index.shape))
    return (10.0 * index - 5.0 * last) / last


def count(index: ArrayLike, n: Scalar | None) -> Array:
    """Return n as a float; where it is None, how many indices there are."""
    return jnp.asarray(jnp.shape(index)[0] if n is None else n, dtype=float)


LABELS: dict[str, Callable[..., tuple[Array, Array]]] = {"drawn": drawn_recipe, "rounded": rounded_recipe}


def simulate_line(
    *, seed: int = 0, n: int = 100, w_true: float = 2.0, b_true: float = 20.0, noise: float = 1.0
) -> Dataset:
    """Simulate a straight line with Gaussian noise.

    y = w_true * x + b_true + noise * e, with e standard normal and x evenly spaced from -5 to 5.

    Args:
        seed: which draw of the noise, 0 to 2^32 - 1; the same seed gives the same data on every machine.
        n: number of examples, 2 to 1,000,000.
        w_true: slope.
        b_true: intercept.
        noise: standard deviation of the noise in the units of y, 0 or more.

    Returns:
        A `Dataset` with x and y of shape `(n,)`, computed in 64 bits whatever JAX's mode.

    Raises:
        ValueError: an argument is out of the range above, or so large that y is not finite.
    """
    return _simulated(line_recipe, seed, n, noise, {"w_true": w_true, "b_true": b_true})


def simulate_parabola(
    *,
    seed: int = 0,
    n: int = 100,
    w1_true: float = 1.0,
    w2_true: float = -0.5,
    b_true: float = 10.0,
    noise: float = 1.0,
) -> Dataset:
    """Simulate a parabola with Gaussian noise.

    y = w1_true * x + w2_true * x^2 + b_true + noise * e, with e and x as in `simulate_line`.

    Args:
        seed: as in `simulate_line`.
        n: as in `simulate_line`.
        w1_true: slope at x = 0.
        w2_true: half the curvature.
        b_true: y at x = 0.
        noise: as in `simulate_line`.

    Returns:
        As `simulate_line`.

    Raises:
        ValueError: as `simulate_line`.
    """
    truth = {"w1_true": w1_true, "w2_true": w2_true, "b_true": b_true}
    return _simulated(parabola_recipe, seed, n, noise, truth)


def simulate_classes(
    *,
    seed: int = 0,
    n: int = 100,
    w_true: float = 2.0,
    b_true: float = 1.0,
    noise: float = 1.0,
    labels: str = "drawn",
) -> Dataset:
    """Simulate two classes, labelled 0 and 1, that overlap.

    drawn: y = 1 with the probability sigmoid(w_true * x + b_true), the model of logistic regression.
    rounded: y = round(sigmoid(w_true * x + b_true + 1/2 + noise * (u - 1/2))), with u uniform on [0, 1). As u is
    centred, more noise blurs the border without moving it; noise = 1 is round(sigmoid(w_true * x + b_true + u)),
    the workshop's. Its P(y = 1 | x) is no sigmoid, see `rounded_truth`.

    Args:
        seed: which draw of the labels, 0 to 2^32 - 1; the same seed gives the same data on every machine.
        n: number of examples, x evenly spaced from -5 to 5; 2 to 1,000,000.
        w_true: slope of the logit.
        b_true: intercept of the logit.
        noise: width of the uniform noise on the logit, 0 or more; labels that are drawn need none.
        labels: one of `LABELS`.

    Returns:
        A `Dataset` with x and y of shape `(n,)`; y is 0.0 or 1.0.

    Raises:
        ValueError: an argument is out of the range above, or so large that the logits are not finite.
    """
    if not isinstance(labels, str) or labels not in LABELS:
        raise ValueError(f"unknown labels {labels!r}: choose one of {', '.join(LABELS)}")
    data = _simulated(LABELS[labels], seed, n, noise, {"w_true": w_true, "b_true": b_true})
    with np.errstate(over="ignore", invalid="ignore"):
        checks.finite_vector("the logit", np.abs(float(w_true) * data.x + float(b_true)) + float(noise), least=2)
    return data


def _simulated(
    recipe: Callable[..., tuple[Array, Array]], seed: int, n: int, noise: float, truth: Mapping[str, float]
) -> Dataset:
    """Check what a recipe takes, and return its data."""
    seed, n = check_seed(seed), checks.whole_number("n", n, low=2, high=MOST_EXAMPLES)
    numbers = [checks.number("noise", noise, low=0.0), *(checks.number(name, value) for name, value in truth.items())]
    with in_64_bits():
        data = _compiled(recipe)(np.uint32(seed), padded_index(n), *numbers, n)
    return check_dataset([np.asarray(values)[:n] for values in data])


@lru_cache(maxsize=16)
def _compiled(recipe: Callable[..., tuple[Array, Array]]) -> Callable[..., tuple[Array, Array]]:
    return jax.jit(recipe)
