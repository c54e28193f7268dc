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
from dl_workshop._lowering.bits import SHIFTS, converted_to, ones, shifted_bits, zeros_in_front
from dl_workshop._lowering.indexing import all_true, clamped, gathered, joined, last_start, padded
from dl_workshop._lowering.kinds import combination, greatest, held, is_float, least, operation
from dl_workshop._lowering.linear import cholesky, lu, triangular_solution
from dl_workshop._lowering.program import Program
from dl_workshop._lowering.reductions import contracted, position_of_best, reduced
from dl_workshop._lowering.scattering import SCATTERED, scattered
from dl_workshop._lowering.sorting import RUNNING, ordered, running
from dl_workshop._lowering.special import SPECIAL
from dl_workshop._lowering.values import (
    ADD,
    DIV,
    GE,
    LT,
    MUL,
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
        kind: of its first result.
        extent: turns a dimension of JAX's into an extent.
    """

    program: Program
    primitive: str
    params: Mapping[str, Any]
    shape: Sequence[Extent]
    kind: str
    extent: Callable[[Any], Extent]

    def extents(self, param: str) -> list[Extent]:
        """A parameter that is a shape."""
        return [self.extent(dimension) for dimension in self.params[param]]


Rule = Callable[..., Array | list[Array] | None]

# -- elementwise -------------------------------------------------------------------------------------------


def elementwise(eqn: Equation, arrays: Sequence[Array]) -> Array | None:
    """The result of an elementwise primitive, or None if it is not one."""
    template = operation(eqn.primitive, arrays[0].kind) if arrays else None
    return mapped(template, eqn.kind, *arrays) if template else None


def precise(eqn: Equation, array: Array) -> Array | None:
    """The numbers rounded as if they had another type."""
    match eqn.params["exponent_bits"], eqn.params["mantissa_bits"]:
        case 8, 23:
            return mapped("Math.fround({0})", eqn.kind, array)
        case 11, 52:
            return array
    return None


def integer_power(eqn: Equation, array: Array) -> Array:
    """Powers by repeated multiplication."""
    exponent, kind = eqn.params["y"], array.kind
    one = constant(array.program, 1.0 if is_float(kind) else 1, kind)
    times, result = operation("mul", kind) or MUL, None
    square, rest = array, abs(exponent)
    while rest:
        if rest % 2:
            result = square if result is None else mapped(times, kind, square, result)
        rest //= 2
        if rest:
            square = mapped(times, kind, square, square)
    if result is None:
        return repeated(one, eqn.shape, ())
    return mapped(held(DIV, kind), kind, one, result) if exponent < 0 else result


def rounded(eqn: Equation, array: Array) -> Array:
    """The nearest integers; halves go to the even one, or away from zero."""
    if int(eqn.params["rounding_method"]) == 1:
        up = mapped("Math.round({0})", eqn.kind, array)
        return mapped("{0} - {1} === 0.5 && {0} % 2 !== 0 ? {0} - 1 : {0}", eqn.kind, up, array)
    return mapped("Math.sign({0}) * Math.round(Math.abs({0}))", eqn.kind, array)


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
    axis = eqn.params["dimension"]

    def element(index: Index) -> Value:
        i = index[axis]
        if is_float(eqn.kind) and i.literal is not None:
            return eqn.program.literal(float(i.literal))
        return eqn.program.op(held("{0}", eqn.kind), i) if eqn.kind.endswith("8") else i

    return Array(eqn.program, eqn.shape, eqn.kind, element)


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


def gather(eqn: Equation, array: Array, starts: Array) -> Array:
    """Parts from computed starts."""
    fill = None
    if "FILL" in str(eqn.params["mode"]):
        given = eqn.params["fill_value"]
        fill = missing(array.kind) if given is None else np.asarray(given).item()
    return gathered(array, starts, eqn.params["dimension_numbers"], eqn.extents("slice_sizes"), eqn.shape, fill)


def missing(kind: str) -> float | bool:
    """What JAX takes for an element that there is not."""
    if is_float(kind):
        return math.nan
    return least(kind) if kind.startswith("int") else greatest(kind)


# -- the table ---------------------------------------------------------------------------------------------

REDUCTIONS = {f"reduce_{name}": name for name in ("max", "min", "and", "or", "xor")}
REDUCTIONS |= {"reduce_sum": "add", "reduce_prod": "mul"}


def product_of_matrices(eqn: Equation, *arrays: Array) -> Array:
    """Products of two arrays, summed over some axes."""
    left, right = (converted_to(eqn.kind, array) for array in arrays)
    return contracted(left, right, eqn.params["dimension_numbers"])


def updated(eqn: Equation, array: Array, update: Array, *starts: Array) -> Array:
    """The array with a part of it replaced, at a computed start that is moved so that the part is inside."""
    program = array.program

    def element(index: Index) -> Value:
        tests, where = [], list(index)
        for k, (start, extent, size) in enumerate(zip(starts, array.shape, update.shape, strict=True)):
            last = last_start(program, extent, size)
            if last.literal != 0:
                where[k] = program.op(SUB, index[k], clamped(program, start.at(()), last))
                tests += [program.op(GE, where[k], program.literal(0)), program.op(LT, where[k], program.size(size))]
        is_inside = all_true(program, tests)
        if is_inside.literal is False:
            return array.at(index)
        return program.op(SELECT, is_inside, update.at(tuple(where)), array.at(index))

    return Array(program, eqn.shape, array.kind, element, [array, update, *starts], 4)


def horner(eqn: Equation, array: Array, *coefficients: Array) -> Array:
    """A polynomial, from the coefficient of the lowest power up."""
    result = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        product = mapped(held(MUL, eqn.kind), eqn.kind, result, array)
        result = mapped(held(ADD, eqn.kind), eqn.kind, product, coefficient)
    return result if result.shape == tuple(eqn.shape) else repeated(result, eqn.shape, ())


def special(eqn: Equation, *arrays: Array) -> Array:
    """A function that JavaScript lacks, by a helper of its own."""
    places = ", ".join(f"{{{k}}}" for k in range(len(arrays)))
    return mapped(f"{SPECIAL[eqn.primitive]}({places})", eqn.kind, *arrays)


RULES: dict[str, Rule] = {
    "convert_element_type": lambda eqn, a: converted_to(eqn.kind, a),
    "reduce_precision": precise,
    "population_count": lambda eqn, a: ones(a),
    "clz": lambda eqn, a: zeros_in_front(a),
    **{name: lambda eqn, a, by: shifted_bits(eqn.primitive, a, by) for name in SHIFTS},
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
    "pad": lambda eqn, a, padding: padded(
        a, padding, eqn.shape, [(eqn.extent(low), int(between)) for low, _, between in eqn.params["padding_config"]]
    ),
    "gather": gather,
    **{
        name: lambda eqn, a, starts, updates: scattered(
            eqn.primitive, a, starts, updates, eqn.params["dimension_numbers"], _mode(eqn)
        )
        for name in SCATTERED
    },
    "dynamic_update_slice": updated,
    "lu": lambda eqn, a: lu(a),
    "cholesky": lambda eqn, a: cholesky(a) if eqn.params.get("symmetrize_input", True) else None,
    "triangular_solve": lambda eqn, a, b: triangular_solution(
        a, b, **{name: eqn.params[name] for name in ("left_side", "lower", "transpose_a", "unit_diagonal")}
    ),
    "polynomial": horner,
    "sort": lambda eqn, *arrays: ordered(arrays, eqn.params["dimension"], eqn.params["num_keys"]),
    **{
        name: lambda eqn, a: running(eqn.primitive, a, eqn.params["axis"], backwards=eqn.params["reverse"])
        for name in RUNNING
    },
    **dict.fromkeys(SPECIAL, special),
    "argmax": lambda eqn, a: position_of_best(a, eqn.params["axes"][0], eqn.kind, ">", "-Infinity"),
    "argmin": lambda eqn, a: position_of_best(a, eqn.params["axes"][0], eqn.kind, "<", "Infinity"),
    "dot_general": product_of_matrices,
    **{
        name: lambda eqn, a, how=how: reduced(a, eqn.params["axes"], combination(how, a.kind))
        for name, how in REDUCTIONS.items()
    },
    **{
        name: lambda eqn, *arrays: list(arrays)
        for name in ("copy", "copy_p", "name", "optimization_barrier", "stop_gradient")
    },
}


def _mode(eqn: Equation) -> str:
    """What becomes of a part that would reach outside."""
    return "CLIP" if "CLIP" in str(eqn.params["mode"]) else "DROP"


def applied(eqn: Equation, arrays: Sequence[Array]) -> list[Array] | None:
    """What a primitive makes of arrays, or None if there is no rule for it."""
    if eqn.primitive == "iota":
        return [counted(eqn)]
    if eqn.primitive == "dim_as_value":
        size = eqn.extent(eqn.params["dim"])
        return [Array(eqn.program, (), eqn.kind, lambda _: eqn.program.size(size))]
    rule = RULES.get(eqn.primitive)
    result = rule(eqn, *arrays) if rule else elementwise(eqn, arrays)
    return [result] if isinstance(result, Array) else result
