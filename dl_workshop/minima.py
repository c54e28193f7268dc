"""Where a loss is least, for models that are linear in theta: the theta of the best fit, or why there is none.

All is solved in functions of x that are orthonormal over the examples: whatever units x has, valleys are round
there. Each solver is a function that JAX can trace, or one step of it that a loop repeats: here and in the
browser the same.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import xlog1py, xlogy

from dl_workshop import small
from dl_workshop.batches import padded
from dl_workshop.data import Dataset, check_dataset
from dl_workshop.losses import Loss, get_loss
from dl_workshop.models import Model, get_model
from dl_workshop.training import objective

MOST_STEPS = 200  # of a solver
LADDER = 0.5 ** np.arange(40.0)  # step sizes that a line search tries
PERTURBATION = 1e-9  # of the range of y
GOLDEN = (5.0**0.5 - 1.0) / 2.0
STARTS = 9  # places of a sigmoid at each steepness
STEEPNESS = (0.5, 2.0, 8.0, 32.0)  # of a sigmoid, over the spread of x

# What `why_none` returns, beside 0.0 where a finite minimum may exist, in words.
REASONS = {
    1: "All labels are 0: the smaller b is, the smaller the loss, without end.",
    2: "All labels are 1: the larger b is, the smaller the loss, without end.",
    3: "A threshold on x separates the classes: the steeper the sigmoid, the smaller the loss, without end.",
    4: "No sigmoid beats a step: the steeper it is, the smaller the loss, without end.",
}
NOT_BETTER_THAN_A_STEP = 4
SMALL_THETA = 1e-6  # of which no change is a large share
BEATS = 1e-12  # a minimum is lower than the loss of every step by more


class BestFit(NamedTuple):
    """Where a loss is least.

    Attributes:
        theta: `(p,)`, or None where no finite theta has the least loss.
        loss: the least loss, or the bound that it falls to without reaching it.
        reason: None, or a sentence that says why there is no finite minimum.
    """

    theta: np.ndarray | None
    loss: float
    reason: str | None = None


def best_fit(model: str | Model, loss: str | Loss, dataset: Dataset) -> BestFit:
    """Find the theta of least loss, or say why there is none.

    In 64 bits whatever JAX's mode. Compiled once for each model and loss, and each power of two that holds the
    examples.

    Args:
        model: a name in `MODELS`, or a `Model` that is linear in theta; for classes w * x + b.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x and y of shape `(n,)`, finite, n >= 2; y is 0 or 1 for a classifier.

    Returns:
        A `BestFit`. Where several theta share the least loss, one of them. The squared error on probabilities
        has many valleys: its minimum is the lowest found from many starts.

    Raises:
        ValueError: an argument is not as above, or the numbers are too large to add squares of them.
    """
    model, loss, dataset = get_model(model), get_loss(loss), check_dataset(dataset)
    mean_loss = objective(model, loss)  # says here what does not fit together
    check_linear(model)
    if loss.solver not in SOLVERS:
        raise ValueError(f"no solver for the loss {loss.name!r}: its solver must be one of {', '.join(SOLVERS)}")
    with jax.enable_x64(True):
        x, y, weights = padded(dataset)
        if loss.classifies:
            labels = np.unique(dataset.y)
            if not np.isin(labels, (0.0, 1.0)).all():
                raise ValueError(f"the labels y must be 0 or 1, but they are {labels}")
            if len(model.names) != 2:
                raise ValueError(
                    f"the model {model.name!r} must be w * x + b, to say whether its classes have a minimum"
                )
            code, bound = (float(value) for value in jitted(_verdict(loss))(x, y, weights))
            if code:
                return BestFit(None, bound, REASONS[int(code)])
        functions, change = jitted(basis(model))(x, weights)
        coefficients = SOLVERS[loss.solver](loss, functions, jnp.asarray(y), jnp.asarray(weights))
        theta = np.asarray(change @ coefficients)
        least = float(jitted(mean_loss)(theta, x, y, weights))
    if not (np.isfinite(theta).all() and np.isfinite(least)):
        raise ValueError("the best fit is not finite: x or y holds numbers whose squares are too large, or too small")
    # a theta that beats every step is near a minimum: the loss is higher wherever theta is far away
    if loss.classifies and np.ptp(dataset.x) > 0.0 and not least < bound - BEATS:
        return BestFit(None, bound, REASONS[NOT_BETTER_THAN_A_STEP])
    return BestFit(theta, least)


def check_linear(model: Model) -> None:
    """Raise a ValueError unless the output of `model` is linear in theta."""
    if not model.linear:
        raise ValueError(f"the model {model.name!r} must be linear in theta, as linear, logistic and polynomial are")


@lru_cache(maxsize=64)
def jitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function compiled; the same function returns the same object."""
    return jax.jit(function)


