"""Arrays of which parts are changed by others, at places that are computed."""

import itertools
from collections.abc import Sequence
from typing import Any

from dl_workshop._lowering.arrays import UNROLLED, Array, Index
from dl_workshop._lowering.indexing import all_true, clamped, last_start
from dl_workshop._lowering.kinds import operation
from dl_workshop._lowering.statements import Fresh, Statement, loop
from dl_workshop._lowering.values import EQ, GE, LE, LT, SELECT, SUB, Extent, Value, product

FEW = UNROLLED

# what a place takes from an update
SCATTERED = {"scatter": "", **{f"scatter-{name}": name for name in ("add", "sub", "mul", "min", "max")}}


def _flat(indices: Sequence[str], shape: Sequence[Extent]) -> str:
    """The row-major position of an index."""
    text = ""
    for index, extent in zip(indices, shape, strict=True):
        before = text if extent == 1 else f"({text}) * {extent}" if " " in text else f"{text} * {extent}"
        text = index if text in ("", "0") else before if index == "0" else f"{before} + {index}"
    return text or "0"


class _Places:
    """Where the parts of an array are that updates change.

    Args:
        array: the array.
        updates: the parts.
        numbers: JAX's ScatterDimensionNumbers.
    """

    def __init__(self, array: Array, updates: Array, numbers: Any) -> None:
        self.rank, self.numbers = len(array.shape), numbers
        single = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
        axes = (k for k in range(self.rank) if k not in single)
        self.windows = dict(zip(axes, numbers.update_window_dims, strict=True))  # axes of the array and of the parts
        self.outer = [k for k in range(len(updates.shape)) if k not in numbers.update_window_dims]
        self.size = [updates.shape[self.windows[k]] if k in self.windows else 1 for k in range(self.rank)]
        batches = zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True)
        self.batches = dict(batches)  # axes of the array and of the starts


def scattered(name: str, array: Array, starts: Array, updates: Array, numbers: Any, mode: str) -> Array | None:
    """The array with parts of it changed by updates, one after the other, each at a start that is computed.

    Args:
        name: a key of `SCATTERED`.
        array: the array.
        starts: the starts, of which the last axis is one coordinate after the other.
        updates: the parts.
        numbers: JAX's ScatterDimensionNumbers.
        mode: "CLIP" moves a part that would reach outside inside; any other drops it.

    Returns:
        The array; None where numbers of its kind cannot be combined so.
    """
    template = operation(SCATTERED[name], array.kind) if SCATTERED[name] else "{1}"
    if template is None:
        return None
    places = _Places(array, updates, numbers)
    count = product([updates.shape[k] for k in places.outer])
    if isinstance(count, int) and count <= FEW:
        return _changed(array, starts, updates, places, template, clip=mode == "CLIP")
    return _stored(array, starts, updates, places, template, clip=mode == "CLIP")


def _changed(array: Array, starts: Array, updates: Array, places: _Places, template: str, *, clip: bool) -> Array:
    """For a few parts: each element says which of them change it."""
    program = array.program
    zero = program.literal(0)

    def element(index: Index) -> Value:
        value = array.at(index)
        for which in itertools.product(*(range(int(updates.shape[k])) for k in places.outer)):
            number = [program.literal(k) for k in which]
            place = dict(zip(places.outer, number, strict=True))
            offsets, tests = list(index), []
            for j, axis in enumerate(places.numbers.scatter_dims_to_operand_dims):
                start, size = starts.at((*number, program.literal(j))), places.size[axis]
                last = last_start(program, array.shape[axis], size)
                if clip:
                    start = clamped(program, start, last)
                if size == 1:  # and where it is, it is inside
                    tests.append(program.op(EQ, index[axis], start))
                    offsets[axis] = zero
                    continue
                offsets[axis] = program.op(SUB, index[axis], start)
                if not clip:
                    tests += [program.op(GE, start, zero), program.op(LE, start, last)]
                tests += [program.op(GE, offsets[axis], zero), program.op(LT, offsets[axis], program.size(size))]
            tests += [program.op(EQ, index[axis], number[k]) for axis, k in places.batches.items()]
            test = all_true(program, tests)
            if test.literal is not False:
                place |= {k: offsets[axis] for axis, k in places.windows.items()}
                update = updates.at(tuple(place[k] for k in range(len(updates.shape))))
                value = program.op(SELECT, test, program.op(template, value, update), value)
        return value

    return Array(program, array.shape, array.kind, element, [array, starts, updates], 4)


def _stored(array: Array, starts: Array, updates: Array, places: _Places, template: str, *, clip: bool) -> Array:
    """For many parts: they are brought to their places one after the other."""
    extents, outer = updates.shape, places.outer

    def write(operands: list[str], results: list[str], fresh: Fresh) -> list[str]:
        (source, given, parts), [result] = operands, results
        w = [fresh("w") for _ in extents]
        which = [w[k] for k in outer]
        first, settled, tests = _flat(which, starts.shape[:-1]), [], []
        where = ["0"] * places.rank
        for j, axis in enumerate(places.numbers.scatter_dims_to_operand_dims):
            where[axis] = fresh("s")
            start = f"{given}[{_flat([first, str(j)], [1, starts.shape[-1]])}]"
            if clip:
                start = f"Math.max(Math.min({start}, {array.shape[axis]} - {places.size[axis]}), 0)"
            else:
                tests.append(f"{where[axis]} >= 0 && {where[axis]} <= {array.shape[axis]} - {places.size[axis]}")
            settled.append(f"const {where[axis]} = {start};")
        for axis, k in places.batches.items():
            where[axis] = which[k]
        for axis, k in places.windows.items():
            where[axis] = w[k] if where[axis] == "0" else f"({where[axis]} + {w[k]})"
        at = fresh("at")
        lines = [
            f"const {at} = {_flat(where, array.shape)};",
            f"{result}[{at}] = {template.format(f'{result}[{at}]', f'{parts}[{_flat(w, extents)}]')};",
        ]
        if tests:
            lines = [f"if ({' && '.join(tests)}) {{", *("  " + line for line in lines), "}"]
        lines = [*settled, *lines]
        for k in reversed(range(len(extents))):
            lines = loop(w[k], extents[k], lines)
        return [f"{result}.set({source});", *lines]

    return Statement(array.program, [array, starts, updates], [(array.shape, array.kind)], write).array(0)
