"""The door of every public function: what does not fit is refused with a sentence saying what would."""

import math
import operator
from collections.abc import Mapping
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

Entry = TypeVar("Entry")


def registered(kind: str, choice: str | Entry, registry: Mapping[str, Entry]) -> Entry:
    """Return the entry of `registry` called `choice`, or `choice` itself where it is such an entry already.

    Args:
        kind: what the registry holds, for the message ("loss").
        choice: a name in the registry, or an entry of the same type as the registry's.
        registry: the entries by name; all of one type.

    Raises:
        ValueError: `choice` is neither.
    """
    if isinstance(choice, str) and choice in registry:
        return registry[choice]
    if isinstance(choice, type(next(iter(registry.values())))):
        return choice
    raise ValueError(f"unknown {kind} {choice!r}: choose one of {', '.join(registry)}")


def number(name: str, value: Any, *, above: float = -math.inf, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` as a finite float with `above` < value and `low` <= value <= `high`.

    Raises:
        ValueError: it is not such a number.
    """
    try:
        result = math.nan if isinstance(value, str | bytes | bool) or np.ndim(value) else float(value)
    except (TypeError, ValueError, OverflowError):
        result = math.nan
    if not (math.isfinite(result) and above < result and low <= result <= high):
        bounds = (("above", above), ("at least", low), ("at most", high))
        words = [f"{word} {bound:g}" for word, bound in bounds if math.isfinite(bound)]
        raise ValueError(f"{name} is {value!r}, but must be {' and '.join(['a finite number', *words])}")
    return result


def whole_number(name: str, value: Any, *, low: int, high: int | None = None) -> int:
    """Return `value` as an int with `low` <= value <= `high`.

    Raises:
        ValueError: it is not such a number.
    """
    try:
        result = low - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        result = low - 1
    if result < low or (high is not None and result > high):
        accepted = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} is {value!r}, but must be a whole number {accepted}")
    return result


def finite_vector(name: str, values: Any, *, least: int) -> np.ndarray:
    """Return `values` as a NumPy float64 array of shape `(n,)` with n >= `least`, all of it finite.

    Raises:
        ValueError: it is not such an array.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers, but is {values!r}") from None
    if array.ndim != 1 or len(array) < least:
        raise ValueError(f"{name} has shape {array.shape}, but must be (n,) with n of at least {least}")
    if not np.isfinite(array).all():
        index = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite, but {name}[{index}] is {array[index]}")
    return array


def finite_matrix(name: str, values: Any, *, columns: int | None = None) -> np.ndarray:
    """Return `values` as a NumPy float64 array of shape `(n, columns)` with n >= 1, all of it finite.

    Raises:
        ValueError: it is not such an array.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers, but is {values!r}") from None
    if array.ndim != 2 or 0 in array.shape or columns not in (None, array.shape[1]):
        raise ValueError(f"{name} has shape {array.shape}, but must be (n, {columns or 'd'}) with n of at least 1")
    if not np.isfinite(array).all():
        row, column = (int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite, but {name}[{row}, {column}] is {array[row, column]}")
    return array


def shares(name: str, values: Any) -> None:
    """Refuse values outside of 0 to 1; what JAX is tracing has none yet, and passes.

    Raises:
        ValueError: one of them is outside, or is not a number.
    """
    if isinstance(values, jax.core.Tracer):
        return
    array = np.asarray(values)
    outside = ~((array >= 0.0) & (array <= 1.0))
    if outside.any():
        raise ValueError(f"{name} must be from 0 to 1, but holds {array[outside].flat[0]:g}")


def finite_tree(name: str, tree: Any) -> Any:
    """Return a pytree of numbers or arrays as NumPy arrays of JAX's float type, all of it finite.

    Raises:
        ValueError: it is not such a pytree.
    """
    try:
        arrays = jax.tree.map(lambda leaf: np.asarray(leaf, dtype=jnp.result_type(float)), tree)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers, but is {tree!r}") from None
    if not all(np.isfinite(array).all() for array in jax.tree.leaves(arrays)):
        raise ValueError(f"{name} must be finite, but is {tree!r}")
    return arrays
