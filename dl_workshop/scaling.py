"""Standardised inputs: x less its mean, in standard deviations; and what parameters found there are in units of x."""

from collections.abc import Callable, Mapping

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


def standardised(x: ArrayLike) -> tuple[Array, Array, Array]:
    """Return z = (x - mean) / spread, whose mean is 0 and whose standard deviation is 1.

    Args:
        x: inputs, `(n,)`.

    Returns:
        z of the shape of x; the mean of x; its standard deviation (over n, not n - 1), or 1 where all x are the same.

    References:
        LeCun, Bottou, Orr and Mueller (1998), "Efficient BackProp", section 4.3.
    """
    x = jnp.asarray(x)
    mean = jnp.mean(x)
    spread = jnp.sqrt(jnp.mean((x - mean) ** 2))
    spread = jnp.where(spread > 0.0, spread, 1.0)
    return standardise(x, mean, spread), mean, spread


def standardise(x: ArrayLike, mean: ArrayLike, spread: ArrayLike) -> Array:
    """Return z = (x - mean) / spread, of the shape of x."""
    return (jnp.asarray(x) - jnp.asarray(mean)) / jnp.asarray(spread)


def in_units_of_x(z: ArrayLike, mean: ArrayLike, spread: ArrayLike) -> Array:
    """Return x = mean + spread * z, of the shape of z."""
    return jnp.asarray(mean) + jnp.asarray(spread) * jnp.asarray(z)


def line_in_x(theta: ArrayLike, mean: ArrayLike, spread: ArrayLike) -> Array:
    """Return the line w * z + b as one in x.

    Args:
        theta: w and b, `(2,)`, of z = (x - mean) / spread.
        mean: as `standardised` returns.
        spread: as `standardised` returns.

    Returns:
        `(2,)`: w / spread and b - w * mean / spread.
    """
    w, b = jnp.asarray(theta)
    return jnp.stack([w / spread, b - w * mean / spread])


def parabola_in_x(theta: ArrayLike, mean: ArrayLike, spread: ArrayLike) -> Array:
    """Return the parabola w1 * z + w2 * z^2 + b as one in x.

    Args:
        theta: w1, w2 and b, `(3,)`, of z = (x - mean) / spread.
        mean: as `standardised` returns.
        spread: as `standardised` returns.

    Returns:
        `(3,)`: w1 / spread - 2 * w2 * mean / spread^2, w2 / spread^2, b - w1 * mean / spread + w2 * mean^2 / spread^2.
    """
    w_1, w_2, b = jnp.asarray(theta)
    at_0 = standardise(0.0, mean, spread)  # z at x = 0
    return jnp.stack([(w_1 + 2.0 * w_2 * at_0) / spread, w_2 / spread**2, b + w_1 * at_0 + w_2 * at_0**2])


IN_X: Mapping[str, Callable[[ArrayLike, ArrayLike, ArrayLike], Array]] = {
    "linear": line_in_x,
    "logistic": line_in_x,
    "polynomial": parabola_in_x,
}
