"""Where a loss is least, for models that are a line: the theta of the best fit, or why there is none."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.special import xlog1py, xlogy

from dl_workshop.batches import padded
from dl_workshop.data import Dataset, check_dataset
from dl_workshop.losses import Loss, get_loss
from dl_workshop.models import Model, Theta, get_model, linear_model, logistic_model
from dl_workshop.training import objective

# (w, b) as an array `(2,)` -> loss, gradient `(2,)`, Hessian `(2, 2)`
Derivatives = Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]]


class BestFit(NamedTuple):
    """Where a loss is least.

    Attributes:
        theta: {"w": float, "b": float}, or None where no finite theta has the least loss.
        loss: the least loss, or the bound that it falls to without reaching it.
        reason: None, or a sentence that says why there is no finite minimum.
    """

    theta: Theta | None
    loss: float
    reason: str | None = None


def best_fit(model: str | Model, loss: str | Loss, dataset: Dataset) -> BestFit:
    """Find the theta of least loss, or say why there is none.

    Args:
        model: a name in `MODELS`, or a `Model`, whose output is w * x + b.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x and y of shape `(n,)`, finite, n >= 2; y is 0 or 1 for a classifier.

    Returns:
        A `BestFit`. Where several theta share the least loss, one of them. The squared error on probabilities
        has many valleys: its minimum is the lowest found from many starts.

    Raises:
        ValueError: an argument is not as above.
    """
    name, dataset = get_loss(loss).name, check_dataset(dataset)
    derivatives = derivatives_of(model, loss, dataset)
    if name not in _SOLVERS:
        raise ValueError(f"no solver for the loss {name!r}: choose one of {', '.join(_SOLVERS)}")
    if name in _CLASSIFYING:
        labels = _labels_by_x(dataset)
        bound = _least_loss_of_a_step(labels, _CLASSIFYING[name])
        if reason := _why_separable(labels):
            return BestFit(None, bound, reason)
    # solved in units of its spread from its middle, whatever units x has: Newton's method then has round valleys
    centre, spread = dataset.x.mean(), dataset.x.std() or 1.0
    standard = Dataset((dataset.x - centre) / spread, dataset.y)
    slope, level = _SOLVERS[name](derivatives_of(model, loss, standard), standard)
    theta = np.array([slope / spread, level - slope * centre / spread])
    least = derivatives(theta)[0]
    # a theta that beats every step is near a minimum: the loss is higher wherever theta is far away
    if name in _CLASSIFYING and len(labels.ones) > 1 and not least < bound - 1e-12:
        return BestFit(None, bound, "No sigmoid beats a step: the steeper it is, the smaller the loss, without end.")
    return BestFit({"w": float(theta[0]), "b": float(theta[1])}, least)


def derivatives_of(model: str | Model, loss: str | Loss, dataset: Dataset) -> Derivatives:
    """Return theta -> loss, gradient and Hessian on all data, for a model whose output is w * x + b.

    In 64 bits whatever JAX's mode. Compiled once for each model and loss, and each power of two that holds
    the examples.

    Args:
        model: a name in `MODELS`, or a `Model`, whose output is w * x + b.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: a checked `Dataset`.

    Returns:
        A function of (w, b) as an array `(2,)`, returning a float and arrays of shape `(2,)` and `(2, 2)`.

    Raises:
        ValueError: an unknown name, a loss that does not fit the model, or a model that is not a line.
    """
    model, loss = get_model(model), get_loss(loss)
    objective(model, loss)  # says here what does not fit together
    if model.apply not in (linear_model, logistic_model):
        raise ValueError(f"the model {model.name!r} must have the output w * x + b, as linear and logistic do")
    n = len(dataset.x)
    by_theta = np.stack([dataset.x, np.ones(n)])  # the derivative of w * x + b
    with jax.enable_x64(True):
        x, y, _ = padded(dataset)

    def derivatives(theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        with jax.enable_x64(True):
            value, slope, curvature = np.asarray(_compiled_curves(model, loss)(theta, x, y))[:, :n]
        return float(value.mean()), by_theta @ slope / n, (by_theta * curvature) @ by_theta.T / n

    return derivatives


@lru_cache(maxsize=16)
def _compiled_curves(model: Model, loss: Loss) -> Callable[[np.ndarray, np.ndarray, np.ndarray], Array]:
    """Return ((w, b), x, y) -> `(3, n)`: each example's loss, and its first two derivatives by the output."""

    def curves(theta: Array, x: Array, y: Array) -> Array:
        output = model.apply({"w": theta[0], "b": theta[1]}, x)

        def value(output: Array) -> Array:
            return loss.function(y, output)

        return jnp.stack([value(output), jax.grad(value)(output), jax.grad(jax.grad(value))(output)])

    return jax.jit(jax.vmap(curves, in_axes=(None, 0, 0), out_axes=1))


def _least_squares(derivatives: Derivatives, dataset: Dataset) -> np.ndarray:
    """Legendre's normal equations, on centred x: w = cov(x, y) / var(x), b = mean y - w mean x."""
    from_mean = dataset.x - dataset.x.mean()
    spread = from_mean @ from_mean
    w = from_mean @ dataset.y / spread if spread > 0.0 else 0.0
    return np.array([w, dataset.y.mean() - w * dataset.x.mean()])


