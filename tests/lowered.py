"""Lowered functions evaluated in a real browser, beside the same functions in JAX."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from playwright.sync_api import Page

from dl_workshop.javascript import to_javascript

# Floats travel as base64 of their eight bytes, so that every one of them arrives as it is.
HARNESS = """(text) => {
  const read = (s) => new Float64Array(Uint8Array.from(atob(s), (c) => c.charCodeAt(0)).buffer);
  const write = (a) => btoa(String.fromCharCode(...new Uint8Array(a.buffer)));
  const decode = (t) => {
    if (t === null) return null;
    if (Array.isArray(t)) return t.map(decode);
    if ("array" in t) return read(t.array);
    if ("number" in t) return read(t.number)[0];
    return Object.fromEntries(Object.entries(t.object).map(([k, v]) => [k, decode(v)]));
  };
  const encode = (t) => {
    if (t === null) return null;
    if (typeof t === "number") return { number: write(Float64Array.of(t)) };
    if (t instanceof Float64Array) return { array: write(t) };
    if (Array.isArray(t)) return t.map(encode);
    if (typeof t !== "object") throw new TypeError(`not a result: ${typeof t}`);
    return { object: Object.fromEntries(Object.entries(t).map(([k, v]) => [k, encode(v)])) };
  };
  return JSON.stringify(JSON.parse(text).map(([source, calls]) => {
    const f = new Function(`"use strict"; return ${source}`)();
    return calls.map((call) => {
      const args = decode(call);
      const before = JSON.stringify(encode(args));
      const result = encode(f(...args));
      if (JSON.stringify(encode(args)) !== before) throw new Error("the arguments have changed");
      return result;
    });
  }));
}"""


def encode(tree: Any) -> Any:
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {"object": {key: encode(value) for key, value in tree.items()}}
    if isinstance(tree, (tuple, list)):
        return [encode(item) for item in tree]
    array = np.asarray(tree, dtype=np.float64)
    return {"array" if array.shape else "number": base64.b64encode(array.tobytes()).decode()}


def decode(tree: Any) -> Any:
    if tree is None:
        return None
    if isinstance(tree, list):
        return [decode(item) for item in tree]
    if "object" in tree:
        return {key: decode(value) for key, value in tree["object"].items()}
    if "number" in tree:
        return np.frombuffer(base64.b64decode(tree["number"]))[0]
    return np.frombuffer(base64.b64decode(tree["array"]))


def evaluate(page: Page, functions: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> list[list[Any]]:
    """The results of JavaScript functions, each called with several lists of arguments."""
    text = json.dumps([[source, [encode(list(call)) for call in calls]] for source, calls in functions])
    return [[decode(result) for result in results] for results in json.loads(page.evaluate(HARNESS, text))]


def assert_same(actual: Any, expected: Any, *, rtol: float = 1e-9, atol: float = 1e-300, message: str = "") -> None:
    """Assert that a result of JavaScript is that of JAX: the form, the NaNs, the infinities, the numbers.

    XLA takes numbers below 2.2e-308 for zero and JavaScript does not, hence `atol`.
    """
    if expected is None:
        assert actual is None, message
    elif isinstance(expected, dict):
        assert actual.keys() == expected.keys(), message
        for key in expected:
            assert_same(actual[key], expected[key], rtol=rtol, atol=atol, message=f"{message}.{key}")
    elif isinstance(expected, (tuple, list)):
        assert isinstance(actual, list), message
        assert len(actual) == len(expected), message
        for k, (a, e) in enumerate(zip(actual, expected, strict=True)):
            assert_same(a, e, rtol=rtol, atol=atol, message=f"{message}[{k}]")
    else:
        array = np.asarray(expected, dtype=np.float64)
        assert np.ndim(actual) == bool(array.shape), f"{message}: an array for a scalar, or the reverse"
        np.testing.assert_allclose(
            actual, array.ravel() if array.shape else array, rtol=rtol, atol=atol, err_msg=message
        )


def check(
    page: Page,
    cases: Sequence[tuple[Callable[..., Any], Sequence[Any], Sequence[Sequence[Any]]]],
    **tolerance: float,
) -> None:
    """Lower functions, and assert that browser and JAX agree on every call; with new arrays, and with kept ones.

    Args:
        page: a page of the browser.
        cases: functions, what each is traced with, and the lists of arguments to call it with.
        tolerance: as in `assert_same`.
    """
    cases = [*cases, *cases]
    sources = [
        to_javascript(function, *traced, name="lowered", reuse_buffers=k >= len(cases) // 2)
        for k, (function, traced, _) in enumerate(cases)
    ]
    results = evaluate(page, [(source, calls) for source, (_, _, calls) in zip(sources, cases, strict=True)])
    for source, (function, _, calls), outcome in zip(sources, cases, results, strict=True):
        compiled = jax.jit(function)
        for call, actual in zip(calls, outcome, strict=True):
            assert_same(actual, compiled(*call), **tolerance, message=f"{source}\n{call}\nresult")
