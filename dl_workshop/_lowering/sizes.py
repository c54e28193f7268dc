"""Sizes that are known only in the browser, from the lengths of the arrays that it gives."""

import ast
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from dl_workshop._lowering.values import Extent, product

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Pow: "**"}
FUNCTIONS = {
    "floordiv": "Math.floor({0} / {1})",
    "mod": "({0} - {1} * Math.floor({0} / {1}))",  # which has the sign of the divisor
    "max": "Math.max({0}, {1})",
    "min": "Math.min({0}, {1})",
}


class Given(NamedTuple):
    """An array among the arguments: the variable that holds it, where it comes from, its shape in JAX."""

    variable: str
    place: str
    shape: Sequence[Any]


class Sizes:
    """The JavaScript of symbolic dimensions.

    Args:
        function: the name of the function, for messages.
        fresh: gives a new name for a size.
    """

    def __init__(self, function: str, fresh: Callable[..., str]) -> None:
        self.function, self.fresh = function, fresh
        self.names: dict[str, str] = {}
        self.known: dict[str, str] = {}  # names of sizes that are computed, by their JavaScript
        self.derived: dict[str, str] = {}  # and the reverse

    def find(self, arrays: Sequence[Given]) -> list[str]:
        """Find every symbol, and return the lines that define the sizes and check all lengths.

        Raises:
            ValueError: the lengths of these arrays do not tell the sizes.
        """
        lines, pending, checked = [], list(arrays), list(arrays)
        while pending:
            step = next(((given, new) for given in pending if (new := self.unknown(given)) is not None), None)
            if step is None:
                shapes = ", ".join(f"{given.place} of shape {given.shape}" for given in pending)
                raise ValueError(f"{self.function}: the sizes cannot be found from the lengths of {shapes}")
            given, symbol = step
            pending.remove(given)
            if symbol:
                others = product(self.text(d) for d in given.shape if str(d) != symbol)
                self.names[symbol] = self.fresh(symbol)
                length = f"{given.variable}.length"
                if others == 1:
                    checked.remove(given)  # it cannot be wrong
                else:
                    length = (
                        f"Math.floor({length} / {others})"
                        if str(others).isalnum()
                        else f"Math.floor({length} / ({others}))"
                    )
                lines.append(f"const {self.names[symbol]} = {length};")
        for variable, place, shape in checked:
            size = product(map(self.text, shape))
            problem = f"{self.function}: {place} has ${{{variable}.length}} elements, but must have ${{{size}}}"
            lines.append(f"if ({variable}.length !== {size}) throw new RangeError(`{problem}`);")
        return lines

    def unknown(self, given: Given) -> str | None:
        """The symbol that the length of an array tells ("" where nothing is left to tell), or None as yet."""
        dimensions = [d for d in given.shape if not isinstance(d, int) and not d.get_vars() <= self.names.keys()]
        if not dimensions:
            return ""
        return str(dimensions[0]) if len(dimensions) == 1 and str(dimensions[0]).isidentifier() else None

    def extent(self, dimension: Any) -> Extent:
        """A dimension as a number or as the name of one."""
        text = self.text(dimension)
        if isinstance(text, int) or text.isidentifier():
            return text
        if text not in self.known:
            self.known[text] = self.fresh("size", 0)
            self.derived[self.known[text]] = text
        return self.known[text]

    def text(self, dimension: Any) -> Extent:
        """A dimension as a number or as JavaScript."""
        if isinstance(dimension, (int, np.integer)):
            return int(dimension)
        return self.written(ast.parse(str(dimension).replace("^", "**"), mode="eval").body)

    def written(self, node: Any) -> str:
        """The JavaScript of a dimension, as JAX writes it.

        Raises:
            ValueError: it has a function that is not known here.
        """
        match node:
            case ast.Constant(value):
                return str(value)
            case ast.Name(name):
                return self.names.get(name, name)
            case ast.UnaryOp(ast.USub(), operand):
                return f"(-{self.written(operand)})"
            case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
                return f"({self.written(left)} {OPERATORS[type(operator)]} {self.written(right)})"
            case ast.Call(ast.Name(name), arguments):
                a, b = map(self.written, arguments)
                if name in FUNCTIONS:
                    return FUNCTIONS[name].format(a, b)
        raise ValueError(f"{self.function}: the size {ast.unparse(node)} has no rule in JavaScript")
