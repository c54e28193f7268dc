"""One function on its way from a jaxpr to JavaScript."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.extend import core

from dl_workshop._lowering import pytrees
from dl_workshop._lowering.arrays import Array, constant, filled, mapped
from dl_workshop._lowering.control import LOOPS, branched, has_loops, looped
from dl_workshop._lowering.kinds import kind_of
from dl_workshop._lowering.primitives import Equation, applied, chosen
from dl_workshop._lowering.program import Names, Program
from dl_workshop._lowering.sizes import Given, Sizes
from dl_workshop._lowering.special import HELPERS, NEEDED
from dl_workshop._lowering.values import SELECT, Task, Value, number

_CALLS = {  # primitives that call a function, and the parameter that holds it
    **dict.fromkeys(("jit", "pjit", "checkpoint", "remat", "remat2"), "jaxpr"),
    **dict.fromkeys(("closed_call", "core_call", "custom_jvp_call", "custom_vjp_call"), "call_jaxpr"),
}
_WORDS = """
    arguments await break case catch class const continue debugger default delete do else enum eval export
    extends false finally for function if implements import in instanceof interface let new null package
    private protected public return static super switch this throw true try typeof undefined var void while
    with yield
    Float64Array Infinity Math NaN Number RangeError Uint32Array
"""
_RESERVED = frozenset(_WORDS.split())


class UnsupportedPrimitive(NotImplementedError):  # noqa: N818, its name says more than "Error" would
    """A function uses a primitive of JAX that has no rule in JavaScript."""


def is_name(text: str) -> bool:
    """Whether JavaScript takes a text for a name."""
    return pytrees.NAME.fullmatch(text) is not None and text not in _RESERVED


class Function:
    """One function on its way from a jaxpr to source.

    Args:
        name: its name.
        keeps: whether it keeps its buffers from call to call.
    """

    def __init__(self, name: str, *, keeps: bool) -> None:
        self.name, self.keeps = name, keeps
        self.names = Names({*_RESERVED, *HELPERS, name})
        self.sizes = Sizes(name, self.names.fresh)
        self.variables: dict[str, str] = {}  # leaves of the arguments, and constants
        self.functions: list[str] = []  # the lines of functions inside, which loops call
        self.program = Program(self.names)

    def source(self, jaxpr: Any, names: Sequence[str], arguments: Sequence[Any], result: Any) -> str:
        """The whole function."""
        parameters = [self.names.fresh(name) for name in names]
        given = [
            Given(self.variable(place, parameters), place, ())
            for root, tree in zip(parameters, arguments, strict=True)
            for place in pytrees.places(tree, root)
        ]
        avals = [variable.aval for variable in jaxpr.jaxpr.invars]
        given = [array._replace(shape=aval.shape) for array, aval in zip(given, avals, strict=True)]
        checks = self.sizes.find([array for array in given if array.shape])
        inputs = [self.argument(array.variable, aval) for array, aval in zip(given, avals, strict=True)]
        outputs = self.run(jaxpr.jaxpr, map(self.captured, jaxpr.consts), inputs)
        lines = [*self.functions, *self.body(lambda: self.answer(result, outputs))]
        buffers = [f"const {name} = {self.allocated(name)};" for name in self.names.buffers]
        lines = self.used(self.sizes.derived, [*buffers, *lines])
        lines = [*self.helpers(lines), *self.used(self.variables, [*checks, *lines])]
        return "\n".join([f"function {self.name}({', '.join(parameters)}) {{", *_indented(lines), "}"])

    def body(self, answer: Callable[[], Task]) -> list[str]:
        """The lines that come to an answer, after it is settled which arrays have buffers."""
        mark, stored, lines = self.names.mark(), -1, list[str]()
        while len(self.program.stored) > stored:
            stored = len(self.program.stored)
            self.names.reset(mark)
            self.program.restart()
            lines = self.program.lines(answer())
        return lines

    def used(self, constants: Mapping[str, str], lines: Sequence[str]) -> list[str]:
        """Lines, and before them those of the constants that they use."""
        words = set(re.findall(r"[\w$]+", "\n".join(lines)))
        return [*(f"const {name} = {text};" for name, text in constants.items() if name in words), *lines]

    def helpers(self, lines: Sequence[str]) -> list[str]:
        """The helpers that lines call, and those that these call. They are made once."""
        words = set(re.findall(r"\w+", "\n".join(lines)))
        needed = dict.fromkeys(helper for name in NEEDED if name in words for helper in NEEDED[name])
        return [f"const {helper} = ({self.name}.{helper} ??= {HELPERS[helper]});" for helper in needed]

    def allocated(self, buffer: str) -> str:
        """An expression for a buffer: a new array, or that of the last call where it is as long."""
        size = self.names.buffers[buffer]
        new = f"new Float64Array({size})"
        if not self.keeps:
            return new
        kept = f"{self.name}.{buffer}"
        length = size if str(size).isalnum() else f"({size})"
        return f"{kept}?.length === {length} ? {kept} : ({kept} = {new})"

    # -- arguments and constants ----------------------------------------------------------------------------

    def variable(self, place: str, parameters: Sequence[str]) -> str:
        """A variable for a leaf of the arguments."""
        if place in parameters:
            return place
        name = self.names.fresh(re.sub(r"\W+", "_", place).strip("_"))
        self.variables[name] = place
        return name

    def argument(self, variable: str, aval: Any) -> Array:
        """What a variable holds as an array."""
        program, kind = self.program, kind_of(aval.dtype)
        if aval.shape:
            array = Array(program, [self.sizes.extent(d) for d in aval.shape], kind, buffer=variable)
        else:

            def element(_: Any) -> Value:
                value = program.name(variable)
                return program.op("{0} != 0", value) if kind == "bool" else value

            array = Array(program, (), kind, element)
        return mapped("Math.fround({0})", kind, array) if kind == "float32" else array

    def captured(self, value: Any) -> Array:
        """A constant as an array. It is made at the first call and kept as a property of the function."""
        array = np.asarray(value)
        if not array.shape:
            return constant(self.program, array.item(), kind_of(array.dtype))
        name = self.names.fresh("c", 0)
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

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Make code for the body of another function."""
        outer, self.program = self.program, Program(self.names)
        try:
            yield
        finally:
            self.program = outer

    def function_inside(self, jaxpr: Any, rows: int = 0, wanted: Sequence[int] | None = None) -> str:
        """Lower a closed jaxpr to a function inside this one.

        Args:
            jaxpr: of the function.
            rows: of how many of its last arguments it is handed more: an array of many, and as the last argument
                of all which of them is meant.
            wanted: which of its results it returns; None for all.

        Returns:
            The name of the function. It returns a list of results, or the one alone.
        """
        name = self.names.fresh("f", 0)
        avals = jaxpr.in_avals
        parameters = [self.names.fresh("x", 0) for _ in avals]
        row = [self.names.fresh("k", 0)] if rows else []
        with self.inside():
            inputs = []
            for k, (variable, aval) in enumerate(zip(parameters, avals, strict=True)):
                one_of_many = k >= len(avals) - rows
                inputs.append(self.row(variable, row[0], aval) if one_of_many else self.argument(variable, aval))
            outputs = self.call(jaxpr, inputs)
            outputs = outputs if wanted is None else [outputs[k] for k in wanted]
            tree: Any = [jax.ShapeDtypeStruct((), float)] * len(outputs)
            lines = self.body(lambda: self.answer(tree[0] if len(tree) == 1 else tree, outputs))
        self.functions += [f"function {name}({', '.join([*parameters, *row])}) {{", *_indented(lines), "}"]
        return name

    def row(self, variable: str, which: str, aval: Any) -> Array:
        """One of the arrays that stand one after the other in a variable."""
        program, kind = self.program, kind_of(aval.dtype)
        whole = Array(program, [1, *(self.sizes.extent(d) for d in aval.shape)], kind, buffer=variable)
        return Array(program, whole.shape[1:], kind, lambda index: whole.at((program.name(which), *index)), [whole])

    def results(self, equation: Any, operands: list[Array]) -> list[Array]:
        """The results of one equation."""
        name, params = equation.primitive.name, equation.params
        if name in _CALLS:
            return self.call(params[_CALLS[name]], operands)
        if name == "call_hi_primitive":  # JAX 0.12: an operation that says itself what it is made of
            avals = [jax.ShapeDtypeStruct(atom.aval.shape, atom.aval.dtype) for atom in equation.invars]
            return self.call(jax.make_jaxpr(params["_prim"].expand)(*avals), operands)
        if name == "platform_index":  # the branch for all platforms that have none of their own
            return [constant(self.program, params["platforms"].index(None), "int32")]
        if name == "custom_linear_solve":
            lengths, solve = params["const_lengths"], params["jaxprs"].solve
            before = lengths.matvec + lengths.vecmat
            after = before + lengths.solve + lengths.transpose_solve
            return self.call(solve, [*operands[before : before + lengths.solve], *operands[after:]])
        results = [([self.sizes.extent(d) for d in v.aval.shape], kind_of(v.aval.dtype)) for v in equation.outvars]
        if name == "cond":
            which, *rest = operands
            if has_loops(params["branches"]):  # which may never end where they are not meant
                return branched(self.program, which, rest, results, params["branches"], self.function_inside)
            branches = [self.call(branch, rest) for branch in params["branches"]]
            return [chosen(which, cases) for cases in zip(*branches, strict=True)]
        if name in LOOPS:
            return looped(self.program, name, params, operands, results, self.sizes.extent, self.function_inside)
        shape, kind = results[0]
        made = applied(Equation(self.program, name, params, shape, kind, self.sizes.extent), operands)
        if made is None:
            types = ", ".join(f"{atom.aval.dtype}{list(atom.aval.shape)}" for atom in equation.invars)
            raise UnsupportedPrimitive(
                f"{self.name}: the primitive {name!r} of {types} has no rule in JavaScript. Write the "
                "function with other operations, or add a rule to dl_workshop/_lowering/primitives.py"
            )
        return made

    def answer(self, result: Any, outputs: Sequence[Array]) -> Task:
        """The return statement."""
        values: list[Value] = []
        given: set[Array] = set()
        for array in outputs:
            if array.shape:
                is_new = array.is_stored and array.buffer is None and array not in given
                values.append(array.stored_buffer() if is_new else filled(array))
                given.add(array)
            elif array.kind == "bool":
                one, zero = self.program.literal(1), self.program.literal(0)
                values.append(self.program.op(SELECT, array.at(()), one, zero))
            else:
                values.append(array.at(()))
        statement = f"return {pytrees.literal(result, iter(range(len(values))))};"
        return Task((), (), "", statement, tuple(values))


def _indented(lines: Iterable[str]) -> list[str]:
    return ["  " + line for line in lines]
