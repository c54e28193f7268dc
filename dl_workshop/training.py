"""Training: from an initial guess, a model, a loss and an optimizer to the trajectory of theta."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.batches import batch_indices, padded, padded_batches, padded_size
from dl_workshop.data import Dataset, check_dataset
from dl_workshop.losses import Loss, get_loss
from dl_workshop.models import Model, Theta, check_theta, get_model
from dl_workshop.optimizers import Optimizer, OptState, fill_hyperparameters, get_optimizer

__all__ = [
    "Trajectory",
    "batch_indices",
    "converged_at",
    "loss_and_gradient",
    "objective",
    "optimizer_step",
    "train",
]

CHUNK = 512  # steps per call of the compiled scan: a common run, 500 steps, takes one call
DIVERGED = 1e6  # a loss this many times the first one (or 1, where that is more) has diverged

Objective = Callable[..., Array]
Step = Callable[..., tuple[Theta, OptState]]


class Trajectory(NamedTuple):
    """A run of an optimizer: NumPy arrays with a leading axis of steps 0..n, where 0 is the initial guess.

    Attributes:
        theta: the parameters, a pytree whose leaves have shape `(n + 1, ...)`.
        loss: `(n + 1,)`; loss[t] is the loss of theta[t] on all data.
        gradient: like theta; gradient[t] is the gradient of that loss at theta[t], with mini-batches too.
        diverged_at: the step at which the run diverged, before which the arrays end; None if it did not.
    """

    theta: Theta
    loss: np.ndarray
    gradient: Theta
    diverged_at: int | None = None


def objective(model: str | Model, loss: str | Loss) -> Objective:
    """Return what is minimised: the loss of the model's predictions, as a function of theta first.

    Args:
        model: a name in `MODELS`, or a `Model`.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.

    Returns:
        (theta, x, y, weights=None) -> scalar, with x and y of shape `(n,)`. With `weights` of shape `(n,)` it
        is the weighted sum over examples in place of the mean. The same arguments return the same function.

    Raises:
        ValueError: an unknown name, or a loss that does not fit the model.
    """
    return _objective(get_model(model), get_loss(loss))


@lru_cache(maxsize=64)
def _objective(model: Model, loss: Loss) -> Objective:
    if loss.name not in model.losses:
        raise ValueError(
            f"the loss {loss.name!r} does not fit the model {model.name!r}: choose one of {', '.join(model.losses)}"
        )

    def one_example(theta: Theta, x: Array, y: Array) -> Array:
        return loss.function(y, model.apply(theta, x))

    def mean_loss(theta: Theta, x: Array, y: Array, weights: Array | None = None) -> Array:
        if weights is None:
            return loss.function(y, jax.vmap(model.apply, in_axes=(None, 0))(theta, x))
        return jnp.sum(weights * jax.vmap(one_example, in_axes=(None, 0, 0))(theta, x, y))

    return mean_loss


def loss_and_gradient(model: str | Model, loss: str | Loss) -> Callable[..., tuple[Array, Theta]]:
    """Return (theta, x, y, weights=None) -> (loss, gradient by theta) of `objective(model, loss)`.

    Raises:
        ValueError: as `objective`.
    """
    return _loss_and_gradient(get_model(model), get_loss(loss))


@lru_cache(maxsize=64)
def _loss_and_gradient(model: Model, loss: Loss) -> Callable[..., tuple[Array, Theta]]:
    return jax.value_and_grad(objective(model, loss))


def optimizer_step(model: str | Model, loss: str | Loss, optimizer: str | Optimizer) -> Step:
    """Return one step of the optimizer as a pure function.

    Args:
        model: a name in `MODELS`, or a `Model`.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        optimizer: a name in `OPTIMIZERS`, or an `Optimizer`.

    Returns:
        (theta, opt_state, x, y, step_size, hyperparameters, weights=None) -> (theta, opt_state), with x and y
        of shape `(n,)` (the batch), a scalar step size, all of the optimizer's hyperparameters in a dict, and
        weights as in `objective`.

    Raises:
        ValueError: as `objective`; an unknown optimizer; or one that needs second derivatives, which the loss
            does not have.
    """
    return _optimizer_step(get_model(model), get_loss(loss), get_optimizer(optimizer))


@lru_cache(maxsize=64)
def _optimizer_step(model: Model, loss: Loss, optimizer: Optimizer) -> Step:
    function = objective(model, loss)
    if optimizer.needs_hessian and not loss.smooth:
        raise ValueError(
            f"{optimizer.label} needs second derivatives, and those of {loss.label.lower()} are zero: "
            "choose another loss or another optimizer"
        )

    def step(
        theta: Theta,
        opt_state: OptState,
        x: Array,
        y: Array,
        step_size: ArrayLike,
        hyperparameters: dict[str, ArrayLike],
        weights: Array | None = None,
    ) -> tuple[Theta, OptState]:
        def gradient_at(theta: Theta) -> Theta:
            return jax.grad(function)(theta, x, y, weights)

        second = {"hessian": _hessian(gradient_at, theta)} if optimizer.needs_hessian else {}
        updates, opt_state = optimizer.update(
            gradient_at(theta), opt_state, step_size=step_size, **second, **hyperparameters
        )
        return jax.tree.map(jnp.add, theta, updates), opt_state

    return step


def _hessian(gradient_at: Callable[[Theta], Theta], theta: Theta) -> Theta:
    """Return the Hessian as nested pytrees, one scalar parameter's row after the other."""
    leaves, structure = jax.tree.flatten(theta)
    rows = []
    for i in range(len(leaves)):
        direction = [jnp.ones_like(leaf) if i == j else jnp.zeros_like(leaf) for j, leaf in enumerate(leaves)]
        rows.append(jax.jvp(gradient_at, (theta,), (jax.tree.unflatten(structure, direction),))[1])
    return jax.tree.unflatten(structure, rows)


