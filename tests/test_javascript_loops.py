"""Loops and branches of JAX's own, in a real browser beside JAX."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from playwright.sync_api import Page

from dl_workshop.javascript import symbolic, to_javascript
from tests.lowered import check

N = symbolic("n")
EVEN = np.arange(1.0, 9.0)
ROWS = np.arange(6.0).reshape(2, 3) + 9
SYMMETRIC = np.array([[2.0, 1, 0], [1, 3, 0.5], [0, 0.5, 1]])

Case = tuple[Callable[..., Any], list[Any], list[list[Any]]]


def of(dtype: Any, *shape: int | str) -> jax.ShapeDtypeStruct:
    return symbolic(*shape, dtype=dtype)


def grown(x: Any) -> Any:
    """For ever where the sum is not positive."""
    return lax.while_loop(lambda v: jnp.sum(v) < 1000, lambda v: v * 2, x)


LOOPS: dict[str, Case] = {
    "scan": (lambda x: lax.scan(lambda c, v: (c + v, c * v), 0.0, x), [N], [[EVEN], [np.array([])]]),
    "scan of arrays": (
        lambda m, x: lax.scan(lambda c, v: (c * 0.5 + v, [jnp.sum(c), c > v]), m, x),
        [symbolic(3), symbolic("n", 3)],
        [[np.ones(3), ROWS]],
    ),
    "scan backwards": (lambda x: lax.scan(lambda c, v: (c + v, c), 0.0, x, reverse=True), [N], [[EVEN]]),
    "scan over none": (lambda x: lax.scan(lambda c, _: (c / 2, c), x, None, length=4), [N], [[EVEN]]),
    "fori": (lambda m: lax.fori_loop(0, 40, lambda i, m: m @ m / jnp.sum(m * m), m), [symbolic(3, 3)], [[SYMMETRIC]]),
    "fori to a number": (
        lambda k, x: lax.fori_loop(0, k, lambda i, v: v + x[i], 0.0),
        [of(int), N],
        [[5, EVEN], [0, EVEN]],
    ),
    "while": (
        lambda x: lax.while_loop(lambda s: jnp.sum(s[0]) > 1, lambda s: (s[0] / 2, s[1] + 1), (x, 0)),
        [N],
        [[EVEN], [0 * EVEN]],
    ),
    "while on a truth value": (
        lambda x: lax.while_loop(lambda s: s[1], lambda s: (s[0] * 2, s[0] < 100), (x, True)),
        [symbolic()],
        [[1.5]],
    ),
    "a loop in a loop": (
        lambda x: lax.fori_loop(0, 3, lambda i, v: lax.fori_loop(0, i + 1, lambda j, w: w + x[j] * i, v), 0.0),
        [N],
        [[EVEN]],
    ),
    "map": (lambda x: lax.map(lambda v: jnp.sin(v) * x, x), [N], [[EVEN]]),
    "gradient of a scan": (
        jax.grad(lambda x: lax.scan(lambda c, v: (c * v + v, None), 1.0, x)[0]),
        [symbolic(4)],
        [[EVEN[:4]]],
    ),
    "values that change places": (
        lambda x, y: lax.fori_loop(0, 5, lambda i, c: (c[1], c[0], c[2]), (x, y, x)),
        [N, N],
        [[EVEN, -EVEN]],
    ),
    "one array for two": (lambda x: lax.fori_loop(0, 5, lambda i, c: (c[0] * 2, c[0] * 2), (x, x)), [N], [[EVEN]]),
    "matrices one after the other": (
        lambda m: lax.scan(lambda c, v: (c + v.reshape(-1)[1], v.T @ v), 0.0, m),
        [symbolic("n", 2, 3)],
        [[np.arange(24.0).reshape(4, 2, 3)]],
    ),
    "sorting and sums inside": (
        lambda x: lax.map(lambda v: (jnp.sort(x * v)[1], jnp.cumsum(x)[-1] * v), x),
        [N],
        [[EVEN]],
    ),
    "constants inside": (
        lambda x: lax.scan(lambda c, v: (c @ np.array([[1, 2], [0.3, 4]]) / 3, c * v), jnp.array([1.0, 2.0]), x),
        [N],
        [[EVEN]],
    ),
    "rows that are set": (
        lambda x: lax.fori_loop(0, 3, lambda i, m: m.at[i].set(x * i), jnp.zeros((3, x.shape[0]))),
        [N],
        [[EVEN]],
    ),
    "truth values": (
        lambda x: lax.scan(lambda c, v: ((~c[0], c[1] & (v > 2)), (c[0], v > c[1])), (True, x > 2), x),
        [symbolic(5)],
        [[EVEN[:5]]],
    ),
    "while of many": (
        jax.vmap(lambda v, m: lax.while_loop(lambda a: a[0] < 9, lambda a: (a[0] * 3, a[1] @ a[1] / 9), (v, m))),
        [N, symbolic("n", 2, 2)],
        [[EVEN, np.arange(32.0).reshape(8, 2, 2)]],
    ),
    "as many rounds as each has": (
        jax.vmap(lambda v, k: lax.fori_loop(0, k, lambda i, a: a * 3, v)),
        [N, of(int, "n")],
        [[EVEN, np.arange(8)]],
    ),
    "a branch that would never end": (
        lambda x, n: lax.cond(n > 0, grown, lambda x: -x, x),
        [N, of(int)],
        [[EVEN, 1], [0 * EVEN, 0]],
    ),
    "branches that would never end": (
        lambda x, n: lax.switch(n, [grown, lambda x: x + 1, lambda x: -x], x),
        [N, of(int)],
        [[EVEN, 0], [0 * EVEN, 1], [EVEN, 2], [EVEN, -3], [0 * EVEN, 7]],
    ),
    "branches in a loop": (
        lambda x: lax.scan(lambda c, v: (lax.cond(v > 4, grown, lambda c: c + 1, c[None])[0], c), 1.0, x),
        [N],
        [[EVEN]],
    ),
    "sizes that have the names of indices": (
        lambda k: (jnp.cumsum(k), jnp.sort(k), k.at[0].set(2.0), lax.scan(lambda c, v: (c + v, c), 0.0, k)),
        [symbolic("k")],
        [[EVEN]],
    ),
    "sizes from outside": (
        lambda x: lax.fori_loop(0, 3, lambda i, v: (v + jnp.roll(v, 1)) / x.shape[0], x),
        [N],
        [[EVEN], [EVEN[:3]]],
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops_are_as_in_jax(chromium_page: Page, name: str) -> None:
    check(chromium_page, [LOOPS[name]], rtol=1e-11)


def test_a_loop_makes_no_arrays() -> None:
    source = to_javascript(lambda x: lax.fori_loop(0, 9, lambda i, v: jnp.sort(v / jnp.sum(v)), x), N, name="f")
    head, _, rest = source.partition("for (")
    assert "new Float64Array" in head
    assert "new Float64Array" not in rest
