"""A JAX function as JavaScript source, so that the browser computes the formula that Python defines.

The function is traced to a jaxpr, the list of primitive operations that it comes to. Each of them has a rule,
from arrays to arrays (`_lowering/primitives.py`), and what comes of all rules is fused into loops
(`_lowering/program.py`).
"""

import inspect
from collections.abc import Callable
from typing import Any

import jax
from jax import export

from dl_workshop import checks
from dl_workshop._lowering.function import Function, UnsupportedPrimitive, is_name

__all__ = ["UnsupportedPrimitive", "symbolic", "to_javascript"]

_SCOPE = export.SymbolicScope()  # one for all, so that arguments that are made apart can share a size


def symbolic(*shape: int | str, dtype: Any = float) -> jax.ShapeDtypeStruct:
    """An argument for `to_javascript` whose size is known only in the browser.

    A few things JAX cannot trace with such sizes, among them the gradient of joining arrays along one.

    Args:
        shape: the dimensions: numbers, and names such as "n" for those that the length of the array tells.
        dtype: the type of the elements.

    Returns:
        A shape and dtype. The same name is the same size in all arguments.

    Raises:
        ValueError: a dimension is neither a whole number of 0 or more nor a name; or no such type.

    Example:
        >>> symbolic("n", 2).shape
        (n, 2)
    """
    sizes = [d if isinstance(d, str) else str(checks.whole_number("a size", d, low=0)) for d in shape]
    try:
        dimensions = export.symbolic_shape(", ".join(sizes), scope=_SCOPE) if shape else ()
    except ValueError as error:
        raise ValueError(f"{checks.shown(shape)} is no shape of numbers and names such as 'n': {error}") from None
    try:
        return jax.ShapeDtypeStruct(dimensions, jax.dtypes.canonicalize_dtype(dtype))
    except TypeError:
        raise ValueError(f"{checks.shown(dtype)} is no type of numbers") from None


def to_javascript(
    function: Callable[..., Any], *arguments: Any, name: str | None = None, reuse_buffers: bool = False
) -> str:
    """The source of a JavaScript function that computes what a JAX function does.

    Pytrees keep their form: a dict is an object with the same keys, a list, tuple or named tuple an array,
    None is null. A scalar is a number. An array is a flat, row-major Float64Array, whether it has floats,
    integers or truth values (1 and 0). Results are rounded to 32 bits, and integers wrap around, as their types
    do; integers of 64 bits are exact up to 2^53. Arguments are never changed, and every call returns new arrays.

    Args:
        function: a function of positional arguments that JAX can trace.
        arguments: what to trace it with: pytrees of numbers, arrays or `jax.ShapeDtypeStruct`, of which only
            shape and dtype matter; or of `symbolic`, for arrays of any size.
        name: the name of the function in JavaScript, by default that in Python ("lowered" where that is no
            name in JavaScript).
        reuse_buffers: whether the function keeps its arrays, those of its result too, from call to call. What it
            returns is then valid until its next call, and may not be an argument of that.

    Returns:
        The source of one function, whose parameters are named as in Python (with a number behind where
        JavaScript reserves the name). It throws a RangeError where the lengths of its arguments do not fit
        together.

    Raises:
        UnsupportedPrimitive: the function uses a primitive that has no rule here.
        TypeError: it has numbers without an exact form (complex ones, floats of 16 bits, unsigned integers of 64 bits
            that could wrap around), a container that is not a dict, list, tuple or None, or keys that are no texts.
        ValueError: the name is none in JavaScript; the lengths of the arguments do not tell the sizes; or
            more operations depend on one another than Python's stack can hold.

    Example:
        >>> print(to_javascript(lambda w, x: w * x, 1.0, symbolic("n"), name="line"))
        function line(w, x) {
          const n = x.length;
          const a0 = new Float64Array(n);
          for (let i0 = 0; i0 < n; i0++) {
            a0[i0] = w * x[i0];
          }
          return a0;
        }
    """
    if name is None:
        name = getattr(function, "__name__", "")
        name = name if is_name(name) else "lowered"
    elif not is_name(name):
        raise ValueError(f"{name!r} cannot be the name of a JavaScript function: choose another")
    jaxpr, result = jax.make_jaxpr(function, return_shape=True)(*arguments)
    names = _parameter_names(function, len(arguments))
    try:
        return Function(name, keeps=reuse_buffers).source(jaxpr, names, arguments, result)
    except RecursionError:
        raise ValueError(
            f"{name}: too many operations depend on one another; lower one step, and repeat it in JavaScript"
        ) from None


def _parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of the first parameters of a function, as far as they have one."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind in positional][:count]
    return names + [f"argument{k}" for k in range(len(names), count)]
