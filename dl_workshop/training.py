"""Training: from an initial guess, a model, a loss and an optimizer to a run, which keeps theta along the way."""

import time
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.batches import batch_indices, padded, padded_batches, padded_size
from dl_workshop.data import Dataset, check_dataset, check_examples
from dl_workshop.losses import Loss, get_loss
from dl_workshop.models import Model, Theta, check_theta, get_model, losses_of
from dl_workshop.optimizers import Optimizer, OptState, fill_hyperparameters, get_optimizer
from dl_workshop.parameters import flat_model, flatten, network_inputs, weights_of

__all__ = [
    "PENALTIES",
    "SNAPSHOTS",
    "Run",
    "batch_indices",
    "converged_at",
    "hessian",
    "objective",
    "penalised",
    "penalty_strengths",
    "snapshot_steps",
    "train",
    "value_and_gradient",
]

PENALTIES = ("none", "l1", "l2")
SNAPSHOTS = 400  # of a network's parameters
MOST_STEPS = 10_000_000
DIVERGED = 1e6  # a loss this many times the first one (or 1, where that is more) has diverged
CONVERGED = 1e-6  # a gradient whose norm stays below has
FIRST = (
    64  # steps of the first call of the compiled loop where there is progress to tell: it says how long others can be
)
BETWEEN = 0.05  # seconds from one call of `progress` to the next, about

Objective = Callable[..., Array]


class Run(NamedTuple):
    """A training, as NumPy arrays in JAX's float type.

    Attributes:
        steps: the steps at which theta was kept, `(k,)`, increasing from 0 to the last one.
        theta: the parameters at these steps as vectors, `(k, p)`, in the order of `parameters.flatten`.
        loss_steps: the steps at which the numbers below were taken, `(m,)`: 0, record_every, 2 record_every, ...
            and the last; with record_every = 1 all of them.
        loss: loss on all data, without a penalty, `(m,)`.
        minimised: the same with the penalty, `(m,)`.
        test_loss: the loss without a penalty on the test data, `(m,)`; None where there are none.
        gradient_norm: Euclidean norm of the gradient of what is minimised on all data, with mini-batches too, `(m,)`.
        diverged_at: the step at which the run diverged, before which the arrays end; None if it did not.
    """

    steps: np.ndarray
    theta: np.ndarray
    loss_steps: np.ndarray
    loss: np.ndarray
    minimised: np.ndarray
    test_loss: np.ndarray | None
    gradient_norm: np.ndarray
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
    if loss.task not in model.tasks:
        fitting = ", ".join(losses_of(model))
        raise ValueError(f"the loss {loss.name!r} does not fit the model {model.name!r}: choose one of {fitting}")

    def one_example(theta: Theta, x: Array, y: Array) -> Array:
        return loss.function(y, model.apply(theta, x))

    def mean_loss(theta: Theta, x: Array, y: Array, weights: Array | None = None) -> Array:
        if weights is None:
            return loss.function(y, jax.vmap(model.apply, in_axes=(None, 0))(theta, x))
        return jnp.sum(weights * jax.vmap(one_example, in_axes=(None, 0, 0))(theta, x, y))

    return mean_loss


def penalised(model: str | Model, loss: str | Loss) -> Callable[..., tuple[Array, Array]]:
    """Return what is minimised where large weights are penalised, and the bare loss beside it.

    The penalty is l1 * sum |w| + l2 / 2 * sum w^2, over weights and not biases; the slope of |w| at 0 is 0.

    Args:
        model: as in `objective`.
        loss: as in `objective`.

    Returns:
        (theta, x, y, l1, l2, weights=None) -> (penalised loss, bare loss), two scalars, of scalar strengths of
        0 or more, and the rest as in `objective`. The same arguments return the same function.

    Raises:
        ValueError: as `objective`.

    References:
        Hoerl, Kennard (1970), "Ridge regression: biased estimation for nonorthogonal problems" (l2);
        Tibshirani (1996), "Regression shrinkage and selection via the lasso" (l1).
    """
    return _penalised(get_model(model), get_loss(loss))


