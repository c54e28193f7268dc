"""Linear algebra of a few rows, written out: what JAX can trace, and the browser can run without a library."""

import jax.numpy as jnp
from jax import Array, lax

SQUARINGS = 48  # eigenvalues that differ by more than 1e-13 of the largest are told apart


def determinant(matrix: Array) -> Array:
    """Return the determinant of a matrix `(p, p)`, expanded along its first row (Laplace): for p of a few."""
    return _expanded([[matrix[i, j] for j in range(matrix.shape[1])] for i in range(matrix.shape[0])])


def _expanded(rows: list[list[Array]]) -> Array:
    if len(rows) == 1:
        return rows[0][0]
    first, *others = rows
    terms = [entry * _expanded([row[:j] + row[j + 1 :] for row in others]) for j, entry in enumerate(first)]
    return sum(terms[2::2], terms[0]) - sum(terms[3::2], terms[1])


def solved(matrix: Array, vector: Array) -> Array:
    """Return the solution u of matrix @ u = vector, by Cramer's rule: for p of a few.

    Args:
        matrix: `(p, p)`.
        vector: `(p,)`.

    Returns:
        `(p,)`, not finite where the matrix has no inverse.
    """
    whole, columns = determinant(matrix), jnp.arange(matrix.shape[1])
    return jnp.stack(
        [determinant(jnp.where(columns == j, vector[:, None], matrix)) / whole for j in range(len(vector))]
    )


def largest_eigenvalue(matrix: Array) -> Array:
    """Return the largest eigenvalue of a symmetric matrix.

    Moved up until all are positive, and squared again and again, the matrix becomes the projection onto the
    eigenvectors of the largest; their Rayleigh quotient is the eigenvalue. Accurate to 1e-13 of the largest
    absolute value among the eigenvalues.

    Args:
        matrix: `(p, p)`.

    Returns:
        A scalar.

    References:
        Golub, Van Loan (2013), "Matrix Computations", section 7.3 (power iteration).
    """
    size = jnp.max(jnp.sum(jnp.abs(matrix), axis=1))  # Gershgorin: no eigenvalue is larger
    scale = jnp.where(size > 0.0, size, 1.0)
    unit = matrix / scale
    moved = unit + 2.0 * jnp.eye(len(matrix))

    def squared(_: Array, power: Array) -> Array:
        return power @ power / jnp.sum(power**2)  # the trace of its square, as it is symmetric

    projection = lax.fori_loop(0, SQUARINGS, squared, moved)
    return scale * jnp.sum(unit * projection) / jnp.trace(projection)
