"""The chain rule along one path of a network, as the course shows it, beside JAX."""

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from app import formulas
from dl_workshop.losses import LOSSES, of_each
from dl_workshop.models import ACTIVATIONS, mlp_init, network, network_units
from dl_workshop.parameters import flatten
from tests.find_node import executable
from tests.serving import ROOT

SIZES = (2, 3, 2, 1)
COUNT = 7
CONNECTIONS = [
    {"layer": layer, "unit": unit, "from": start}
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(SIZES))
    for unit, start in itertools.product(range(fan_out), range(fan_in))
]
PROGRAM = """
import {readFileSync} from "node:fs"
import {chainOf} from CHAIN
import * as own from "./own.mjs"
import * as data from "./data.mjs"
const {theta, x, y, cases} = JSON.parse(readFileSync(0, "utf8"))
const train = {x: Float64Array.from(x), y: Float64Array.from(y)}
const model = {kind: "network", formulas: "own", sizes: SIZES}
console.log(JSON.stringify(cases.map(({loss, chosen}) => chainOf({
  state: {model, theta: Float64Array.from(theta), data: {train}, settings: {loss}, chosen},
  modules: {own, "formulas/network.js": data}, declaration: {key: "network"},
}))))
"""


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_numbers_along_a_path_are_those_of_jax(activation: str, tmp_path: Path):
    random = np.random.default_rng(5)
    with jax.enable_x64(True):
        theta = mlp_init(SIZES, activation, key=2, scheme="standard_normal")
        x, y = random.normal(size=(COUNT, SIZES[0])), random.integers(0, 2, COUNT).astype(float)
        cases = [{"loss": "binary_cross_entropy", "chosen": chosen} for chosen in CONNECTIONS]
        cases += [{"loss": loss, "chosen": CONNECTIONS[1]} for loss in LOSSES]
        (tmp_path / "own.mjs").write_text(formulas._network(len(SIZES) - 2, activation).source(), encoding="utf-8")
        (tmp_path / "data.mjs").write_text(formulas._network_data().source(), encoding="utf-8")
        chain = json.dumps((ROOT / "app" / "browser" / "chain.js").as_uri())
        program = PROGRAM.replace("CHAIN", chain).replace("SIZES", str([*SIZES]))
        (tmp_path / "program.mjs").write_text(program, encoding="utf-8")
        given = {"theta": flatten(theta).tolist(), "x": x.ravel().tolist(), "y": y.tolist(), "cases": cases}
        done = subprocess.run(
            [executable(), tmp_path / "program.mjs"],
            input=json.dumps(given), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        for case, found in zip(cases, json.loads(done.stdout), strict=True):
            expect_path(activation, theta, x, y, case, found)


def expect_path(activation: str, theta: Any, x: np.ndarray, y: np.ndarray, case: dict[str, Any], found: dict[str, Any]):
    """Recomputes a path with JAX alone: every derivative by `jax.grad` of what it is a derivative of."""
    model, function = network(activation), ACTIVATIONS[activation].function
    layer, unit, start = (case["chosen"][name] for name in ("layer", "unit", "from"))
    outputs = jax.vmap(model.apply, in_axes=(None, 0))(theta, x)
    losses, slopes = of_each(case["loss"])(y, outputs)
    point = int(np.argmax(losses))
    assert found["point"] == point
    assert found["loss"] == pytest.approx(float(losses[point]), rel=1e-9)
    units = [x[point], *network_units(activation)(theta, x[point])]

    def loss(theta: Any) -> jax.Array:
        return LOSSES[case["loss"]].function(y[point], model.apply(theta, x[point]))

    gradient = jax.grad(loss)(theta)
    assert found["derivative"] == pytest.approx(float(gradient[layer]["w"][start, unit]), rel=1e-9, abs=1e-13)
    assert found["input"] == pytest.approx(float(units[layer][start]), rel=1e-9)
    assert found["paths"] == np.prod(SIZES[layer + 2 :], dtype=int)
    product, before, last = found["input"], start, len(SIZES) - 2
    assert [step["layer"] for step in found["units"]] == [*range(layer, last + 1)]
    for k, step in enumerate(found["units"]):
        at, weights = step["layer"], theta[step["layer"]]["w"]
        z = units[at] @ weights + theta[at]["b"]
        slope = slopes[point : point + 1] if at == last else jax.vmap(jax.grad(function))(z)
        if k == 0:
            assert step["unit"] == unit
        else:
            strengths = np.abs(weights[before] * slope)
            assert strengths[step["unit"]] == pytest.approx(strengths.max(), rel=1e-9)
            product *= step["weight"]
        expected = weights[before, step["unit"]], z[step["unit"]], units[at + 1][step["unit"]], slope[step["unit"]]
        np.testing.assert_allclose(
            [step[name] for name in ("weight", "z", "h", "slope")], expected, rtol=1e-9, atol=1e-13
        )
        product *= step["slope"]
        before = step["unit"]
    assert found["product"] == pytest.approx(product, rel=1e-9, abs=1e-15)
    if found["paths"] == 1:
        assert found["product"] == pytest.approx(found["derivative"], rel=1e-9, abs=1e-13)
