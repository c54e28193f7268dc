"""Training networks: many parameters, of which some steps' are kept, and a part of the data to test with."""

import time
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from dl_workshop import checks
from dl_workshop.batches import batch_indices, padded, padded_batches
from dl_workshop.data import Dataset, Split, check_examples
from dl_workshop.losses import Loss, get_loss
from dl_workshop.models import Model, Theta, check_theta, get_model, parameters_of
from dl_workshop.optimizers import Optimizer, OptState, fill_hyperparameters, get_optimizer
from dl_workshop.parameters import flat_model, flatten, network_inputs, unflatten
from dl_workshop.training import DIVERGED, objective

__all__ = ["PENALTIES", "SNAPSHOTS", "NetworkRun", "flatten", "snapshot_steps", "train_network", "unflatten"]

PENALTIES = ("none", "l1", "l2")
SNAPSHOTS = 400
FIRST = 64  # steps of the first call of the compiled loop, which says how long the next can be
BETWEEN = 0.05  # seconds from one call of `progress` to the next, about


class NetworkRun(NamedTuple):
    """A training of a network, as NumPy arrays.

    Attributes:
        steps: the steps at which theta was kept, `(k,)`, increasing from 0 to the last one.
        theta: flat parameters at these steps, `(k, p)`: layer after layer, b and then w row by row.
        loss: loss on all training examples, without the penalty, at each of `loss_steps`, `(m,)`.
        test_loss: the same on the test examples, `(m,)`.
        diverged_at: the step at which the run diverged, before which the arrays end; None if it did not.
        loss_steps: the steps at which the losses were taken, `(m,)`: 0, record_every, 2 record_every, ... and
            the last; with record_every = 1 all of them.
    """

    steps: np.ndarray
    theta: np.ndarray
    loss: np.ndarray
    test_loss: np.ndarray
    diverged_at: int | None
    loss_steps: np.ndarray


