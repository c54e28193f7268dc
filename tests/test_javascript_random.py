"""Random functions, built from what the lowering knows, in a real browser beside JAX."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from jax import lax
from playwright.sync_api import Page

from dl_workshop.javascript import symbolic
from tests.lowered import check


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
    lambda a: jnp.concatenate([a[..., None], 2 * a[..., None]], axis=-1).reshape(a.shape[0], -1),
    lambda a: a * jnp.arange(a.shape[-1]),
    lambda a: jnp.stack([a, -a], axis=-1).reshape(-1),
    lambda a: a.T,
    lambda a: jnp.sort(a, axis=0),
    lambda a: jnp.cumsum(a, axis=-1),
    lambda a: a.at[0].set(0.5).at[-1].multiply(2.0),
    lambda a: a.at[1].max(0.1),
    lambda a: lax.scan(lambda c, v: (squashed(c * 0.5 + v), c), jnp.zeros(a.shape[1:]), a)[1],
    lambda a: lax.fori_loop(0, 3, lambda i, v: jnp.sin(v + i), a),
    lambda a: jnp.median(a, axis=0, keepdims=True) - a,
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
    st.one_of(*(st.tuples(st.just(n), st.integers(0, len(ops) - 1)) for n, ops in ((1, ONE), (2, TWO), (3, REDUCE)))),
    st.integers(0, 9),
    st.integers(0, 9),
)
PROGRAMS = st.tuples(st.lists(STEPS, min_size=1, max_size=7).map(tuple), st.booleans())


@settings(max_examples=8, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(
    programs=st.lists(PROGRAMS, min_size=3, max_size=5),
    n=st.sampled_from([7, 11, 13]),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_functions_agree(chromium_page: Page, programs: list, n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    call = [random.uniform(-2, 2, n), random.uniform(-2, 2, (n, 3)), random.uniform(-2, 2)]
    cases = [
        (written(program, gradient=gradient), [symbolic("n"), symbolic("n", 3), 1.0], [call])
        for program, gradient in programs
    ]
    check(chromium_page, cases, atol=1e-11)


# -- integers, bit for bit ----------------------------------------------------------------------------------

TYPES = ("int8", "int16", "int32", "uint8", "uint16", "uint32")
WHOLE = [
    *(jnp.add, jnp.subtract, jnp.multiply, jnp.maximum, jnp.minimum),
    *(jnp.bitwise_and, jnp.bitwise_or, jnp.bitwise_xor),
    # not by 0: what XLA makes of 0 / 0 depends on what it can simplify
    *(lambda a, b, f=f: f(a, b | 1) for f in (jnp.floor_divide, jnp.remainder, lax.div, lax.rem)),
    lambda a, b: lax.shift_left(a, b & 15),
    lambda a, b: lax.shift_right_logical(a, b & 15),
    lambda a, b: lax.shift_right_arithmetic(a, b & 15),
    lambda a, b: jnp.where(a > b, ~a, lax.population_count(b)),
    lambda a, b: jnp.cumsum(a, dtype=a.dtype) + jnp.sum(b, dtype=b.dtype),
    lambda a, b: jnp.sort(a) ^ a[::-1],
    lambda a, b: a.at[jnp.array([0, 2, 0])].add(b[:3]) - lax.clz(a),
    lambda a, b: jnp.dot(a, b) + lax.integer_pow(a, 3),
    lambda a, b: b[jnp.argsort(a)] * jnp.bitwise_xor.reduce(a),
    lambda a, b: lax.fori_loop(0, 3, lambda i, v: v * a + b, a),
]
WHOLE_STEPS = st.tuples(
    st.integers(0, len(WHOLE) - 1), st.integers(0, 9), st.integers(0, 9), st.sampled_from(TYPES), st.booleans()
)


def of_integers(program: tuple) -> Any:
    """The function of two arrays that a random program of integers describes."""

    def function(a, b):
        values = [a, b]
        for k, first, second, kind, is_float in program:
            x, y = values[first % len(values)].astype(kind), values[second % len(values)].astype(kind)
            result = WHOLE[k](x, y)
            values.append(result.astype(float) * 3.7 if is_float else result)
        return values[2:]

    return function


@settings(max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(
    programs=st.lists(st.lists(WHOLE_STEPS, min_size=2, max_size=6).map(tuple), min_size=4, max_size=6),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_functions_of_integers_have_the_same_bits(chromium_page: Page, programs: list, seed: int) -> None:
    random = np.random.default_rng(seed)
    call = [random.integers(-(2**31), 2**31, 9), random.integers(-9, 9, 9)]
    traced = [symbolic(9, dtype=int), symbolic(9, dtype=int)]
    check(chromium_page, [(of_integers(program), traced, [call]) for program in programs], rtol=0)
