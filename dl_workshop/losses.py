"""Losses: how wrong predictions are, as one number to make small. Each is a mean over the examples."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks


class Loss(NamedTuple):
    """A loss and what to call it.

    Attributes:
        name: its key in `LOSSES`.
        label: its name on screen.
        short: its name on a readout.
        function: (y_true, prediction) -> scalar, the mean over examples; takes one example too.
        task: what it is for: "regression" (targets are values) or "classification" (0 or 1, or probabilities between).
        solver: how its best fit is found: "least_squares", "least_absolute", "newton" or "many_starts".
        formula: what it is, in a line of plain text.
        smooth: whether its second derivatives say where the minimum is.
    """

    name: str
    label: str
    short: str
    function: Callable[[ArrayLike, ArrayLike], Array]
    task: str
    solver: str
    formula: str
    smooth: bool = True

    @property
    def classifies(self) -> bool:
        """Whether its targets are classes."""
        return self.task == "classification"

    def check_targets(self, y: ArrayLike) -> None:
        """Raise ValueError where the targets y are none that this loss is made for."""
        if self.classifies:
            checks.shares(f"{self.label} compares with classes: y", y)


def mse(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Mean squared error: mean (y_pred - y_true)^2.

    Args:
        y_true: targets, of any shape.
        y_pred: predictions, of the same shape and unit.

    Returns:
        A scalar, in the unit of y squared.

    Raises:
        ValueError: the shapes differ, or the numbers are none that `same_shape` takes.

    References:
        Legendre (1805), "Nouvelles methodes pour la determination des orbites des cometes", appendix.
    """
    y_true, y_pred = same_shape(y_true, y_pred)
    return jnp.mean((y_pred - y_true) ** 2)