# -- the functions that a model adds up ---------------------------------------------------------------------


@lru_cache(maxsize=16)
def basis(model: Model) -> Callable[..., tuple[Array, Array]]:
    """Return the functions of x that a model adds up, made orthonormal; for JAX to trace.

    By Gram and Schmidt from the constant on, each twice, so that rounding leaves nothing of the others.

    Args:
        model: one that is linear in theta.

    Returns:
        (x `(n,)`, weights `(n,)` = None) -> functions `(n, p)`, whose mean products are those of the identity
        matrix, and change `(p, p)`: theta = change @ coefficients of the functions. A function that is the same
        as others at every x is 0, and so is its column of change. With weights means are weighted sums.
    """

    def functions(x: Array, weights: Array | None = None) -> tuple[Array, Array]:
        unit = np.eye(len(model.names))
        found: dict[int, tuple[Array, Array]] = {}
        for k in reversed(range(len(unit))):
            values = jax.vmap(model.apply, in_axes=(None, 0))(unit[k], x)
            most = jnp.max(jnp.abs(values))  # divided out before squares of large or tiny numbers leave the floats
            most = jnp.where(most > 0.0, most, 1.0)
            values, theta = values / most, jnp.asarray(unit[k]) / most
            size = jnp.sqrt(_mean(values**2, weights))
            for _ in range(2):
                for other, other_theta in found.values():
                    shared = _mean(values * other, weights)
                    values, theta = values - shared * other, theta - shared * other_theta
            rest = jnp.sqrt(_mean(values**2, weights))
            scale = jnp.where(rest > 1e-13 * size, 1.0 / jnp.where(rest > 0.0, rest, 1.0), 0.0)
            found[k] = values * scale, theta * scale
        columns = [found[k] for k in range(len(unit))]
        return jnp.stack([values for values, _ in columns], axis=1), jnp.stack([theta for _, theta in columns], axis=1)

    return functions


def _mean(values: Array, weights: Array | None) -> Array:
    return jnp.mean(values) if weights is None else jnp.sum(weights * values)


def _output(functions: Array, coefficients: Array) -> Array:
    return jnp.sum(functions * coefficients, axis=1)


# -- least squares ------------------------------------------------------------------------------------------


def least_squares(functions: Array, y: Array, weights: Array | None = None) -> Array:
    """Return the coefficients of least mean squared error, `(p,)`: mean products with y; for JAX to trace.

    Args:
        functions: as `basis` returns, `(n, p)`.
        y: targets, `(n,)`.
        weights: as in `basis`.

    References:
        Gauss (1809), "Theoria motus corporum coelestium", article 180.
    """

    def along(rest: Array) -> Array:
        return jnp.stack([_mean(functions[:, k] * rest, weights) for k in range(functions.shape[1])])

    first = along(y)
    return first + along(y - _output(functions, first))  # once more, for what the first has rounded


# -- least absolute deviations ------------------------------------------------------------------------------


def no_examples(functions: Array) -> Array:
    """Return where `absolute_step` starts: none of its p examples is chosen yet; for JAX to trace."""
    return jnp.full(functions.shape[1], -1.0)


