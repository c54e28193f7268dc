"""Losses: how wrong predictions are, as one number to make small. Each is a mean over the examples."""

from collections.abc import Callable
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
        smooth: whether its second derivatives say where the minimum is.
        classifies: whether its targets are classes, 0 or 1 (or probabilities between).
    """

    name: str
    label: str
    short: str
    function: Callable[[ArrayLike, ArrayLike], Array]
    smooth: bool
    classifies: bool = False

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
        ValueError: the shapes differ.

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
        ValueError: the shapes differ.

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
        ValueError: the shapes differ, or delta is not above 0.

    References:
        Huber (1964), "Robust estimation of a location parameter", section 4 (k is delta here).
    """
    delta = checks.number("delta", delta, above=0.0)
    y_true, y_pred = same_shape(y_true, y_pred)
    error = y_pred - y_true
    size = jnp.abs(error)
    return jnp.mean(jnp.where(size <= delta, 0.5 * error**2, delta * (size - 0.5 * delta)))


def binary_cross_entropy(y_true: ArrayLike, logits: ArrayLike) -> Array:
    """Binary cross-entropy: minus the mean log-likelihood of the labels, from logits z.

    mean of -(y log sigmoid(z) + (1 - y) log(1 - sigmoid(z))).

    Args:
        y_true: labels 0 or 1 (or probabilities between), of any shape.
        logits: log-odds of class 1, of the same shape.

    Returns:
        A scalar, in nats.

    Raises:
        ValueError: the shapes differ.

    References:
        Good (1952), "Rational decisions", section 8; Bishop (2006), "Pattern Recognition and Machine
        Learning", equation 4.90.
    """
    y_true, logits = same_shape(y_true, logits)
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
        ValueError: the shapes differ.

    References:
        Brier (1950), "Verification of forecasts expressed in terms of probability", equation 2 (which sums
        over both classes and is twice this).
    """
    y_true, logits = same_shape(y_true, logits)
    return mse(y_true, jax.nn.sigmoid(logits))


def same_shape(y_true: ArrayLike, prediction: ArrayLike) -> tuple[Array, Array]:
    """Return both as float arrays; ValueError names the shapes where they differ."""
    y_true, prediction = jnp.asarray(y_true, dtype=float), jnp.asarray(prediction, dtype=float)
    if y_true.shape != prediction.shape:
        raise ValueError(
            "targets and predictions must have the same shape, but the targets have "
            f"{y_true.shape} and the predictions {prediction.shape}"
        )
    return y_true, prediction


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("mse", "Mean squared error", "MSE", mse, smooth=True),
        Loss("mae", "Mean absolute error", "MAE", mae, smooth=False),
        Loss("huber", "Huber", "Huber", huber, smooth=True),
        Loss(
            "binary_cross_entropy",
            "Binary cross-entropy",
            "BCE",
            binary_cross_entropy,
            smooth=True,
            classifies=True,
        ),
        Loss(
            "squared_error_on_probabilities",
            "Squared error on probabilities",
            "Brier",
            squared_error_on_probabilities,
            smooth=True,
            classifies=True,
        ),
    )
}


def get_loss(loss: str | Loss) -> Loss:
    """Return the loss of that name, or the loss itself; ValueError names those there are."""
    return checks.registered("loss", loss, LOSSES)
