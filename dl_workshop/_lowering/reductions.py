"""Arrays with fewer axes than those they are made from: sums, products of matrices, the best element."""

import itertools
from collections.abc import Sequence

from dl_workshop._lowering.arrays import COSTLY, Array, Index, mapped, ranges, repeated
from dl_workshop._lowering.kinds import Combination, combination, operation
from dl_workshop._lowering.values import MUL, Value, deepest, number


def reduced(array: Array, axes: Sequence[int], how: Combination) -> Array:
    """The array without some axes, along which its elements are combined.

    Args:
        array: the array.
        axes: the axes to combine along.
        how: to combine them.
    """
    program = array.program
    kept = [k for k in range(len(array.shape)) if k not in axes]

    def element(index: Index) -> Value:
        loops, inner = ranges(program, deepest(index), [array.shape[k] for k in axes])
        place = dict(zip(kept, index, strict=True))
        values = [
            array.at(tuple({**place, **dict(zip(axes, i, strict=True))}[k] for k in range(len(array.shape))))
            for i in inner
        ]
        if not values:
            return program.literal(how.start)
        value = values[0]
        for other in values[1:]:
            value = program.op(how.template, value, other)
        if not loops:
            return value
        return program.accumulated(f"let @ = {number(how.start)};", how.update, loops, [value], index, result)

    result = Array(program, [array.shape[k] for k in kept], array.kind, element, [array], COSTLY + 1)
    return result


def summed(array: Array, axes: Sequence[int]) -> Array:
    """The array without some axes, along which its elements are added."""
    return reduced(array, axes, combination("add", array.kind))


def position_of_best(array: Array, axis: int, kind: str, better: str, start: str) -> Array:
    """The index of the first element along an axis that is better than all others; NaN is best of all."""
    program = array.program
    prologue = f"let @ = 0;\nlet @_best = {start};"
    update = (
        f"if ({{0}} {better} @_best || ({{0}} !== {{0}} && @_best === @_best)) {{{{\n"
        "  @ = {1};\n  @_best = {0};\n}}"
    )

    def element(index: Index) -> Value:
        loops = program.nest(deepest(index), [array.shape[axis]])
        i = program.index(loops[0])
        value = array.at((*index[:axis], i, *index[axis:]))
        return program.accumulated(prologue, update, loops, [value, i], index, result)

    shape = [extent for k, extent in enumerate(array.shape) if k != axis]
    result = Array(program, shape, kind, element, [array], COSTLY + 1)
    return result


def contracted(left: Array, right: Array, dimensions: Sequence[Sequence[Sequence[int]]]) -> Array:
    """The products of two arrays, summed over some axes; then come batch axes, and what is left of each."""
    (left_summed, right_summed), (left_batch, right_batch) = dimensions
    left_free = [k for k in range(len(left.shape)) if k not in (*left_summed, *left_batch)]
    right_free = [k for k in range(len(right.shape)) if k not in (*right_summed, *right_batch)]
    ends = list(itertools.accumulate([0, len(left_batch), len(left_free), len(right_free), len(left_summed)]))
    batch, rows, columns, last = (range(a, b) for a, b in itertools.pairwise(ends))
    shape = [left.shape[k] for k in (*left_batch, *left_free)]
    shape += [right.shape[k] for k in right_free] + [left.shape[k] for k in left_summed]

    def placed(array: Array, axes: Sequence[int], places: Sequence[int]) -> Array:
        place = dict(zip(axes, places, strict=True))
        return repeated(array, shape, [place[k] for k in range(len(axes))])

    products = mapped(
        operation("mul", left.kind) or MUL,
        left.kind,
        placed(left, [*left_batch, *left_free, *left_summed], [*batch, *rows, *last]),
        placed(right, [*right_batch, *right_free, *right_summed], [*batch, *columns, *last]),
    )
    return summed(products, last)
