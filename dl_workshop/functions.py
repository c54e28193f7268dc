"""Functions of one number, to go downhill on: what a loss is before there are data and a model."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from dl_workshop import checks
from dl_workshop.answers import f

_POINTS = 4001  # of the grid between whose points minima are looked for
_HALVINGS = 60


class Function(NamedTuple):
    """One function of one number w.

    Attributes:
        name: its key in `FUNCTIONS`.
        label: what people call it.
        formula: f(w) as text.
        apply: w -> f(w), a scalar; for JAX to trace.
        span: where it is worth looking at, from low to high.
        start: a w to go downhill from.
    """

    name: str
    label: str
    formula: str
    apply: Callable[[Any], Any]
    span: tuple[float, float]
    start: float


class Minimum(NamedTuple):
    """Where a function is lower than on both sides.

    Attributes:
        w: the place.
        value: f(w).
        curvature: f''(w).
    """

    w: float
    value: float
    curvature: float


def _two_valleys(w: Any) -> Array:
    return 0.02 * jnp.asarray(w) ** 4 - 0.6 * w**2 + 0.6 * w


def _plateau(w: Any) -> Array:
    return 10.0 * (1.0 - jnp.exp(-(jnp.asarray(w) ** 2) / 8.0))


FUNCTIONS = {
    function.name: function
    for function in (
        Function("parabola", "Parabola", "w² + 3w − 5", f, (-14.0, 11.0), 10.0),
        Function("two_valleys", "Two valleys", "0.02w⁴ − 0.6w² + 0.6w", _two_valleys, (-7.0, 7.0), 6.5),
        Function("plateau", "Plateau", "10 (1 − exp(−w²/8))", _plateau, (-12.0, 12.0), 8.0),
    )
}


def get_function(function: str | Function) -> Function:
    """Return the function of that name, or the function itself; ValueError names those there are."""
    return checks.registered("function", function, FUNCTIONS)


def minima(function: str | Function) -> list[Minimum]:
    """Return all minima in the span of a function, the lowest first, each to the last digits.

    Wherever the derivative goes from below zero to above it from one point of a fine grid to the next, the place is
    found by bisection.

    Args:
        function: a name in `FUNCTIONS`, or a `Function`.

    Raises:
        ValueError: there is no such function.
    """
    return list(_minima(get_function(function)))


def constant_curvature(function: str | Function) -> float | None:
    """Return f''(w) where it is the same for all w of the span, as a parabola's is; None where it is not.

    Raises:
        ValueError: there is no such function.
    """
    function = get_function(function)
    with jax.enable_x64(True):
        curvature = np.asarray(jax.vmap(jax.grad(jax.grad(function.apply)))(np.linspace(*function.span, _POINTS)))
    return float(curvature[0]) if np.ptp(curvature) < 1e-9 * np.abs(curvature).max() else None


@lru_cache(maxsize=16)
def _minima(function: Function) -> tuple[Minimum, ...]:
    with jax.enable_x64(True):
        slope = jax.jit(jax.vmap(jax.grad(function.apply)))
        grid = np.linspace(*function.span, _POINTS)
        slopes = np.asarray(slope(grid))
        rises = np.flatnonzero((slopes[:-1] < 0.0) & (slopes[1:] >= 0.0))
        low, high = grid[rises], grid[rises + 1]
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            below = np.asarray(slope(middle)) < 0.0
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        curvature = jax.grad(jax.grad(function.apply))
        found = [Minimum(float(w), float(function.apply(w)), float(curvature(w))) for w in high]
    return tuple(sorted(found, key=lambda minimum: minimum.value))