@lru_cache(maxsize=64)
def _penalised(model: Model, loss: Loss) -> Callable[..., tuple[Array, Array]]:
    function = objective(model, loss)

    def both(
        theta: Theta, x: Array, y: Array, l1: ArrayLike, l2: ArrayLike, weights: Array | None = None
    ) -> tuple[Array, Array]:
        bare = function(theta, x, y, weights)
        # |w| as w sign(w), whose slope at 0 is 0, so that a weight of 0 is not pulled away
        cost = [jnp.sum(w * (l1 * jnp.sign(w) + 0.5 * l2 * w)) for w in weights_of(model, theta)]
        return sum(cost, bare), bare

    return both


def value_and_gradient(model: str | Model, loss: str | Loss) -> Callable[..., tuple[tuple[Array, Array], Theta]]:
    """Return (theta, x, y, l1, l2, weights=None) -> ((penalised loss, bare loss), gradient of the former by theta).

    Arguments and errors are those of `penalised`; the gradient has the form of theta.
    """
    return _value_and_gradient(get_model(model), get_loss(loss))


@lru_cache(maxsize=64)
def _value_and_gradient(model: Model, loss: Loss) -> Callable[..., tuple[tuple[Array, Array], Theta]]:
    return jax.value_and_grad(penalised(model, loss), has_aux=True)


def hessian(model: str | Model, loss: str | Loss) -> Callable[..., Array]:
    """Return (theta, x, y, l1, l2, weights=None) -> second derivatives of the penalised loss by theta, `(p, p)`.

    Arguments and errors are those of `penalised`, of a model whose theta is a vector `(p,)` of few parameters.
    """
    return _hessian(get_model(model), get_loss(loss))


@lru_cache(maxsize=64)
def _hessian(model: Model, loss: Loss) -> Callable[..., Array]:
    def gradient(*arguments: Any) -> Array:
        return value_and_gradient(model, loss)(*arguments)[1]

    def second(theta: Array, *rest: Any) -> Array:
        directions = np.eye(len(theta))
        return jnp.stack([jax.jvp(lambda theta: gradient(theta, *rest), (theta,), (d,))[1] for d in directions])

    return second


