"""What goes through an axis in order: sorting, and running sums and the like."""

from collections.abc import Sequence

from dl_workshop._lowering.arrays import Array, transposed
from dl_workshop._lowering.kinds import combination, held, is_float
from dl_workshop._lowering.statements import Fresh, Statement, loop
from dl_workshop._lowering.values import number, product


def _last(array: Array, axis: int) -> Array:
    """The array with an axis behind all others."""
    order = [k for k in range(len(array.shape)) if k != axis]
    return transposed(array, [*order, axis])


def _back(array: Array, axis: int) -> Array:
    """The inverse of `_last`."""
    order = [*range(len(array.shape) - 1)]
    return transposed(array, [*order[:axis], len(order), *order[axis:]])


def _compared(a: str, b: str, kind: str) -> str:
    """Compares as JAX sorts: NaN behind everything, and both zeros alike."""
    if not is_float(kind):
        return f"{a} - {b}"
    return f"({a} < {b} ? -1 : {a} > {b} ? 1 : {a} === {b} ? 0 : ({a} !== {a}) - ({b} !== {b}))"


def ordered(arrays: Sequence[Array], axis: int, keys: int) -> list[Array]:
    """Arrays sorted along an axis, all by the first `keys` of them; equals keep their order."""
    program = arrays[0].program
    moved = [_last(array, axis) for array in arrays]
    shape = moved[0].shape
    length, rows = shape[-1], product(shape[:-1])

    def write(operands: list[str], results: list[str], fresh: Fresh) -> list[str]:
        row, at, k, i, j = map(fresh, ("row", "at", "k", "i", "j"))
        inverse = program.scope.buffer(length)
        compared = [
            _compared(f"{p}[{at} + {i}]", f"{p}[{at} + {j}]", array.kind)
            for p, array in zip(operands[:keys], moved, strict=False)
        ]
        moves = [f"{r}[{at} + {k}] = {p}[{at} + {inverse}[{k}]];" for r, p in zip(results, operands, strict=True)]
        body = [
            f"const {at} = {row} * {length};",
            *loop(k, length, [f"{inverse}[{k}] = {k};"]),
            f"{inverse}.sort(({i}, {j}) => {' || '.join(compared)});",
            *loop(k, length, moves),
        ]
        return loop(row, rows, body)

    statement = Statement(program, moved, [(shape, array.kind) for array in moved], write)
    return [_back(array, axis) for array in statement.arrays()]


RUNNING = {"cumsum": "add", "cumprod": "mul", "cummax": "max", "cummin": "min", "cumlogsumexp": ""}
LOG_SUM = """if ({x} === @) @ += Math.LN2;
else if ({x} !== -Infinity) @ = @ === -Infinity ? {x} : Math.max(@, {x}) + Math.log1p(Math.exp(-Math.abs(@ - {x})));"""


def running(name: str, array: Array, axis: int, *, backwards: bool) -> Array:
    """Running sums and the like along an axis."""
    moved = _last(array, axis)
    shape, length, kind = moved.shape, moved.shape[-1], moved.kind

    def write(operands: list[str], results: list[str], fresh: Fresh) -> list[str]:
        row, at, k, s, x = map(fresh, ("row", "at", "k", "s", "x"))
        if name == "cumlogsumexp":
            update, start = LOG_SUM.replace("{x}", x), "-Infinity"
            update += f"\n@ = {held('@', kind)};" if kind == "float32" else ""
        else:
            how = combination(RUNNING[name], kind)
            update, start = how.update.format(x), number(how.start)
        taken = [
            f"const {x} = {operands[0]}[{at} + {k}];",
            *update.replace("@", s).splitlines(),
            f"{results[0]}[{at} + {k}] = {s};",
        ]
        body = [f"const {at} = {row} * {length};", f"let {s} = {start};", *loop(k, length, taken, backwards=backwards)]
        return loop(row, product(shape[:-1]), body)

    return _back(Statement(array.program, [moved], [(shape, kind)], write).array(0), axis)
