"""The lowering from JAX to JavaScript: every primitive and every form of argument, in a real browser beside JAX."""

import itertools
import subprocess
import sys
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from playwright.sync_api import Error, Page

from dl_workshop.javascript import UnsupportedPrimitive, symbolic, to_javascript
from tests.lowered import assert_same, check, evaluate

EXTREMES = np.array(
    [0.0, -0.0, 0.3, -0.3, 0.5, -0.5, 1.5, -1.5, 2.5, 1.0, -1.0, 3.0, -8.0, 20.0, -20.0, 37.0, -37.0]
    + [709.5, -709.5, 745.0, -745.0, 1e3, -1e3, 1e15 + 0.5, 1e-300, -1e-300, 1e-12, 1e308, -1e308]
    + [np.inf, -np.inf, np.nan]
)
PAIRS = tuple(np.array(side) for side in zip(*itertools.product(EXTREMES, repeat=2), strict=True))
INTEGERS = np.arange(-7, 8)
INTEGER_PAIRS = tuple(np.array(side) for side in zip(*itertools.product(INTEGERS, repeat=2), strict=True))
X, INT, BOOL = symbolic("n"), symbolic("n", dtype=int), symbolic("n", dtype=bool)
RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape)


# -- elementwise -----------------------------------------------------------------------------------------------

UNARY = {
    name: getattr(lax, name)
    for name in (
        "abs acos acosh asin asinh atan atanh cbrt ceil cos cosh exp exp2 expm1 floor is_finite log log1p logistic "
        "neg rsqrt sign sin sinh sqrt square stop_gradient tan tanh"
    ).split()
}
UNARY |= {f"integer_pow {y}": partial(lax.integer_pow, y=y) for y in (-3, -1, 0, 1, 2, 3, 5, 8)}
UNARY |= {
    "round to even": partial(lax.round, rounding_method=lax.RoundingMethod.TO_NEAREST_EVEN),
    "round away from zero": partial(lax.round, rounding_method=lax.RoundingMethod.AWAY_FROM_ZERO),
    "clamp": lambda x: lax.clamp(-1.0, x, 2.0),
    "convert_element_type to int": lambda x: lax.convert_element_type(
        jnp.where(jnp.abs(x) < 1e9, x, 0.0), int
    ),
    "convert_element_type to bool": lambda x: lax.convert_element_type(x, bool),
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "log_sigmoid": jax.nn.log_sigmoid,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "nan_to_num": jnp.nan_to_num,
    "erf-free gelu": jax.nn.gelu,
    "power": lambda x: jnp.abs(x) ** 0.7,
}
BINARY = {
    name: getattr(lax, name)
    for name in "add atan2 div eq ge gt le lt max min mul ne nextafter pow rem sub".split()
    if name != "nextafter"
}
BINARY |= {
    "logaddexp": jnp.logaddexp,
    "where": lambda x, y: jnp.where(x > y, x, y),
    "xlogy": jax.scipy.special.xlogy,
}
INTEGER = {name: getattr(lax, name) for name in "add div eq ge gt le lt max min mul ne rem sub".split()}
LOGIC = {
    "and": lambda a, b: (a > 0) & (b > 0),
    "or": lambda a, b: (a > 0) | (b > 0),
    "xor": lambda a, b: (a > 0) ^ (b > 0),
    "not": lambda a, b: ~(a > b),
    "max": lambda a, b: lax.max(a > 0, b > 0),
    "min": lambda a, b: lax.min(a > 0, b > 0),
    "eq": lambda a, b: (a > 0) == (b > 0),
    "to float": lambda a, b: lax.convert_element_type(a > b, float) - a,
    "to int": lambda a, b: lax.convert_element_type(a > b, int) + b,
}


