"""Arrays that are not computed yet.

An `Array` is a shape and a function from an index to the `Value` there. Broadcasting, reshaping, slicing and
the like are then arithmetic on indices; nothing is allocated until a loop would compute the same costly
element again.
"""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from dl_workshop._lowering.program import Program
from dl_workshop._lowering.values import (
    ADD,
    MUL,
    NE,
    REST,
    SUB,
    Extent,
    Path,
    Task,
    Value,
    deepest,
    product,
    varying,
)

Index = tuple[Value, ...]

UNROLLED = 16
COSTLY = 8  # simple operations: above this, an element is rather stored than computed twice
CHEAP = (
    "abs",
    "ceil",
    "floor",
    "fround",
    "imul",
    "max",
    "min",
    "round",
    "sign",
    "sqrt",
    "trunc",
)  # functions that cost one operation


class Array:
    """An array that is not computed yet.

    Args:
        program: where its values go.
        shape: its extents.
        kind: the type of its numbers (see `kinds.py`).
        element: the value at an index.
        operands: the arrays from which that is computed.
        weight: what one element costs beyond its operands, in simple operations.
        buffer: in place of all that, the name of a flat, row-major Float64Array that exists already.
        made: or what gives the variable that holds such an array.
    """

    def __init__(
        self,
        program: Program,
        shape: Sequence[Extent],
        kind: str,
        element: Callable[[Index], Value] | None = None,
        operands: Sequence["Array"] = (),
        weight: float = 0,
        buffer: str | None = None,
        made: Callable[[], Value] | None = None,
    ) -> None:
        self.program, self.shape, self.kind = program, tuple(shape), kind
        self.element, self.operands, self.weight, self.buffer = element, tuple(operands), weight, buffer
        self.made = made

    @property
    def is_stored(self) -> bool:
        """Whether there is, or will be, a buffer to load from."""
        return self.buffer is not None or self.made is not None or self in self.program.stored

    def cost(self) -> float:
        """What one element costs, in simple operations; all that is costly counts the same."""
        costs = self.program.costs
        if self.is_stored:
            return 0
        if self not in costs:
            costs[self] = min(self.weight + sum(a.cost() for a in self.operands), COSTLY + 1)
        return costs[self]

    def at(self, index: Index) -> Value:
        """The element at an index: loaded if there is a buffer, else computed."""
        elements = self.program.elements
        if (self, index) not in elements:
            if self.shape and self.cost() > COSTLY and len(varying(index)) < len(deepest(index)):
                self.program.stored.add(self)  # a loop would compute it anew each time round
            elements[self, index] = self.load(index) if self.is_stored else self.compute(index)
        return elements[self, index]

    def compute(self, index: Index) -> Value:
        """The element at an index, without a buffer."""
        return self.element(index) if self.element else self.load(index)

    def load(self, index: Index) -> Value:
        """The element at an index, from the buffer."""
        return self.load_flat(position(self.program, index, self.shape))

    def load_flat(self, where: Value) -> Value:
        """The element at a row-major position of the buffer."""
        value = self.program.op("{0}[{1}]", self.stored_buffer(), where)
        return self.program.op(NE, value, self.program.literal(0)) if self.kind == "bool" else value

    def stored_buffer(self) -> Value:
        """The buffer from which the elements are loaded."""
        if self.buffer is not None:
            return self.program.name(self.buffer)
        if self.made is not None:
            return self.made()
        if self not in self.program.buffers:
            self.program.buffers[self] = filled(self)
        return self.program.buffers[self]


def filled(array: Array) -> Value:
    """A new buffer with all elements of an array."""
    program = array.program
    name = program.scope.buffer(product(array.shape))
    loops, indices = ranges(program, (), array.shape)
    statement, operands = "", []
    for k, index in enumerate(indices):
        statement += f"{name}[{{{2 * k}}}] = {{{2 * k + 1}}};\n"
        operands += [position(program, index, array.shape), array.compute(index)]
    return program.name(name, Task((), loops, "", statement, tuple(operands)))


def ranges(program: Program, outer: Path, extents: Sequence[Extent]) -> tuple[Path, list[Index]]:
    """Loops over the extents and the indices inside them, where small extents are written out."""
    small: dict[int, int] = {}
    for k, extent in sorted(enumerate(extents), key=lambda item: (isinstance(item[1], str), item[1])):
        if isinstance(extent, int) and extent * np.prod([*small.values(), 1]) <= UNROLLED:
            small[k] = extent
    loops = program.nest(outer, [extent for k, extent in enumerate(extents) if k not in small])
    running = map(program.index, loops)
    axes = [
        [program.literal(i) for i in range(small[k])] if k in small else [next(running)] for k in range(len(extents))
    ]
    return loops, list(itertools.product(*axes))


