"""Every primitive that the lowering knows, in a real browser beside JAX: random numbers and extreme ones."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from playwright.sync_api import Page

from dl_workshop.javascript import symbolic, to_javascript
from tests.lowered import check, evaluate

INTEGERS = np.arange(-7, 8)
EXTREMES = np.array(
    [
        *(0.0, -0.0, 0.3, -0.3, 0.5, -0.5, 1.5, -1.5, 2.5, 1.0, -1.0, 3.0, -8.0, 20.0, -20.0),
        *(
            37.0,
            -37.0,
            709.5,
            -709.5,
            745.0,
            -745.0,
            1e3,
            -1e3,
            1e15 + 0.5,
            1e-300,
            -1e-300,
            1e-12,
            1e308,
            -1e308,
        ),
        *(np.inf, -np.inf, np.nan),
    ]
)
PAIRS, INTEGER_PAIRS = (
    [np.repeat(numbers, len(numbers)), np.tile(numbers, len(numbers))] for numbers in (EXTREMES, INTEGERS)
)
X, INT, BOOL = symbolic("n"), symbolic("n", dtype=int), symbolic("n", dtype=bool)
M, T = symbolic("n", 3), symbolic("n", 3, 2)
RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape)


# -- elementwise -------------------------------------------------------------------------------------------

FUNCTIONS = """
    abs acos acosh asin asinh atan atanh cbrt ceil cos cosh exp exp2 expm1 floor is_finite log log1p logistic
    neg rsqrt sign sin sinh sqrt square stop_gradient tan tanh
"""
OPERATORS = "add div eq ge gt le lt max min mul ne rem sub"
UNARY = {name: getattr(lax, name) for name in FUNCTIONS.split()}
UNARY |= {f"integer_pow {y}": partial(lax.integer_pow, y=y) for y in (-3, -1, 0, 1, 2, 3, 5, 8)}
UNARY |= {
    "round to even": partial(lax.round, rounding_method=lax.RoundingMethod.TO_NEAREST_EVEN),
    "round away from zero": partial(lax.round, rounding_method=lax.RoundingMethod.AWAY_FROM_ZERO),
    "clamp": lambda x: lax.clamp(-1.0, x, 2.0),
    "convert_element_type to int": lambda x: jnp.where(jnp.abs(x) < 1e9, x, 0.0).astype(int),
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
BINARY = {name: getattr(lax, name) for name in (*OPERATORS.split(), "atan2", "pow")}
BINARY |= {
    "logaddexp": jnp.logaddexp,
    "where": lambda x, y: jnp.where(x > y, x, y),
    "xlogy": jax.scipy.special.xlogy,
}
INTEGER = {name: getattr(lax, name) for name in OPERATORS.split()}
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
    functions = [lax.tanh, lax.logistic, lax.exp, lax.expm1, lax.log1p, lax.sin, lax.square, jax.nn.softplus]
    check(chromium_page, [(function, [X], [[tiny]]) for function in functions])


# -- axes --------------------------------------------------------------------------------------------------

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
    "iota of floats": lambda m: m * (jnp.arange(3.0) / (1.0 + jnp.arange(3.0))) - lax.iota(float, 2)[0],
    "one hot": lambda m: m @ jnp.eye(3),
    "dynamic_slice": lambda m: lax.dynamic_slice(m, (jnp.int64(m[0, 0]), 1), (1, 2)),
    "dynamic_slice outside": lambda m: lax.dynamic_slice(m, (1000, -5), (1, 2)),
    "take": lambda m: m[jnp.array([0, 2, 1, -1])[:, None] * 0, jnp.array([0, 2, 1])],
    "take along axis": lambda m: jnp.take_along_axis(m, jnp.argmax(m, axis=1)[:, None], axis=1),
    "take outside": lambda m: jnp.take(m, jnp.array([0, 5, 1]), axis=1, mode="fill"),
    "take integers outside": lambda m: jnp.take(
        jnp.int64(m * 9), jnp.array([0, 5, 1]), axis=1, mode="fill", fill_value=7
    ),
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
    sizes = (3, 4) if name in ("pad between", "take") else (2, 17) if "slice" in name else (1, 17)
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


@pytest.mark.parametrize("width", [3, 8, 30])
def test_a_network_and_its_gradient_agree(chromium_page: Page, width: int) -> None:
    def loss(layers, x, y):
        for weights, bias in layers[:-1]:
            x = jnp.tanh(x @ weights + bias)
        weights, bias = layers[-1]
        return jnp.mean(((x @ weights + bias)[:, 0] - y) ** 2)

    sizes = ((3, width), (width, width), (width, 1))
    layers = [(normal(*size) / width**0.5, normal(size[1])) for size in sizes]
    function = jax.value_and_grad(loss, argnums=(0, 1))
    check(chromium_page, [(function, [layers, M, X], [[layers, normal(20, 3), normal(20)]])], atol=1e-12)


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


# -- functions that call functions -------------------------------------------------------------------------


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