def check_elementwise(page: Page, function: Any, kinds: list, *arrays: np.ndarray) -> None:
    """Check a function of arrays, of scalars, and the sign of the zeros that it makes."""
    scalars = [jax.ShapeDtypeStruct((), kind.dtype) for kind in kinds]
    few = [[array[k] for array in arrays] for k in range(0, len(arrays[0]), 41)]
    check(page, [(function, kinds, [arrays]), (function, scalars, few)])
    [[result]] = evaluate(page, [(to_javascript(function, *kinds, name="f"), [arrays])])
    expected = np.asarray(jax.jit(function)(*arrays), dtype=float)
    zero = expected == 0
    np.testing.assert_array_equal(np.signbit(result[zero]), np.signbit(expected[zero]))


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number_agree(chromium_page: Page, name: str) -> None:
    check_elementwise(chromium_page, UNARY[name], [X], EXTREMES)


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_numbers_agree(chromium_page: Page, name: str) -> None:
    check_elementwise(chromium_page, BINARY[name], [X, X], *PAIRS)


@pytest.mark.parametrize("name", INTEGER)
def test_functions_of_two_integers_agree(chromium_page: Page, name: str) -> None:
    check_elementwise(chromium_page, INTEGER[name], [INT, INT], *INTEGER_PAIRS)


@pytest.mark.parametrize("name", LOGIC)
def test_logic_agrees(chromium_page: Page, name: str) -> None:
    check_elementwise(chromium_page, LOGIC[name], [INT, INT], *INTEGER_PAIRS)


def test_truth_values_and_integers_come_in_as_numbers(chromium_page: Page) -> None:
    def function(flags, counts, flag, count, x):
        return jnp.where(flags & flag, x, -x) * counts, flags.sum() + count, ~flag, counts // 2

    arguments = [np.array([True, False, True]), np.array([1, 2, 3]), np.bool_(True), np.int64(4), normal(3)]
    traced = [BOOL, INT, jax.ShapeDtypeStruct((), bool), 1, X]
    check(chromium_page, [(function, traced, [arguments])])


def test_numbers_below_the_smallest_normal_one_do_no_harm(chromium_page: Page) -> None:
    tiny = np.array([5e-324, -5e-324, 1e-310, -1e-310, 2.3e-308])
    functions = [UNARY[name] for name in ("tanh", "logistic", "exp", "expm1", "log1p", "sin", "sign")]
    functions += [jax.nn.softplus, jax.grad(lambda x: jnp.sum(jnp.abs(x))), jnp.square]
    sources = [(to_javascript(function, X, name="f"), [[tiny]]) for function in functions]
    for (result,), function in zip(evaluate(chromium_page, sources), functions, strict=True):
        exact = np.sign(tiny) if function is UNARY["sign"] else np.asarray(jax.jit(function)(tiny))
        if function not in (UNARY["sign"], functions[-2]):
            np.testing.assert_allclose(result, exact, rtol=1e-9, atol=1e-300)


# -- axes ------------------------------------------------------------------------------------------------------

