"""The answer sheet of the workshop's notebooks: every name that its chapters import, built on this package.

Models and losses take whole arrays here, and probabilities where the other modules take logits, because that
is how the chapters write them.
"""

import math
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from tqdm import tqdm

from dl_workshop import checks, losses, models
from dl_workshop.logits import logits_of
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

MOST_DRAWS = 100_000_000  # in one call: 800 MB
MOST_STEPS = 10_000_000


def noise(n: int | tuple[int, ...]) -> np.ndarray:
    """Return draws from the standard normal distribution; `np.random.seed` makes them repeatable.

    Args:
        n: how many, or the shape of the array to fill, whole numbers of at least 1; 100 million draws at most.

    Returns:
        An array of shape `(n,)`, or n where it is a tuple.

    Raises:
        ValueError: n is not as above.
    """
    shape = [checks.whole_number("n", length, low=1) for length in (n if isinstance(n, tuple) else (n,))]
    checks.whole_number("the number of draws", math.prod(shape), low=1, high=MOST_DRAWS)
    return np.random.standard_normal(shape)


def make_y(x: ArrayLike, w: float, b: float) -> np.ndarray:
    """Return w * x + b + noise, of the shape of x, `(n,)`.

    Raises:
        ValueError: x, w, b or y is not finite, or x is not of shape `(n,)`.
    """
    x = checks.finite_vector("x", x, least=1)
    w, b = checks.number("w", w), checks.number("b", b)
    with np.errstate(over="ignore", invalid="ignore"):
        y = w * x + b + noise(len(x))
    return checks.finite_vector("y", y, least=1)


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


def _with_slope(function: Callable[[Array], Array]) -> Callable[[ArrayLike], Array]:
    """Give the logistic function the derivative p (1 - p), a number even where exp(-x) is infinite."""
    exact = jax.custom_jvp(function)

    @exact.defjvp
    def slope(at: tuple[Array], change: tuple[Array]) -> tuple[Array, Array]:
        p = exact(*at)
        return p, p * (1 - p) * change[0]

    @wraps(function)
    def checked(x: ArrayLike) -> Array:
        return exact(checks.jax_floats("x", x))

    return checked


@_with_slope
def logistic(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), from 0 to 1, of the shape of x.

    Raises:
        ValueError: x does not hold numbers.
    """
    return 1 / (1 + jnp.exp(-x))


def logistic_model(theta: Theta, x: ArrayLike) -> Array:
    """Return the probability of class 1, sigmoid(w * x + b), of the shape of x."""
    return logistic(linear_model(theta, x))


def binary_cross_entropy(y_true: ArrayLike, y_preds: ArrayLike) -> Array:
    """Return the log-likelihood of the labels: the sum of y log p + (1 - y) log(1 - p), not negated.

    Args:
        y_true: labels 0 or 1, of any shape.
        y_preds: probabilities p of class 1, of the same shape; kept one rounding error away from 0 and 1, so that
            no logarithm is infinite.

    Raises:
        ValueError: the shapes differ, or a number is not from 0 to 1.
    """
    y_true, y_preds = _labels_and_probabilities(y_true, y_preds)
    return jnp.sum(y_true * jnp.log(y_preds) + (1 - y_true) * jnp.log(1 - y_preds))


def _labels_and_probabilities(y_true: ArrayLike, y_preds: ArrayLike) -> tuple[Array, Array]:
    checks.shares("y_preds", y_preds)
    y_true, y_preds = losses.same_shape(y_true, y_preds, shares=True)
    rounding = jnp.finfo(y_preds.dtype).eps
    return y_true, jnp.clip(y_preds, rounding, 1 - rounding)


def logistic_loss(params: Theta, model: ArrayModel, x: ArrayLike, y: ArrayLike) -> Array:
    """Return minus the log-likelihood of the labels y under the probabilities `model(params, x)`, a scalar.

    That is -binary_cross_entropy(y, model(params, x)). Where the last that the model does is `logistic`, or the
    formula 1 / (1 + exp(-z)), the logarithms are those of the logits z: log p = -log(1 + exp(-z)), so that a
    confident mistake keeps its loss and its slope. Elsewhere both end where p rounds to 0 or 1.

    Args:
        params: what the model takes.
        model: (params, x) -> probabilities of class 1, a pure function.
        x: inputs, of any shape that the model takes.
        y: labels 0 or 1 (or probabilities between), of the shape of the probabilities.

    Raises:
        ValueError: the predictions and y have different shapes, or a number is not from 0 to 1.
    """
    logits = logits_of(model, params, x)
    if logits is None:
        return -binary_cross_entropy(y, model(params, x))
    return losses.binary_cross_entropy(y, logits) * logits.size


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

    The losses are those before each step: the first is that of the initial guess, and that of the theta returned is
    not among them. What the model and the loss refuse at the initial guess is refused before anything else. What
    JAX can trace is compiled; what it cannot (an `if` on a number, say) is run as it is, far slower. A progress bar
    appears where it takes longer than half a second.

    Args:
        theta: the initial guess, a pytree of numbers or arrays.
        model: (theta, x) -> predictions, a pure function.
        loss: (theta, model, x, y) -> scalar, a pure function.
        x: inputs, finite, of any shape and type that the model takes.
        y: targets, finite, of any shape and type that the loss takes.
        n_steps: how many steps to make, 1 to 10,000,000.
        step_size: the learning rate, above 0.

    Returns:
        The losses before each step, a NumPy array of shape `(n_steps,)`, and theta after the last step, a
        pytree of JAX arrays.

    Raises:
        ValueError: theta, x or y is not finite, n_steps or step_size is out of the range above, the model or the loss
            is no function, the loss of theta is not one finite number, or the loss refuses its arguments:
            `logistic_loss` labels that are not from 0 to 1.
        Exception: whatever else the model or the loss raises.
    """
    checks.function("model", model)
    checks.function("loss", loss)
    theta = checks.finite_tree("theta", theta)
    x, y = (checks.finite_array(name, values, truth_values=True) for name, values in (("x", x), ("y", y)))
    n_steps = checks.whole_number("n_steps", n_steps, low=1, high=MOST_STEPS)
    step = checks.as_float("step_size", checks.number("step_size", step_size, above=0.0))
    _check_loss(loss(jax.tree.map(jnp.asarray, theta), model, jnp.asarray(x), jnp.asarray(y)))
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


def _check_loss(value: Any) -> None:
    """Raise ValueError unless the loss of the initial guess is one finite number, of a type that has derivatives."""
    array = checks.real_array("the loss", value)
    if array.ndim or not jnp.issubdtype(array.dtype, jnp.floating):
        raise ValueError(f"the loss must be one number, as jnp.mean makes of many, but is {checks.shown(value)}")
    if not np.isfinite(array):
        raise ValueError(f"the loss of the initial guess is {array}: start nearer to 0, or with smaller data")
