"""The logits behind a model's probabilities: what a confident mistake leaves of its slope is only seen there."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax import Array
from jax.extend import core

# operations that move numbers without changing them, so that they may as well be done to logits
MOVES = {"broadcast_in_dim", "reshape", "rev", "slice", "squeeze", "transpose"}
CALLS = {"closed_call", "custom_jvp_call", "jit", "pjit"}


def logits_of(model: Callable[[Any, Any], Any], theta: Any, x: Any) -> Array | None:
    """Return z where the last that a model does is p = 1 / (1 + exp(-z)), however it says so; else None.

    A probability of 40 logits is 1 in floats: what it was computed from is lost, and with it the gradient of
    log(1 - p). So the model is traced, and its trace is followed up to z.

    Args:
        model: (theta, x) -> probabilities, a pure function.
        theta: its parameters, a pytree of numbers or arrays.
        x: its inputs.

    Returns:
        z, of the shape of the probabilities. None where the model ends otherwise, in a clip for example, where
        JAX cannot trace it, or where it fails.
    """
    try:
        traced: Any = jax.make_jaxpr(lambda theta: model(theta, x), return_shape=True)(theta)
    except Exception:  # its own mistakes it tells when it is called
        return None
    program, result = traced
    return _before(program, jax.tree.leaves(theta)) if hasattr(result, "shape") else None


def _before(program: core.ClosedJaxpr, arguments: Sequence[Any]) -> Array | None:
    """Return what the last operation of a program, if it is the logistic function, is given."""
    jaxpr = program.jaxpr
    made = {variable: equation for equation in jaxpr.eqns for variable in equation.outvars}

    def maker(atom: Any) -> core.JaxprEqn | None:
        return None if isinstance(atom, core.Literal) else made.get(atom)

    def values(atoms: list[Any]) -> list[Array]:
        return core.jaxpr_as_fun(core.ClosedJaxpr(jaxpr.replace(outvars=atoms), program.consts))(*arguments)

    moves, last = [], maker(jaxpr.outvars[0])
    while last is not None and last.primitive.name in MOVES and len(last.invars) == 1:
        moves.append(last)
        last = maker(last.invars[0])
    if last is None:
        return None
    if last.primitive.name in CALLS:
        inner: Any = last.params.get("call_jaxpr", last.params.get("jaxpr"))
        single = isinstance(inner, core.ClosedJaxpr) and len(last.outvars) == 1
        z = _before(inner, values([*last.invars])) if single else None
    else:
        given = last.invars[0] if last.primitive.name == "logistic" else _in_formula(last, maker)
        z = None if given is None else values([given])[0]
    if z is None:
        return None
    for move in reversed(moves):
        z = move.primitive.bind(z, **move.params)
    return z


def _in_formula(last: core.JaxprEqn, maker: Callable[[Any], core.JaxprEqn | None]) -> Any:
    """Return the z of 1 / (1 + exp(-z)), written out; None where it is another formula."""
    if last.primitive.name != "div" or not _is_one(last.invars[0]):
        return None
    given = last.invars[1]
    for name in ("add", "exp", "neg"):
        equation = maker(given)
        if equation is None or equation.primitive.name != name:
            return None
        terms = [atom for atom in equation.invars if not (name == "add" and _is_one(atom))]
        if len(terms) != 1:
            return None
        given = terms[0]
    return given


def _is_one(atom: Any) -> bool:
    return isinstance(atom, core.Literal) and bool(np.all(atom.val == 1))
