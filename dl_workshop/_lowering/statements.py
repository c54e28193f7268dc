"""What is no formula for one element but a piece of program: sorting, running sums, loops of one's own, ..."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dl_workshop._lowering.arrays import Array
from dl_workshop._lowering.program import Program
from dl_workshop._lowering.values import NE, SELECT, Extent, Task, Value, product

Result = tuple[Sequence[Extent], str]  # shape and kind
Fresh = Callable[[str], str]  # gives a new name
Write = Callable[[list[str], list[str], Fresh], list[str]]


class Statement:
    """A piece of JavaScript.

    Args:
        program: where it goes.
        operands: what it reads: arrays as buffers, scalars as numbers.
        results: what it makes.
        write: (operands, results, fresh) -> lines. Operands are names or numbers, the buffers of arrays among the
            results are there already, and scalars are declared. Nothing else may be named but by `fresh`.
    """

    def __init__(self, program: Program, operands: Sequence[Array], results: Sequence[Result], write: Write) -> None:
        self.program, self.operands, self.results, self.write = program, operands, results, write

    def values(self) -> list[Value]:
        """The variables that it makes."""
        program = self.program
        if self not in program.statements:
            values = [passed(operand) for operand in self.operands]
            # what is no name or number yet gets a name
            inputs = [program.fresh("p") if value.operands else value.template for value in values]
            lines = [f"const {name} = §{k}§;" for k, name in enumerate(inputs) if values[k].operands]
            names = [program.scope.buffer(product(shape)) if shape else program.fresh("r") for shape, _ in self.results]
            scalars = [name for name, (shape, _) in zip(names, self.results, strict=True) if not shape]
            lines += self.write(inputs, names, program.fresh)
            text = "\n".join(lines).replace("{", "{{").replace("}", "}}")
            for k in range(len(values)):
                text = text.replace(f"§{k}§", f"{{{k}}}")
            prologue = f"let {', '.join(scalars)};" if scalars else ""
            task = Task((), (), prologue, text, tuple(values))
            program.statements[self] = [program.name(name, task) for name in names]
        return program.statements[self]

    def arrays(self) -> list[Array]:
        """Its results."""
        return [self.array(k) for k in range(len(self.results))]

    def array(self, k: int) -> Array:
        """Its k-th result."""
        shape, kind = self.results[k]
        if shape:
            return Array(self.program, shape, kind, made=lambda: self.values()[k])

        def element(_: Any) -> Value:
            value = self.values()[k]
            return self.program.op(NE, value, self.program.literal(0)) if kind == "bool" else value

        return Array(self.program, (), kind, element)


def passed(array: Array) -> Value:
    """An array as it is handed over: its buffer, or a number."""
    if array.shape:
        return array.stored_buffer()
    value = array.at(())
    program = array.program
    return program.op(SELECT, value, program.literal(1), program.literal(0)) if array.kind == "bool" else value


def loop(index: str, count: Extent, lines: Iterable[str], *, backwards: bool = False) -> list[str]:
    """Lines that are run for an index from 0 to below a count, or from its end to 0."""
    order = f"let {index} = {count} - 1; {index} >= 0; {index}--" if backwards else ""
    return [
        f"for ({order or f'let {index} = 0; {index} < {count}; {index}++'}) {{",
        *("  " + line for line in lines),
        "}",
    ]