def perturbed(y: Array) -> Array:
    """Return y, each moved by less than 1e-9 of their range, so that no example is met by accident; `(n,)`.

    Where more examples than parameters lie on one line, a descent over lines through p examples can stand still
    although there are better lines; not where they are all moved a little.
    """
    index = jnp.arange(y.shape[0], dtype=float)
    return y + PERTURBATION * (jnp.max(y) - jnp.min(y)) * (jnp.mod(index * GOLDEN, 1.0) - 0.5)


def absolute_step(
    examples: Array, k: Array, functions: Array, y: Array, weights: Array | None = None
) -> tuple[Array, Array, Array]:
    """Make one step towards the least mean absolute error; for JAX to trace.

    The best curve meets p examples. The step gives one of those that it meets now free, and moves along the
    curves through the others to the best of them, which meets another example: the weighted median of the moves
    that meet one. Where p steps in a row change nothing, with k = 0, ..., p - 1, the error is least.

    Args:
        examples: which ones the curve meets, whole numbers as floats, `(p,)`; -1 for none yet.
        k: which of them is given free, 0 to p - 1.
        functions: as `basis` returns, `(n, p)`.
        y: targets, `(n,)`.
        weights: as in `basis`.

    Returns:
        The examples after the step, `(p,)`; the coefficients of the curve through them, `(p,)`; and 1.0 where
        the step has changed them, 0.0 elsewhere.

    References:
        Boscovich (1757), in Laplace's form (1793); Bloomfield, Steiger (1983), "Least absolute deviations",
        chapter 1.
    """
    count, places = functions.shape[1], jnp.arange(functions.shape[1])
    at = jnp.maximum(examples, 0.0).astype(int)
    chosen = examples >= 0.0
    rows = jnp.where(chosen[:, None], functions[at], jnp.eye(count))
    start = small.solved(rows, jnp.where(chosen, y[at], 0.0))
    direction = small.solved(rows, (places == k).astype(float))
    rest, slope = y - _output(functions, start), _output(functions, direction)
    moves = jnp.abs(slope) > 1e-12 * jnp.sqrt(jnp.sum(direction**2))
    move = jnp.where(moves, rest / jnp.where(moves, slope, 1.0), 0.0)
    weight = jnp.where(moves, jnp.abs(slope), 0.0) * (jnp.ones_like(y) if weights is None else weights)
    found = _quantile(move, weight, 0.5)
    before, after = _mean(jnp.abs(rest), weights), _mean(jnp.abs(rest - move[found] * slope), weights)
    better = (jnp.sum(weight) > 0.0) & ((after < before * (1.0 - 1e-13)) | (examples[k.astype(int)] < 0.0))
    changed = jnp.where(better & (places == k), found.astype(float), examples)
    return changed, start + jnp.where(better, move[found], 0.0) * direction, jnp.where(better, 1.0, 0.0)


def _quantile(values: Array, weights: Array, share: float) -> Array:
    """Return the index of the first value, in their order, up to which the weights hold a share of all."""
    order = jnp.argsort(values)
    below = jnp.cumsum(weights[order])
    most = below.shape[0] - 1
    return order[jnp.minimum(jnp.sum((below < share * jnp.max(below)).astype(int)), most)]


# -- smooth losses ------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def newton_step(loss: Loss) -> Callable[..., tuple[Array, Array]]:
    """Return one step of Newton's method towards the minimum of a smooth loss; for JAX to trace.

    With the Hessian moved up where it curves down, and the largest of a ladder of step sizes that lowers the
    loss enough: Nocedal, Wright (2006), "Numerical Optimization", sections 3.4 and 3.1.

    Args:
        loss: with second derivatives.

    Returns:
        (coefficients `(p,)`, functions `(n, p)`, y `(n,)`, weights `(n,)` = None) -> the coefficients after the
        step, and 1.0 where they are those of a minimum, as near as floats tell, 0.0 elsewhere.
    """

    def value(y: Array, output: Array) -> Array:
        return loss.function(y, output)

    slope = jax.grad(value, argnums=1)
    curvature = jax.grad(slope, argnums=1)

    def step(coefficients: Array, functions: Array, y: Array, weights: Array | None = None) -> tuple[Array, Array]:
        def at(coefficients: Array) -> Array:
            return _mean(jax.vmap(value)(y, _output(functions, coefficients)), weights)

        output, columns = _output(functions, coefficients), [functions[:, k] for k in range(functions.shape[1])]
        slopes, curvatures = jax.vmap(slope)(y, output), jax.vmap(curvature)(y, output)
        gradient = jnp.stack([_mean(column * slopes, weights) for column in columns])
        products = [[_mean(one * other * curvatures, weights) for other in columns] for one in columns]
        hessian = jnp.stack([jnp.stack(row) for row in products])
        change, arrived = _damped(coefficients, gradient, hessian, at)
        return coefficients + change, arrived

    return step


