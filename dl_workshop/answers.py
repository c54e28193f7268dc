"""The answer sheet of the workshop's notebooks: every name that its chapters import, built on this package.

Models and losses take whole arrays here, and probabilities where the other modules take logits, because that
is how the chapters write them.
"""

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import xlog1py, xlogy
from jax.typing import ArrayLike
from tqdm import tqdm

from dl_workshop import checks, losses, models
from dl_workshop.loops import LONGEST, gradient_descent_loop
from dl_workshop.models import Theta

__all__ = [
    "b_true", "binary_cross_entropy", "df", "dlogistic_loss", "dmseloss", "f", "initialize_linear_params",
    "linear_model", "logistic", "logistic_loss", "logistic_model", "make_y", "model_optimization_loop", "mse",
    "mseloss", "noise", "w_true", "x",
]  # fmt: skip

ArrayModel = Callable[[Theta, Any], Any]
ArrayLoss = Callable[[Theta, ArrayModel, Any, Any], Any]

x = np.linspace(-5.0, 5.0, 100)
w_true = 2.0
b_true = 20.0

linear_model = models.linear_model
mse = losses.mse
logistic = jax.nn.sigmoid


def noise(n: int | tuple[int, ...]) -> np.ndarray:
    """Return draws from the standard normal distribution; `np.random.seed` makes them repeatable.

    Args:
        n: how many, or the shape of the array to fill, whole numbers of at least 1.

    Returns:
        An array of shape `(n,)`, or n where it is a tuple.

    Raises:
        ValueError: n is not as above.
    """
    shape = n if isinstance(n, tuple) else (n,)
    return np.random.standard_normal([checks.whole_number("n", length, low=1) for length in shape])


def make_y(x: ArrayLike, w: float, b: float) -> np.ndarray:
    """Return w * x + b + noise, of the shape of x, `(n,)`.

    Raises:
        ValueError: x, w or b is not finite, or x is not of shape `(n,)`.
    """
    x = checks.finite_vector("x", x, least=1)
    return checks.number("w", w) * x + checks.number("b", b) + noise(len(x))


def initialize_linear_params() -> Theta:
    """Return {"w": scalar, "b": scalar} from the standard normal; `np.random.seed` makes them repeatable."""
    return {"w": jnp.asarray(noise(1)[0]), "b": jnp.asarray(noise(1)[0])}


def mseloss(theta: Theta, model: ArrayModel, x: ArrayLike, y: ArrayLike) -> Array:
    """Return the mean squared error of `model(theta, x)` against y, a scalar.

    Raises:
        ValueError: the predictions and y have different shapes.
    """
    return mse(y, model(theta, x))


dmseloss = jax.grad(mseloss)


def logistic_model(theta: Theta, x: ArrayLike) -> Array:
    """Return the probability of class 1, sigmoid(w * x + b), of the shape of x."""
    return logistic(linear_model(theta, x))


def binary_cross_entropy(y_true: ArrayLike, y_preds: ArrayLike) -> Array:
    """Return the log-likelihood of the labels: the sum of y log p + (1 - y) log(1 - p), not negated.

    Probabilities are kept one rounding error away from 0 and 1, so that no logarithm is infinite.

    Args:
        y_true: labels 0 or 1, of any shape.
        y_preds: probabilities p of class 1, of the same shape.

    Raises:
        ValueError: the shapes differ, or a number is not from 0 to 1.
    """
    y_true, y_preds = losses.same_shape(y_true, y_preds)
    for name, values in (("y_true", y_true), ("y_preds", y_preds)):
        checks.shares(name, values)
    rounding = jnp.finfo(y_preds.dtype).eps
    y_preds = jnp.clip(y_preds, rounding, 1.0 - rounding)
    return jnp.sum(xlogy(y_true, y_preds) + xlog1py(1.0 - y_true, -y_preds))


def logistic_loss(params: Theta, model: ArrayModel, x: ArrayLike, y: ArrayLike) -> Array:
    """Return minus the log-likelihood of the labels y under the probabilities `model(params, x)`, a scalar.

    Raises:
        ValueError: the predictions and y have different shapes.
    """
    return -binary_cross_entropy(y, model(params, x))


dlogistic_loss = jax.grad(logistic_loss)


def f(w: ArrayLike) -> ArrayLike:
    """Return w^2 + 3 w - 5, the one-dimensional warm-up; its minimum is at w = -1.5."""
    return w**2 + 3 * w - 5


def df(w: ArrayLike) -> ArrayLike:
    """Return 2 w + 3, the derivative of `f`."""
    return 2 * w + 3


def model_optimization_loop(
    theta: Theta,
    model: ArrayModel,
    loss: ArrayLoss,
    x: ArrayLike,
    y: ArrayLike,
    n_steps: int = 3000,
    step_size: float = 0.001,
) -> tuple[np.ndarray, Theta]:
    """Run gradient descent on any model and loss that JAX can differentiate.

    What JAX can trace is compiled; what it cannot (an `if` on a number, say) is run as it is, far slower. A
    progress bar appears where it takes longer than half a second.

    Args:
        theta: the initial guess, a pytree of numbers or arrays.
        model: (theta, x) -> predictions, a pure function.
        loss: (theta, model, x, y) -> scalar, a pure function.
        x: inputs, finite, of any shape and type that the model takes.
        y: targets, finite, of any shape and type that the loss takes.
        n_steps: how many steps to make, 1 or more.
        step_size: the learning rate, above 0.

    Returns:
        The losses before each step, a NumPy array of shape `(n_steps,)`, and theta after the last step, a
        pytree of JAX arrays.

    Raises:
        ValueError: theta, x or y is not finite, or n_steps or step_size is out of the range above.
    """
    theta, x, y = checks.finite_tree("theta", theta), _finite_array("x", x), _finite_array("y", y)
    n_steps = checks.whole_number("n_steps", n_steps, low=1)
    step = np.asarray(checks.number("step_size", step_size, above=0.0), dtype=jnp.result_type(float))
    run = gradient_descent_loop(lambda theta, x, y: loss(theta, model, x, y), theta, x, y)
    history: list[np.ndarray] = []
    done, length = 0, 16
    with tqdm(total=n_steps, delay=0.5) as bar:
        while done < n_steps:
            length = min(length, n_steps - done)
            started = time.perf_counter()
            theta, values = run(theta, x, y, step, length)
            history.append(np.asarray(values)[:length])
            done += length
            bar.update(length)
            # many steps per call where steps are fast, and a bar that moves where they are slow
            if time.perf_counter() - started < 0.1:
                length = min(2 * length, LONGEST)
    return np.concatenate(history), theta


def _finite_array(name: str, values: ArrayLike) -> np.ndarray:
    """Return `values` as an array of their own type; ValueError if they are not finite numbers."""
    try:
        array = np.asarray(values)
        finite = np.isfinite(array).all()
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers, but is {values!r}") from None
    if not finite:
        raise ValueError(f"{name} must be finite, but is {values!r}")
    return array