M, T = symbolic("n", 3), symbolic("n", 3, 2)
AXES = {
    "broadcast": lambda m: jnp.broadcast_to(m[:, None, :], (m.shape[0], 4, 3)) * jnp.arange(4.0)[:, None],
    "transpose": lambda m: m.T,
    "reshape": lambda m: (m + 1).reshape(3, -1),
    "reshape to flat": lambda m: jnp.exp(m).ravel()[2:],
    "squeeze and expand_dims": lambda m: jnp.squeeze(m[:, :1], 1)[None, :, None],
    "slice": lambda m: m[1:, ::2],
    "slice with a step": lambda m: lax.slice_in_dim(m, 0, 3, 2, axis=1),
    "stack and unstack": lambda m: jnp.stack([*m.T][::-1], axis=1),
    "tile": lambda m: jnp.tile(jnp.exp(m), (2, 2)),
    "column": lambda m: m[:, 1] - m[:, -1],
    "first and last": lambda m: m[0] - m[-1],
    "rev": lambda m: m[::-1, ::-1],
    "lax.rev": lambda m: lax.rev(jnp.exp(m), (0, 1)),
    "concatenate": lambda m: jnp.concatenate([m, jnp.exp(m), m[:1]]),
    "concatenate columns": lambda m: jnp.concatenate([m, m**2], axis=1),
    "stack": lambda m: jnp.stack([m[:, 0], m[:, 1] ** 2], axis=1),
    "split": lambda m: jnp.split(m, 3, axis=1)[::-1],
    "pad": lambda m: jnp.pad(m, ((2, 1), (0, 3)), constant_values=7.0),
    "pad between": lambda m: lax.pad(jnp.stack([m[0], m[1]]), jnp.nan, ((1, -1, 2), (-1, 0, 1))),
    "iota": lambda m: m * jnp.arange(m.shape[0])[:, None] + lax.iota(int, 3),
    "one hot": lambda m: m @ jnp.eye(3),
    "dynamic_slice": lambda m: lax.dynamic_slice(m, (jnp.int64(m[0, 0]), 1), (1, 2)),
    "dynamic_slice outside": lambda m: lax.dynamic_slice(m, (1000, -5), (1, 2)),
    "take": lambda m: m[jnp.array([0, 2, 1, -1])[:, None] * 0, jnp.array([0, 2, 1])],
    "take along axis": lambda m: jnp.take_along_axis(m, jnp.argmax(m, axis=1)[:, None], axis=1),
    "take outside": lambda m: jnp.take(m, jnp.array([0, 5, 1]), axis=1, mode="fill"),
    "take and clip": lambda m: jnp.take(m, jnp.array([0, 5, 1]), axis=1, mode="clip"),
    "scatter-add": lambda m: jnp.zeros(4).at[jnp.array([1, 3, 1])].add(m[0]),
    "gradient of a column": jax.grad(lambda m: jnp.sum(jnp.exp(m[:, 1]) * m[:, 0])),
    "gradient of taking": jax.grad(lambda m: jnp.sum(jnp.sin(m)[:, jnp.array([2, 0, 2])] ** 2)),
    "gradient of joining": jax.grad(lambda m: jnp.sum(jnp.concatenate([m, m[:, :1] ** 3], axis=1) ** 2)),
    "reduce_sum": lambda m: (m.sum(), m.sum(0), m.sum(1), m.sum(1, keepdims=True)),
    "reduce_max and reduce_min": lambda m: (m.max(), m.max(0), m.min(1), m.min()),
    "reduce_prod": lambda m: (m.prod(), m.prod(0)),
    "reduce_and and reduce_or": lambda m: ((m > 0).all(0), (m > 0).any(1), (m < 9).all()),
    "argmax and argmin": lambda m: (m.argmax(0), m.argmin(1), m.ravel().argmax()),
    "mean and variance": lambda m: (jnp.mean(m), m.std(0), jnp.var(m, axis=1)),
    "norm": lambda m: jnp.linalg.norm(m - m.mean(0), axis=1),
    "softmax": lambda m: jax.nn.softmax(m, axis=1),
    "log_softmax": lambda m: jax.nn.log_softmax(m, axis=0),
    "logsumexp": lambda m: jax.nn.logsumexp(m),
    "matrix product": lambda m: (m @ m.T, m.T @ m, m @ m[0]),
    "product of vectors": lambda m: jnp.dot(m[:, 0], m[:, 1]),
    "einsum": lambda m: jnp.einsum("ni,nj,ij->nij", m, m, jnp.arange(9.0).reshape(3, 3)),
    "batched product": lambda m: jnp.einsum("nij,njk->nik", m[:, None, :], m[:, :, None]),
    "outer": lambda m: jnp.outer(m[:, 0], m[:, 2]),
    "the size itself": lambda m: m * m.shape[0] + m.size / 2,
    "hessian": lambda m: jax.hessian(lambda v: jnp.sum(jnp.tanh(v) ** 2 * jnp.sum(v**2)))(m[0]),
}


@pytest.mark.parametrize("name", AXES)
def test_functions_of_axes_agree_for_any_size(chromium_page: Page, name: str) -> None:
    sizes = (3, 4) if name in ("pad between", "take") else (2, 3, 17) if "slice" in name else (1, 3, 17)
    check(chromium_page, [(AXES[name], [M], [[normal(n, 3)] for n in sizes])], atol=1e-13)