def mae(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Mean absolute error: mean |y_pred - y_true|, with slope 0 where they are equal.

    Args:
        y_true: targets, of any shape.
        y_pred: predictions, of the same shape and unit.

    Returns:
        A scalar, in the unit of y.

    Raises:
        ValueError: the shapes differ, or the numbers are none that `same_shape` takes.

    References:
        Laplace (1793), "Sur quelques points du systeme du monde".
    """
    y_true, y_pred = same_shape(y_true, y_pred)
    error = y_pred - y_true
    # |e| as e sign(e), whose derivative at 0 is 0; that of jnp.abs is 1, and would pull a perfect fit away
    return jnp.mean(error * jnp.sign(error))


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Array:
    """Huber loss: squared near zero, absolute far away, so that outliers pull less.

    mean of e^2 / 2 where |e| <= delta, and of delta * (|e| - delta / 2) elsewhere, with e = y_pred - y_true.

    Args:
        y_true: targets, of any shape.
        y_pred: predictions, of the same shape and unit.
        delta: where the square ends, in the unit of y; above 0.

    Returns:
        A scalar, in the unit of y squared.

    Raises:
        ValueError: delta is not above 0, the shapes differ, or the numbers are none that `same_shape` takes.

    References:
        Huber (1964), "Robust estimation of a location parameter", section 4 (k is delta here).
    """
    edge = checks.as_float("delta", checks.number("delta", delta, above=0.0))
    y_true, y_pred = same_shape(y_true, y_pred)
    error = y_pred - y_true
    size = jnp.abs(error)
    return jnp.mean(jnp.where(size <= edge, 0.5 * error**2, edge * (size - 0.5 * edge)))


def binary_cross_entropy(y_true: ArrayLike, logits: ArrayLike) -> Array:
    """Binary cross-entropy: minus the mean log-likelihood of the labels, from logits z.

    mean of -(y log sigmoid(z) + (1 - y) log(1 - sigmoid(z))).

    Args:
        y_true: labels 0 or 1 (or probabilities between), of any shape.
        logits: log-odds of class 1, of the same shape.

    Returns:
        A scalar, in nats.

    Raises:
        ValueError: a label is not from 0 to 1, the shapes differ, or the numbers are none that `same_shape` takes.

    References:
        Good (1952), "Rational decisions", section 8; Bishop (2006), "Pattern Recognition and Machine
        Learning", equation 4.90.
    """
    y_true, logits = same_shape(y_true, logits, shares=True)
    # log(1 - sigmoid(z)) = log_sigmoid(-z), which stays finite where sigmoid(z) rounds to 1
    return -jnp.mean(y_true * jax.nn.log_sigmoid(logits) + (1.0 - y_true) * jax.nn.log_sigmoid(-logits))


def squared_error_on_probabilities(y_true: ArrayLike, logits: ArrayLike) -> Array:
    """Brier score: mean (sigmoid(z) - y)^2, from logits z.

    Not convex, and flat wherever the model is confidently wrong: there its gradient vanishes, which that of
    cross-entropy does not.

    Args:
        y_true: labels 0 or 1 (or probabilities between), of any shape.
        logits: log-odds of class 1, of the same shape.

    Returns:
        A scalar from 0 to 1.

    Raises:
        ValueError: a label is not from 0 to 1, the shapes differ, or the numbers are none that `same_shape` takes.

    References:
        Brier (1950), "Verification of forecasts expressed in terms of probability", equation 2 (which sums
        over both classes and is twice this).
    """
    y_true, logits = same_shape(y_true, logits, shares=True)
    return mse(y_true, jax.nn.sigmoid(logits))


def of_each(loss: str | Loss) -> Callable[[ArrayLike, ArrayLike], tuple[Array, Array]]:
    """Return the loss of each example by itself, and its derivative by the prediction.

    Args:
        loss: a name in `LOSSES`, or a `Loss`.

    Returns:
        (y_true, prediction) -> (losses, derivatives), with all four of shape `(n,)`. The same arguments return the same
        function.

    Raises:
        ValueError: there is no such loss.
    """
    return _of_each(get_loss(loss))


@lru_cache(maxsize=16)
def _of_each(loss: Loss) -> Callable[[ArrayLike, ArrayLike], tuple[Array, Array]]:
    return jax.vmap(jax.value_and_grad(loss.function, argnums=1))


def same_shape(y_true: ArrayLike, prediction: ArrayLike, *, shares: bool = False) -> tuple[Array, Array]:
    """Return both as float arrays; of what JAX is tracing only shapes and types are known, and checked.

    Raises:
        ValueError: the shapes differ, there are no examples, one of them holds no numbers, or y_true holds some
            that are not finite, or, where `shares`, not from 0 to 1.
    """
    if shares:
        checks.shares("y_true", y_true)  # before JAX makes constants of a trace of what is known
    y_true = checks.jax_floats("y_true", y_true, finite=True)
    prediction = checks.jax_floats("the prediction", prediction)
    if y_true.shape != prediction.shape:
        raise ValueError(
            "targets and predictions must have the same shape, but the targets have "
            f"{y_true.shape} and the predictions {prediction.shape}"
        )
    if any(isinstance(length, int) and length == 0 for length in y_true.shape):
        raise ValueError(f"there must be an example to take the mean of, but the shape is {y_true.shape}")
    return y_true, prediction


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("mse", "Mean squared error", "MSE", mse, "regression", "least_squares", "mean (ŷ − y)²"),
        Loss("mae", "Mean absolute error", "MAE", mae, "regression", "least_absolute", "mean |ŷ − y|", smooth=False),
        Loss(
            "huber",
            "Huber",
            "Huber",
            huber,
            "regression",
            "newton",
            "mean of (ŷ − y)² / 2 where |ŷ − y| ≤ 1, of |ŷ − y| − 1/2 elsewhere",
        ),
        Loss(
            "binary_cross_entropy",
            "Binary cross-entropy",
            "BCE",
            binary_cross_entropy,
            "classification",
            "newton",
            "mean of −(y log p̂ + (1 − y) log(1 − p̂))",
        ),
        Loss(
            "squared_error_on_probabilities",
            "Squared error on probabilities",
            "Brier",
            squared_error_on_probabilities,
            "classification",
            "many_starts",
            "mean (p̂ − y)²",
        ),
    )
}


def get_loss(loss: str | Loss) -> Loss:
    """Return the loss of that name, or the loss itself; ValueError names those there are."""
    return checks.registered("loss", loss, LOSSES)
