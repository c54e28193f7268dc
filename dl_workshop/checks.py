"""The door of every public function: what does not fit is refused with a sentence saying what would."""

import math
import operator
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

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
    raise ValueError(f"unknown {kind} {shown(choice)}: choose one of {', '.join(registry)}")


def shown(value: Any) -> str:
    """Return how `value` is written in a message: as in Python, but not longer than a line or two."""
    try:
        text = repr(value)
    except Exception:  # a whole number of more than 4,300 digits cannot be written, for one
        text = f"a value of type {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= 200 else f"{text[:200]}..."


def number(name: str, value: Any, *, above: float = -math.inf, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` as a finite float with `above` < value and `low` <= value <= `high`.

    Raises:
        ValueError: it is not such a number.
    """
    try:
        array = real_array(name, value)
        result = math.nan if array.ndim else float(array)
    except (ValueError, OverflowError):
        result = math.nan
    if not (math.isfinite(result) and above < result and low <= result <= high):
        bounds = (("above", above), ("at least", low), ("at most", high))
        words = [f"{word} {bound:g}" for word, bound in bounds if math.isfinite(bound)]
        raise ValueError(f"{name} is {shown(value)}, but must be {' and '.join(['a finite number', *words])}")
    return result


def whole_number(name: str, value: Any, *, low: int, high: int | None = None) -> int:
    """Return `value` as an int with `low` <= value <= `high`.

    Raises:
        ValueError: it is not such a number.
    """
    try:
        result = low - 1 if isinstance(value, bool) or np.ma.is_masked(value) else operator.index(value)
    except TypeError:
        result = low - 1
    if result < low or (high is not None and result > high):
        accepted = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} is {shown(value)}, but must be a whole number {accepted}")
    return result


def pair(name: str, value: Any) -> tuple[Any, Any]:
    """Return the two parts of `value`.

    Raises:
        ValueError: it has not two.
    """
    try:
        first, second = value
    except Exception:  # whatever the iterator of another package says
        raise ValueError(f"{name} must be a pair (x, y), but is {shown(value)}") from None
    return first, second


def instance(name: str, value: Any, kind: type, what: str) -> None:
    """Refuse what is not of the type `kind`, in words `what`.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be {what}, but is {shown(value)}")


def function(name: str, value: Any) -> None:
    """Refuse what cannot be called.

    Raises:
        ValueError: it is not a function.
    """
    if not callable(value):
        raise ValueError(f"{name} must be a function, but is {shown(value)}")


def real_array(name: str, values: Any, *, truth_values: bool = False) -> np.ndarray:
    """Return `values` as a NumPy array of whole numbers or floats, of any shape and of their own type.

    What only looks like numbers is none: NumPy would drop imaginary parts and masks without a word, and read
    dates, and text such as "12", as numbers.

    Args:
        name: what it is, for the message.
        values: numbers, lists of numbers (all rows of a length), or arrays.
        truth_values: whether True and False are taken too.

    Raises:
        ValueError: it is not such an array.
    """
    try:
        wrong = _inside(values)
        array = np.zeros(0) if wrong == MASKED else np.asarray(values)
    except Exception:  # whatever the `__array__` of another package says
        raise ValueError(f"{name} must hold numbers, but is {shown(values)}") from None
    wrong = wrong or _wrong_type(array.dtype)
    if array.dtype.kind == "O":
        if not all(isinstance(entry, Real | Decimal) and not isinstance(entry, bool) for entry in array.flat):
            raise ValueError(f"{name} must hold numbers, but is {shown(values)}")
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{name} holds numbers beyond those of floats: {shown(values)}") from None
    if wrong and not (truth_values and wrong == TRUTH_VALUES):
        raise ValueError(f"{name} must hold numbers, but holds {wrong}: {shown(values)}")
    return array


MASKED = "masked values"
TRUTH_VALUES = "truth values (make them 0 and 1, as with .astype(float))"
KINDS = {"b": TRUTH_VALUES, "c": "complex numbers", "M": "dates", "m": "times", "U": "text", "S": "text", "T": "text"}


def _wrong_type(dtype: np.dtype) -> str:
    """Return what an array of that type holds in place of numbers; "" where it holds numbers, or any objects."""
    own = dtype.kind == "V" and any(jnp.issubdtype(dtype, kind) for kind in (jnp.floating, jnp.integer))  # JAX's
    return "" if own or dtype.kind in "iufO" else KINDS.get(dtype.kind, f"values of type {dtype}")


def _inside(values: Any, depth: int = 0) -> str:
    """Return what a value, or a list at any depth, holds in place of numbers that `np.asarray` would take for some."""
    if np.ma.is_masked(values):
        return MASKED
    if isinstance(values, bool | np.bool_):
        return TRUTH_VALUES
    if not isinstance(values, list | tuple) or depth > 32 or {*map(type, values)} <= {int, float}:
        return ""
    return next((wrong for value in values if (wrong := _inside(value, depth + 1))), "")


def finite_array(name: str, values: Any, *, truth_values: bool = False) -> np.ndarray:
    """Return `values` as `real_array` does, all of it finite, in JAX's float type too.

    Raises:
        ValueError: it is not such an array.
    """
    array = real_array(name, values, truth_values=truth_values)
    if array.dtype.kind != "f":
        return array
    floats = _check_finite(name, as_floats(name, array))
    return array if array.dtype.itemsize <= 8 else floats  # JAX takes no floats of more bits


def finite_vector(name: str, values: Any, *, least: int) -> np.ndarray:
    """Return `values` as a NumPy float64 array of shape `(n,)` with n >= `least`, all of it finite.

    Raises:
        ValueError: it is not such an array.
    """
    array = _in_64_bits(name, values)
    if array.ndim != 1 or len(array) < least:
        raise ValueError(f"{name} has shape {array.shape}, but must be (n,) with n of at least {least}")
    return _check_finite(name, array)


def finite_matrix(name: str, values: Any, *, columns: int | None = None) -> np.ndarray:
    """Return `values` as a NumPy float64 array of shape `(n, columns)` with n >= 1, all of it finite.

    Raises:
        ValueError: it is not such an array.
    """
    array = _in_64_bits(name, values)
    if array.ndim != 2 or 0 in array.shape or columns not in (None, array.shape[1]):
        raise ValueError(f"{name} has shape {array.shape}, but must be (n, {columns or 'd'}) with n of at least 1")
    return _check_finite(name, array)


def _in_64_bits(name: str, values: Any) -> np.ndarray:
    with np.errstate(over="ignore"):  # of NumPy's floats of more bits: infinite then, and refused
        return real_array(name, values).astype(np.float64)


def _check_finite(name: str, array: np.ndarray) -> np.ndarray:
    """Return the array, all of whose numbers are finite; a ValueError names the first that is not."""
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = f"{name}[{', '.join(map(str, index))}]" if index else name
        raise ValueError(f"{name} must be finite, but {place} is {array[index]}")
    return array


def shares(name: str, values: Any) -> None:
    """Refuse values outside of 0 to 1; what JAX is tracing has none yet, and passes.

    Raises:
        ValueError: one of them is outside, or is not a number.
    """
    if _is_traced(values):
        return
    array = real_array(name, values, truth_values=True)
    outside = ~((array >= 0) & (array <= 1))
    if outside.any():
        raise ValueError(f"{name} must be from 0 to 1, but holds {array[outside].flat[0]:g}")


def finite_tree(name: str, tree: Any) -> Any:
    """Return a pytree of numbers or arrays as NumPy arrays of JAX's float type, all of it finite.

    Raises:
        ValueError: it is not such a pytree, or one without any number.
    """
    try:
        leaves, structure = jax.tree.flatten(tree)
    except (TypeError, ValueError):  # keys that have no order, for one
        leaves = []
    if not leaves:
        raise ValueError(f"{name} must hold numbers, but is {shown(tree)}")
    return jax.tree.unflatten(structure, [_check_finite(name, as_floats(name, leaf)) for leaf in leaves])


def as_floats(name: str, values: Any, *, truth_values: bool = False) -> np.ndarray:
    """Return `values`, as `real_array` takes them, as a NumPy array of JAX's float type.

    Raises:
        ValueError: it is not an array of numbers, or holds one that JAX's float type cannot.
    """
    array = real_array(name, values, truth_values=truth_values)
    with np.errstate(over="ignore", under="ignore"):
        floats = array.astype(jnp.result_type(float))
    lost = np.isinf(floats)
    if lost.any() and (lost := lost & np.isfinite(array.astype(np.longdouble))).any():
        raise ValueError(f"{name} holds {array[lost].flat[0]!s}, {_beyond(floats)}")
    return floats


def as_float(name: str, value: float) -> np.floating:
    """Return a finite number in JAX's float type.

    Raises:
        ValueError: that type cannot hold it: it would be infinite there, or 0 although it is not.
    """
    with np.errstate(over="ignore", under="ignore"):
        result = jnp.result_type(float).type(value)
    if not np.isfinite(result) or (result == 0.0 and value != 0.0):
        raise ValueError(f"{name} is {value!r}, {_beyond(result)}")
    return result


def _beyond(floats: Any) -> str:
    bits = 8 * floats.dtype.itemsize
    return f"which {bits}-bit floats cannot hold" + (": turn on JAX's 64-bit mode" if bits < 64 else "")


def jax_floats(name: str, values: Any, *, finite: bool = False) -> Array:
    """Return `values` as a JAX array of floats; of what JAX is tracing only the type is known, and checked.

    Raises:
        ValueError: as `as_floats`; where `finite`, also a number that is not.
    """
    if not _is_traced(values):
        floats = as_floats(name, values, truth_values=True)
        return jnp.asarray(_check_finite(name, floats) if finite else floats)
    try:
        array = jnp.asarray(values)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold numbers, but is {shown(values)}") from None
    if not any(jnp.issubdtype(array.dtype, kind) for kind in (jnp.bool_, jnp.integer, jnp.floating)):
        raise ValueError(f"{name} must hold numbers, but holds values of type {array.dtype}")
    return array.astype(float)


def _is_traced(values: Any) -> bool:
    try:
        return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(values))
    except (TypeError, ValueError):  # keys that have no order, for one
        return False