def _least_absolute(derivatives: Derivatives, dataset: Dataset) -> np.ndarray:
    """Golden-section search on w: the best b for it is the median of y - w x, and the loss is convex in w."""
    x, y = dataset
    if np.ptp(x) == 0.0:
        return np.array([0.0, np.median(y)])

    def total(w: float) -> float:
        rest = y - w * x
        return float(np.abs(rest - np.median(rest)).sum())

    low, high = -1.0, 1.0
    while min(total(low), total(high)) <= total(0.0):
        low, high = 2.0 * low, 2.0 * high
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = total(left), total(right)
    while low < left < right < high:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = total(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = total(right)
    w = left if at_left <= at_right else right
    return np.array([w, np.median(y - w * x)])


def _least_huber(derivatives: Derivatives, dataset: Dataset) -> np.ndarray:
    """Newton's method from the least absolute error, where some residuals are on the square part."""
    return _descend(derivatives, _least_absolute(derivatives, dataset))


def _least_cross_entropy(derivatives: Derivatives, dataset: Dataset) -> np.ndarray:
    """Newton's method, on a convex loss."""
    return _descend(derivatives, np.zeros(2))


def _least_brier(derivatives: Derivatives, dataset: Dataset) -> np.ndarray:
    """Newton's method from sigmoids of many slopes, each where it fits best, and from the share of ones."""
    share = dataset.y.mean()
    steepness = np.array([2.0, 8.0, 32.0, 128.0]) / max(np.ptp(dataset.x), 1e-9)
    places = np.quantile(dataset.x, np.linspace(0.0, 1.0, 9))

    def lowest(thetas: Iterable[np.ndarray], n: int) -> list[np.ndarray]:
        return sorted(thetas, key=lambda theta: derivatives(theta)[0])[:n]

    slopes = (lowest((np.array([w, -w * x]) for x in places), 1)[0] for w in (*steepness, *-steepness))
    level = np.array([0.0, np.log(share / (1.0 - share))])
    return lowest((_descend(derivatives, start) for start in (level, *lowest(slopes, 4))), 1)[0]


_SOLVERS: dict[str, Callable[[Derivatives, Dataset], np.ndarray]] = {
    "mse": _least_squares,
    "mae": _least_absolute,
    "huber": _least_huber,
    "binary_cross_entropy": _least_cross_entropy,
    "squared_error_on_probabilities": _least_brier,
}


def _descend(derivatives: Derivatives, theta: np.ndarray) -> np.ndarray:
    """Newton's method with positive eigenvalues and a line search: Nocedal, Wright (2006), section 3.4."""
    for _ in range(100):
        value, gradient, hessian = derivatives(theta)
        curvatures, axes = np.linalg.eigh(hessian)
        curvatures = np.abs(curvatures)
        least = 1e-8 * (curvatures.max() + np.linalg.norm(gradient)) + 1e-300
        step = -axes @ ((axes.T @ gradient) / np.maximum(curvatures, least))
        decrease = -float(gradient @ step)
        if decrease <= 1e-14 * value + 1e-28:
            return theta + step
        size = 1.0
        while not derivatives(theta + size * step)[0] <= value - 1e-4 * size * decrease:
            size /= 2.0
            if size < 1e-12:
                return theta
        theta = theta + size * step
    return theta


class _Labels(NamedTuple):
    """How many labels are 0, and how many are 1, at each distinct x from left to right."""

    zeros: np.ndarray
    ones: np.ndarray


def _labels_by_x(dataset: Dataset) -> _Labels:
    if not np.isin(dataset.y, (0.0, 1.0)).all():
        raise ValueError(f"the labels y must be 0 or 1, but they are {np.unique(dataset.y)}")
    places, place = np.unique(dataset.x, return_inverse=True)
    ones = np.bincount(place, weights=dataset.y, minlength=len(places))
    return _Labels(np.bincount(place, minlength=len(places)) - ones, ones)


def _why_separable(labels: _Labels) -> str | None:
    """Return why no finite theta is most likely, or None.

    References:
        Albert, Anderson (1984), "On the existence of maximum likelihood estimates in logistic regression
        models", theorems 1 and 2.
    """
    zeros, ones = (np.flatnonzero(count) for count in labels)
    if not len(zeros) or not len(ones):
        label, direction = (0, "smaller") if len(zeros) else (1, "larger")
        return f"All labels are {label}: the {direction} b is, the smaller the loss, without end."
    if len(labels.ones) == 1 or (zeros[-1] > ones[0] and ones[-1] > zeros[0]):
        return None
    return "A threshold on x separates the classes: the steeper the sigmoid, the smaller the loss, without end."


def _brier_of(share: np.ndarray) -> np.ndarray:
    return share * (1.0 - share)


def _entropy_of(share: np.ndarray) -> np.ndarray:
    return -xlogy(share, share) - xlog1py(1.0 - share, -share)


class _Step(NamedTuple):
    """What a step costs: an example on its wrong side, and the examples right at it with a share of ones."""

    wrong: float
    mixed: Any


_CLASSIFYING = {
    "binary_cross_entropy": _Step(np.inf, _entropy_of),
    "squared_error_on_probabilities": _Step(1.0, _brier_of),
}


def _least_loss_of_a_step(labels: _Labels, cost: _Step) -> float:
    """Return the least mean loss of a step: it stands at one x, where it takes the best constant."""
    zeros, ones = labels
    both = zeros + ones
    rising, falling = (np.cumsum(a) - a + np.sum(b) - np.cumsum(b) for a, b in ((ones, zeros), (zeros, ones)))
    wrong = np.minimum(rising, falling)
    total = np.where(wrong > 0, cost.wrong, 0.0) * np.maximum(wrong, 1.0) + both * cost.mixed(ones / both)
    return float(total.min() / both.sum())
