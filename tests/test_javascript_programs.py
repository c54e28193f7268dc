"""What is a piece of program and no formula: integers that wrap, sorting, running sums, scattering."""

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from playwright.sync_api import Page

from dl_workshop import random
from dl_workshop.javascript import symbolic
from tests.lowered import check

N = symbolic("n")
ODD = np.array([3.0, -1, 2, np.nan, 2, -0.0, 0.0, np.inf])
EVEN = np.arange(1.0, 9.0)
ROWS = np.arange(6.0).reshape(2, 3) + 9
SYMMETRIC = np.array([[2.0, 1, 0], [1, 3, 0.5], [0, 0.5, 1]])
UNSIGNED = np.array([0, 1, 7, 2**31, 2**32 - 1, 123456789], dtype=np.uint32)
SIGNED = np.array([0, 1, -7, 2**31 - 1, -(2**31), 12345], dtype=np.int32)
SMALL = np.array([-300, -128, -1, 0, 5, 127, 200, 255, 256, 70000])
DISTANCES = np.array([1, 31, 32, 40, -1, 5], dtype=np.int32)
LARGE = np.array([0, 5, -9, 2**40 + 6, -(2**41), 2**31])
CHANGES = ("add", "multiply", "min", "max")
TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64")
OUTSIDE = np.array([np.nan, np.inf, -np.inf, 1e10, -1e10, -1.5, 300.7, 255.9, -0.5])


Case = tuple[Callable[..., Any], list[Any], list[list[Any]]]


