"""A JAX function as JavaScript source, so that the browser computes the formula that Python defines.

The function is traced to a jaxpr, the list of primitive operations that it comes to. Each of them has a rule,
from arrays to arrays (`_lowering/primitives.py`), and what comes of all rules is fused into loops
(`_lowering/program.py`).
"""

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import numpy as np
from jax import export
from jax.extend import core

from dl_workshop._lowering import pytrees
from dl_workshop._lowering.arrays import Array, constant, filled
from dl_workshop._lowering.primitives import Equation, applied, chosen, kind_of
from dl_workshop._lowering.program import Program
from dl_workshop._lowering.sizes import Given, Sizes
from dl_workshop._lowering.values import SELECT, Task, Value, number

_SCOPE = export.SymbolicScope()  # one for all, so that arguments that are made apart can share a size
_CALLS = {  # primitives that call a function, and the parameter that holds it
    **dict.fromkeys(("jit", "pjit", "checkpoint", "remat", "remat2"), "jaxpr"),
    **dict.fromkeys(("closed_call", "core_call", "custom_jvp_call", "custom_vjp_call"), "call_jaxpr"),
}
_WORDS = """
    arguments await break case catch class const continue debugger default delete do else enum eval export
    extends false finally for function if implements import in instanceof interface let new null package
    private protected public return static super switch this throw true try typeof undefined var void while
    with yield
    Float64Array Infinity Math NaN Number RangeError
"""
_RESERVED = frozenset(_WORDS.split())


class UnsupportedPrimitive(NotImplementedError):  # noqa: N818, its name says more than "Error" would
    """A function uses a primitive of JAX that has no rule in JavaScript."""


def symbolic(*shape: int | str, dtype: Any = float) -> jax.ShapeDtypeStruct:
    """An argument for `to_javascript` whose size is known only in the browser.

    A few things JAX cannot trace with such sizes, among them the gradient of joining arrays along one.

    Args:
        shape: the dimensions: numbers, and names such as "n" for those that the length of the array tells.
        dtype: the type of the elements.

    Returns:
        A shape and dtype. The same name is the same size in all arguments.

    Example:
        >>> symbolic("n", 2).shape
        (n, 2)
    """
    dimensions = export.symbolic_shape(", ".join(map(str, shape)), scope=_SCOPE) if shape else ()
    return jax.ShapeDtypeStruct(dimensions, jax.dtypes.canonicalize_dtype(dtype))


