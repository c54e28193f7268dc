"""The shape of a loss: its surface over (w, b), and how large a step it bears."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks, small
from dl_workshop.batches import padded
from dl_workshop.data import Dataset, check_dataset
from dl_workshop.losses import Loss, get_loss
from dl_workshop.minima import BestFit, best_fit, check_linear, jitted
from dl_workshop.models import Model, Theta, check_theta, get_model
from dl_workshop.optimizers import Optimizer, Scalar, fill_hyperparameters, get_optimizer
from dl_workshop.planes import Plane, plane_surface
from dl_workshop.training import hessian, objective

__all__ = ["BestFit", "best_fit", "largest_stable_step_size", "loss_surface", "stable_step_size"]


def loss_surface(model: str | Model, loss: str | Loss, dataset: Dataset, w: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Return the loss at every point of a grid of parameters.

    Compiled once for each model, loss and grid size, and each power of two that holds the examples.

    Args:
        model: a name in `MODELS`, or a `Model`, with two parameters, w and b.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x and y of shape `(n,)`, finite, n >= 2; y from 0 to 1 for a classifier.
        w: slopes, `(p,)`.
        b: intercepts, `(q,)`.

    Returns:
        The losses, a NumPy array of shape `(q, p)`: row i belongs to b[i], column j to w[j].

    Raises:
        ValueError: an argument is not as above, or the loss is not finite somewhere on the grid.
    """
    model = get_model(model)
    if len(model.names) != 2:
        raise ValueError(f"the model {model.name!r} must have two parameters, w and b")
    w, b = (checks.finite_vector(name, a, least=1) for name, a in (("w", w), ("b", b)))
    return plane_surface(model, loss, dataset, Plane(np.zeros(2), np.eye(2)), w, b)


def stable_step_size(optimizer: Optimizer) -> Callable[[Array, Mapping[str, Scalar]], Array]:
    """Return the step size above which an optimizer cannot settle, as a function of the curvature; for JAX to trace.

    Args:
        optimizer: one with a `stability`.

    Returns:
        (hessian `(p, p)`, all hyperparameters by name) -> a scalar, infinite where no eigenvalue is positive.
    """
    assert optimizer.stability is not None
    stability = optimizer.stability

    def bound(hessian: Array, hyperparameters: Mapping[str, Scalar]) -> Array:
        curvature = small.largest_eigenvalue(hessian)
        return jnp.where(
            curvature > 0.0, stability(**hyperparameters) / jnp.where(curvature > 0.0, curvature, 1.0), jnp.inf
        )

    return bound


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
        model: a name in `MODELS`, or a `Model` that is linear in theta.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x and y of shape `(n,)`, finite, n >= 2; y from 0 to 1 for a classifier, and 0 or 1 where theta
            is None.
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
    model, loss, rule, dataset = get_model(model), get_loss(loss), get_optimizer(optimizer), check_dataset(dataset)
    settings = fill_hyperparameters(rule, hyperparameters)
    objective(model, loss)  # says here what does not fit together
    check_linear(model)
    loss.check_targets(dataset.y)
    if theta is not None:
        theta = check_theta(model, theta)
    if rule.stability is None or not loss.smooth:
        return None
    if theta is None:
        theta = best_fit(model, loss, dataset).theta
    if theta is None:
        return None
    with jax.enable_x64(True):
        x, y, weights = padded(dataset)
        curvature = np.asarray(jitted(hessian(model, loss))(np.asarray(theta, dtype=float), x, y, 0.0, 0.0, weights))
    if not np.isfinite(curvature).all():
        raise ValueError("the curvature is not finite: x or y holds numbers whose squares are too large")
    most = float(np.linalg.eigvalsh(curvature)[-1])
    return rule.stability(**settings) / most if most > 0.0 else None