def test_arrays_with_three_axes_agree(chromium_page: Page) -> None:
    functions = [
        lambda t: jnp.transpose(t, (2, 0, 1)),
        lambda t: t.sum((0, 2)),
        lambda t: jnp.exp(t).reshape(-1, 2).T,
        lambda t: lax.dot_general(t, t + 1, (((1,), (1,)), ((2,), (2,)))),
        lambda t: lax.dot_general(t, t[0], (((2, 1), (1, 0)), ((), ()))),
        lambda t: jax.vmap(jax.vmap(lambda v: v / jnp.linalg.norm(v)))(t),
        lambda t: jnp.tensordot(t, t, axes=((0, 2), (0, 2))),
    ]
    check(chromium_page, [(f, [T], [[normal(n, 3, 2)] for n in (1, 2, 5)]) for f in functions])


def test_argmax_takes_the_first_and_nan_is_greatest(chromium_page: Page) -> None:
    rows = np.array([[1.0, 3.0, 3.0], [np.nan, 9.0, np.nan], [-np.inf] * 3, [2.0, np.nan, np.inf]])
    check(chromium_page, [(lambda m: (m.argmax(1), m.argmin(1), m.max(1), m.min(1)), [M], [[rows]])])


def test_large_fixed_sizes_are_looped_over(chromium_page: Page) -> None:
    def function(a, b):
        return jnp.tanh(a @ b), (a @ b).sum(), jnp.exp(a).T

    traced = [jax.ShapeDtypeStruct((20, 30), float), jax.ShapeDtypeStruct((30, 10), float)]
    source = to_javascript(function, *traced, name="f")
    assert len(source) < 2000
    check(chromium_page, [(function, traced, [[normal(20, 30), normal(30, 10)]])], atol=1e-12)


# -- sizes -----------------------------------------------------------------------------------------------------


def test_one_source_serves_any_number_of_points(chromium_page: Page) -> None:
    def function(theta, x, y):
        return jax.value_and_grad(lambda t: jnp.mean((y - jax.vmap(lambda v: t["w"] * v + t["b"])(x)) ** 2))(
            theta
        )

    theta = {"w": 1.5, "b": -0.5}
    calls = [[theta, normal(n), normal(n)] for n in (1, 2, 100, 1001)]
    check(chromium_page, [(function, [theta, X, X], calls)])


def test_sizes_with_two_names_and_arithmetic(chromium_page: Page) -> None:
    def function(a, b):
        return (
            jnp.concatenate([(a @ b).ravel(), a.ravel()]),
            jnp.pad(a, ((1, 2), (0, 0)))[:-1],
            a.shape[0] // 2 + b.shape[1] % 3,
        )

    traced = [symbolic("n", "m"), symbolic("m", "n")]
    calls = [[normal(n, m), normal(m, n)] for n, m in ((2, 3), (5, 1), (9, 10))]
    with pytest.raises(ValueError, match="sizes cannot be found"):
        to_javascript(function, *traced, name="f")
    traced, calls = [*traced, X], [[*call, normal(len(call[0]))] for call in calls]
    check(chromium_page, [(lambda a, b, c: (function(a, b), c), traced, calls)], atol=1e-13)


def test_arrays_of_the_wrong_length_are_refused(chromium_page: Page) -> None:
    source = to_javascript(lambda x, y, m: x * y + m[:, 0], X, X, M, name="f")
    for lengths, problem in (
        ("3, 2, 9", "f: y has 2 elements, but must have 3"),
        ("3, 3, 8", "f: m has 8 elements, but must have"),
    ):
        call = f"(() => {{ {source}; return f(...[{lengths}].map((n) => new Float64Array(n))); }})()"
        with pytest.raises(Error, match=problem):
            chromium_page.evaluate(call)


# -- arguments and results -------------------------------------------------------------------------------------


class Point(NamedTuple):
    x: Any
    extra: Any