def snapshot_steps(n_steps: int, n_snapshots: int = SNAPSHOTS, every: int = 1) -> np.ndarray:
    """Return the steps at which to keep theta: every one at the start, then further and further apart.

    The k-th of K is the step n_steps * (k / K)^2, or k where that is later: from there on the gaps grow
    evenly, to about twice the mean one.

    Args:
        n_steps: the last step, 1 or more.
        n_snapshots: how many steps to return at most, 2 or more.
        every: only 0, every, 2 every, ... and the last step can be kept.

    Returns:
        Increasing whole numbers from 0 to n_steps, of shape `(k,)`, k <= n_snapshots.

    Raises:
        ValueError: an argument is out of the range above.
    """
    n_steps = checks.whole_number("n_steps", n_steps, low=1)
    count = checks.whole_number("n_snapshots", n_snapshots, low=2)
    every = checks.whole_number("every", every, low=1)
    last = -(-n_steps // every)
    count = min(count, last + 1)
    k = np.arange(count)
    kept = np.maximum(k, np.round(last * (k / (count - 1)) ** 2)).astype(int)
    return np.minimum(kept * every, n_steps)


def train_network(
    theta: Theta,
    model: str | Model,
    loss: str | Loss,
    split: Split,
    *,
    optimizer: str | Optimizer = "adam",
    step_size: float = 0.03,
    n_steps: int = 1000,
    batch_size: int | None = None,
    seed: int = 0,
    penalty: str = "none",
    penalty_strength: float = 0.0,
    n_snapshots: int = SNAPSHOTS,
    record_every: int = 1,
    progress: Callable[[int], None] | None = None,
    **hyperparameters: float,
) -> NetworkRun:
    """Train a network from `theta`, and keep the losses of every step and the parameters of some.

    What is minimised is the loss plus strength * sum |w| (l1) or (strength / 2) * sum w^2 (l2), over weights
    and not biases. Compiled once for each model, loss, optimizer and penalty, and for each power of two that
    holds all examples (and the batch); no other argument compiles anything. May be called from several
    threads.

    Args:
        theta: the initial guess, as `mlp_init` returns.
        model: a network with one output, as `mlp` returns.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        split: training and test examples, x of shape `(n, d)` and y of shape `(n,)`, finite; y from 0 to 1 for
            a classifier.
        optimizer: a name in `OPTIMIZERS`, or an `Optimizer`; not Newton's method.
        step_size: the learning rate, above 0.
        n_steps: how many steps to make, 1 or more.
        batch_size: how many training examples each step sees, 1 to n; None for all.
        seed: which shuffling of the mini-batches, 0 or more.
        penalty: one of `PENALTIES`.
        penalty_strength: how much the penalty weighs, 0 or more.
        n_snapshots: how many steps' parameters to keep at most, 2 or more.
        record_every: the losses of every so many steps are taken, 1 or more; snapshots are among these steps.
        progress: called with the number of steps made, about every 0.05 s; what it raises ends the run.
        **hyperparameters: those of the optimizer; its defaults for the rest.

    Returns:
        A `NetworkRun` in JAX's float type. It diverges at the first of its `loss_steps` whose losses or theta
        are not finite, or whose loss is above 1e6 * max(loss[0], 1), and ends before it.

    Raises:
        ValueError: an argument is not as above; or the loss of the initial guess is not finite.

    References:
        Hoerl, Kennard (1970), "Ridge regression: biased estimation for nonorthogonal problems" (l2);
        Tibshirani (1996), "Regression shrinkage and selection via the lasso" (l1).
    """
    model, loss, rule = get_model(model), get_loss(loss), get_optimizer(optimizer)
    inputs = network_inputs(model)
    objective(model, loss)  # says here what does not fit together
    if rule.needs_hessian:
        raise ValueError(
            f"{rule.label}'s method needs the curvature along every pair of parameters at every step, and is "
            "made here for models with two: choose another optimizer for a network"
        )
    train, test = _parts(split, inputs=inputs)
    for part in (train, test):
        loss.check_targets(part.y)
    number = jnp.result_type(float).type
    start = flatten(check_theta(model, theta)).astype(number)
    if penalty not in PENALTIES:
        raise ValueError(f"unknown penalty {penalty!r}: choose one of {', '.join(PENALTIES)}")
    settings = (
        number(checks.number("step_size", step_size, above=0.0)),
        number(checks.number("penalty_strength", penalty_strength, low=0.0)),
        {name: number(value) for name, value in fill_hyperparameters(rule, hyperparameters).items()},
    )
    n_steps = checks.whole_number("n_steps", n_steps, low=1)
    every = min(checks.whole_number("record_every", record_every, low=1), n_steps)
    keep = np.zeros(n_steps + 1, dtype=bool)
    keep[snapshot_steps(n_steps, n_snapshots, every)] = True
    n = len(train.y)
    size = n if batch_size is None else checks.whole_number("batch_size", batch_size, low=1, high=n)
    seed = checks.whole_number("seed", seed, low=0)
    batches = None if size == n else batch_indices(seed=seed, n=n, batch_size=size, n_steps=n_steps)

    run = partial(_compiled_chunk(model, loss, rule, penalty), _padded_split(train, test), *settings)
    carry = start, _compiled_init(rule)(start)
    parts: list[tuple[np.ndarray, ...]] = []
    limit, diverged_at = np.inf, None
    for done, steps, path, losses in _chunks(run, carry, batches, every, n_steps):
        if not parts:
            limit = DIVERGED * max(float(losses[0, 0]), 1.0)
        lost = ~(np.isfinite(path).all(axis=1) & np.isfinite(losses).all(axis=1) & (losses[:, 0] <= limit))
        good = slice(None, int(np.argmax(lost)) if lost.any() else None)
        kept = keep[steps[good]]
        kept[-1:] = True  # it is the end of the run if the next one diverges
        parts.append((steps[good], losses[good], steps[good][kept], path[good][kept]))
        if progress is not None:
            progress(done)
        if lost.any():
            diverged_at = int(steps[np.argmax(lost)])
            break
    if diverged_at == 0:
        raise ValueError(
            f"the loss is not finite at the initial guess {theta!r}: start nearer to 0, or with smaller data"
        )
    loss_steps, values, steps, path = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    kept = keep[steps]
    kept[-1] = True
    loss_path, test_path = values.T.copy()
    return NetworkRun(steps[kept], path[kept], loss_path, test_path, diverged_at, loss_steps)


def _parts(split: Any, *, inputs: int) -> tuple[Dataset, Dataset]:
    """Return training and test part, checked."""
    try:
        train, test = split[:2]
    except (TypeError, ValueError):
        raise ValueError(f"split must be a Split of training and test examples, but is {split!r}") from None
    return (
        check_examples("the training part", train, inputs=inputs),
        check_examples("the test part", test, inputs=inputs),
    )


def _chunks(
    run: Callable[..., Any], carry: tuple[Any, OptState], batches: np.ndarray | None, every: int, n_steps: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Call `run` until `n_steps` are made; each call is as long as the last one's time suggests.

    Yields:
        How many steps are made; the steps recorded in this call, `(m,)`; theta and both losses at them,
        `(m, p)` and `(m, 2)`.
    """
    most = _longest(len(carry[0]))
    first, length, batch = 0, FIRST, None
    while first <= n_steps:
        began = time.perf_counter()
        length = min(length, most, n_steps + 1 - first)
        if batches is not None:
            indices, weights = padded_batches(batches[first : first + length], steps=most)
            batch = indices, weights[0]
        carry, *history = run(carry, batch, first, length, every, n_steps)
        steps = np.arange(first, first + length)
        steps = steps[(steps % every == 0) | (steps == n_steps)]
        path, losses = (np.asarray(values)[: len(steps)] for values in history)
        first += length
        yield first - 1, steps, path, losses
        if first > length:  # the first call may have compiled
            length = max(1, int(length * min(4.0, BETWEEN / (time.perf_counter() - began + 1e-9))))


def _padded_split(train: Dataset, test: Dataset) -> tuple[Array, Array, Array]:
    """Return x, y of all examples and their weights in the two losses, `(2, n)`, as `padded` does."""
    x, y, weights = padded(Dataset(*(np.concatenate(parts) for parts in zip(train, test, strict=True))))
    n, n_test = len(train.y), len(test.y)
    both = np.zeros((2, len(weights)), weights.dtype)
    both[0, :n], both[1, n : n + n_test] = 1.0 / n, 1.0 / n_test
    return jax.device_put((x, y, both))


def _longest(n_parameters: int) -> int:
    """Return how many steps a call of the compiled loop makes at most: as many as keep its path small."""
    return min(1024, max(64, 2**18 // n_parameters))


@lru_cache(maxsize=16)
def _compiled_init(optimizer: Optimizer) -> Callable[[np.ndarray], OptState]:
    return jax.jit(optimizer.init)


@lru_cache(maxsize=64)
def _compiled_chunk(model: Model, loss: Loss, optimizer: Optimizer, penalty: str) -> Callable[..., Any]:
    """Return the compiled loop over some steps; it keeps theta and losses of before every few of them."""
    function = objective(flat_model(model), loss)
    is_weight = flatten(jax.tree.map(lambda leaf: np.full(leaf.shape, leaf.ndim == 2), parameters_of(model)))
    most = _longest(len(is_weight))

    def penalised(theta: Array, strength: Array, *examples: Array) -> Array:
        value = function(theta, *examples)
        if penalty == "none":
            return value
        w = jnp.where(is_weight, theta, 0.0)
        # |w| as w sign(w), whose slope at 0 is 0, so that a weight of 0 is not pulled away
        return value + strength * (0.5 * jnp.sum(w**2) if penalty == "l2" else jnp.sum(w * jnp.sign(w)))

    def run(
        examples: tuple[Array, Array, Array],
        step_size: Array,
        strength: Array,
        hyperparameters: dict[str, Array],
        carry: tuple[Array, OptState],
        batches: tuple[Array, Array] | None,
        first: Array,
        length: Array,
        every: Array,
        n_steps: Array,
    ) -> tuple[tuple[Array, OptState], Array, Array]:
        x, y, weights = examples

        def step(i: Array, carry: tuple[Array, OptState]) -> tuple[Array, OptState]:
            theta, opt_state = carry
            seen = (x, y, weights[0]) if batches is None else (x[batches[0][i]], y[batches[0][i]], batches[1])
            gradient = jax.grad(penalised)(theta, strength, *seen)
            updates, opt_state = optimizer.update(gradient, opt_state, step_size=step_size, **hyperparameters)
            return theta + updates, opt_state

        def record_and_go_on(state: Any) -> Any:
            carry, i, row, path, losses = state
            both = jax.vmap(function, in_axes=(None, None, None, 0))(carry[0], x, y, weights)
            path, losses = path.at[row].set(carry[0]), losses.at[row].set(both)
            # a call that begins between two records overwrites this row at the next
            whole = ((first + i) % every == 0) | (first + i == n_steps)
            stop = jnp.minimum(length, i + every - (first + i) % every)
            stop = jnp.where(first + i < n_steps, jnp.minimum(stop, n_steps - first), stop)
            return lax.fori_loop(i, stop, step, carry), stop, row + whole, path, losses

        theta, zero = carry[0], jnp.zeros_like(length)
        history = jnp.zeros((most, *theta.shape), theta.dtype), jnp.zeros((most, 2), theta.dtype)
        state = carry, zero, zero, *history
        carry, _, _, path, losses = lax.while_loop(lambda state: state[1] < length, record_and_go_on, state)
        return carry, path, losses

    return jax.jit(run)
