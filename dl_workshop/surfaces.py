"""The shape of a loss: its surface over (w, b), where it is least, and how large a step it bears."""

from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.batches import padded
from dl_workshop.data import Dataset, check_dataset
from dl_workshop.losses import Loss, get_loss
from dl_workshop.minima import BestFit, best_fit, derivatives_of
from dl_workshop.models import Model, Theta, check_theta, get_model, parameters_of
from dl_workshop.optimizers import Optimizer, fill_hyperparameters, get_optimizer
from dl_workshop.training import Objective, objective

__all__ = ["BestFit", "best_fit", "largest_stable_step_size", "loss_surface"]


def loss_surface(model: str | Model, loss: str | Loss, dataset: Dataset, w: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Return the loss at every point of a grid of parameters.

    Compiled once for each model, loss and grid size, and each power of two that holds the examples.

    Args:
        model: a name in `MODELS`, or a `Model`, with parameters w and b.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x and y of shape `(n,)`, finite, n >= 2; y from 0 to 1 for a classifier.
        w: slopes, `(p,)`.
        b: intercepts, `(q,)`.

    Returns:
        The losses, a NumPy array of shape `(q, p)`: row i belongs to b[i], column j to w[j].

    Raises:
        ValueError: an argument is not as above.
    """
    model, loss, dataset = get_model(model), get_loss(loss), check_dataset(dataset)
    function = objective(model, loss)
    loss.check_targets(dataset.y)
    if jax.tree.map(jnp.shape, parameters_of(model)) != {"w": (), "b": ()}:
        raise ValueError(f"the model {model.name!r} must have two scalar parameters, w and b")
    number = jnp.result_type(float)
    w, b = (checks.finite_vector(name, a, least=1).astype(number) for name, a in (("w", w), ("b", b)))
    arguments = (w, b, *padded(dataset))
    return np.asarray(_compiled_surface(function, tuple(map(len, arguments)))(*arguments))


@lru_cache(maxsize=64)
def _compiled_surface(function: Objective, lengths: tuple[int, ...]) -> Callable[..., Array]:
    """Return the loss over a grid; the lengths of its arguments are part of the key of this bounded cache."""

    def at(w: Array, b: Array, x: Array, y: Array, weights: Array) -> Array:
        return function({"w": w, "b": b}, x, y, weights)

    row = jax.vmap(at, in_axes=(0, None, None, None, None))
    return jax.jit(jax.vmap(row, in_axes=(None, 0, None, None, None)))


def largest_stable_step_size(
    model: str | Model,
    loss: str | Loss,
    dataset: Dataset,
    optimizer: str | Optimizer = "gradient_descent",
    theta: Theta | None = None,
    **hyperparameters: float,
) -> float | None:
    """Return the step size above which the optimizer cannot settle, or None where no such number is known.

    On a quadratic whose Hessian has the largest eigenvalue lambda_max, gradient descent settles for step
    sizes below 2 / lambda_max, momentum for those below 2 (1 + beta) / lambda_max, and Nesterov momentum for
    those below 2 (1 + beta) / ((1 + 2 beta) lambda_max). Near its minimum a smooth loss is such a quadratic.

    Args:
        model: a name in `MODELS`, or a `Model`, whose output is w * x + b.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x and y of shape `(n,)`, finite, n >= 2.
        optimizer: a name in `OPTIMIZERS`, or an `Optimizer`.
        theta: where to take the Hessian; None for the minimum.
        **hyperparameters: those of the optimizer; its defaults for the rest.

    Returns:
        The step size, or None: for an optimizer without such a bound, a loss without second derivatives, a
        loss without a finite minimum, or a Hessian without a positive eigenvalue.

    Raises:
        ValueError: an argument is not as above.

    References:
        LeCun, Simard, Pearlmutter (1993), "Automatic learning rate maximization by on-line estimation of the
        Hessian's eigenvectors", section 2; Polyak (1964), section 2.
    """
    rule, dataset = get_optimizer(optimizer), check_dataset(dataset)
    settings = fill_hyperparameters(rule, hyperparameters)
    derivatives = derivatives_of(model, loss, dataset)
    if theta is not None:
        theta = check_theta(get_model(model), theta)
    if rule.stability is None or not get_loss(loss).smooth:
        return None
    if theta is None:
        theta = best_fit(model, loss, dataset).theta
    if theta is None:
        return None
    curvature = float(np.linalg.eigvalsh(derivatives(np.array([theta["w"], theta["b"]]))[2])[-1])
    return rule.stability(**settings) / curvature if curvature > 0.0 else None