def test_pytrees_keep_their_form(chromium_page: Page) -> None:
    def function(tree, point, pair):
        a, b = pair
        return {
            "second": [tree["a b"]["1"] * a, None, ()],
            "first": Point(point.x + b[0], {"{}": point.extra["w"]}),
        }

    arguments = [{"a b": {"1": normal(3)}, "Z": 3.0}, Point(normal(3), {"w": 2.0}), (1.5, [normal(3), None])]
    traced = [{"a b": {"1": X}, "Z": 1.0}, Point(X, {"w": 1.0}), (1.0, [X, None])]
    check(chromium_page, [(function, traced, [arguments])])
    source = to_javascript(lambda point: {"b": point.x, "a": point.extra}, Point(1.0, 2.0), name="f")
    assert chromium_page.evaluate(f"(({source}))([5, 6])") == {"a": 6, "b": 5}


def test_results_are_new_and_arguments_are_left_alone(chromium_page: Page) -> None:
    constant = np.arange(3.0)

    def function(x, s):
        doubled = jnp.exp(x)
        return x, x, jnp.asarray(constant), doubled, doubled, {"w": doubled[::-1], "s": s}

    source = to_javascript(function, jax.ShapeDtypeStruct((3,), float), 1.0, name="f")
    found = chromium_page.evaluate(
        f"""(() => {{
          const f = {source};
          const x = Float64Array.of(1, 2, 3);
          const first = f(x, 1);
          const kept = JSON.stringify(first);
          const arrays = first.filter((a) => a instanceof Float64Array);
          arrays.forEach((a) => a.fill(7));
          return [new Set([x, ...arrays]).size, [...x], JSON.stringify(f(x, 1)) === kept];
        }})()"""
    )
    assert found == [6, [1, 2, 3], True]


def test_constants_are_exact(chromium_page: Page) -> None:
    numbers = np.array([0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308, np.inf, -np.inf, np.nan, 2**53 - 1])
    source = to_javascript(lambda s: (jnp.asarray(numbers), s * (1 / 3), s + np.pi), 1.0, name="f")
    [[[array, third, shifted]]] = evaluate(chromium_page, [(source, [[1.0]])])
    assert array.tobytes() == numbers.tobytes()
    assert (third, shifted) == (1 / 3, 1 + np.pi)


def test_names_come_from_python_unless_javascript_reserves_them(chromium_page: Page) -> None:
    def function(var, t0, n, s0, Math):  # noqa: N803
        return jnp.sum(jnp.exp(var) * t0 * n + s0 * Math)

    source = to_javascript(function, X, 1.0, 1.0, 1.0, 1.0, name="s1")
    assert source.startswith("function s1(var0, t0, n, s0, Math0) {")
    check(chromium_page, [(function, [X, *[1.0] * 4], [[normal(4), 2.0, 3.0, 4.0, 5.0]])])
    assert to_javascript(lambda *numbers: sum(numbers), 1.0, 2.0).startswith(
        "function lowered(argument0, argument1) {"
    )
    assert to_javascript(partial(function, 2.0), 1.0, 1.0, 1.0, 1.0, name="$f").startswith(
        "function $f(t0, n, s0, Math0)"
    )


def test_equal_arguments_give_equal_source() -> None:
    sources = {
        to_javascript(jax.grad(lambda w, x: jnp.mean(jnp.tanh(w * x))), 1.0, X, name="f") for _ in range(3)
    }
    assert len(sources) == 1


# -- functions that call functions -----------------------------------------------------------------------------


@jax.custom_vjp
def halved(x):
    return x / 2


halved.defvjp(lambda x: (halved(x), x), lambda x, g: (g * jnp.cos(x),))


@jax.custom_jvp
def doubled(x):
    return x * 2


doubled.defjvp(lambda primals, tangents: (doubled(*primals), tangents[0] * primals[0]))