def descent_step(model: Model, loss: Loss) -> Callable[..., tuple[Array, Array]]:
    """Return one step of Newton's method towards a minimum of any loss of any model; for JAX to trace.

    As `newton_step`, but in theta itself, and of a loss that need not be a mean over examples.

    Args:
        model: of few parameters.
        loss: one that fits the model.

    Returns:
        (theta `(p,)`, x `(n,)`, y `(n,)`) -> theta after the step, and 1.0 where no further step is worth making,
        0.0 elsewhere: at a minimum, or where none of the ladder's steps lowers the loss.
    """
    at = objective(model, loss)
    gradient_at, hessian_at = jax.grad(at), jax.hessian(at)

    def step(theta: Array, x: Array, y: Array) -> tuple[Array, Array]:
        change, arrived = _damped(theta, gradient_at(theta, x, y), hessian_at(theta, x, y), lambda to: at(to, x, y))
        return theta + change, arrived

    return step


def newton_rest(model: Model, loss: Loss) -> Callable[..., Array]:
    """Return how much Newton's step would still change, of a loss of classes; for JAX to trace.

    At a minimum that is next to nothing. Where the loss falls without end and its slope alone has vanished, it is
    not: each further step moves the logits by about 1, and parameters that saturate by a share of themselves.

    Args:
        model: of few parameters.
        loss: one of classes that fits the model.

    Returns:
        (theta `(p,)`, x `(n,)`, y `(n,)`) -> a scalar: the largest change of a logit, or that of theta as a share of
        theta, whichever is larger. Parameters on which the loss does not depend there are left out; infinite where it
        depends on none.
    """
    at = objective(model, loss)
    gradient_at, hessian_at = jax.grad(at), jax.hessian(at)

    def rest(theta: Array, x: Array, y: Array) -> Array:
        gradient, hessian = gradient_at(theta, x, y), hessian_at(theta, x, y)
        size, unit = jnp.max(jnp.abs(hessian)), jnp.eye(gradient.shape[0])
        unseen = (jnp.max(jnp.abs(hessian), axis=1) == 0.0) & (gradient == 0.0)
        lift = jnp.where(unseen, 1.0, 1e-13 * size)  # of two parameters that do the same, either is as good
        step = -small.solved(hessian + lift[:, None] * unit, gradient)
        _, moved = jax.jvp(lambda theta: jax.vmap(model.apply, in_axes=(None, 0))(theta, x), (theta,), (step,))
        share = jnp.sqrt(jnp.sum(step**2)) / jnp.maximum(jnp.sqrt(jnp.sum(theta**2)), SMALL_THETA)
        return jnp.where(jnp.all(unseen), jnp.inf, jnp.maximum(jnp.max(jnp.abs(moved)), share))

    return rest


