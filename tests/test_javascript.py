"""The lowering from JAX to JavaScript: sizes, arguments, results, refusals, and what makes it fast."""

import subprocess
import sys
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from playwright.sync_api import Error, Page

from dl_workshop.javascript import UnsupportedPrimitive, symbolic, to_javascript
from tests.lowered import check, evaluate

X, M = symbolic("n"), symbolic("n", 3)
RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape)


# -- sizes -------------------------------------------------------------------------------------------------


def test_one_source_serves_any_number_of_points(chromium_page: Page) -> None:
    def function(theta, x, y):
        return jax.value_and_grad(lambda t: jnp.mean((y - jax.vmap(lambda v: t["w"] * v + t["b"])(x)) ** 2))(theta)

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


# -- arguments and results ---------------------------------------------------------------------------------


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
    assert to_javascript(lambda *numbers: sum(numbers), 1.0, 2.0).startswith("function lowered(argument0, argument1) {")
    assert to_javascript(partial(function, 2.0), 1.0, 1.0, 1.0, 1.0, name="$f").startswith(
        "function $f(t0, n, s0, Math0)"
    )


def test_equal_arguments_give_equal_source() -> None:
    sources = {to_javascript(jax.grad(lambda w, x: jnp.mean(jnp.tanh(w * x))), 1.0, X, name="f") for _ in range(3)}
    assert len(sources) == 1


# -- what cannot be ----------------------------------------------------------------------------------------


def test_an_unknown_primitive_is_named() -> None:
    def directions(a):
        return jnp.linalg.qr(a)

    with pytest.raises(UnsupportedPrimitive, match=r"directions: the primitive '\w+' of float64\[3, 3\].*add a rule"):
        to_javascript(directions, jax.ShapeDtypeStruct((3, 3), float))
    with pytest.raises(UnsupportedPrimitive, match=r"'sub' of uint64\[n\]"):
        to_javascript(lambda x: x - x, symbolic("n", dtype=jnp.uint64))
    with pytest.raises(NotImplementedError, match="'igamma'"):
        to_javascript(lambda x: jax.scipy.special.gammainc(x, x), 1.0)


@pytest.mark.parametrize(
    ("function", "dtype", "message"),
    [
        (lambda x: x.astype(jnp.bfloat16), float, "bfloat16"),
        (lambda x: x * 2, jnp.float16, "float16"),
        (lambda x: x.astype(jnp.uint64), int, "a cast from int64 to uint64"),
        (jnp.bitwise_or.reduce, jnp.uint64, "or of uint64"),
        (lambda x: {2: x, 10: x}, float, "the key 2 of a dict"),
    ],
)
def test_what_would_be_wrong_in_silence_is_refused_by_name(function, dtype, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        to_javascript(function, symbolic("n", dtype=dtype))


def test_kept_arrays_are_made_once_and_anew_for_another_length() -> None:
    source = to_javascript(lambda x: jnp.sort(x) + jnp.exp(x), X, name="f", reuse_buffers=True)
    assert "f.a0?.length === n ? f.a0 : (f.a0 = new Float64Array(n))" in source


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


# -- speed, by its causes ----------------------------------------------------------------------------------


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


# -- the house ---------------------------------------------------------------------------------------------


def test_the_example_in_the_documentation_is_what_comes_out() -> None:
    source = to_javascript(lambda w, x: w * x, 1.0, symbolic("n"), name="line")
    shown = [line.strip() for line in (to_javascript.__doc__ or "").split('name="line"))', 1)[1].splitlines()]
    assert [line.strip() for line in source.splitlines()] == [line for line in shown if line]


def test_in_32_bit_mode_every_result_is_rounded() -> None:
    code = (
        "import jax.numpy as jnp; from dl_workshop.javascript import *; "
        "print(to_javascript(lambda w, x: jnp.mean(w * x), 1.0, symbolic('n'), name='f'))"
    )
    source = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "s0 = Math.fround(s0 + Math.fround(" in source
