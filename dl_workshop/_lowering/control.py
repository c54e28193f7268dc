"""Loops and branches of JAX's own, around functions inside the function."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from dl_workshop._lowering.arrays import Array
from dl_workshop._lowering.program import Program
from dl_workshop._lowering.statements import Fresh, Result, Statement, Write, loop
from dl_workshop._lowering.values import Extent, product

LOOPS = ("scan", "while")
Extents = Callable[[Any], Extent]


class Inner(Protocol):
    """Lowers a closed jaxpr to a function inside the function, and gives its name; see `Function.function_inside`."""

    def __call__(self, jaxpr: Any, rows: int = 0, wanted: Sequence[int] | None = None) -> str: ...


def has_loops(functions: Iterable[Any]) -> bool:
    """Whether there are loops in functions, or in those that they call."""
    for function in functions:
        jaxpr = getattr(function, "jaxpr", function)
        for equation in getattr(jaxpr, "eqns", ()):
            params = equation.params.values()
            called = [p for param in params for p in (param if isinstance(param, tuple) else (param,))]
            if equation.primitive.name in LOOPS or has_loops(called):
                return True
    return False


def looped(
    program: Program,
    name: str,
    params: Any,
    operands: Sequence[Array],
    results: Sequence[Result],
    extent: Extents,
    inner: Inner,
) -> list[Array]:
    """The results of a loop.

    Args:
        program: where it goes.
        name: of the primitive, one of `LOOPS`.
        params: of the primitive.
        operands: of the primitive.
        results: what it makes.
        extent: turns a dimension of JAX's into an extent.
        inner: lowers a jaxpr.
    """
    write = _scan(params, results, extent, inner) if name == "scan" else _while(params, results, inner)
    return Statement(program, operands, results, write).arrays()


def branched(
    program: Program,
    which: Array,
    operands: Sequence[Array],
    results: Sequence[Result],
    branches: Sequence[Any],
    inner: Inner,
) -> list[Array]:
    """The results of the one function that a number names, without a call of the others."""
    functions = [inner(branch) for branch in branches]

    def write(given: list[str], made: list[str], fresh: Fresh) -> list[str]:
        number, *rest = given
        calls = [f"{function}({', '.join(rest)})" for function in functions]
        text = calls[-1]
        for k in reversed(range(len(calls) - 1)):
            text = f"{number} <= {k} ? {calls[k]} : {text}"
        out = fresh("out")
        return [f"const {out} = {text};", *_stored(out, made, results)]

    return Statement(program, [which, *operands], results, write).arrays()


def _stored(out: str, names: Sequence[str], results: Sequence[Result]) -> list[str]:
    """Lines that put the results of a function, in a variable, where they belong."""
    return [
        f"{name}.set({part});" if shape else f"{name} = {part};"
        for k, (name, (shape, _)) in enumerate(zip(names, results, strict=True))
        for part in [_part(out, k, len(names))]
    ]


def _part(out: str, k: int, count: int) -> str:
    return out if count == 1 else f"{out}[{k}]"


def _changing(jaxpr: Any, first: int, count: int) -> list[int]:
    """Which of the values that a body hands on to itself it does not leave as they are."""
    inside = jaxpr.jaxpr
    return [k for k in range(count) if inside.outvars[k] is not inside.invars[first + k]]


def _scan(params: Any, results: Sequence[Result], extent: Extents, inner: Inner) -> Write:
    if "ft_in" in params:  # JAX 0.12
        constants, carried, _ = (len(part.vals) for part in params["ft_in"].unpack())
    else:
        constants, carried = params["num_consts"], params["num_carry"]
    length = extent(params["length"])
    rows = len(params["jaxpr"].in_avals) - constants - carried
    changing = _changing(params["jaxpr"], constants, carried)
    wanted = [*changing, *range(carried, len(results))]
    body = inner(params["jaxpr"], rows, wanted)

    def write(given: list[str], made: list[str], fresh: Fresh) -> list[str]:
        k, out, carry = fresh("k"), fresh("out"), made[:carried]
        arguments = [*given[:constants], *carry, *given[constants + carried :], *([k] if rows else [])]
        lines = [f"const {out} = {body}({', '.join(arguments)});"]
        parts = {j: _part(out, at, len(wanted)) for at, j in enumerate(wanted)}
        for j in wanted:
            shape, _ = results[j]
            if j < carried:
                lines.append(f"{made[j]}.set({parts[j]});" if shape else f"{made[j]} = {parts[j]};")
            elif len(shape) == 1:
                lines.append(f"{made[j]}[{k}] = {parts[j]};")
            else:
                lines.append(f"{made[j]}.set({parts[j]}, {k} * {product(shape[1:])});")
        first = _begun(carry, given[constants:], results)
        return [*first, *(loop(k, length, lines, backwards=params["reverse"]) if wanted else [])]

    return write


def _begun(carry: Sequence[str], given: Sequence[str], results: Sequence[Result]) -> list[str]:
    """Lines that give a loop its first values."""
    return [
        f"{name}.set({first});" if shape else f"{name} = {first};"
        for name, first, (shape, _) in zip(carry, given, results, strict=False)
    ]


def _while(params: Any, results: Sequence[Result], inner: Inner) -> Write:
    of_condition, of_body = params["cond_nconsts"], params["body_nconsts"]
    changing = _changing(params["body_jaxpr"], of_body, len(results))
    condition, body = inner(params["cond_jaxpr"]), inner(params["body_jaxpr"], wanted=changing)
    axes = len(params["cond_jaxpr"].out_avals[0].shape)

    def write(given: list[str], made: list[str], fresh: Fresh) -> list[str]:
        tested, used = given[:of_condition], given[of_condition : of_condition + of_body]
        out, goes_on = fresh("out"), f"{condition}({', '.join([*tested, *made])})"
        changed, kinds = [made[k] for k in changing], [results[k] for k in changing]
        call = f"const {out} = {body}({', '.join([*used, *made])});"
        first = _begun(made, given[of_condition + of_body :], results)
        if not axes:
            stored = _stored(out, changed, kinds)
            return [*first, f"while ({goes_on}) {{", *("  " + line for line in [call, *stored]), "}"]
        # many loops in one: each goes on until its own condition fails, the whole until all have
        live, k = fresh("live"), fresh("k")
        stored = []
        for at, (name, (shape, _)) in enumerate(zip(changed, kinds, strict=True)):
            size = product(shape[axes:])
            which = k if size == 1 else f"Math.floor({k} / ({size}))"
            change = f"if ({live}[{which}]) {name}[{k}] = {_part(out, at, len(changed))}[{k}];"
            stored += loop(k, product(shape), [change])
        head = f"for (let {live} = {goes_on}; {live}.includes(1); {live} = {goes_on}) {{"
        return [*first, head, *("  " + line for line in [call, *stored]), "}"]

    return write
