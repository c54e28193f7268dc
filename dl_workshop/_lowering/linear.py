"""Small systems of linear equations: factors of matrices, and solutions with triangular ones."""

from collections.abc import Sequence

from dl_workshop._lowering.arrays import Array, transposed
from dl_workshop._lowering.kinds import held
from dl_workshop._lowering.statements import Fresh, Statement, loop
from dl_workshop._lowering.values import Extent, product


def _of_many(shape: Sequence[Extent]) -> Extent:
    return product(shape[:-2])


def lu(array: Array) -> list[Array]:
    """The LU factors of matrices with partial pivoting: both in one, the pivots, the permutation.

    References:
        Golub, Van Loan (2013), "Matrix Computations", 4th edition, algorithm 3.4.1.
    """
    *many, m, n = array.shape
    steps = _least(m, n)

    def write(operands: list[str], results: list[str], fresh: Fresh) -> list[str]:
        a, pivots, order = results
        at, i, j, k, best, f, t = map(fresh, ("at", "i", "j", "k", "best", "f", "t"))

        def place(row: str, column: str) -> str:
            return f"{a}[({at} * {m} + {row}) * {n} + {column}]"

        swapped = [f"const {t} = {place(k, j)};", f"{place(k, j)} = {place(best, j)};", f"{place(best, j)} = {t};"]
        eliminated = f"{place(i, j)} = {held(f'{place(i, j)} - {f} * {place(k, j)}', array.kind)};"
        body = [
            *loop(i, m, [f"{order}[{at} * {m} + {i}] = {i};"]),
            *loop(
                k,
                steps,
                [
                    f"let {best} = {k};",
                    *loop(
                        i,
                        m,
                        [f"if ({i} > {k} && Math.abs({place(i, k)}) > Math.abs({place(best, k)})) {best} = {i};"],
                    ),
                    f"{pivots}[{at} * {steps} + {k}] = {best};",
                    f"if ({best} !== {k}) {{",
                    f"  [{order}[{at} * {m} + {k}], {order}[{at} * {m} + {best}]] ="
                    f" [{order}[{at} * {m} + {best}], {order}[{at} * {m} + {k}]];",
                    *("  " + line for line in loop(j, n, swapped)),
                    "}",
                    f"for (let {i} = {k} + 1; {i} < {m}; {i}++) {{",
                    f"  if ({place(k, k)} !== 0) {place(i, k)} = {held(f'{place(i, k)} / {place(k, k)}', array.kind)};",
                    f"  const {f} = {place(i, k)};",
                    f"  for (let {j} = {k} + 1; {j} < {n}; {j}++) {eliminated}",
                    "}",
                ],
            ),
        ]
        return [f"{a}.set({operands[0]});", *loop(at, _of_many(array.shape), body)]

    results = [(array.shape, array.kind), ((*many, steps), "int32"), ((*many, m), "int32")]
    return Statement(array.program, [array], results, write).arrays()


def _least(a: Extent, b: Extent) -> Extent:
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    return a if a == b else f"Math.min({a}, {b})"


def cholesky(array: Array) -> Array:
    """The lower triangular factor of symmetric matrices; NaN where one is not positive definite.

    References:
        Golub, Van Loan (2013), "Matrix Computations", 4th edition, algorithm 4.2.1.
    """
    n = array.shape[-1]

    def write(operands: list[str], results: list[str], fresh: Fresh) -> list[str]:
        [a], [factor] = operands, results
        at, i, j, k, s = map(fresh, ("at", "i", "j", "k", "s"))

        def place(name: str, row: str, column: str) -> str:
            return f"{name}[({at} * {n} + {row}) * {n} + {column}]"

        taken = held(f"{s} - {place(factor, i, k)} * {place(factor, j, k)}", array.kind)
        root = held(f"Math.sqrt({s} > 0 ? {s} : NaN)", array.kind)
        quotient = held(f"{s} / {place(factor, j, j)}", array.kind)
        # as JAX does, the mean of both triangles is factored
        body = [
            f"let {s} = {j} > {i} ? 0 : {held(f'({place(a, i, j)} + {place(a, j, i)}) / 2', array.kind)};",
            f"for (let {k} = 0; {j} <= {i} && {k} < {j}; {k}++) {s} = {taken};",
            f"{place(factor, i, j)} = {j} > {i} ? 0 : {i} === {j} ? {root} : {quotient};",
        ]
        size = f"{n} * {n}"
        part = f"{factor}.subarray({at} * {size}, ({at} + 1) * {size})"
        rows = loop(i, n, loop(j, n, body))
        failed = f"if (!({part}.every((value) => value === value))) {part}.fill(NaN);"
        lower = (
            f"for (let {i} = 0; {i} < {n}; {i}++) for (let {j} = {i} + 1; {j} < {n}; {j}++) {place(factor, i, j)} = 0;"
        )
        return loop(at, _of_many(array.shape), [*rows, failed, lower])

    return Statement(array.program, [array], [(array.shape, array.kind)], write).array(0)


def triangular_solution(
    matrix: Array, right: Array, *, left_side: bool, lower: bool, transpose_a: bool, unit_diagonal: bool
) -> Array:
    """The x of matrix x = right, or of x matrix = right, for triangular matrices of which only one half is read."""
    if not left_side:  # the transpose of the other
        turned = _turned(right)
        solution = triangular_solution(
            matrix, turned, left_side=True, lower=lower, transpose_a=not transpose_a, unit_diagonal=unit_diagonal
        )
        return _turned(solution)
    n, columns = right.shape[-2:]
    upwards = lower == transpose_a

    def write(operands: list[str], results: list[str], fresh: Fresh) -> list[str]:
        (a, b), [x] = operands, results
        at, i, j, k, s = map(fresh, ("at", "i", "j", "k", "s"))

        def element(row: str, column: str) -> str:
            row, column = (column, row) if transpose_a else (row, column)
            return f"{a}[({at} * {n} + {row}) * {n} + {column}]"

        def place(name: str, row: str) -> str:
            return f"{name}[({at} * {n} + {row}) * {columns} + {j}]"

        others = f"let {k} = {i} + 1; {k} < {n}; {k}++" if upwards else f"let {k} = 0; {k} < {i}; {k}++"
        body = [
            f"let {s} = {place(b, i)};",
            f"for ({others}) {s} = {held(f'{s} - {element(i, k)} * {place(x, k)}', matrix.kind)};",
            f"{place(x, i)} = {s if unit_diagonal else held(f'{s} / {element(i, i)}', matrix.kind)};",
        ]
        return loop(at, _of_many(right.shape), loop(i, n, loop(j, columns, body), backwards=upwards))

    return Statement(matrix.program, [matrix, right], [(right.shape, right.kind)], write).array(0)


def _turned(array: Array) -> Array:
    *many, row, column = range(len(array.shape))
    return transposed(array, [*many, column, row])