def _damped(place: Array, gradient: Array, hessian: Array, at: Callable[[Array], Array]) -> tuple[Array, Array]:
    """Return a damped step of Newton's method `(p,)`, and 1.0 where it is the last that is worth making.

    Args:
        place: where it begins, `(p,)`.
        gradient: there, `(p,)`.
        hessian: there, `(p, p)`.
        at: the loss at a place.
    """
    steepest = jnp.sqrt(jnp.sum(gradient**2))
    most, least = small.largest_eigenvalue(hessian), -small.largest_eigenvalue(-hessian)
    bound = 1e-8 * (jnp.maximum(jnp.abs(most), jnp.abs(least)) + steepest) + 1e-300
    lift = jnp.where(least > bound, 0.0, bound - 2.0 * jnp.minimum(least, 0.0))
    direction = -small.solved(hessian + lift * jnp.eye(gradient.shape[0]), gradient)
    decrease, now = -jnp.sum(gradient * direction), at(place)
    values = jax.vmap(lambda size: at(place + size * direction))(jnp.asarray(LADDER))
    enough = values <= now - 1e-4 * jnp.asarray(LADDER) * decrease
    arrived = decrease <= 1e-14 * now + 1e-28
    stuck = ~jnp.any(enough)
    size = jnp.where(arrived, 1.0, jnp.where(stuck, 0.0, jnp.asarray(LADDER)[jnp.argmax(enough)]))
    return size * direction, jnp.where(arrived | stuck, 1.0, 0.0)


@lru_cache(maxsize=16)
def starts(loss: Loss) -> Callable[..., Array]:
    """Return where to start for a loss of a sigmoid that has many valleys; for JAX to trace.

    Returns:
        (functions `(n, 2)`, y `(n,)`, weights `(n,)` = None) -> coefficients `(m, 2)`: of the share of ones,
        and of a sigmoid of each of several slopes, each at that one of a few places where it fits best.
    """

    def candidates(functions: Array, y: Array, weights: Array | None = None) -> Array:
        # in coefficients of x and of 1; these functions are x from its mean, over its spread, and 1
        x, each = functions[:, 0], jnp.ones_like(y) / y.shape[0] if weights is None else weights
        share = _mean(y, weights)
        level = jnp.log(share / (1.0 - share))
        shares = np.linspace(0.0, 1.0, STARTS)
        places = jnp.stack([x[_quantile(x, each, share)] for share in shares])
        found = [jnp.stack([jnp.zeros_like(level), level])]
        for w in (*STEEPNESS, *(-steepness for steepness in STEEPNESS)):
            values = jnp.stack([_mean(jax.vmap(loss.function)(y, w * (x - places[k])), weights) for k in range(STARTS)])
            found.append(jnp.stack([jnp.asarray(w), -w * places[jnp.argmin(values)]]))
        return jnp.stack(found)

    return candidates


# -- whether there is a minimum -----------------------------------------------------------------------------


def why_none(x: Array, y: Array) -> Array:
    """Return why no finite theta is most likely, a key of `REASONS`, or 0.0; for JAX to trace.

    Args:
        x: inputs, `(n,)`.
        y: labels 0 or 1, `(n,)`.

    References:
        Albert, Anderson (1984), "On the existence of maximum likelihood estimates in logistic regression
        models", theorems 1 and 2.
    """
    is_one = y > 0.5
    first_one, last_one = jnp.min(jnp.where(is_one, x, jnp.inf)), jnp.max(jnp.where(is_one, x, -jnp.inf))
    first_zero, last_zero = jnp.min(jnp.where(is_one, jnp.inf, x)), jnp.max(jnp.where(is_one, -jnp.inf, x))
    apart = (last_zero <= first_one) | (last_one <= first_zero)
    separated = jnp.where(apart & (jnp.max(x) > jnp.min(x)), 3.0, 0.0)
    return jnp.where(jnp.all(is_one), 2.0, jnp.where(jnp.any(is_one), separated, 1.0))