def position(program: Program, index: Index, shape: Sequence[Extent]) -> Value:
    """The row-major position of an index."""
    where = program.literal(0)
    for i, extent in zip(index, shape, strict=True):
        if where.literal != 0:
            where = program.op(MUL, where, program.size(extent))
        where = shifted(program, where, i)
    return where


def shifted(program: Program, index: Value, by: Value) -> Value:
    """The sum of two indices."""
    if index.literal == 0:
        return by
    return index if by.literal == 0 else program.op(ADD, index, by)


def constant(program: Program, value: float | bool, kind: str | None = None) -> Array:
    """A scalar that is known now."""
    kind = kind or {bool: "bool", int: "int64", float: "float64"}[type(value)]
    return Array(program, (), kind, lambda _: program.literal(value))


# -- elementwise -------------------------------------------------------------------------------------------


def mapped(template: str, kind: str, *arrays: Array) -> Array:
    """A template over the elements of arrays: scalars, or of one shape but for extents of 1."""
    program = arrays[0].program
    shapes = [a.shape for a in arrays if a.shape]
    shape = tuple(next((e for e in extents if e != 1), 1) for extents in zip(*shapes, strict=True))
    fitting = [a if a.shape in ((), shape) else repeated(a, shape, range(len(shape))) for a in arrays]
    calls = template.count("Math.") - sum(template.count(f"Math.{name}(") for name in CHEAP)

    def element(index: Index) -> Value:
        values = [a.at(index if a.shape else ()) for a in fitting]
        return program.op(template, *values, source=result if calls else None)

    result = Array(program, shape, kind, element, fitting, COSTLY + 1 if calls else 1)
    return result


# -- other indices -----------------------------------------------------------------------------------------


def view(array: Array, shape: Sequence[Extent], where: Callable[[Index], Sequence[Value]]) -> Array:
    """The array whose element at an index is that of another array at `where(index)`."""
    return Array(array.program, shape, array.kind, lambda index: array.at(tuple(where(index))), [array])


def repeated(array: Array, shape: Sequence[Extent], axes: Sequence[int]) -> Array:
    """The array with its axes at `axes` of a shape, repeated along all others and those of extent 1."""
    pairs = list(zip(array.shape, axes, strict=True))

    def where(index: Index) -> list[Value]:
        return [array.program.literal(0) if extent == 1 else index[axis] for extent, axis in pairs]

    return view(array, shape, where)


def transposed(array: Array, permutation: Sequence[int]) -> Array:
    """The array with its axes in another order."""
    if list(permutation) == list(range(len(permutation))):
        return array
    inverse = [int(k) for k in np.argsort(permutation)]
    return view(array, [array.shape[k] for k in permutation], lambda index: [index[k] for k in inverse])


def sliced(
    array: Array, shape: Sequence[Extent], starts: Callable[[], Sequence[Value]], strides: Sequence[int]
) -> Array:
    """The part of an array that begins at `starts`."""
    program = array.program

    def where(index: Index) -> list[Value]:
        steps = [program.op(MUL, i, program.literal(step)) for i, step in zip(index, strides, strict=True)]
        return [shifted(program, i, start) for i, start in zip(steps, starts(), strict=True)]

    return view(array, shape, where)


def tiled(array: Array, shape: Sequence[Extent]) -> Array:
    """The array beside itself, as often as fits into the shape."""
    program = array.program

    def where(index: Index) -> list[Value]:
        return [program.op(REST, i, program.size(extent)) for i, extent in zip(index, array.shape, strict=True)]

    return view(array, shape, where)


def flipped(array: Array, axes: Sequence[int]) -> Array:
    """The array with some axes backwards."""
    program = array.program

    def where(index: Index) -> list[Value]:
        last = [program.op(SUB, program.size(extent), program.literal(1)) for extent in array.shape]
        return [program.op(SUB, last[k], i) if k in axes else i for k, i in enumerate(index)]

    return view(array, array.shape, where)


def reshaped(array: Array, shape: Sequence[Extent]) -> Array:
    """The array with the same elements in row-major order and another shape."""
    program = array.program
    new = [k for k, extent in enumerate(shape) if extent != 1]
    old = [k for k, extent in enumerate(array.shape) if extent != 1]

    def regrouped(index: Index) -> list[Value]:
        place = dict(zip(old, new, strict=True))
        return [index[place[k]] if k in place else program.literal(0) for k in range(len(array.shape))]

    def element(index: Index) -> Value:
        where = position(program, index, shape)
        fixed = [extent for extent in array.shape if isinstance(extent, int)]
        if isinstance(where.literal, int) and len(fixed) == len(array.shape):
            return array.at(tuple(program.literal(int(i)) for i in np.unravel_index(where.literal, fixed)))
        if not array.is_stored:
            program.stored.add(array)
        return array.load_flat(where)

    if [shape[k] for k in new] == [array.shape[k] for k in old]:
        return view(array, shape, regrouped)
    return Array(program, shape, array.kind, element, [array])