def to_javascript(function: Callable[..., Any], *arguments: Any, name: str | None = None) -> str:
    """The source of a JavaScript function that computes what a JAX function does.

    Pytrees keep their form: a dict is an object with the same keys, a list, tuple or named tuple an array,
    None is null. A scalar is a number. An array is a flat, row-major Float64Array, whether it has floats,
    integers (exact up to 2^53) or truth values (1 and 0). All is computed in 64-bit floats. Arguments are
    never changed, and every call returns new arrays.

    Args:
        function: a function of positional arguments that JAX can trace.
        arguments: what to trace it with: pytrees of numbers, arrays or `jax.ShapeDtypeStruct`, of which only
            shape and dtype matter; or of `symbolic`, for arrays of any size.
        name: the name of the function in JavaScript, by default that in Python ("lowered" where that is no
            name in JavaScript).

    Returns:
        The source of one function, whose parameters are named as in Python (with a number behind where
        JavaScript reserves the name). It throws a RangeError where the lengths of its arguments do not fit
        together.

    Raises:
        UnsupportedPrimitive: the function uses a primitive that has no rule here.
        TypeError: it has complex numbers, or a container that is not a dict, list, tuple or None.
        ValueError: the name is none in JavaScript; the lengths of the arguments do not tell the sizes; or
            more operations depend on one another than Python's stack can hold.

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
    if name is None:
        name = getattr(function, "__name__", "")
        name = name if _is_name(name) else "lowered"
    elif not _is_name(name):
        raise ValueError(f"{name!r} cannot be the name of a JavaScript function: choose another")
    jaxpr, result = jax.make_jaxpr(function, return_shape=True)(*arguments)
    names = _parameter_names(function, len(arguments))
    try:
        return _Lowering(name).source(jaxpr, names, arguments, result)
    except RecursionError:
        raise ValueError(
            f"{name}: too many operations depend on one another; lower one step, and repeat it in JavaScript"
        ) from None


class _Lowering:
    """One function on its way from a jaxpr to source."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken = set(_RESERVED) | {name}
        self.variables: dict[str, str] = {}  # the first lines, by what they define
        self.program = Program(lambda base: self.fresh(base, 0))
        self.sizes = Sizes(name, self.fresh)

    def fresh(self, base: str, first: int | None = None) -> str:
        """A name that nothing else has: the base, or with a number behind it, from `first` up."""
        name, k = (base, 0) if first is None else (f"{base}{first}", first + 1)
        while name in self.taken:
            name, k = f"{base}{k}", k + 1
        self.taken.add(name)
        return name

    def source(self, jaxpr: Any, names: Sequence[str], arguments: Sequence[Any], result: Any) -> str:
        """The whole function."""
        parameters = [self.fresh(name) for name in names]
        given = [
            Given(self.variable(place, parameters), place, ())
            for root, tree in zip(parameters, arguments, strict=True)
            for place in pytrees.places(tree, root)
        ]
        avals = [variable.aval for variable in jaxpr.jaxpr.invars]
        given = [array._replace(shape=aval.shape) for array, aval in zip(given, avals, strict=True)]
        checks = self.sizes.find([array for array in given if array.shape])
        inputs = [self.argument(array, kind_of(aval.dtype)) for array, aval in zip(given, avals, strict=True)]
        outputs = self.run(jaxpr.jaxpr, map(self.captured, jaxpr.consts), inputs)
        taken, stored = set(self.taken), -1
        while len(self.program.stored) > stored:  # until it is settled which arrays have buffers
            stored, self.taken = len(self.program.stored), set(taken)
            self.program.restart()
            lines = [*checks, *self.program.lines(self.answer(result, outputs))]
        used = set(re.findall(r"[\w$]+", "\n".join(lines)))
        lines = [f"const {name} = {text};" for name, text in self.variables.items() if name in used] + lines
        body = "\n".join("  " + line for line in lines)
        return f"function {self.name}({', '.join(parameters)}) {{\n{body}\n}}"

    # -- arguments and constants ----------------------------------------------------------------------------

    def variable(self, place: str, parameters: Sequence[str]) -> str:
        """A variable for a leaf of the arguments."""
        if place in parameters:
            return place
        name = self.fresh(re.sub(r"\W+", "_", place).strip("_"))
        self.variables[name] = place
        return name

    def argument(self, given: Given, kind: str) -> Array:
        """A leaf of the arguments as an array."""
        if given.shape:
            shape = [self.sizes.extent(d) for d in given.shape]
            return Array(self.program, shape, kind, buffer=given.variable)

        def element(_: Any) -> Value:
            value = self.program.name(given.variable)
            return self.program.op("{0} != 0", value) if kind == "bool" else value

        return Array(self.program, (), kind, element)

    def captured(self, value: Any) -> Array:
        """A constant as an array. It is made at the first call and kept as a property of the function."""
        array = np.asarray(value)
        if not array.shape:
            return constant(self.program, array.item())
        name = self.fresh("c", 0)
        numbers = ", ".join(map(number, array.astype(float).ravel().tolist()))
        self.variables[name] = f"({self.name}.{name} ??= Float64Array.of({numbers}))"
        return Array(self.program, array.shape, kind_of(array.dtype), buffer=name)

    # -- the jaxpr ------------------------------------------------------------------------------------------

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
        if isinstance(function, core.ClosedJaxpr):
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
        shape = [self.sizes.extent(d) for d in equation.outvars[0].aval.shape]
        results = applied(Equation(self.program, name, params, shape, self.sizes.extent), operands)
        if results is None:
            types = ", ".join(f"{atom.aval.dtype}{list(atom.aval.shape)}" for atom in equation.invars)
            raise UnsupportedPrimitive(
                f"{self.name}: the primitive {name!r} of {types} has no rule in JavaScript. Write the "
                "function with other operations, or add a rule to dl_workshop/_lowering/primitives.py"
            )
        return results

    def answer(self, result: Any, outputs: Sequence[Array]) -> Task:
        """The return statement."""
        values: list[Value] = []
        given: set[Array] = set()
        for array in outputs:
            if array.shape:
                is_new = array in self.program.stored and array not in given
                values.append(array.stored_buffer() if is_new else filled(array))
                given.add(array)
            elif array.kind == "bool":
                one, zero = self.program.literal(1), self.program.literal(0)
                values.append(self.program.op(SELECT, array.at(()), one, zero))
            else:
                values.append(array.at(()))
        statement = f"return {pytrees.literal(result, iter(range(len(values))))};"
        return Task((), (), "", statement, tuple(values))


def _is_name(text: str) -> bool:
    return pytrees.NAME.fullmatch(text) is not None and text not in _RESERVED


def _parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of the first parameters of a function, as far as they have one."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind in positional][:count]
    return names + [f"argument{k}" for k in range(len(names), count)]
