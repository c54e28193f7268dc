"""What a lowered function is made of: scalars, loops, and statements that are run in loops."""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Extent = int | str  # the length of an axis or loop: a number, or the JavaScript for one
Path = tuple["Loop", ...]  # loops, each inside the one before

ADD, SUB, MUL, DIV, NEG = "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / {1}", "-{0}"
SELECT = "{0} ? {1} : {2}"
MAX, MIN, AND, OR = "Math.max({0}, {1})", "Math.min({0}, {1})", "{0} && {1}", "{0} || {1}"
EQ, NE, LT, LE, GT, GE = "{0} === {1}", "{0} !== {1}", "{0} < {1}", "{0} <= {1}", "{0} > {1}", "{0} >= {1}"
FITS = "{0} >= 0 && {0} < {1}"
FLOOR, REST = "Math.floor({0} / {1})", "{0} % {1}"  # of indices, which are not negative
PRECEDENCE = {  # of operators; what is not here stands in parentheses
    SELECT: 0,
    OR: 1,
    AND: 2,
    **dict.fromkeys((EQ, NE), 3),
    **dict.fromkeys((LT, LE, GT, GE), 4),
    **dict.fromkeys((ADD, SUB), 5),
    **dict.fromkeys((MUL, DIV, REST), 6),
    NEG: 7,
}
CALL = re.compile(r"[\w.{}]+(\([^()]*\)|\[[^][]*\])")  # templates that need no parentheses around them
OPEN = re.compile(r"[\w.]+\(({\d}|\d+)(, ({\d}|\d+))*\)|{\d}\[{\d}\]")  # those whose operands need none

FOLDED: dict[str, Callable[..., Any]] = {  # what Python computes as JavaScript would
    ADD: operator.add,
    SUB: operator.sub,
    MUL: operator.mul,
    NEG: operator.neg,
    EQ: operator.eq,
    NE: operator.ne,
    LT: operator.lt,
    LE: operator.le,
    GT: operator.gt,
    GE: operator.ge,
    AND: lambda a, b: a and b,
    OR: lambda a, b: a or b,
    FITS: lambda a, b: 0 <= a < b,
}
FOLDED_INTEGERS: dict[str, Callable[..., Any]] = {
    MAX: max,
    MIN: min,
    FLOOR: operator.floordiv,
    REST: operator.mod,
}


@dataclass(frozen=True, eq=False)
class Loop:
    """A loop of the program: its index runs from 0 up to its extent, inside the loops of `outer`."""

    index: str
    extent: Extent
    outer: Path

    @property
    def path(self) -> Path:
        return (*self.outer, self)


@dataclass(frozen=True, eq=False)
class Task:
    """A statement that runs for every index of `loops`; `prologue` comes before them, in the block `home`."""

    home: Path
    loops: Path
    prologue: str
    statement: str
    operands: tuple["Value", ...]
    source: object = None  # the array that would have to be stored, were this task run twice

    @property
    def path(self) -> Path:
        return self.home + self.loops


@dataclass(frozen=True, eq=False)
class Value:
    """One scalar: a template over its operands, or a name, which may be known only once `task` is done."""

    template: str
    operands: tuple["Value", ...] = ()
    path: Path = ()  # the block in which it is computed
    loops: frozenset[Loop] = frozenset()  # what it varies with
    literal: float | bool | None = None
    least: float | None = None  # it is never below that, where that is known
    below: Extent | None = None  # it is always below that
    task: Task | None = None
    source: object = None  # the array that would have to be stored, were this value computed twice

    @property
    def inputs(self) -> tuple["Value", ...]:
        return self.task.operands if self.task else self.operands


