"""Gradient descent on a model and a loss of one's own: each call traces them anew, and compiles what is new."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.extend import core
from jax.sharding import AbstractMesh, Mesh

LONGEST = 1024  # steps per call of a loop, at most

ValueAndGradient = Callable[[Any, Any, Any], tuple[Any, Any]]
Loop = Callable[[Any, Any, Any, Any, int], tuple[Any, Array]]


def gradient_descent_loop(loss: Callable[[Any, Any, Any], Any], theta: Any, x: Any, y: Any) -> Loop:
    """Return a loop of gradient descent steps on a loss: compiled where JAX can trace it, in Python elsewhere.

    What the loss reads besides its arguments, a number in another cell of a notebook, is read at each call of
    this function. Compiled once for each trace: the same operations on the same shapes with the same constants;
    one that calls back to Python is compiled anew.

    Args:
        loss: (theta, x, y) -> scalar.
        theta: an example of the parameters, a pytree of arrays.
        x: an example of the inputs, an array.
        y: an example of the targets, an array.

    Returns:
        (theta, x, y, step_size, length) -> theta after `length` steps (at most `LONGEST`), and the losses before
        each of them at the head of an array of shape `(LONGEST,)`.

    Raises:
        Exception: whatever the loss raises.
    """
    both = jax.value_and_grad(loss)
    try:
        program = jax.make_jaxpr(both)(theta, x, y)
    except (jax.errors.JAXTypeError, jax.errors.JAXIndexError):
        return _in_python(both)  # it looks at its numbers, as in x[x > 0], or if value < 100
    values: list[tuple[Any, ...]] = []
    compiled = _compiled if _values(program.jaxpr, program.consts, values) else _compiled.__wrapped__
    return compiled(_Trace(str(program.jaxpr), tuple(values), jax.tree.structure(theta), program))


@dataclass(frozen=True)
class _Trace:
    """What a loss and its gradient come to. Two traces are equal where they compute the same."""

    text: str
    values: tuple[tuple[Any, ...], ...]
    theta: Any
    program: core.ClosedJaxpr = field(compare=False)


def _values(jaxpr: core.Jaxpr, constants: Iterable[Any], found: list[tuple[Any, ...]]) -> bool:
    """Append the arrays that a program and those inside it hold to `found`; return whether that and its text say all.

    They do not where it calls a function of Python: the text shows a name, and many functions have the same.
    """
    arrays, told = [*constants], True
    for equation in jaxpr.eqns:
        arrays += [atom.val for atom in equation.invars if isinstance(atom, core.Literal)]
        rules = equation.primitive.name in ("custom_jvp_call", "custom_vjp_call")  # for derivatives: already taken
        for value in jax.tree.leaves([*equation.params.values()]):
            if isinstance(value, core.ClosedJaxpr):
                told &= _values(value.jaxpr, value.consts, found)
            elif isinstance(value, core.Jaxpr):
                told &= _values(value, (), found)
            elif isinstance(value, np.ndarray | jax.Array):
                arrays.append(value)
            elif callable(value) and not isinstance(value, type | Mesh | AbstractMesh) and not rules:
                told = False
    found += [(array.shape, array.dtype, array.tobytes()) for array in map(np.asarray, arrays)]
    return told


@lru_cache(maxsize=32)
def _compiled(trace: _Trace) -> Loop:
    both = core.jaxpr_as_fun(trace.program)

    def loop(theta: Any, x: Array, y: Array, step_size: Array, length: Array) -> tuple[Any, Array]:
        def body(i: Array, carry: tuple[list[Array], Array]) -> tuple[list[Array], Array]:
            leaves, values = carry
            value, *gradient = both(*leaves, x, y)
            return [p - step_size * g for p, g in zip(leaves, gradient, strict=True)], values.at[i].set(value)

        leaves, values = lax.fori_loop(0, length, body, (jax.tree.leaves(theta), jnp.zeros(LONGEST)))
        return jax.tree.unflatten(trace.theta, leaves), values

    return jax.jit(loop)


def _in_python(both: ValueAndGradient) -> Loop:
    def loop(theta: Any, x: Any, y: Any, step_size: Any, length: int) -> tuple[Any, Array]:
        values = np.zeros(LONGEST)
        for i in range(length):
            values[i], gradient = both(theta, x, y)
            theta = jax.tree.map(lambda p, g: p - step_size * g, theta, gradient)
        return theta, jnp.asarray(values)

    return loop
