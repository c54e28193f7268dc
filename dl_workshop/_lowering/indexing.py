"""Arrays put together from parts of others: joined, padded, gathered, scattered."""

from collections.abc import Sequence
from typing import Any

from dl_workshop._lowering.arrays import Array, Index, shifted
from dl_workshop._lowering.program import Program
from dl_workshop._lowering.values import (
    AND,
    EQ,
    FLOOR,
    GE,
    LE,
    LT,
    MAX,
    MIN,
    REST,
    SELECT,
    SUB,
    Extent,
    Value,
)


def clamped(program: Program, index: Value, last: Value) -> Value:
    """An index moved to between 0 and `last`."""
    return program.op(MAX, program.op(MIN, index, last), program.literal(0))


def last_start(program: Program, extent: Extent, size: Extent) -> Value:
    """The last index at which a part of some size begins."""
    return program.literal(0) if extent == size else program.op(SUB, program.size(extent), program.size(size))


def all_true(program: Program, tests: Sequence[Value]) -> Value:
    """Whether all tests hold."""
    result = program.literal(True)
    for test in tests:
        if test.literal is False:
            return test
        if test.literal is None:
            result = test if result.literal is True else program.op(AND, result, test)
    return result


def joined(arrays: Sequence[Array], shape: Sequence[Extent], axis: int) -> Array:
    """Arrays one after the other along an axis."""
    program = arrays[0].program
    parts = [array for array in arrays if array.shape[axis] != 0] or arrays[:1]

    def element(index: Index) -> Value:
        i, start = index[axis], program.literal(0)
        choices = []
        for array in parts:
            end = shifted(program, start, program.size(array.shape[axis]))
            choices.append((program.op(LT, i, end), array, program.op(SUB, i, start)))
            start = end
        value = None
        for is_inside, array, here in reversed(choices):
            if is_inside.literal is False:
                continue
            element = array.at((*index[:axis], here, *index[axis + 1 :]))
            value = element if value is None else program.op(SELECT, is_inside, element, value)
        return value or program.literal(0)

    return Array(program, shape, arrays[0].kind, element, arrays, len(arrays))


def padded(array: Array, padding: Array, shape: Sequence[Extent], config: Sequence[tuple[Extent, int]]) -> Array:
    """The array with `padding` before, after and between its elements (or some of them cut off).

    Args:
        array: the array.
        padding: a scalar.
        shape: of the result.
        config: for each axis how much comes before it, and between two elements.
    """
    program = array.program

    def element(index: Index) -> Value:
        tests, where = [], []
        zero = program.literal(0)
        for i, extent, (low, between) in zip(index, array.shape, config, strict=True):
            i = program.op(SUB, i, program.size(low))
            tests.append(program.op(GE, i, zero))
            if between:
                step = program.literal(between + 1)
                tests.append(program.op(EQ, program.op(REST, i, step), zero))
                i = program.op(FLOOR, i, step)
            tests.append(program.op(LT, i, program.size(extent)))
            where.append(i)
        is_inside = all_true(program, tests)
        if is_inside.literal is False:
            return padding.at(())
        return program.op(SELECT, is_inside, array.at(tuple(where)), padding.at(()))

    return Array(program, shape, array.kind, element, [array, padding], 4)


def gathered(
    array: Array,
    starts: Array,
    numbers: Any,
    sizes: Sequence[Extent],
    shape: Sequence[Extent],
    fill: float | None,
) -> Array:
    """Parts of an array, each from a start that is computed.

    Args:
        array: the array.
        starts: the starts, of which the last axis is one coordinate after the other.
        numbers: JAX's GatherDimensionNumbers.
        sizes: the extents of each part.
        shape: of the result.
        fill: what stands for a part that would reach outside; None to move it inside.
    """
    program = array.program
    single = (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    windows = [k for k in range(len(sizes)) if k not in single]
    outer = [k for k in range(len(shape)) if k not in numbers.offset_dims]

    def element(index: Index) -> Value:
        which = [index[k] for k in outer]
        where = [program.literal(0)] * len(sizes)
        tests = []
        for k, axis in enumerate(numbers.start_index_map):
            last = last_start(program, array.shape[axis], sizes[axis])
            start = starts.at((*which, program.literal(k)))
            if fill is None:
                where[axis] = clamped(program, start, last) if last.literal != 0 else last
                continue
            where[axis], size = start, program.size(array.shape[axis])
            tests.append(program.op(GE, start, program.literal(0)))
            tests.append(program.op(LT, start, size) if sizes[axis] == 1 else program.op(LE, start, last))
        for axis, k in zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True):
            where[axis] = which[k]
        for axis, k in zip(windows, numbers.offset_dims, strict=True):
            where[axis] = shifted(program, where[axis], index[k])
        is_inside = all_true(program, tests)
        if fill is not None and is_inside.literal is False:
            return program.literal(fill)
        value = array.at(tuple(where))
        return value if fill is None else program.op(SELECT, is_inside, value, program.literal(fill))

    return Array(program, shape, array.kind, element, [array, starts], 4)