CALLS = {
    "jit": jax.jit(lambda x: jax.jit(jnp.exp)(x) * 2),
    "custom_vjp_call": halved,
    "gradient of custom_vjp": jax.grad(lambda x: halved(x).sum()),
    "custom_jvp_call": doubled,
    "gradient of custom_jvp": jax.grad(lambda x: doubled(x).sum()),
    "remat": jax.grad(lambda x: jax.checkpoint(lambda v: jnp.sin(jnp.sin(v)))(x).sum()),
    "cond": lambda x: lax.cond(x.sum() > 0, lambda v: (v, v.sum()), lambda v: (-v, 1.0), x),
    "switch": lambda x: lax.switch(jnp.int32(x[0] * 2), [jnp.sin, jnp.cos, jnp.tanh], x),
    "select_n": lambda x: lax.select_n(jnp.int32(jnp.clip(x, 0, 2)), x, x * 10, x * 100),
    "optimization_barrier": lambda x: lax.optimization_barrier((x, x + 1)),
    "vmap of cond": jax.vmap(lambda v: lax.cond(v > 0, jnp.sqrt, lambda u: u * 2, v)),
}


@pytest.mark.parametrize("name", CALLS)
def test_functions_that_call_others_agree(chromium_page: Page, name: str) -> None:
    check(chromium_page, [(CALLS[name], [X], [[np.linspace(-2, 2, 9)], [np.linspace(2, -3, 9)]])])


# -- what cannot be --------------------------------------------------------------------------------------------


def test_an_unknown_primitive_is_named() -> None:
    def median(x):
        return jnp.sort(x)[2]

    with pytest.raises(
        UnsupportedPrimitive, match=r"median: the primitive 'sort' of float64\[n\] has no rule.*add a rule"
    ):
        to_javascript(median, X)
    with pytest.raises(NotImplementedError, match="'while'"):
        to_javascript(lambda x: lax.while_loop(lambda v: v < 9, lambda v: v * 2, x), 1.0)
    with pytest.raises(UnsupportedPrimitive, match="'scan'"):
        to_javascript(lambda x: lax.scan(lambda c, v: (c + v, c), 0.0, x), jax.ShapeDtypeStruct((3,), float))
    with pytest.raises(UnsupportedPrimitive, match=r"'and' of int64\[\]"):
        to_javascript(lambda i: i & 3, 1)


def test_a_name_that_javascript_does_not_take_is_refused() -> None:
    for name in ("a b", "2d", "return", "Math"):
        with pytest.raises(ValueError, match=f"{name!r} cannot be the name"):
            to_javascript(jnp.exp, 1.0, name=name)


def test_complex_numbers_and_unknown_containers_are_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        to_javascript(lambda x: x, 1j)
    with pytest.raises(TypeError, match="dict, list, tuple"):
        to_javascript(lambda x: x, jax.tree_util.Partial(jnp.exp, 1.0), name="f")
    with pytest.raises(TypeError, match="dict, list, tuple"):
        to_javascript(lambda x: jax.tree_util.Partial(jnp.exp, x), 1.0, name="f")


# -- speed, by its causes --------------------------------------------------------------------------------------


def test_a_loss_and_its_gradient_are_one_loop_without_arrays() -> None:
    def loss(theta, x, y):
        logits = theta["w"] * x + theta["b"]
        return -jnp.mean(y * jax.nn.log_sigmoid(logits) + (1 - y) * jax.nn.log_sigmoid(-logits))

    theta = {"w": 1.0, "b": 0.0}
    for function in (loss, jax.value_and_grad(loss), jax.hessian(loss)):
        source = to_javascript(function, theta, X, X, name="f")
        assert source.count("for (") == 1
        assert "Float64Array" not in source


def test_a_costly_element_is_computed_once() -> None:
    def network(weights, x):
        return jnp.tanh(jnp.tanh(x @ weights[0]) @ weights[1])

    weights = [jax.ShapeDtypeStruct(shape, float) for shape in ((2, 20), (20, 20))]
    source = to_javascript(network, weights, symbolic("n", 2))
    assert source.count("Math.tanh") == 2
    assert source.count("new Float64Array") == 2
    softmax = to_javascript(lambda x: jax.nn.softmax(x), X, name="f")
    assert softmax.count("Math.exp") == 1


def test_invariants_leave_the_loop() -> None:
    source = to_javascript(lambda w, x: jnp.sum(jnp.exp(w) * x), 1.0, X, name="f")
    assert source.index("Math.exp") < source.index("for (")


# -- random functions ------------------------------------------------------------------------------------------


def squashed(x):
    """Keep random expressions near 1, so that rounding stays near 1e-16."""
    return x / (1.0 + jnp.abs(x))


