"""A JAX function as JavaScript source, so that the browser computes the formula that Python defines.

The function is traced to a jaxpr, the list of primitive operations that it comes to; `_javascript_primitives` has a
rule for each of them, from arrays to arrays (`_javascript_arrays`), and `_javascript_code` fuses these into loops.
"""

import inspect
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax import export
from jax.extend import core

from dl_workshop._lowering.arrays import Array, constant, filled
from dl_workshop._lowering.primitives import Equation, applied, chosen, kind_of
from dl_workshop._lowering.program import Program
from dl_workshop._lowering.values import SELECT, Extent, Task, Value, number, product

_SCOPE = export.SymbolicScope()  # one for all, so that arguments made apart can share a name
_CALLS = {  # primitives that call a function, and the parameter that is this function
    **dict.fromkeys(("jit", "pjit", "checkpoint", "remat", "remat2"), "jaxpr"),
    **dict.fromkeys(("closed_call", "core_call", "custom_jvp_call", "custom_vjp_call"), "call_jaxpr"),
}
_RESERVED = frozenset(
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends "
    "false finally for function if implements import in instanceof interface let new null package private protected "
    "public return static super switch this throw true try typeof undefined var void while with yield "
    "Float64Array Infinity Math NaN Number RangeError".split()
)
_NAME = r"[A-Za-z_$][\w$]*"


class UnsupportedPrimitive(NotImplementedError):  # noqa: N818, what is unsupported says more than "Error"
    """A function uses a primitive of JAX that has no rule in JavaScript."""


def symbolic(*shape: int | str, dtype: Any = float) -> jax.ShapeDtypeStruct:
    """An argument for `to_javascript` whose size is known only in the browser.

    Args:
        shape: the dimensions, each a number, or a name such as "n" for one that is found from the array's length.
        dtype: the type of the elements.

    Returns:
        A shape and dtype. The same name is the same dimension, in all arguments.

    Example:
        >>> symbolic("n", 2).shape
        (n, 2)
    """
    dimensions = export.symbolic_shape(", ".join(map(str, shape)), scope=_SCOPE) if shape else ()
    return jax.ShapeDtypeStruct(dimensions, jax.dtypes.canonicalize_dtype(dtype))


def to_javascript(function: Callable[..., Any], *arguments: Any, name: str | None = None) -> str:
    """The source of a JavaScript function that computes what a JAX function does.

    Pytrees keep their form. A dict is an object with the same keys; a list, tuple or named tuple is an array; None is
    null. A scalar is a number, and an array a flat, row-major Float64Array, whether it has floats, integers (exact up
    to 2^53) or truth values (1 and 0). Everything is computed in 64-bit floats. Arguments are never changed, and
    every call returns new arrays.

    Args:
        function: a function of positional arguments that JAX can trace.
        arguments: what to trace it with: pytrees of numbers, arrays, `jax.ShapeDtypeStruct`, or `symbolic` for
            arrays of any size. Of numbers and arrays only shape and dtype matter.
        name: the function's name in JavaScript, by default that in Python.

    Returns:
        The source of one function, whose parameters are named as in Python (with a number behind where JavaScript
        reserves the name). It throws a RangeError when the lengths of its arguments do not fit together.

    Raises:
        UnsupportedPrimitive: the function uses a primitive that has no rule here.
        TypeError: it has complex numbers, or a container that is not a dict, list, tuple or None.
        ValueError: the name is none in JavaScript, or a size cannot be found from the lengths of the arguments.

    Example:
        >>> print(to_javascript(lambda w, x: w * x, 1.0, symbolic("n"), name="line"))
        function line(w, x) {
          const n = x.length;
          const a0 = new Float64Array(n);
          for (let i0 = 0; i0 < n; i0++) {
            a0[i0] = w * x[i0];
          }
          return a0;
        }
    """
    name = name or getattr(function, "__name__", "lowered").replace("<lambda>", "lowered")
    if not re.fullmatch(_NAME, name) or name in _RESERVED:
        raise ValueError(
            f"{name!r} cannot be the name of a JavaScript function: choose another with name=..."
        )
    jaxpr, result = jax.make_jaxpr(function, return_shape=True)(*arguments)
    return _Lowering(name).source(jaxpr, _parameter_names(function, len(arguments)), arguments, result)


