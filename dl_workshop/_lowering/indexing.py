"""Arrays put together from parts of others: joined, padded, gathered, scattered."""

from collections.abc import Sequence
from typing import Any

from dl_workshop._lowering.arrays import Array, Index, mapped, shifted
from dl_workshop._lowering.program import Program
from dl_workshop._lowering.reductions import summed
from dl_workshop._lowering.values import (
    ADD,
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
            size = program.size(array.shape[axis])
            end = shifted(program, start, size)
            last = program.op(SUB, size, program.literal(1))
            here = clamped(program, program.op(SUB, i, start), last)
            choices.append((program.op(LT, i, end), array.at((*index[:axis], here, *index[axis + 1 :]))))
            start = end
        value = choices[-1][1]
        for is_inside, here in choices[-2::-1]:
            value = program.op(SELECT, is_inside, here, value)
        return value

    return Array(program, shape, arrays[0].kind, element, arrays, len(arrays))


def padded(array: Array, padding: Array, shape: Sequence[Extent], config: Sequence[tuple[int, int, int]]) -> Array:
    """The array with `padding` before, after and between its elements (or some of them cut off)."""
    program = array.program

    def element(index: Index) -> Value:
        tests, where = [], []
        zero = program.literal(0)
        for i, extent, (low, _, between) in zip(index, array.shape, config, strict=True):
            i = program.op(SUB, i, program.literal(int(low)))
            tests.append(program.op(GE, i, zero))
            if between:
                step = program.literal(between + 1)
                tests.append(program.op(EQ, program.op(REST, i, step), zero))
                i = program.op(FLOOR, i, step)
            tests.append(program.op(LT, i, program.size(extent)))
            where.append(clamped(program, i, last_start(program, extent, 1)))
        return program.op(SELECT, all_true(program, tests), array.at(tuple(where)), padding.at(()))

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
            tests += [program.op(GE, start, program.literal(0)), program.op(LE, start, last)]
            where[axis] = clamped(program, start, last) if last.literal != 0 else last
        for axis, k in zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True):
            where[axis] = which[k]
        for axis, k in zip(windows, numbers.offset_dims, strict=True):
            where[axis] = shifted(program, where[axis], index[k])
        value = array.at(tuple(where))
        if fill is None:
            return value
        return program.op(SELECT, all_true(program, tests), value, program.literal(fill))

    return Array(program, shape, array.kind, element, [array, starts], 4)


def scattered(array: Array, starts: Array, updates: Array, numbers: Any) -> Array:
    """The array with parts added to it, each at a start that is computed. What is outside of it is dropped.

    Args:
        array: the array.
        starts: the starts, of which the last axis is one coordinate after the other.
        updates: the parts.
        numbers: JAX's ScatterDimensionNumbers.
    """
    program, rank = array.program, len(array.shape)
    single = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
    windows = dict(zip((k for k in range(rank) if k not in single), numbers.update_window_dims, strict=True))
    outer = [k for k in range(len(updates.shape)) if k not in numbers.update_window_dims]

    def contribution(index: Index) -> Value:
        which = index[rank:]
        place = dict(zip(outer, which, strict=True))
        offsets = list(index[:rank])
        for k, axis in enumerate(numbers.scatter_dims_to_operand_dims):
            offsets[axis] = program.op(SUB, index[axis], starts.at((*which, program.literal(k))))
        for axis, k in zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True):
            offsets[axis] = program.op(SUB, index[axis], which[k])
        moved = (*numbers.scatter_dims_to_operand_dims, *numbers.operand_batching_dims)
        tests = []
        for axis, offset in enumerate(offsets):
            size = updates.shape[windows[axis]] if axis in windows else 1
            if axis in moved:
                tests += [
                    program.op(GE, offset, program.literal(0)),
                    program.op(LT, offset, program.size(size)),
                ]
                offset = clamped(program, offset, last_start(program, size, 1))
            if axis in windows:
                place[windows[axis]] = offset
        update = updates.at(tuple(place[k] for k in range(len(updates.shape))))
        return program.op(SELECT, all_true(program, tests), update, program.literal(0.0))

    shape = [*array.shape, *(updates.shape[k] for k in outer)]
    contributions = Array(program, shape, array.kind, contribution, [starts, updates], 4)
    return mapped(ADD, array.kind, array, summed(contributions, range(rank, len(shape))))