ONE = [
    *(
        jnp.tanh,
        jnp.sin,
        jnp.cos,
        jnp.abs,
        jnp.negative,
        jnp.square,
        jnp.exp,
        jax.nn.sigmoid,
        jax.nn.softplus,
    ),
    lambda a: jnp.log1p(jnp.abs(a)),
    lambda a: jnp.clip(a, -0.7, 0.9),
    lambda a: a**3,
    lambda a: a[..., ::-1],
    lambda a: a - a.mean(-1, keepdims=True),
    lambda a: jax.nn.softmax(a, axis=0),
    lambda a: jnp.concatenate([a, 2 * a], axis=-1),
    lambda a: a * jnp.arange(a.shape[-1]),
    lambda a: jnp.stack([a, -a], axis=-1).reshape(-1),
    lambda a: a.T,
]
TWO = [
    *(jnp.add, jnp.subtract, jnp.multiply, jnp.maximum, jnp.minimum, jnp.logaddexp),
    lambda a, b: a / (1.5 + jnp.tanh(b)),
    lambda a, b: jnp.where(a > b, a, b * a),
    lambda a, b: jnp.outer(a, b) if a.ndim == b.ndim == 1 else a * b,
]
REDUCE = [
    *(jnp.sum, jnp.mean, jnp.max, jax.nn.logsumexp),
    lambda a: jnp.sqrt(1 + jnp.sum(a**2)),
    lambda a: a.T @ a,
    lambda a: a.sum(0),
]


def written(program: tuple, *, gradient: bool) -> Any:
    """The function of a vector, a matrix and a number that a random program describes."""

    def function(x, m, s):
        values = [x, m, s * jnp.array([0.5, 2.0])]
        for (arity, k), first, second in program:
            a, b = values[first % len(values)], values[second % len(values)]
            if arity == 1:
                result = ONE[k](a)
            elif arity == 2:
                result = TWO[k](a, b if b.shape == a.shape else jnp.mean(b)[None])
            else:
                result = REDUCE[k](a)
            values.append(squashed(jnp.atleast_1d(result)))
        return values[-1], values[len(values) // 2]

    def total(x, m, s):
        return sum(jnp.sum(jnp.sin(value)) for value in function(x, m, s))

    return jax.value_and_grad(total, argnums=(0, 1, 2)) if gradient else function


STEPS = st.tuples(
    st.one_of(
        *(st.tuples(st.just(n), st.integers(0, len(ops) - 1)) for n, ops in ((1, ONE), (2, TWO), (3, REDUCE)))
    ),
    st.integers(0, 9),
    st.integers(0, 9),
)
PROGRAMS = st.tuples(st.lists(STEPS, min_size=1, max_size=7).map(tuple), st.booleans())


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(
    programs=st.lists(PROGRAMS, min_size=4, max_size=8), n=st.sampled_from([7, 11, 13]), seed=st.integers(0, 2**32 - 1)
)
def test_random_functions_agree(chromium_page: Page, programs: list, n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    call = [random.uniform(-2, 2, n), random.uniform(-2, 2, (n, 3)), random.uniform(-2, 2)]
    cases = [(written(program, gradient=gradient), [X, M, 1.0], [call]) for program, gradient in programs]
    check(chromium_page, cases, atol=1e-11)


# -- the house -------------------------------------------------------------------------------------------------


def test_the_example_in_the_documentation_is_what_comes_out() -> None:
    source = to_javascript(lambda w, x: w * x, 1.0, symbolic("n"), name="line")
    shown = [line.strip() for line in (to_javascript.__doc__ or "").split('name="line"))', 1)[1].splitlines()]
    assert [line.strip() for line in source.splitlines()] == [line for line in shown if line]


def test_the_lowering_also_works_in_32_bit_mode() -> None:
    code = (
        "import jax.numpy as jnp; from dl_workshop.javascript import *; "
        "print(to_javascript(lambda w, x: jnp.mean(w * x), 1.0, symbolic('n'), name='f'))"
    )
    source = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "s0 += w * x[i0];" in source
