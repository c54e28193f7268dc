"""The library's own source, as the page shows it."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


def source_of(function: Callable[..., Any], name: str, *, without: str | None = None) -> str:
    """Return a function's source without docstring and types.

    Args:
        function: of the library.
        name: what to call it.
        without: what stands in the statements at its beginning that are left out too, for one the checks at its door.
    """
    text = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    left_out = [
        statement
        for k, statement in enumerate(tree.body)
        if (k == 0 and ast.get_docstring(tree) is not None)
        or (without is not None and without in ast.unparse(statement))
    ]
    first = left_out[-1].end_lineno if left_out else tree.body[0].lineno - 1
    body = textwrap.dedent("\n".join(text.splitlines()[first:]))
    names = [argument.arg for argument in (*tree.args.args, *tree.args.kwonlyargs)]
    return f"def {name}({', '.join(names)}):\n{textwrap.indent(body, '    ')}"