def train(
    theta: Theta,
    model: str | Model,
    loss: str | Loss,
    dataset: Dataset,
    *,
    optimizer: str | Optimizer = "gradient_descent",
    step_size: float = 0.01,
    n_steps: int = 500,
    batch_size: int | None = None,
    seed: int = 0,
    **hyperparameters: float,
) -> Trajectory:
    """Run an optimizer from `theta`, and keep every step.

    Compiled once for each model, loss and optimizer, and for each power of two that holds the examples (and
    the batch); no other argument compiles anything. May be called from several threads.

    Args:
        theta: the initial guess, a pytree as the model's `init` returns.
        model: a name in `MODELS`, or a `Model`.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x and y of shape `(n,)`, finite, n >= 2; y from 0 to 1 for a classifier.
        optimizer: a name in `OPTIMIZERS`, or an `Optimizer`.
        step_size: the learning rate, above 0.
        n_steps: how many steps to make, 1 or more.
        batch_size: how many examples each step sees, 1 to n; None for all.
        seed: which shuffling of the mini-batches, 0 or more.
        **hyperparameters: those of the optimizer; its defaults for the rest.

    Returns:
        A `Trajectory` of steps 0..n_steps in JAX's float type. It diverges at the first step whose loss,
        theta or gradient is not finite, or whose loss is above 1e6 * max(loss[0], 1), and ends before it.

    Raises:
        ValueError: an argument is not as above; the loss of the initial guess is not finite; or Newton's
            method is asked for with mini-batches, or with a loss without second derivatives.
    """
    model, loss, rule = get_model(model), get_loss(loss), get_optimizer(optimizer)
    optimizer_step(model, loss, rule)  # says here what does not fit together
    start = check_theta(model, theta)
    dataset = check_dataset(dataset)
    loss.check_targets(dataset.y)
    n = len(dataset.x)
    number = jnp.result_type(float).type
    step = number(checks.number("step_size", step_size, above=0.0))
    settings = {name: number(value) for name, value in fill_hyperparameters(rule, hyperparameters).items()}
    n_steps = checks.whole_number("n_steps", n_steps, low=1)
    seed = checks.whole_number("seed", seed, low=0)
    size = n if batch_size is None else checks.whole_number("batch_size", batch_size, low=1, high=n)
    batches = None
    if size < n:
        if rule.needs_hessian:
            raise ValueError(
                f"{rule.label} needs the curvature of the loss on all {n} examples, "
                f"but batch_size is {size}: choose batch_size={n}, or another optimizer"
            )
        batches = batch_indices(seed=seed, n=n, batch_size=size, n_steps=n_steps)

    x, y, weights = padded(dataset)
    carry = start, rule.init(start)
    chunks: list[tuple[Theta, np.ndarray, Theta]] = []
    limit, diverged_at = np.inf, None
    run = _compiled_chunk(model, loss, rule, len(x), None if batches is None else padded_size(size))
    for first in range(0, n_steps + 1, CHUNK):
        batch = None if batches is None else padded_batches(batches[first : first + CHUNK], steps=CHUNK)
        carry, history = run(carry, x, y, weights, batch, step, settings)
        theta_path, losses, gradients = jax.tree.map(np.asarray, history)
        if first == 0:
            limit = DIVERGED * max(float(losses[0]), 1.0)
        lost = ~(_finite(theta_path, losses, gradients) & (losses <= limit))
        length = min(CHUNK, n_steps + 1 - first)
        if lost[:length].any():
            length = int(np.argmax(lost))
            diverged_at = first + length
        chunks.append(jax.tree.map(lambda a, k=length: a[:k], (theta_path, losses, gradients)))
        if diverged_at is not None:
            break
    if diverged_at == 0:
        raise ValueError(f"the loss or its gradient is not finite at the initial guess {theta!r}: start nearer")
    path, values, slopes = jax.tree.map(lambda *parts: np.concatenate(parts), *chunks)
    return Trajectory(path, values, slopes, diverged_at)


