"""Principal components: the plane in which most of some data can be seen."""

import jax.numpy as jnp
from jax import Array, lax

SQUARINGS = 48  # variances that differ by more than 1e-13 of the largest are told apart


def principal_directions(x: Array) -> Array:
    """Return the first two principal directions of centred data; for JAX to trace.

    The products of the columns, squared again and again, become the projection onto the direction in which the
    data are widest; the second direction is that of what is left without it. Each points where its numbers add up
    to something positive.

    Args:
        x: examples, `(n, d)`, the mean of each column 0, d >= 2.

    Returns:
        Two orthogonal rows of length 1, `(2, d)`.

    References:
        Pearson (1901), "On lines and planes of closest fit to systems of points in space"; Golub, Van Loan (2013),
        "Matrix Computations", section 7.3 (power iteration).
    """
    products = x.T @ x
    first = _widest(products)
    along = products @ first
    without = products - first[:, None] * along - along[:, None] * first
    second = _widest(without + jnp.sum(first * along) * first[:, None] * first)
    return jnp.stack([first, second])


def _widest(products: Array) -> Array:
    """Return the eigenvector of the largest eigenvalue of a symmetric matrix without negative ones, `(d,)`."""

    def squared(_: Array, power: Array) -> Array:
        square = power @ power
        return square / jnp.sqrt(jnp.sum(square**2))

    projection = lax.fori_loop(0, SQUARINGS, squared, products / jnp.sqrt(jnp.sum(products**2)))
    row = projection[jnp.argmax(jnp.sum(projection**2, axis=1))]
    return row * jnp.where(jnp.sum(row) < 0.0, -1.0, 1.0) / jnp.sqrt(jnp.sum(row**2))
