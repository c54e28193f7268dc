"""How good predictions are, in the numbers that people compare; functions that JAX can trace."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.losses import same_shape

probability = jax.nn.sigmoid  # of class 1, from logits


def confusion_matrix(y_true: ArrayLike, logits: ArrayLike) -> Array:
    """Return how many examples of each class are taken for each class.

    Class 1 is predicted where its probability is above 1/2, that is where the logit is above 0.

    Args:
        y_true: labels 0 or 1, `(n,)`.
        logits: log-odds of class 1, `(n,)`.

    Returns:
        Counts, `(2, 2)`: row i is class i in truth, column j as predicted.

    Raises:
        ValueError: the shapes differ, or a label is not from 0 to 1.
    """
    checks.shares("y_true", y_true)
    y_true, logits = same_shape(y_true, logits)
    says, is_one = logits > 0.0, y_true > 0.5
    return jnp.stack(
        [
            jnp.stack([_count(~is_one & ~says), _count(~is_one & says)]),
            jnp.stack([_count(is_one & ~says), _count(is_one & says)]),
        ]
    )


def accuracy(y_true: ArrayLike, logits: ArrayLike) -> Array:
    """Return the share of examples, 0 to 1, whose class is predicted right; see `confusion_matrix`.

    Raises:
        ValueError: the shapes differ, or a label is not from 0 to 1.
    """
    checks.shares("y_true", y_true)
    y_true, logits = same_shape(y_true, logits)
    return jnp.mean(((logits > 0.0) == (y_true > 0.5)).astype(float))


def r2(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the coefficient of determination: 1 - sum (y_pred - y_true)^2 / sum (y_true - mean)^2.

    1 is perfect, 0 no better than the mean of y_true; it has no lower end. Where all of y_true are equal it is
    1 where y_pred is perfect and 0 elsewhere, as in scikit-learn.

    Args:
        y_true: targets, `(n,)`.
        y_pred: predictions, `(n,)`.

    Returns:
        A scalar.

    Raises:
        ValueError: the shapes differ.

    References:
        Wright (1921), "Correlation and causation", page 562.
    """
    y_true, y_pred = same_shape(y_true, y_pred)
    left = jnp.sum((y_pred - y_true) ** 2)
    total = jnp.sum((y_true - jnp.mean(y_true)) ** 2)
    level = jnp.where(left > 0.0, 0.0, 1.0)
    return jnp.where(total > 0.0, 1.0 - left / jnp.where(total > 0.0, total, 1.0), level)


def _count(which: Any) -> Array:
    return jnp.sum(which.astype(float))