@lru_cache(maxsize=128)
def _compiled_chunk(
    model: Model, loss: Loss, optimizer: Optimizer, n: int, batch_size: int | None
) -> Callable[..., Any]:
    """Return the compiled scan over `CHUNK` steps; it keeps theta, loss and gradient of before each step.

    The padded sizes are part of the key, so that the bound of the cache bounds what is compiled (1 MB each).
    """
    evaluate, step = loss_and_gradient(model, loss), optimizer_step(model, loss, optimizer)

    def run(
        carry: tuple[Theta, OptState],
        x: Array,
        y: Array,
        weights: Array,
        batches: tuple[Array, Array] | None,
        step_size: Array,
        hyperparameters: dict[str, Array],
    ) -> tuple[Any, Any]:
        def body(carry: tuple[Theta, OptState], batch: tuple[Array, Array] | None) -> tuple[Any, Any]:
            theta, opt_state = carry
            history = theta, *evaluate(theta, x, y, weights)
            examples = (x, y, weights) if batch is None else (x[batch[0]], y[batch[0]], batch[1])
            return step(theta, opt_state, *examples[:2], step_size, hyperparameters, examples[2]), history

        return lax.scan(body, carry, batches, length=CHUNK)

    return jax.jit(run)


def _finite(*paths: Theta) -> np.ndarray:
    """Return for each step whether all of these pytrees are finite at it, `(steps,)`."""
    leaves = jax.tree.leaves(paths)
    return np.all([np.isfinite(leaf).reshape(len(leaf), -1).all(axis=1) for leaf in leaves], axis=0)


def converged_at(trajectory: Trajectory, tolerance: float = 1e-6) -> int | None:
    """Return the first step at which the Euclidean norm of the full gradient is below `tolerance`, or None.

    Raises:
        ValueError: the tolerance is not above 0.
    """
    tolerance = checks.number("tolerance", tolerance, above=0.0)
    leaves = jax.tree.leaves(trajectory.gradient)
    squares = sum(np.square(leaf).reshape(len(leaf), -1).sum(axis=1) for leaf in leaves)
    below = np.flatnonzero(np.sqrt(squares) < tolerance)
    return int(below[0]) if len(below) else None