@lru_cache(maxsize=16)
def least_loss_of_a_step(loss: Loss) -> Callable[..., Array]:
    """Return the least mean loss of a step: it stands at one x, where it takes the best constant; for JAX to trace.

    Returns:
        (x `(n,)`, y `(n,)` of 0 and 1, weights `(n,)` = None) -> a scalar: what a sigmoid comes as near to as one
        likes, the steeper it is; infinite where every step is wrong somewhere and that costs without end.
    """
    wrong_costs = float("inf") if loss.solver == "newton" else 1.0

    def at_best(share: Array) -> Array:
        return share * (1.0 - share) if loss.solver != "newton" else -xlogy(share, share) - xlog1py(1.0 - share, -share)

    def least(x: Array, y: Array, weights: Array | None = None) -> Array:
        each = jnp.ones_like(y) / y.shape[0] if weights is None else weights
        order, index = jnp.argsort(x), jnp.arange(x.shape[0])
        sorted_x = x[order]
        is_new = (index > 0) & (sorted_x != sorted_x[jnp.maximum(index - 1, 0)])
        place = jnp.cumsum(is_new.astype(int))
        nothing = jnp.zeros_like(each)
        ones, zeros = (nothing.at[place].add((each * part)[order]) for part in (y, 1.0 - y))
        below_ones, below_zeros = jnp.cumsum(ones) - ones, jnp.cumsum(zeros) - zeros
        above_ones, above_zeros = jnp.sum(ones) - below_ones - ones, jnp.sum(zeros) - below_zeros - zeros
        wrong = jnp.minimum(below_ones + above_zeros, below_zeros + above_ones)
        both = ones + zeros
        share = ones / jnp.where(both > 0.0, both, 1.0)
        # sums of weights are rounded: less than half of one example's is none
        some = wrong > 0.5 * jnp.min(jnp.where(each > 0.0, each, 1.0))
        return jnp.min(jnp.where(some, wrong_costs * wrong, 0.0) + both * at_best(share))

    return least


@lru_cache(maxsize=16)
def _verdict(loss: Loss) -> Callable[..., tuple[Array, Array]]:
    def both(x: Array, y: Array, weights: Array) -> tuple[Array, Array]:
        return why_none(x, y), least_loss_of_a_step(loss)(x, y, weights)

    return both


# -- loops over steps ---------------------------------------------------------------------------------------


def _by_least_squares(loss: Loss, functions: Array, y: Array, weights: Array) -> Array:
    return jitted(least_squares)(functions, y, weights)


def _by_least_absolute(loss: Loss, functions: Array, y: Array, weights: Array) -> Array:
    """Descend on perturbed targets first, then on the real ones."""
    step, count = jitted(absolute_step), functions.shape[1]
    examples = jitted(no_examples)(functions)
    for targets in (jitted(perturbed)(y), y):
        same, k = 0, 0
        while same < count and k < MOST_STEPS * count:
            examples, coefficients, changed = step(examples, float(k % count), functions, targets, weights)
            same, k = (0 if float(changed) else same + 1), k + 1
    return coefficients


def _by_newton(loss: Loss, functions: Array, y: Array, weights: Array) -> Array:
    """Descend from 0 where classes are told apart, and from the least absolute error elsewhere: on Huber's square."""
    if loss.classifies:
        return _descend(loss, np.zeros(functions.shape[1]), functions, y, weights)
    return _descend(loss, _by_least_absolute(loss, functions, y, weights), functions, y, weights)


def _by_many_starts(loss: Loss, functions: Array, y: Array, weights: Array) -> Array:
    value = jitted(_loss_of(loss))
    ends = [
        _descend(loss, start, functions, y, weights)
        for start in np.asarray(jitted(starts(loss))(functions, y, weights))
    ]
    return min(ends, key=lambda end: float(value(end, functions, y, weights)))


SOLVERS: dict[str, Callable[[Loss, Array, Array, Array], Array]] = {
    "least_squares": _by_least_squares,
    "least_absolute": _by_least_absolute,
    "newton": _by_newton,
    "many_starts": _by_many_starts,
}


def _descend(loss: Loss, coefficients: Any, *data: Array) -> Array:
    step = jitted(newton_step(loss))
    for _ in range(MOST_STEPS):
        coefficients, arrived = step(coefficients, *data)
        if float(arrived):
            break
    return coefficients


@lru_cache(maxsize=16)
def _loss_of(loss: Loss) -> Callable[..., Array]:
    def value(coefficients: Array, functions: Array, y: Array, weights: Array | None = None) -> Array:
        return _mean(jax.vmap(loss.function)(y, _output(functions, coefficients)), weights)

    return value
