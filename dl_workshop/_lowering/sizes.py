"""Sizes that are known only in the browser, from the lengths of the arrays that it gives."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from dl_workshop._lowering.values import Extent, product


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

    def __init__(self, function: str, fresh: Callable[[str], str]) -> None:
        self.function, self.fresh = function, fresh
        self.names: dict[str, str] = {}

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
                others = product(self.extent(d) for d in given.shape if str(d) != symbol)
                self.names[symbol] = self.fresh(symbol)
                length = f"{given.variable}.length"
                if others == 1:
                    checked.remove(given)  # it cannot be wrong
                else:
                    length = f"Math.floor({length} / ({others}))"
                lines.append(f"const {self.names[symbol]} = {length};")
        for variable, place, shape in checked:
            size = product(map(self.extent, shape))
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
        """A dimension as a number or as JavaScript.

        Raises:
            ValueError: it is a quotient of sums, or the like.
        """
        if isinstance(dimension, (int, np.integer)):
            return int(dimension)
        text = re.sub(r"(\w+)\^(\d+)", r"(\1 ** \2)", str(dimension))
        text = re.sub(r"floordiv\(([^(),]+), ([^(),]+)\)", r"Math.floor((\1) / (\2))", text)
        text = re.sub(r"mod\(([^(),]+), ([^(),]+)\)", r"((\1) % (\2))", text)
        text = re.sub(r"\b(max|min)\(", r"Math.\1(", text)
        if re.search(r"\^|floordiv|mod", text):
            raise ValueError(f"{self.function}: the size {dimension} has no rule in JavaScript")
        text = re.sub(r"(?<!\.)\b[A-Za-z_]\w*", lambda word: self.names.get(word[0], word[0]), text)
        return text if text.isidentifier() else f"({text})"
