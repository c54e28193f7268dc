"""Functions of one number: their minima, beside SciPy's; the steps that an optimizer makes on them in the browser."""

import json
import subprocess
from pathlib import Path

import jax
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from app import formulas
from dl_workshop.answers import df, f
from dl_workshop.functions import FUNCTIONS, Function, constant_curvature, get_function, minima
from dl_workshop.optimizers import OPTIMIZERS, Optimizer
from tests.find_node import executable
from tests.serving import ROOT

EVERY = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@EVERY
def test_minima_are_those_that_a_search_finds_from_anywhere(function: Function):
    found = minima(function)
    assert [one.value for one in found] == sorted(one.value for one in found)
    low, high = function.span
    for left in np.linspace(low, high, 60)[:-1]:
        right = left + (high - low) / 59
        inside = minimize_scalar(lambda w: float(function.apply(w)), bounds=(left, right), method="bounded")
        if left + 1e-3 < inside.x < right - 1e-3 and float(jax.grad(jax.grad(function.apply))(inside.x)) > 1e-3:
            assert min(abs(one.w - inside.x) for one in found) < 1e-3
    for one in found:
        assert one.value == pytest.approx(float(function.apply(one.w)))
        assert abs(float(jax.grad(function.apply)(one.w))) < 1e-9
        assert one.curvature > 0


def test_the_parabola_is_the_workshop_s():
    function = get_function("parabola")
    assert function.apply is f
    [minimum] = minima("parabola")
    assert minimum == pytest.approx((-1.5, -7.25, 2.0))
    assert function.start == 10.0
    assert float(jax.grad(function.apply)(3.0)) == df(3.0)


def test_only_a_parabola_bends_the_same_everywhere():
    assert constant_curvature("parabola") == pytest.approx(2.0)
    assert constant_curvature("two_valleys") is constant_curvature("plateau") is None


def test_there_is_more_than_one_valley_and_a_start_that_leads_to_the_wrong_one():
    lowest, other = minima("two_valleys")
    assert lowest.w < 0 < other.w < FUNCTIONS["two_valleys"].start


@EVERY
def test_formulas_say_what_the_function_does(function: Function):
    source = function.formula.replace("−", "-").replace("²", "**2").replace("⁴", "**4").replace("exp", "np.exp")
    source = source.replace("10 (", "10 * (").replace("3w", "3*w").replace("0.02w", "0.02*w").replace("0.6w", "0.6*w")
    for w in np.linspace(*function.span, 7):
        assert eval(source, {"np": np, "w": w}) == pytest.approx(float(function.apply(w)), abs=1e-12)


def test_no_function_of_another_name():
    with pytest.raises(ValueError, match="unknown function 'cubic': choose one of parabola, two_valleys, plateau"):
        minima("cubic")


TRAINING = (ROOT / "app" / "browser" / "training.js").as_uri()
LOOP = """
import {train} from "TRAINING"
import * as common from "./common.mjs"
import * as own from "./descent.mjs"
const none = {x: new Float64Array(0), y: new Float64Array(0)}
const runs = ORDERS.map(({loss, optimizer, hyperparameters, hessian, stepSize, start}) => {
  const model = {kind: "descent", formulas: "", count: 1}
  const order = {
    model, loss, penalty: [0, 0], optimizer, hyperparameters, hessian, stepSize, steps: 60, batchSize: 0, seed: 0,
    theta: Float64Array.of(start), train: none, test: null, snapshots: Infinity,
  }
  return [...train(order, own, common)].flatMap(({theta}) => theta.map(([w]) => w))
})
console.log(JSON.stringify(runs))
"""


def path_of(function: Function, optimizer: Optimizer, order: dict) -> list[float]:
    """Return w at 60 steps, by the optimizer alone."""

    def value(theta: np.ndarray) -> jax.Array:
        return function.apply(theta[0])

    theta = np.array([order["start"]])
    state = optimizer.init(theta)
    path = [theta[0]]
    for _ in range(60):
        second = (jax.hessian(value)(theta),) if optimizer.needs_hessian else ()
        theta, state = optimizer.step(theta, jax.grad(value)(theta), state, 0.05, order["hyperparameters"], *second)
        path.append(float(theta[0]))
    return path


def test_every_optimizer_makes_the_same_steps_in_the_browser(tmp_path: Path):
    orders = [
        {
            "loss": name,
            "optimizer": key,
            "hyperparameters": {k: v.default for k, v in optimizer.hyperparameters.items()},
            "hessian": optimizer.needs_hessian,
            "stepSize": 0.05,
            "start": function.start / 2,
        }
        for name, function in FUNCTIONS.items()
        for key, optimizer in OPTIMIZERS.items()
    ]
    with jax.enable_x64(True):
        (tmp_path / "common.mjs").write_text(formulas._common().source(), encoding="utf-8")
        (tmp_path / "descent.mjs").write_text(formulas._descent().source(), encoding="utf-8")
        (tmp_path / "loop.mjs").write_text(
            LOOP.replace("ORDERS", json.dumps(orders)).replace("TRAINING", TRAINING), encoding="utf-8"
        )
        done = subprocess.run([executable(), tmp_path / "loop.mjs"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for order, path in zip(orders, json.loads(done.stdout), strict=True):
            expected = path_of(FUNCTIONS[order["loss"]], OPTIMIZERS[order["optimizer"]], order)
            np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-12)