def snapshot_steps(n_steps: int, n_snapshots: int = SNAPSHOTS, every: int = 1) -> np.ndarray:
    """Return the steps at which to keep theta: every one at the start, then further and further apart.

    The k-th of K is the step n_steps * (k / K)^2, or k where that is later: from there on the gaps grow
    evenly, to about twice the mean one.

    Args:
        n_steps: the last step, 1 to 10,000,000.
        n_snapshots: how many steps to return at most, 2 or more.
        every: only 0, every, 2 every, ... and the last step can be kept; 1 to 10,000,000.

    Returns:
        Increasing whole numbers from 0 to n_steps, of shape `(k,)`, k <= n_snapshots.

    Raises:
        ValueError: an argument is out of the range above.
    """
    n_steps = checks.whole_number("n_steps", n_steps, low=1, high=MOST_STEPS)
    count = checks.whole_number("n_snapshots", n_snapshots, low=2)
    every = checks.whole_number("every", every, low=1, high=MOST_STEPS)
    last = -(-n_steps // every)
    count = min(count, last + 1)
    k = np.arange(count)
    kept = np.maximum(k, np.round(last * (k / (count - 1)) ** 2)).astype(int)
    return np.minimum(kept * every, n_steps)


def train(
    theta: Theta,
    model: str | Model,
    loss: str | Loss,
    data: Dataset,
    *,
    optimizer: str | Optimizer = "gradient_descent",
    step_size: float | None = None,
    n_steps: int = 500,
    batch_size: int | None = None,
    seed: int = 0,
    penalty: str = "none",
    penalty_strength: float = 0.0,
    test: Dataset | None = None,
    n_snapshots: int | None = None,
    record_every: int = 1,
    progress: Callable[[int], None] | None = None,
    **hyperparameters: float,
) -> Run:
    """Run an optimizer from `theta`, and keep the parameters and the losses along the way.

    What is minimised is the loss plus strength * sum |w| (l1) or (strength / 2) * sum w^2 (l2), over weights
    and not biases. Compiled once for each model, loss and optimizer, and for each power of two that holds all
    examples (and the batch); no other argument compiles anything. May be called from several threads.

    Args:
        theta: the initial guess, as the model's `init` or `mlp_init` returns.
        model: a name in `MODELS`, or a `Model`: one with names, or a network with one output, as `mlp` returns.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        data: what to train on: x of shape `(n,)`, for a network `(n, d)`, and y of shape `(n,)`, finite, n >= 2
            (1 for a network); y from 0 to 1 for a classifier.
        optimizer: a name in `OPTIMIZERS`, or an `Optimizer`; Newton's method not for a network.
        step_size: the learning rate, above 0; None for that of the optimizer.
        n_steps: how many steps to make, 1 to 10,000,000.
        batch_size: how many examples each step sees, 1 to n; None for all.
        seed: which shuffling of the mini-batches, 0 or more.
        penalty: one of `PENALTIES`.
        penalty_strength: how much the penalty weighs, 0 or more.
        test: other examples, whose loss is recorded too; None for none.
        n_snapshots: how many steps' parameters to keep at most, 2 or more; None for `SNAPSHOTS` of a network and
            for all of another model.
        record_every: the losses of every so many steps are taken, 1 or more; snapshots are among these steps.
        progress: called with the number of steps made, about every 0.05 s; what it raises ends the run.
        **hyperparameters: those of the optimizer; its defaults for the rest.

    Returns:
        A `Run` of the steps 0 to n_steps. It diverges at the first of its `loss_steps` whose losses, gradient or
        theta are not finite, or where what is minimised is above 1e6 * max(1, what it was at first), and ends
        before it.

    Raises:
        ValueError: an argument is not as above; the loss of the initial guess is not finite; or Newton's
            method is asked for with mini-batches, or with a loss without second derivatives.
    """
    model, loss, rule = get_model(model), get_loss(loss), get_optimizer(optimizer)
    objective(model, loss)  # says here what does not fit together
    parts = _checked(model, loss, data, test)
    flat = flat_model(model)
    _check_curvature(model, loss, rule)
    start = flatten(check_theta(model, theta))
    n = len(parts[0].y)
    step_size = rule.step_size if step_size is None else checks.number("step_size", step_size, above=0.0)
    settings = (
        checks.as_float("step_size", step_size),
        penalty_strengths(penalty, penalty_strength),
        {name: checks.as_float(name, value) for name, value in fill_hyperparameters(rule, hyperparameters).items()},
    )
    if progress is not None:
        checks.function("progress", progress)
    n_steps = checks.whole_number("n_steps", n_steps, low=1, high=MOST_STEPS)
    every = min(checks.whole_number("record_every", record_every, low=1), n_steps)
    if n_snapshots is None:
        n_snapshots = max(2, n_steps + 1) if model.names else SNAPSHOTS
    keep = np.zeros(n_steps + 1, dtype=bool)
    keep[snapshot_steps(n_steps, n_snapshots, every)] = True
    size = n if batch_size is None else checks.whole_number("batch_size", batch_size, low=1, high=n)
    seed = checks.whole_number("seed", seed, low=0)
    batches = None
    if size < n:
        if rule.needs_hessian:
            raise ValueError(
                f"{rule.label} needs the curvature of the loss on all {n} examples, "
                f"but batch_size is {size}: choose batch_size={n}, or another optimizer"
            )
        batches = batch_indices(seed=seed, n=n, batch_size=size, n_steps=n_steps)

    examples = _examples(parts)
    widths = len(examples[1]), None if batches is None else padded_size(size)
    run = partial(_compiled_chunk(flat, loss, rule, test is not None, *widths), examples, *settings)
    carry = start, _compiled_init(rule)(start)
    found: list[tuple[np.ndarray, ...]] = []
    limit, diverged_at = np.inf, None
    for done, steps, path, values in _chunks(run, carry, batches, every, n_steps, progress is not None):
        if not found:
            limit = DIVERGED * max(float(values[0, 0]), 1.0)
        lost = ~(np.isfinite(path).all(axis=1) & np.isfinite(values).all(axis=1) & (values[:, 0] <= limit))
        good = slice(None, int(np.argmax(lost)) if lost.any() else None)
        kept = keep[steps[good]]
        kept[-1:] = True  # it is the end of the run if the next one diverges
        found.append((steps[good], values[good], steps[good][kept], path[good][kept]))
        if progress is not None:
            progress(done)
        if lost.any():
            diverged_at = int(steps[np.argmax(lost)])
            break
    if diverged_at == 0:
        raise ValueError(
            f"the loss or its gradient is not finite at the initial guess {theta!r}: start nearer to 0, "
            "or with smaller data"
        )
    loss_steps, values, steps, path = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    kept = keep[steps]
    kept[-1] = True
    minimised, bare, norm, *tested = values.T.copy()
    return Run(
        steps[kept], path[kept], loss_steps, bare, minimised, tested[0] if test is not None else None, norm, diverged_at
    )


def _checked(model: Model, loss: Loss, data: Any, test: Any) -> list[Dataset]:
    """Return what to train on, and what to test with, checked."""
    inputs = None if model.names else network_inputs(model)
    parts = []
    for name, part in (("the training part", data), *([("the test part", test)] if test is not None else [])):
        part = check_dataset(part) if inputs is None else check_examples(name, part, inputs=inputs)
        loss.check_targets(part.y)
        parts.append(part)
    return parts


def _check_curvature(model: Model, loss: Loss, rule: Optimizer) -> None:
    """Refuse an optimizer that needs second derivatives where there are none, or too many."""
    if not rule.needs_hessian:
        return
    if not loss.smooth:
        raise ValueError(
            f"{rule.label} needs second derivatives, and those of {loss.label.lower()} are zero: "
            "choose another loss or another optimizer"
        )
    if not model.names:
        raise ValueError(
            f"{rule.label}'s method needs the curvature along every pair of parameters at every step, and is "
            "made here for models with a few: choose another optimizer for a network"
        )


def penalty_strengths(penalty: str, strength: float) -> tuple[np.floating, np.floating]:
    """Return l1 and l2, as `penalised` takes them, of one of `PENALTIES` and its strength.

    Raises:
        ValueError: an unknown penalty, or a strength that is not a number of 0 or more.
    """
    if not isinstance(penalty, str) or penalty not in PENALTIES:
        raise ValueError(f"unknown penalty {checks.shown(penalty)}: choose one of {', '.join(PENALTIES)}")
    value = checks.as_float("penalty_strength", checks.number("penalty_strength", strength, low=0.0))
    l1, l2 = (value if penalty == name else value * 0 for name in ("l1", "l2"))
    return l1, l2


def _chunks(
    run: Callable[..., Any],
    carry: tuple[Any, OptState],
    batches: np.ndarray | None,
    every: int,
    n_steps: int,
    tells: bool,
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Call `run` until `n_steps` are made; where progress is told each call is as long as the last one's time suggests.

    Yields:
        How many steps are made; the steps recorded in this call, `(m,)`; theta and the numbers at them,
        `(m, p)` and `(m, 4)`.
    """
    most = _longest(len(carry[0]))
    first, length, batch = 0, FIRST if tells else most, None
    while first <= n_steps:
        began = time.perf_counter()
        length = min(length, most, n_steps + 1 - first)
        if batches is not None:
            indices, weights = padded_batches(batches[first : first + length], steps=most)
            batch = indices, weights[0]
        carry, *history = run(carry, batch, first, length, every, n_steps)
        steps = np.arange(first, first + length)
        steps = steps[(steps % every == 0) | (steps == n_steps)]
        path, values = (np.asarray(values)[: len(steps)] for values in history)
        first += length
        yield first - 1, steps, path, values
        if tells and first > length:  # the first call may have compiled
            length = max(1, int(length * min(4.0, BETWEEN / (time.perf_counter() - began + 1e-9))))


def _examples(parts: list[Dataset]) -> tuple[Array, Array, Array]:
    """Return x, y of all examples and their weights in the losses, `(parts, n)`, as `padded` does."""
    counts = [len(part.y) for part in parts]
    for part in parts:
        for name, values in zip(("x", "y"), part, strict=True):
            checks.as_floats(name, values)
    x, y, weights = padded(Dataset(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True))))
    each = np.zeros((len(parts), len(weights)), weights.dtype)
    for row, end, count in zip(each, np.cumsum(counts), counts, strict=True):
        row[end - count : end] = 1.0 / count
    return jax.device_put((x, y, each))


def _longest(n_parameters: int) -> int:
    """Return how many steps a call of the compiled loop makes at most: as many as keep its path small."""
    return min(1024, max(64, 2**18 // n_parameters))


@lru_cache(maxsize=16)
def _compiled_init(optimizer: Optimizer) -> Callable[[np.ndarray], OptState]:
    return jax.jit(optimizer.init)


@lru_cache(maxsize=128)
def _compiled_chunk(
    model: Model, loss: Loss, optimizer: Optimizer, tests: bool, n: int, batch_size: int | None
) -> Callable[..., Any]:
    """Return the compiled loop over some steps; it keeps theta and the numbers of a `Run` before some of them.

    The padded sizes are part of the key, so that the bound of the cache bounds what is compiled (1 MB each).
    """
    evaluate, second, bare = value_and_gradient(model, loss), hessian(model, loss), objective(model, loss)

    def run(
        examples: tuple[Array, Array, Array],
        step_size: Array,
        strengths: tuple[Array, Array],
        hyperparameters: dict[str, Array],
        carry: tuple[Array, OptState],
        batches: tuple[Array, Array] | None,
        first: Array,
        length: Array,
        every: Array,
        n_steps: Array,
    ) -> tuple[tuple[Array, OptState], Array, Array]:
        x, y, weights = examples
        n_parameters, most = len(carry[0]), _longest(len(carry[0]))

        def moved(carry: tuple[Array, OptState], gradient: Array) -> tuple[Array, OptState]:
            theta, opt_state = carry
            curvature = second(theta, x, y, *strengths, weights[0]) if optimizer.needs_hessian else None
            return optimizer.step(theta, gradient, opt_state, step_size, hyperparameters, curvature)

        def step(i: Array, carry: tuple[Array, OptState]) -> tuple[Array, OptState]:
            seen = (x, y, weights[0]) if batches is None else (x[batches[0][i]], y[batches[0][i]], batches[1])
            return moved(carry, evaluate(carry[0], *seen[:2], *strengths, seen[2])[1])

        def record_and_go_on(state: Any) -> Any:
            carry, i, row, path, numbers = state
            (minimised, value), gradient = evaluate(carry[0], x, y, *strengths, weights[0])
            tested = [bare(carry[0], x, y, weights[1])] if tests else []
            record = jnp.stack([minimised, value, jnp.sqrt(jnp.sum(gradient**2)), *tested])
            path, numbers = path.at[row].set(carry[0]), numbers.at[row].set(record)
            # a call that begins between two records overwrites this row at the next
            whole = ((first + i) % every == 0) | (first + i == n_steps)
            stop = jnp.minimum(length, i + every - (first + i) % every)
            stop = jnp.where(first + i < n_steps, jnp.minimum(stop, n_steps - first), stop)
            if batches is None:  # what was recorded is the gradient of the first step as well
                carry, i = moved(carry, gradient), i + 1
            return lax.fori_loop(i, stop, step, carry), stop, row + whole, path, numbers

        theta, zero = carry[0], jnp.zeros_like(length)
        history = jnp.zeros((most, n_parameters), theta.dtype), jnp.zeros((most, 4 if tests else 3), theta.dtype)
        state = carry, zero, zero, *history
        carry, _, _, path, numbers = lax.while_loop(lambda state: state[1] < length, record_and_go_on, state)
        return carry, path, numbers

    return jax.jit(run)


def converged_at(run: Run, tolerance: float = CONVERGED) -> int | None:
    """Return the step from which on the norm of the gradient stays below `tolerance`, or None.

    Raises:
        ValueError: `run` is no `Run`, or the tolerance is not above 0.
    """
    checks.instance("run", run, Run, "what `train` returns")
    tolerance = checks.number("tolerance", tolerance, above=0.0)
    if run.diverged_at is not None:
        return None
    above = np.flatnonzero(~(run.gradient_norm < tolerance))
    first = above[-1] + 1 if len(above) else 0
    return int(run.loss_steps[first]) if first < len(run.loss_steps) else None