def normal(n: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(n)


def of(dtype: Any, *shape: int | str) -> jax.ShapeDtypeStruct:
    return symbolic(*shape, dtype=dtype)


def shifts(a: Any, s: Any) -> list[Any]:
    return [shift(a, s) for shift in (lax.shift_left, lax.shift_right_logical, lax.shift_right_arithmetic)]


INTEGERS: dict[str, Case] = {
    "sums wrap": (lambda a: [a + a, jnp.uint32(5) - a, -a, a * a], [of(jnp.uint32, "n")], [[UNSIGNED]]),
    "signed sums wrap": (lambda a: [a + a, a - 9, -a, a * a * a, a**5, abs(a)], [of(jnp.int32, "n")], [[SIGNED]]),
    "bits": (lambda a: [a ^ jnp.uint32(77), a | 12, a & 9, ~a], [of(jnp.uint32, "n")], [[UNSIGNED]]),
    "signed bits": (lambda a: [a ^ 77, a | 12, a & -9, ~a], [of(jnp.int32, "n")], [[SIGNED]]),
    "bits of 64": (lambda a: [a & 12, a | 5, a ^ -3, ~a, a ^ 2**45], [of(int, "n")], [[LARGE]]),
    "shifts of 64": (
        lambda a: [a << 3, a >> 2, a >> 70, lax.shift_right_logical(a, 20), lax.shift_right_logical(a, -1)],
        [of(int, "n")],
        [[LARGE]],
    ),
    "counted bits": (
        lambda a: [f(a.astype(t)) for f in (lax.population_count, lax.clz) for t in TYPES],
        [of(int, "n")],
        [[LARGE]],
    ),
    "division by zero": (
        lambda a: [lax.div(a.astype(t), jnp.zeros(a.shape, t)) for t in TYPES],
        [of(int, "n")],
        [[SMALL]],
    ),
    "products of matrices": (lambda a: [a.astype(t) @ a.astype(t) for t in TYPES], [of(int, "n")], [[SMALL]]),
    "shifts": (shifts, [of(jnp.uint32, "n"), of(jnp.uint32, "n")], [[UNSIGNED, abs(DISTANCES).astype(np.uint32)]]),
    "signed shifts": (shifts, [of(jnp.int32, "n"), of(jnp.int32, "n")], [[SIGNED, DISTANCES]]),
    "rotation": (lambda a: (a << 13) | (a >> 19), [of(jnp.uint32, "n")], [[UNSIGNED]]),
    "other sizes": (
        lambda a: [a.astype(t) * 3 + 100 for t in (jnp.int8, jnp.uint8, jnp.int16, jnp.uint16, jnp.int32, jnp.uint32)],
        [of(int, "n")],
        [[SMALL]],
    ),
    "from floats": (
        lambda x: [x.astype(t) for t in (jnp.int8, jnp.uint8, jnp.int16, jnp.uint16, jnp.int32, jnp.uint32)],
        [N],
        [[OUTSIDE]],
    ),
    "reduced bits": (
        lambda a: [r.reduce(a.astype(t)) for r in (jnp.bitwise_and, jnp.bitwise_or, jnp.bitwise_xor) for t in TYPES],
        [of(int, "n")],
        [[np.array([1, 2])], [SMALL], [LARGE]],
    ),
    "sum and product": (
        lambda a: [jnp.sum(a, dtype=jnp.int32), jnp.prod(a, dtype=jnp.int32), jnp.cumsum(a, dtype=jnp.int32)],
        [of(jnp.int32, "n")],
        [[SIGNED[1:]]],
    ),
    "division": (lambda a: [a // 3, a % 3, lax.rem(a, jnp.int32(3))], [of(jnp.int32, "n")], [[SIGNED]]),
    "threefry": (lambda s, i: random.bits(random.key(s, 1), i), [of(jnp.uint32), N], [[np.uint32(7), np.arange(9.0)]]),
}

FLOATS: dict[str, Case] = {
    "numbers of 32 bits": (
        lambda x, y: [x + y, x - y, x * y, x / y, jnp.sqrt(abs(x)), x**3, x // y, -x, 1 / x, jnp.round(x), x > y],
        [of(jnp.float32, "n"), of(jnp.float32, "n")],
        [[np.float32(normal(50)), np.float32(normal(50))]],
    ),
    "casts to 32 bits": (lambda x: [x.astype(jnp.float32), jnp.float32(0.1) * x], [N], [[normal(50)]]),
    "integers as numbers of 32 bits": (lambda a: a.astype(jnp.float32), [of(int, "n")], [[2**24 + np.arange(5)]]),
    "rounded on the way": (lambda x: lax.reduce_precision(x, 8, 23), [N], [[normal(50)]]),
}

ORDERS: dict[str, Case] = {
    "sort": (jnp.sort, [N], [[ODD], [EVEN[::-1]], [np.array([])]]),
    "argsort": (jnp.argsort, [N], [[ODD], [np.array([2.0, 1, 2, 1, 2, 1])]]),
    "sort down": (lambda x: jnp.sort(x, descending=True), [N], [[ODD]]),
    "sort columns": (lambda x: jnp.sort(x, axis=0), [symbolic(3, "n")], [[SYMMETRIC]]),
    "several keys": (lambda x, y: lax.sort((x, y, x * y), num_keys=2), [N, N], [[EVEN % 3, -EVEN]]),
    "median": (lambda x: [jnp.median(x), jnp.median(jnp.abs(x - jnp.median(x)))], [N], [[EVEN], [EVEN[:5]]]),
    "quantile": (lambda x: jnp.quantile(x, jnp.array([0.1, 0.5, 0.9])), [N], [[EVEN]]),
    "places of a missing element": (
        lambda x, i: [jnp.take(x.astype(t), i, mode="fill") for t in (*TYPES, "float32", "bool")],
        [N, of(int, "k")],
        [[EVEN, np.array([0, 99, -1, -99])]],
    ),
    "gradient of the median": (jax.grad(lambda x: jnp.median(x * x)), [N], [[EVEN], [EVEN[:5]]]),
    "cumsum": (lambda x: [jnp.cumsum(x), lax.cumsum(x, reverse=True)], [N], [[EVEN], [ODD]]),
    "cumprod": (jnp.cumprod, [N], [[EVEN]]),
    "gradient of cumprod": (jax.grad(lambda x: jnp.sum(jnp.cumprod(x) * x)), [symbolic(5)], [[EVEN[:5]]]),
    "cummax": (lambda x: [lax.cummax(x), lax.cummin(x)], [N], [[EVEN[::-1]], [ODD]]),
    "cumlogsumexp": (lax.cumlogsumexp, [N], [[EVEN], [np.array([-np.inf, -np.inf, 1.0, -np.inf, 1.0])]]),
    "cumsum of rows": (lambda x: [jnp.cumsum(x, 0), jnp.cumsum(x, 1)], [symbolic("n", 3)], [[ROWS]]),
    "places in order": (
        lambda x, v: [jnp.searchsorted(x, v, side=side) for side in ("left", "right")],
        [symbolic(8), N],
        [[EVEN, np.array([0, 1, 2.5, 9, np.nan, np.inf])]],
    ),
    "interp": (lambda x: jnp.interp(x, jnp.array([0.0, 1, 2]), jnp.array([5.0, 6, 1])), [N], [[EVEN / 4]]),
    "permutation": (
        lambda s, i: random.permutation(random.key(s, 1), i),
        [of(jnp.uint32), N],
        [[np.uint32(7), np.arange(20.0)]],
    ),
}

PLACES: dict[str, Case] = {
    "set": (lambda x: [x.at[2].set(7.0), x.at[-1].set(1.0)], [N], [[EVEN]]),
    "set a row": (
        lambda x, i: x.at[i].set(jnp.arange(3.0)),
        [symbolic("n", 3), of(int)],
        [[ROWS, 1], [ROWS, 5], [ROWS, -1]],
    ),
    "set a column": (lambda x: x.at[:, 1].set(0.0), [symbolic("n", 3)], [[ROWS]]),
    "add outside": (
        lambda x: [x.at[jnp.array([5, 1, 1])].add(1.0, mode=mode) for mode in ("clip", "drop", "fill")],
        [symbolic(3)],
        [[EVEN[:3]]],
    ),
    "multiply, max and min": (
        lambda x: [x.at[jnp.array([0, 0, 2])].multiply(3.0), x.at[1:3].max(2.5), x.at[::2].min(2.0)],
        [symbolic(5)],
        [[EVEN[:5]]],
    ),
    "integers in their places": (lambda x: x.at[1].add(jnp.int32(2**30) * 3), [of(jnp.int32, "n")], [[SIGNED]]),
    "a slice that is replaced": (
        lambda x, i: lax.dynamic_update_slice(x, jnp.array([9.0, 8.0]), (i,)),
        [symbolic(8), of(int)],
        [[EVEN, 3], [EVEN, 100], [EVEN, -5]],
    ),
    "gradients of strided slices": (
        lambda t: [
            jax.grad(lambda t, s=s: jnp.sum(t[s] ** 2))(t)
            for s in (slice(None, None, 2), slice(1, None, 2), slice(None, None, -2))
        ],
        [symbolic(4)],
        [[EVEN[:4]]],
    ),
    "padding by numbers of NumPy": (
        lambda x: lax.pad(x, 1.5, [(np.int64(1), np.int64(2), np.int64(1))]),
        [N],
        [[EVEN], [EVEN[:1]]],
    ),
    "sizes below zero": (
        lambda x: [jnp.roll(x, 1), jnp.pad(x, (0, (-x.shape[0]) % 4)), x[: (-x.shape[0]) % 3]],
        [N],
        [[EVEN[:1]], [EVEN[:3]], [EVEN[:4]], [EVEN[:5]]],
    ),
    "gradient of one place": (jax.grad(lambda x: x[0] ** 2), [N], [[EVEN]]),
    "diag": (jnp.diag, [symbolic(3)], [[EVEN[:3]]]),
    "diagonal": (
        lambda m: [jnp.diag(m), jnp.trace(m), jnp.tril(m)],
        [symbolic(3, 3)],
        [[EVEN[:9].repeat(2)[:9].reshape(3, 3)]],
    ),
    "many updates": (
        lambda x, i, u: [getattr(x.at[i], how)(u, mode=mode) for how in CHANGES for mode in ("clip", "drop")],
        [N, of(int, "k"), symbolic("k")],
        [[EVEN, np.array([0, 7, 8, -1, 3, -8, -9, 100]), normal(8)]],
    ),
    "many rows": (
        lambda x, i, u: [getattr(x.at[i], how)(u) for how in CHANGES],
        [symbolic("n", 3), of(int, "k"), symbolic("k", 3)],
        [[ROWS, np.array([0, 1, 9, -2]), normal(12).reshape(4, 3)]],
    ),
    "piecewise": (
        lambda x: jnp.piecewise(x, [x < 2, x >= 4], [lambda v: v * 2, lambda v: -v, lambda v: v * 0 + 0.5]),
        [N],
        [[EVEN]],
    ),
    "polyval": (jnp.polyval, [symbolic(3), N], [[EVEN[:3], EVEN]]),
}

CASES = {**INTEGERS, **FLOATS, **ORDERS, **PLACES}


@pytest.mark.parametrize("name", CASES)
def test_it_is_as_in_jax(chromium_page: Page, name: str) -> None:
    check(chromium_page, [CASES[name]], rtol=0 if name in {**INTEGERS, **FLOATS} else 1e-11)


def test_error_functions_and_gammas_are_as_in_jax(chromium_page: Page) -> None:
    x = np.array([-6, -3, -2.0, -1, -0.1, 0, 1e-9, 0.3, 1.9, 2, 2.1, 5, 9.0, 20, np.inf, -np.inf, np.nan])
    errors = (lambda x: [jax.scipy.special.erf(x), jax.scipy.special.erfc(x)], [N], [[x]])
    at = np.array([0.1, 0.5, 1.3, 2.7, 7, 30.0, 1e3, -0.3, -2.5])
    gammas = (lambda x: [jax.scipy.special.gammaln(x), jax.scipy.special.digamma(x)], [N], [[at]])
    check(chromium_page, [errors, gammas], rtol=1e-12)
    alone = [getattr(jax.scipy.special, name) for name in ("erf", "erfc", "gammaln", "digamma")]
    check(chromium_page, [(function, [N], [[at]]) for function in alone], rtol=1e-12)
    inverse = (jax.scipy.special.erfinv, [N], [[np.array([*np.linspace(-1, 1, 41), 1e-12, 1 - 1e-12, 2.0, np.nan])]])
    check(chromium_page, [inverse], rtol=1e-11)


def solutions(a: Any, b: Any) -> list[Any]:
    return [jnp.linalg.solve(a, b), jnp.linalg.inv(a), jnp.linalg.det(a), jnp.linalg.cholesky(a)]


def triangular(a: Any, b: Any) -> list[Any]:
    choices = itertools.product((True, False), repeat=4)
    names = ("left_side", "lower", "transpose_a", "unit_diagonal")
    return [lax.linalg.triangular_solve(a, b, **dict(zip(names, choice, strict=True))) for choice in choices]


@pytest.mark.parametrize("n", [1, 2, 4, 6])
def test_small_systems_are_solved_as_in_jax(chromium_page: Page, n: int) -> None:
    a = normal(n * n).reshape(n, n)
    positive = a @ a.T + np.eye(n)
    shape = symbolic(n, n)
    cases: list[Case] = [
        (solutions, [shape, symbolic(n)], [[positive, a[0]], [a, a[0]]]),
        (triangular, [shape, shape], [[positive, a]]),
        (lax.linalg.lu, [shape], [[a], [0 * a]]),
        (jax.grad(lambda a, b: jnp.sum(jnp.linalg.solve(a, b) ** 2)), [shape, symbolic(n)], [[positive, a[0]]]),
    ]
    check(chromium_page, cases, rtol=1e-8, atol=1e-10)
