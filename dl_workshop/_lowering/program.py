"""All values of a function, and their order.

Equal values are one object, so that common subexpressions vanish by construction. A value is computed in the
innermost loop that it depends on and no deeper, which is how invariants leave a loop. Within a block a task
comes as early as what it needs allows, and tasks of one moment that run over the same range share a loop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dl_workshop._lowering.values import (
    Extent,
    Loop,
    Path,
    Task,
    Value,
    deepest,
    is_bare,
    least_of,
    needed,
    number,
    simplified,
    spread,
    varying,
)


class Names:
    """The names of a function and of those inside it, and the buffers among them.

    Args:
        taken: the names that it cannot have.
    """

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.buffers: dict[str, Extent] = {}  # how many elements each has

    def fresh(self, base: str, first: int | None = None) -> str:
        """A name that nothing else has: the base, or with a number behind it, from `first` up."""
        name, k = (base, 0) if first is None else (f"{base}{first}", first + 1)
        while name in self.taken:
            name, k = f"{base}{k}", k + 1
        self.taken.add(name)
        return name

    def buffer(self, size: Extent) -> str:
        """The name of a new buffer. All are made at the head of the function, however often loops use them."""
        name = self.fresh("a", 0)
        self.buffers[name] = size
        return name

    def mark(self) -> tuple[set[str], dict[str, Extent]]:
        """What there is now, for `reset`."""
        return set(self.taken), dict(self.buffers)

    def reset(self, mark: tuple[set[str], dict[str, Extent]]) -> None:
        """Forget all names that came after a mark."""
        self.taken, self.buffers = set(mark[0]), dict(mark[1])


@dataclass
class Program:
    """All values and loops of one function.

    Args:
        scope: gives new names.
        stored: the arrays (see `arrays.py`) that are better kept in a buffer than computed again. It grows
            while code is made, which then starts anew.
    """

    scope: Names
    stored: set[Any] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget everything but which arrays are to be stored."""
        self.values: dict[Any, Value] = {}
        self.loops: dict[Any, Loop] = {}
        self.elements: dict[Any, Value] = {}  # of arrays, at the indices asked for so far
        self.costs: dict[Any, float] = {}  # of one element of each array
        self.buffers: dict[Any, Value] = {}  # of the arrays that are stored
        self.statements: dict[Any, list[Value]] = {}  # the variables that each makes
        self.names: dict[Value, str] = {}
        self.users: dict[Value, list[Path]] = {}
        self.written: dict[Value | Task, int] = {}

    def fresh(self, base: str) -> str:
        """A new name that begins as asked."""
        return self.scope.fresh(base, 0)

    # -- making values --------------------------------------------------------------------------------------

    def literal(self, value: float | bool) -> Value:
        """A number or truth value that is known now."""
        value = value.item() if isinstance(value, np.generic) else value
        known = value if type(value) is int else None
        return self.values.setdefault((type(value), repr(value)), Value(number(value), literal=value, least=known))

    def name(self, name: str, task: Task | None = None) -> Value:
        """A variable that exists already, or does once `task` is done."""
        return self.values.setdefault(name, Value(name, task=task))

    def size(self, extent: Extent) -> Value:
        """An extent as a value."""
        return self.literal(extent) if isinstance(extent, int) else self.name(extent)

    def nest(self, outer: Path, extents: Iterable[Extent]) -> Path:
        """Loops over `extents`, each inside the one before; all over the same range are one."""
        path = outer
        for extent in extents:
            key = (path, extent)
            if key not in self.loops:
                self.loops[key] = Loop(self.fresh("i"), extent, path)
            path = self.loops[key].path
        return path[len(outer) :]

    def index(self, loop: Loop) -> Value:
        """The running index of a loop."""
        value = Value(loop.index, path=loop.path, loops=frozenset([loop]), least=0, below=loop.extent)
        return self.values.setdefault(loop, value)

    def op(self, template: str, *operands: Value, source: object = None) -> Value:
        """A value computed from others; what can be computed or left out now is."""
        simple = simplified(template, operands)
        if simple is not None:
            return simple if isinstance(simple, Value) else self.literal(simple)
        least = least_of(template, operands)
        template, operands = spread(template, operands)
        key = (template, operands)
        if key not in self.values:
            path, loops = deepest(operands), varying(operands)
            self.values[key] = Value(template, operands, path, loops, source=source, least=least)
        return self.values[key]

    def accumulated(
        self,
        prologue: str,
        statement: str,
        loops: Path,
        operands: Sequence[Value],
        index: Sequence[Value],
        source: object,
    ) -> Value:
        """A variable, `@` in prologue and statement, after the statement has run over the loops.

        Args:
            prologue: what comes before the loops.
            statement: what is run in them, a template over the operands.
            loops: the loops.
            operands: values inside them.
            index: what the result varies with.
            source: the array whose element at `index` it is.
        """
        statement, body = spread(statement, tuple(operands))
        key = (prologue, statement, loops, body)
        if key not in self.values:
            name, home = self.fresh("s"), loops[0].outer
            task = Task(home, loops, prologue.replace("@", name), statement.replace("@", name), body, source)
            self.values[key] = Value(name, path=home, loops=varying(index), task=task)
        return self.values[key]

    # -- writing them down ----------------------------------------------------------------------------------

    def lines(self, task: Task) -> list[str]:
        """The body of the function: `task`, and before it all that it needs."""
        seen: set[Value | Task] = set()
        stack: list[Value | Task] = [task]
        while stack:
            item = stack.pop()
            if item in seen:
                continue
            seen.add(item)
            if isinstance(item, Value) and item.task:
                stack.append(item.task)
            for operand in item.operands:
                self.users.setdefault(operand, []).append(item.path)
                stack.append(operand)
        return self.block((), [task])

    def block(self, path: Path, tasks: Sequence[Task]) -> list[str]:
        """The lines inside the loops of `path` that serve `tasks`."""
        moments: dict[Value | Task, int] = {}

        def visit(item: Value | Task) -> int:
            """Find how many rounds of tasks of this block come before an item."""
            if item not in moments:
                if isinstance(item, Value) and item.task:
                    moments[item] = visit(item.task) + 1
                else:
                    moments[item] = max(map(visit, needed(item.operands, len(path))), default=0)
            return moments[item]

        last = max(map(visit, tasks), default=0)
        lines: list[str] = []
        for now in range(last + 1):
            items = [item for item, moment in moments.items() if moment == now]
            for value in items:
                if isinstance(value, Value) and value.operands and not self.is_inlined(value):
                    text = self.text(value)
                    self.names[value] = self.names.get(value) or self.fresh("t")
                    lines.append(f"const {self.names[value]} = {text};")
            groups: dict[Loop | Task, list[Task]] = {}
            for task in items:
                if isinstance(task, Task):
                    groups.setdefault(next(iter(task.path[len(path) :]), task), []).append(task)
            for group, members in groups.items():
                for task in members:
                    if task.home == path:
                        self.count(task)
                        lines += task.prologue.splitlines()
                if isinstance(group, Loop):
                    i = group.index
                    lines.append(f"for (let {i} = 0; {i} < {group.extent}; {i}++) {{")
                    lines += ["  " + line for line in self.block(group.path, members)]
                    lines.append("}")
                else:
                    operands = [self.code(v) for v in group.operands]
                    lines += group.statement.format(*operands).splitlines()
        return lines

    def is_inlined(self, value: Value) -> bool:
        """Whether a value stands inside the one expression that uses it."""
        return self.users[value] == [value.path]

    def count(self, item: Value | Task) -> None:
        """Note that something is written into a loop; what comes a second time had better be stored."""
        self.written[item] = self.written.get(item, 0) + 1
        home = item.home if isinstance(item, Task) else item.path
        if self.written[item] > 1 and home and item.source is not None:
            self.stored.add(item.source)

    def text(self, value: Value) -> str:
        """The expression of a value."""
        self.count(value)
        operands = [self.code(v, value.template, place) for place, v in enumerate(value.operands)]
        return value.template.format(*operands)

    def code(self, value: Value, outer: str | None = None, place: int = 0) -> str:
        """A value as an operand of a template at some place (or of a statement, where none is given)."""
        if not value.operands:
            return value.template
        if not self.is_inlined(value):
            return self.names[value]
        text = self.text(value)
        return text if outer is None or is_bare(value.template, outer, place) else f"({text})"
