"""Models: what is predicted from one example, given the parameters theta. `jax.vmap` makes the batch."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks

Theta = Any  # a pytree of arrays; {"w": scalar, "b": scalar} for the models here


class Model(NamedTuple):
    """A family of functions of x, one for each theta.

    Attributes:
        name: its key in `MODELS`.
        label: what to call it on screen.
        init: () -> theta, where training starts unless told otherwise.
        apply: (theta, x) -> output for ONE example, the quantity that the model's losses take.
        predict: output -> prediction in the units of y (a value, or the probability of class 1).
        losses: keys of `LOSSES` that fit the model, the usual one first.
    """

    name: str
    label: str
    init: Callable[[], Theta]
    apply: Callable[[Theta, ArrayLike], Array]
    predict: Callable[[ArrayLike], Array]
    losses: tuple[str, ...]


def init_line() -> Theta:
    """Return {"w": 0, "b": 0}, the flat line through the origin, as scalar JAX arrays."""
    return {"w": jnp.zeros(()), "b": jnp.zeros(())}


def linear_model(theta: Theta, x: ArrayLike) -> Array:
    """Linear regression: w * x + b.

    Args:
        theta: {"w": scalar, "b": scalar}.
        x: the input of one example, a scalar (an array broadcasts).

    Returns:
        The predicted value, of the shape of x.
    """
    return theta["w"] * jnp.asarray(x) + theta["b"]


def logistic_model(theta: Theta, x: ArrayLike) -> Array:
    """Logistic regression: the logit w * x + b of the probability of class 1.

    The probability is sigmoid(w * x + b) = 1 / (1 + exp(-(w * x + b))), Cox (1958), "The regression analysis
    of binary sequences". Losses take the logit, which loses nothing where the probability rounds to 0 or 1.

    Args:
        theta: {"w": scalar, "b": scalar}.
        x: the input of one example, a scalar (an array broadcasts).

    Returns:
        The logit, of the shape of x.
    """
    return linear_model(theta, x)


@lru_cache(maxsize=16)
def parameters_of(model: Model) -> Theta:
    """Return the model's parameters as a pytree of shapes and types without values."""
    return jax.eval_shape(model.init)


def check_theta(model: Model, theta: Theta) -> Theta:
    """Return `theta` as NumPy arrays in JAX's float type, of the structure and shapes that `model` has.

    Raises:
        ValueError: another structure, another shape, or a value that is not finite.
    """
    arrays, expected = checks.finite_tree("theta", theta), parameters_of(model)
    given, own = ([*jax.tree.leaves_with_path(tree)] for tree in (arrays, expected))
    if [(path, leaf.shape) for path, leaf in given] != [(path, leaf.shape) for path, leaf in own]:
        shapes = jax.tree.map(lambda leaf: leaf.shape, expected)
        raise ValueError(f"theta is {theta!r}, but parameters of {model.name!r} have the shapes {shapes}")
    return arrays


def _identity(value: ArrayLike) -> Array:
    return jnp.asarray(value)


MODELS = {
    model.name: model
    for model in (
        Model(
            "linear",
            "Linear regression",
            init=init_line,
            apply=linear_model,
            predict=_identity,
            losses=("mse", "mae", "huber"),
        ),
        Model(
            "logistic",
            "Logistic regression",
            init=init_line,
            apply=logistic_model,
            predict=jax.nn.sigmoid,
            losses=("binary_cross_entropy", "squared_error_on_probabilities"),
        ),
    )
}


def get_model(model: str | Model) -> Model:
    """Return the model of that name, or the model itself; ValueError names those there are."""
    return checks.registered("model", model, MODELS)
