"""What each primitive of JAX is in JavaScript: rules from arrays to arrays."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dl_workshop._lowering.arrays import (
    Array,
    Index,
    constant,
    flipped,
    mapped,
    repeated,
    reshaped,
    sliced,
    tiled,
    transposed,
)
from dl_workshop._lowering.indexing import clamped, gathered, joined, last_start, padded, scattered
from dl_workshop._lowering.program import Program
from dl_workshop._lowering.reductions import contracted, position_of_best, reduced
from dl_workshop._lowering.values import (
    ADD,
    AND,
    DIV,
    EQ,
    GE,
    GT,
    LE,
    LT,
    MAX,
    MIN,
    MUL,
    NE,
    NEG,
    OR,
    SELECT,
    SUB,
    Extent,
    Value,
)


class Equation(NamedTuple):
    """One use of a primitive.

    Attributes:
        program: where its values go.
        primitive: the name of the primitive.
        params: the parameters of the primitive.
        shape: of its first result.
        extent: turns a dimension of JAX's into an extent.
    """

    program: Program
    primitive: str
    params: Mapping[str, Any]
    shape: Sequence[Extent]
    extent: Callable[[Any], Extent]

    def extents(self, param: str) -> list[Extent]:
        """A parameter that is a shape."""
        return [self.extent(dimension) for dimension in self.params[param]]


Rule = Callable[..., Array | list[Array] | None]

# -- elementwise: templates, by the kind of the operands ----------------------------------------------------

TRUTHS = {"eq": EQ, "ne": NE, "lt": LT, "le": LE, "gt": GT, "ge": GE, "is_finite": "Number.isFinite({0})"}
LOGIC = {"and": AND, "or": OR, "xor": NE, "not": "!{0}", "max": OR, "min": AND, "mul": AND}
NAMED_ALIKE = """
    abs acos acosh asin asinh atan atanh cbrt ceil cos cosh exp expm1 floor log log1p log2 sign sin sinh sqrt tan tanh
