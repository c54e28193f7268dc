"""Random functions, built from what the lowering knows, in a real browser beside JAX."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
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