class _Lowering:
    """One function on its way from a jaxpr to source."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken = set(_RESERVED) | {name}
        self.bindings: list[str] = []  # the first lines: arguments, sizes, constants
        self.sizes: dict[str, str] = {}  # of symbolic dimensions
        self.program = Program(lambda base: self.fresh(base, 0))

    def fresh(self, base: str, number: int | None = None) -> str:
        """A name that nothing else has: the base itself, or with the first number from `number` that is free."""
        name = base if number is None else f"{base}{number}"
        while name in self.taken:
            number = 0 if number is None else number + 1
            name = f"{base}{number}"
        self.taken.add(name)
        return name

    def source(self, jaxpr: Any, names: Sequence[str], arguments: Sequence[Any], result: Any) -> str:
        """The whole function."""
        parameters = [self.fresh(name) for name in names]
        places = [
            place for root, tree in zip(parameters, arguments, strict=True) for place in _places(tree, root)
        ]
        inputs = self.bound(places, [variable.aval for variable in jaxpr.jaxpr.invars])
        outputs = self.run(jaxpr.jaxpr, map(self.captured, jaxpr.consts), inputs)
        taken, stored = set(self.taken), -1
        while len(self.program.stored) > stored:  # until it is settled which arrays have buffers
            stored = len(self.program.stored)
            self.taken = set(taken)
            self.program.restart()
            lines = self.program.lines(self.answer(result, outputs))
        used = set(
            re.findall(_NAME, "\n".join([*lines, *(line for line in self.bindings if ".length" in line)]))
        )
        bindings = [line for line in self.bindings if "throw" in line or line.split()[1] in used]
        body = "\n".join("  " + line for line in [*bindings, *lines])
        return f"function {self.name}({', '.join(parameters)}) {{\n{body}\n}}"

    # -- arguments and constants -----------------------------------------------------------------------------------

    def bound(self, places: Sequence[str], avals: Sequence[Any]) -> list[Array]:
        """The arguments as arrays, once the sizes are known."""
        locals_ = []
        for place in places:
            local = place
            if not re.fullmatch(_NAME, place):
                local = self.fresh(re.sub(r"\W+", "_", place).strip("_"))
                self.bindings.append(f"const {local} = {place};")
            locals_.append(local)
        self.find_sizes(
            [(*pair, aval.shape) for *pair, aval in zip(locals_, places, avals, strict=True) if aval.shape]
        )
        return [self.argument(local, aval) for local, aval in zip(locals_, avals, strict=True)]

    def find_sizes(self, arrays: list[tuple[str, str, Any]]) -> None:
        """Find each symbolic dimension from the length of an array, and check the other lengths.

        Args:
            arrays: the local name, the place in the arguments, and the shape of each array.
        """
        unchecked, pending = [], arrays
        while pending:
            for item in pending:
                local, _, shape = item
                unknown = [d for d in shape if not self.is_known(d)]
                if not unknown:
                    unchecked.append(item)
                    break
                if len(unknown) == 1 and str(unknown[0]).isidentifier():
                    others = product(self.extent(d) for d in shape if d is not unknown[0])
                    length = f"{local}.length"
                    if others != 1:
                        length = (
                            f"Math.floor({length} / {others if isinstance(others, int) else f'({others})'})"
                        )
                        unchecked.append(item)
                    self.sizes[str(unknown[0])] = self.fresh(str(unknown[0]))
                    self.bindings.append(f"const {self.sizes[str(unknown[0])]} = {length};")
                    break
            else:
                shapes = ", ".join(f"{place} of shape {shape}" for _, place, shape in pending)
                raise ValueError(f"{self.name}: the sizes cannot be found from the lengths of {shapes}")
            pending = [other for other in pending if other is not item]
        for local, place, shape in unchecked:
            size = product(map(self.extent, shape))
            problem = f"`{self.name}: {place} has ${{{local}.length}} elements, but must have ${{{size}}}`"
            self.bindings.append(f"if ({local}.length !== {size}) throw new RangeError({problem});")

    def is_known(self, dimension: Any) -> bool:
        """Whether the sizes of all symbols of a dimension are known."""
        return isinstance(dimension, int) or dimension.get_vars() <= self.sizes.keys()

    def extent(self, dimension: Any) -> Extent:
        """A dimension as a number or as JavaScript."""
        if isinstance(dimension, (int, np.integer)):
            return int(dimension)
        text = re.sub(r"(\w+)\^(\d+)", r"(\1 ** \2)", str(dimension))
        text = re.sub(r"floordiv\(([^(),]+), ([^(),]+)\)", r"Math.floor((\1) / (\2))", text)
        text = re.sub(r"mod\(([^(),]+), ([^(),]+)\)", r"((\1) % (\2))", text)
        text = re.sub(r"(?<!\.)\b(max|min)\(", r"Math.\1(", text)
        if re.search(r"\^|floordiv|mod", text):
            raise ValueError(f"{self.name}: the size {dimension} has no rule in JavaScript")
        text = re.sub(_NAME, lambda word: self.sizes.get(word[0], word[0]), text)
        return text if re.fullmatch(_NAME, text) else f"({text})"

    def argument(self, local: str, aval: Any) -> Array:
        """An argument as an array."""
        kind = kind_of(aval.dtype)
        if aval.shape:
            return Array(self.program, [self.extent(d) for d in aval.shape], kind, buffer=local)

        def element(_: Any) -> Value:
            value = self.program.name(local)
            return self.program.op("{0} != 0", value) if kind == "bool" else value

        return Array(self.program, (), kind, element)

    def captured(self, value: Any) -> Array:
        """A constant as an array, which is made at the first call and kept with the function."""
        array = np.asarray(value)
        kind = kind_of(array.dtype)
        if not array.shape:
            return constant(self.program, array.item())
        local = self.fresh("c", 0)
        numbers = ", ".join(map(number, array.astype(float).ravel().tolist()))
        self.bindings.append(f"const {local} = {self.name}.{local} ??= Float64Array.of({numbers});")
        return Array(self.program, array.shape, kind, buffer=local)

    # -- the jaxpr -------------------------------------------------------------------------------------------------

    def run(self, jaxpr: Any, constants: Iterable[Array], inputs: Iterable[Array]) -> list[Array]:
        """The results of a jaxpr."""
        known: dict[Any, Array] = dict(zip(jaxpr.constvars, constants, strict=True))
        known.update(zip(jaxpr.invars, inputs, strict=True))

        def read(atom: Any) -> Array:
            return self.captured(atom.val) if isinstance(atom, core.Literal) else known[atom]

        for equation in jaxpr.eqns:
            results = self.results(equation, [read(atom) for atom in equation.invars])
            known.update(zip(equation.outvars, results, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def call(self, function: Any, operands: Sequence[Array]) -> list[Array]:
        """The results of a function that a primitive calls."""
        if hasattr(function, "consts"):
            return self.run(function.jaxpr, map(self.captured, function.consts), operands)
        return self.run(function, (), operands)

    def results(self, equation: Any, operands: list[Array]) -> list[Array]:
        """The results of one equation."""
        name, params = equation.primitive.name, equation.params
        if name in _CALLS:
            return self.call(params[_CALLS[name]], operands)
        if name == "cond":
            which, *rest = operands
            branches = [self.call(branch, rest) for branch in params["branches"]]
            return [chosen(which, cases) for cases in zip(*branches, strict=True)]
        shape = [self.extent(d) for d in equation.outvars[0].aval.shape]
        results = applied(Equation(self.program, name, params, shape, self.extent), operands)
        if results is None:
            kinds = ", ".join(f"{v.aval.dtype}{list(v.aval.shape)}" for v in equation.invars)
            raise UnsupportedPrimitive(
                f"{self.name}: the primitive {name!r} of {kinds} has no rule in JavaScript. "
                "Write the function with other operations, or add a rule to dl_workshop/_javascript_primitives.py"
            )
        return results

    def answer(self, result: Any, outputs: Sequence[Array]) -> Task:
        """The return statement."""
        values: list[Value] = []
        given: set[Array] = set()
        for array in outputs:
            if array.shape:
                is_free = array in self.program.stored and array not in given
                values.append(array.stored_buffer() if is_free else filled(array))
                given.add(array)
            else:
                one, zero = self.program.literal(1), self.program.literal(0)
                value = array.at(())
                values.append(self.program.op(SELECT, value, one, zero) if array.kind == "bool" else value)
        return Task((), (), "", f"return {_literal(result, iter(range(len(values))))};", tuple(values))


def _children(tree: Any) -> list[tuple[Any, Any]] | None:
    """The keys and parts of a container, in JAX's order; or None for a leaf."""
    if tree is None:
        return []
    if isinstance(tree, Mapping):
        keys = list(tree) if isinstance(tree, OrderedDict) else sorted(tree)
        return [(key, tree[key]) for key in keys]
    if isinstance(tree, (tuple, list)):
        return list(enumerate(tree))
    if not jax.tree_util.all_leaves([tree]):
        raise TypeError(f"a {type(tree).__name__} has no form in JavaScript: use dict, list, tuple and None")
    return None


def _places(tree: Any, root: str) -> Iterator[str]:
    """How to reach each leaf of a pytree in JavaScript."""
    children = _children(tree)
    if children is None:
        yield root
        return
    for key, child in children:
        is_name = isinstance(key, str) and re.fullmatch(_NAME, key)
        yield from _places(child, root + (f".{key}" if is_name else f"[{json.dumps(key)}]"))


def _literal(tree: Any, places: Iterator[int]) -> str:
    """A pytree in JavaScript, as a template with a place for each leaf."""
    children = _children(tree)
    if tree is None:
        return "null"
    if children is None:
        return f"{{{next(places)}}}"
    if isinstance(tree, Mapping):
        keys = (json.dumps(str(key)).replace("{", "{{").replace("}", "}}") for key, _ in children)
        pairs = (f"{key}: {_literal(child, places)}" for key, (_, child) in zip(keys, children, strict=True))
        return "{{" + ", ".join(pairs) + "}}"
    return "[" + ", ".join(_literal(child, places) for _, child in children) + "]"


def _parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of the first parameters of a function, as far as they have one."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [parameter.name for parameter in parameters if parameter.kind in positional]
    return [*names[:count], *(f"argument{k}" for k in range(len(names), count))]