"""
FLOATS = {
    "add": ADD,
    "add_any": ADD,
    "sub": SUB,
    "mul": MUL,
    "div": DIV,
    "neg": NEG,
    "rem": "{0} % {1}",
    "max": MAX,
    "min": MIN,
    "atan2": "Math.atan2({0}, {1})",
    "square": "{0} * {0}",
    "one_minus_square": "1 - {0} * {0}",
    "rsqrt": "1 / Math.sqrt({0})",
    "exp2": "Math.pow(2, {0})",
    "logistic": "1 / (1 + Math.exp(-{0}))",
    "clamp": "Math.min(Math.max({1}, {0}), {2})",
    # C's power of 1 or -1 to an infinity is 1, and of 1 to NaN; JavaScript's is NaN
    "pow": "Math.abs({0}) === 1 && !Number.isFinite({1}) ? ({0} === 1 || {1} === {1} ? 1 : {1}) : Math.pow({0}, {1})",
    **{name: f"Math.{name}({{0}})" for name in NAMED_ALIKE.split()},
}
INTEGERS = {
    **{name: FLOATS[name] for name in ("add", "add_any", "sub", "max", "min", "clamp", "abs", "sign")},
    # `+ 0` because an integer has no negative zero
    "mul": "{0} * {1} + 0",
    "square": "{0} * {0}",
    "neg": "0 - {0}",
    "div": "{1} === 0 ? -1 : Math.trunc({0} / {1}) + 0",
    "rem": "{1} === 0 ? {0} : {0} % {1} + 0",
}


def elementwise(name: str, arrays: Sequence[Array]) -> Array | None:
    """The result of an elementwise primitive, or None if it is not one."""
    kinds = {a.kind for a in arrays}
    if name in TRUTHS:
        return mapped(TRUTHS[name], "bool", *arrays)
    if kinds == {"bool"}:
        kind, template = "bool", LOGIC.get(name)
    elif kinds == {"int"}:
        kind, template = "int", INTEGERS.get(name)
    else:
        kind, template = "float", FLOATS.get(name)
    return mapped(template, kind, *arrays) if template else None


def kind_of(dtype: Any) -> str:
    """The kind of number of a dtype: "float", "int" or "bool"."""
    kind = np.dtype(dtype).kind
    if kind == "c":
        raise TypeError(f"complex numbers have no rule in JavaScript: got {dtype}")
    return {"b": "bool", "i": "int", "u": "int"}.get(kind, "float")


def converted(eqn: Equation, array: Array) -> Array:
    """The elements as another kind of number."""
    program, kind = array.program, kind_of(eqn.params["new_dtype"])
    match array.kind, kind:
        case "bool", "int":
            return mapped(SELECT, kind, array, constant(program, 1), constant(program, 0))
        case "bool", "float":
            return mapped(SELECT, kind, array, constant(program, 1.0), constant(program, 0.0))
        case "int" | "float", "bool":
            return mapped(NE, kind, array, constant(program, 0.0))
        case "float", "int":
            return mapped("Number.isNaN({0}) ? 0 : Math.trunc({0}) + 0", kind, array)
    return Array(program, array.shape, kind, array.at, [array])


def integer_power(eqn: Equation, array: Array) -> Array:
    """Powers by repeated multiplication."""
    exponent = eqn.params["y"]
    one = constant(array.program, 1.0 if array.kind == "float" else 1)
    result = repeated(one, eqn.shape, ())
    square, rest = array, abs(exponent)
    while rest:
        if rest % 2:
            result = mapped(MUL, array.kind, square, result)
        rest //= 2
        if rest:
            square = mapped(MUL, array.kind, square, square)
    return mapped(DIV, array.kind, one, result) if exponent < 0 else result


def rounded(eqn: Equation, array: Array) -> Array:
    """The nearest integers; halves go to the even one, or away from zero."""
    if int(eqn.params["rounding_method"]) == 1:
        up = mapped("Math.round({0})", "float", array)
        return mapped("{0} - {1} === 0.5 && {0} % 2 !== 0 ? {0} - 1 : {0}", "float", up, array)
    return mapped("Math.sign({0}) * Math.round(Math.abs({0}))", "float", array)


def chosen(which: Array, cases: Sequence[Array]) -> Array:
    """Element by element, the case that `which` names."""
    if which.kind == "bool":
        no, yes = cases
        return mapped(SELECT, no.kind, which, yes, no)
    result = cases[-1]
    for k in reversed(range(len(cases) - 1)):
        result = mapped("{0} <= {1} ? {2} : {3}", result.kind, which, constant(which.program, k), cases[k], result)
    return result


def counted(eqn: Equation) -> Array:
    """The numbers 0, 1, 2, ... along an axis."""
    axis, kind = eqn.params["dimension"], kind_of(eqn.params["dtype"])

    def element(index: Index) -> Value:
        i = index[axis]
        return eqn.program.literal(float(i.literal)) if kind == "float" and i.literal is not None else i

    return Array(eqn.program, eqn.shape, kind, element)


# -- parts -------------------------------------------------------------------------------------------------


def cut(eqn: Equation, array: Array) -> Array:
    """The part between fixed limits."""
    starts = eqn.extents("start_indices")
    strides = [int(step) for step in eqn.params["strides"] or [1] * len(starts)]
    return sliced(array, eqn.shape, lambda: [array.program.size(start) for start in starts], strides)


def cut_anywhere(eqn: Equation, array: Array, *starts: Array) -> Array:
    """The part of a given size from a computed start, moved so that it is inside."""
    program = array.program

    def inside() -> list[Value]:
        last = [last_start(program, extent, size) for extent, size in zip(array.shape, eqn.shape, strict=True)]
        return [clamped(program, start.at(()), end) for start, end in zip(starts, last, strict=True)]

    return sliced(array, eqn.shape, inside, [1] * len(eqn.shape))


def parted(array: Array, axis: int, sizes: Sequence[int]) -> list[Array]:
    """Consecutive parts along an axis."""
    program = array.program

    def part(start: int, size: int) -> Array:
        shape = [size if k == axis else extent for k, extent in enumerate(array.shape)]
        starts = [start if k == axis else 0 for k in range(len(shape))]
        return sliced(array, shape, lambda: [program.literal(k) for k in starts], [1] * len(shape))

    ends = itertools.accumulate([0, *map(int, sizes)])
    return [part(start, end - start) for start, end in itertools.pairwise(ends)]


def stacked(eqn: Equation, *arrays: Array) -> Array:
    """Arrays side by side along a new axis."""
    axis = eqn.params["axis"]
    shape = [1 if k == axis else extent for k, extent in enumerate(eqn.shape)]
    return joined([reshaped(array, shape) for array in arrays], eqn.shape, axis)


def unstacked(eqn: Equation, array: Array) -> list[Array]:
    """The arrays that stand side by side along an axis."""
    axis = eqn.params["axis"]
    parts = parted(array, axis, [1] * int(array.shape[axis]))
    return [reshaped(part, eqn.shape) for part in parts]


def gather(eqn: Equation, array: Array, starts: Array) -> Array | None:
    """Parts from computed starts."""
    fill = None
    if "FILL" in str(eqn.params["mode"]):
        if eqn.params["fill_value"] is None and array.kind != "float":
            return None
        fill = math.nan if eqn.params["fill_value"] is None else np.asarray(eqn.params["fill_value"]).item()
    return gathered(array, starts, eqn.params["dimension_numbers"], eqn.extents("slice_sizes"), eqn.shape, fill)


# -- the table ---------------------------------------------------------------------------------------------

REDUCTIONS: dict[str, tuple[str, float | bool, str]] = {
    "reduce_sum": (ADD, 0.0, "@ += {0};"),
    "reduce_prod": (MUL, 1.0, "@ *= {0};"),
    "reduce_max": (MAX, -math.inf, "@ = Math.max(@, {0});"),
    "reduce_min": (MIN, math.inf, "@ = Math.min(@, {0});"),
    "reduce_and": (AND, True, "@ &&= {0};"),
    "reduce_or": (OR, False, "@ ||= {0};"),
}

RULES: dict[str, Rule] = {
    "convert_element_type": converted,
    "integer_pow": integer_power,
    "round": rounded,
    "select_n": lambda eqn, which, *cases: chosen(which, cases),
    "broadcast_in_dim": lambda eqn, a: repeated(a, eqn.shape, eqn.params["broadcast_dimensions"]),
    **{name: lambda eqn, a: reshaped(a, eqn.shape) for name in ("reshape", "squeeze", "expand_dims")},
    "transpose": lambda eqn, a: transposed(a, eqn.params["permutation"]),
    "rev": lambda eqn, a: flipped(a, eqn.params["dimensions"]),
    "slice": cut,
    "dynamic_slice": cut_anywhere,
    "split": lambda eqn, a: parted(a, eqn.params["axis"], eqn.params["sizes"]),
    "stack": stacked,
    "unstack": unstacked,
    "tile": lambda eqn, a: tiled(a, eqn.shape),
    "concatenate": lambda eqn, *arrays: joined(arrays, eqn.shape, eqn.params["dimension"]),
    "pad": lambda eqn, a, padding: padded(a, padding, eqn.shape, eqn.params["padding_config"]),
    "gather": gather,
    "scatter-add": lambda eqn, a, starts, updates: scattered(a, starts, updates, eqn.params["dimension_numbers"]),
    "argmax": lambda eqn, a: position_of_best(a, eqn.params["axes"][0], ">", "-Infinity"),
    "argmin": lambda eqn, a: position_of_best(a, eqn.params["axes"][0], "<", "Infinity"),
    "dot_general": lambda eqn, a, b: contracted(a, b, eqn.params["dimension_numbers"]),
    **{name: lambda eqn, a, how=how: reduced(a, eqn.params["axes"], *how) for name, how in REDUCTIONS.items()},
    **{
        name: lambda eqn, *arrays: list(arrays)
        for name in ("copy", "copy_p", "name", "optimization_barrier", "stop_gradient")
    },
}


def applied(eqn: Equation, arrays: Sequence[Array]) -> list[Array] | None:
    """What a primitive makes of arrays, or None if there is no rule for it."""
    if eqn.primitive == "iota":
        return [counted(eqn)]
    if eqn.primitive == "dim_as_value":
        size = eqn.extent(eqn.params["dim"])
        return [Array(eqn.program, (), "int", lambda _: eqn.program.size(size))]
    rule = RULES.get(eqn.primitive)
    result = rule(eqn, *arrays) if rule else elementwise(eqn.primitive, arrays)
    return [result] if isinstance(result, Array) else result
