"""Formulas that learners write: one text for all that are the same, and the tree as a function."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.grammar import BINDS, COMPARISON, CONSTANTS, UNARY
from dl_workshop.parsing import Call, Expression, ExpressionError, Name, Number, Operation, parse

__all__ = [
    "Call", "Expression", "ExpressionError", "Name", "Number", "Operation", "evaluate", "normal_form", "parse",
    "to_function",
]  # fmt: skip


def normal_form(expression: Expression) -> str:
    """Return the one text of all formulas that are the same but for spelling, for a key in a cache.

    The same but for spelling are those that differ in spaces, in prefixes such as np., in parentheses that change
    nothing, in the names of a function (`square(x)`, `x ** 2`), and in the order of sums and of products.

    Returns:
        A text that `parse` takes with the same names. It is longer than the learner's only by constants that had no
        prefix (np.e for e), and nests deeper only by methods (mean(a) for a.mean()); only these can lead it beyond
        the bounds of `parse`, where the learner's text was close to them.
    """
    return _written(expression)[0]


WHOLE = 6  # how strongly a name, a number or a call holds together


def _written(tree: Expression) -> tuple[str, int]:
    """Return the normal form of a tree, and how strongly it holds together."""
    if isinstance(tree, Number):
        return _digits(tree.value), WHOLE
    if isinstance(tree, Name):
        return tree.name, WHOLE
    if isinstance(tree, Call):
        return f"{tree.function}({','.join(normal_form(argument) for argument in tree.arguments)})", WHOLE
    if len(tree.operands) == 1:
        return "-" + _held(_written(tree.operands[0]), UNARY), UNARY
    binds = BINDS[tree.sign]
    if tree.sign in ("+", "*"):
        # a difference among the terms (a quotient among the factors) needs no parentheses where it comes first
        parts = sorted(map(_written, _chain(tree, tree.sign)), key=lambda part: (part[1] != binds, part[0]))
    else:
        parts = [*map(_written, tree.operands)]
    first = {"**": WHOLE}.get(tree.sign, binds + (binds == COMPARISON))
    second = UNARY if tree.sign == "**" else binds + 1
    held = [_held(part, second if k else first) for k, part in enumerate(parts)]
    return tree.sign.join(held), binds


def _held(part: tuple[str, int], binds: int) -> str:
    text, own = part
    return text if own >= binds else f"({text})"


def _chain(tree: Expression, sign: str) -> list[Expression]:
    """Return the terms of a sum, or the factors of a product, whatever their parentheses."""
    if isinstance(tree, Operation) and tree.sign == sign and len(tree.operands) == 2:
        return [part for operand in tree.operands for part in _chain(operand, sign)]
    return [tree]


def _digits(value: float) -> str:
    for name, constant in CONSTANTS.items():
        if value == constant:
            return f"np.{name}"
    number = Decimal(repr(value)).normalize()
    _, digits, exponent = number.as_tuple()
    fixed = f"{number:f}"
    return min(fixed[1:] if fixed.startswith("0.") else fixed, f"{''.join(map(str, digits))}e{exponent}", key=len)


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    """Return the value of a formula in NumPy's 64 bits: infinite or NaN where it has none, and never an error.

    Args:
        expression: what `parse` returns.
        values: a number or an array `(n,)`, with the same n, for each name.

    Returns:
        A NumPy float, or an array `(n,)`.
    """
    with np.errstate(all="ignore"):
        return _value(expression, {name: np.asarray(value, np.float64)[()] for name, value in values.items()}, np)


def to_function(expression: Expression, names: Sequence[str]) -> Callable[..., Array]:
    """Return a formula as a function that JAX can trace, differentiate and batch, and that can be lowered.

    What `where` does not choose has no part in its gradient, if the formula that is not chosen takes one example at
    a time.

    Args:
        expression: what `parse` returns.
        names: its names in the order of the arguments.

    Returns:
        A function of numbers or arrays that broadcast, to an array of their common shape (a scalar after mean or
        sum). It raises ValueError where an argument holds no numbers.
    """

    def formula(*arguments: ArrayLike) -> Array:
        values = {name: checks.jax_floats(name, value) for name, value in zip(names, arguments, strict=True)}
        return _value(expression, values, jnp)

    kind = inspect.Parameter.POSITIONAL_ONLY
    signature = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    formula.__signature__ = signature  # type: ignore[attr-defined]  # the lowering names its parameters so
    return formula


COMPARE = {"<": "less", ">": "greater", "<=": "less_equal", ">=": "greater_equal"}
ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}


def _value(tree: Expression, values: Mapping[str, Any], xp: ModuleType) -> Any:
    """Return the value of a tree in NumPy or JAX's NumPy."""
    if isinstance(tree, Number):
        return xp.asarray(tree.value, float)[()]
    if isinstance(tree, Name):
        return values[tree.name]
    if isinstance(tree, Call):
        return _call(tree, values, xp)
    parts = [_value(operand, values, xp) for operand in tree.operands]
    if len(parts) == 1:
        return -parts[0]
    if tree.sign in COMPARE:
        return getattr(xp, COMPARE[tree.sign])(*parts).astype(parts[0].dtype)
    exponent = tree.operands[1]
    if tree.sign == "**" and isinstance(exponent, Number) and exponent.value.is_integer():
        return parts[0] ** int(exponent.value)  # a product, whose slope is a number at 0 and below
    return getattr(xp, ARITHMETIC[tree.sign])(*parts)


def _call(tree: Call, values: Mapping[str, Any], xp: ModuleType) -> Any:
    if tree.function == "where":
        condition, *branches = tree.arguments
        chosen = _value(condition, values, xp) != 0
        if xp is np:
            return np.where(chosen, *(_value(branch, values, np) for branch in branches))[()]
        first, second = (
            _value(branch, values if _reduces(branch) else _aside(values, own), xp)
            for branch, own in zip(branches, (chosen, ~chosen), strict=True)
        )
        return jnp.where(chosen, first, second)
    parts = [_value(argument, values, xp) for argument in tree.arguments]
    if tree.function == "sigmoid":
        if xp is jnp:
            return jax.nn.sigmoid(*parts)
        # of e^z / (1 + e^z) and 1 / (1 + e^-z) the one whose power is below 1
        return np.exp(np.minimum(parts[0], 0.0)) / (1.0 + np.exp(-np.abs(parts[0])))
    if tree.function == "len":
        return xp.sum(xp.ones_like(parts[0]))
    if tree.function == "clip":
        return xp.minimum(xp.maximum(parts[0], parts[1]), parts[2])
    return getattr(xp, tree.function)(*parts)


INSIDE = 0.618  # where most formulas have a value and a slope: between 0 and 1, and no round number


def _aside(values: Mapping[str, Any], chosen: Array) -> dict[str, Array]:
    """Return the values with harmless ones where they are not chosen: a slope there, times 0, is no number."""
    return {name: jnp.where(chosen, value, INSIDE) for name, value in values.items()}


def _reduces(tree: Expression) -> bool:
    """Whether a formula looks at all examples together."""
    if isinstance(tree, Call):
        return tree.function in ("mean", "sum", "len") or any(map(_reduces, tree.arguments))
    return isinstance(tree, Operation) and any(map(_reduces, tree.operands))