def number(value: float | bool) -> str:
    """The JavaScript literal of a number, exact for every 64-bit float."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value != value:
        return "NaN"
    text = repr(value).replace("inf", "Infinity").removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


def product(extents: Iterable[Extent]) -> Extent:
    """The product of extents: a number where all are, else JavaScript."""
    size, factors = 1, []
    for extent in extents:
        if isinstance(extent, int):
            size *= extent
        else:
            factors.append(extent)
    if not factors:
        return size
    return " * ".join([*([str(size)] if size != 1 else []), *factors])


def simplified(template: str, operands: Sequence[Value]) -> Value | float | bool | None:
    """What an operation comes to without being done, exactly and for every number; or None."""
    first = operands[0]
    literals = [v.literal for v in operands]
    if None not in literals and template in FOLDED:
        return FOLDED[template](*literals)
    if all(type(v) is int for v in literals) and template in FOLDED_INTEGERS:
        return FOLDED_INTEGERS[template](*literals)
    if template in (GE, LT) and literals[1] is not None and first.least is not None and first.least >= literals[1]:
        return template == GE
    if template == LT and first.below is not None and first.below in (literals[1], operands[1].template):
        return True
    if template == SELECT and literals[0] is not None:
        return operands[1 if literals[0] else 2]
    if template == SELECT and operands[1] is operands[2]:
        return operands[1]
    if template == NEG and first.template == NEG:
        return first.operands[0]
    if template == MUL and number(literals[0] or 0) == "1":
        return operands[1]
    if template in (MUL, DIV) and number(literals[1] or 0) == "1":
        return first
    if template == SUB and literals[1] is not None and number(literals[1]) == "0":
        return first
    return None


def least_of(template: str, operands: Sequence[Value]) -> float | None:
    """What an operation never comes below, from what its operands do not; None where that is not known."""
    known = [v.least for v in operands]
    literals = [v.literal for v in operands]
    if template == MAX:
        return max((v for v in known if v is not None), default=None)
    if None in known:
        return None
    first, second = (*known, 0.0)[:2]
    match template:
        case _ if first is None or second is None:
            return None
        case "{0} + {1}":
            return first + second
        case "{0} - {1}" if literals[1] is not None:
            return first - literals[1]
        case "{0} * {1}" if first >= 0 and second >= 0:
            return first * second
        case "Math.min({0}, {1})":
            return min(first, second)
    return 0 if template in (FLOOR, REST) and first >= 0 and second > 0 else None


def is_bare(template: str, outer: str, place: int) -> bool:
    """Whether an expression needs no parentheses as an operand of another, at a place of its template."""
    if CALL.fullmatch(template) or OPEN.fullmatch(outer):
        return True
    if template not in PRECEDENCE or outer not in PRECEDENCE:
        return False
    least = {SELECT: (1, 0, 0), NEG: (8,)}.get(outer) or (PRECEDENCE[outer], PRECEDENCE[outer] + 1)
    return PRECEDENCE[template] >= least[place]


def spread(template: str, operands: tuple[Value, ...]) -> tuple[str, tuple[Value, ...]]:
    """The same template with one operand for each place, in order."""
    places = re.findall(r"\{(\d)\}", template)
    counter = iter(range(len(places)))
    template = re.sub(r"\{\d\}", lambda _: f"{{{next(counter)}}}", template)
    return template, tuple(operands[int(place)] for place in places)


def deepest(values: Iterable[Value]) -> Path:
    """The innermost block that any of the values needs."""
    return max((v.path for v in values), key=len, default=())


def varying(values: Iterable[Value]) -> frozenset[Loop]:
    """The loops that any of the values varies with."""
    return frozenset().union(*(v.loops for v in values))


def needed(values: Iterable[Value], depth: int) -> list[Value]:
    """What the values need from the block at `depth`, by way of the blocks inside it."""
    found: dict[Value, None] = {}
    seen: set[Value] = set()
    stack = list(values)[::-1]
    while stack:
        value = stack.pop()
        if value in seen:
            continue
        seen.add(value)
        if len(value.path) == depth:
            found[value] = None
        elif len(value.path) > depth:
            stack.extend(value.inputs[::-1])
    return list(found)
