"""What the browser computes is what the library computes: data, weights, batches, whole trajectories, best fits.

The page's own modules run in a real Chromium on the lowered formulas, as they are served.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

from app import formulas
from app.lessons import LESSONS
from app.lessons.one_input import OneInput
from dl_workshop.batches import batch_indices
from dl_workshop.data import Dataset, simulate_classes, simulate_line, simulate_parabola
from dl_workshop.initial_weights import INIT_SCHEMES
from dl_workshop.losses import LOSSES
from dl_workshop.minima import REASONS, best_fit
from dl_workshop.models import ACTIVATIONS, MODELS, mlp, mlp_init
from dl_workshop.optimizers import OPTIMIZERS, fill_hyperparameters
from dl_workshop.parameters import flatten
from dl_workshop.surfaces import largest_stable_step_size
from dl_workshop.toy_data import TOY_DATASETS, real_data, simulate_split
from dl_workshop.training import Run, train

BROWSER = Path(formulas.__file__).parent / "browser"
HOST = "http://parity.test/"
STEPS = 40
LINES = {key: lesson for key, lesson in LESSONS.items() if issubclass(lesson, OneInput)}
SEEDS = (0, 1, 999)

# Arrays travel as base64 of their eight bytes, so that every number arrives as it is.
HARNESS = """
window.read = (t) => t && typeof t === "object" && "array" in t
  ? new Float64Array(Uint8Array.from(atob(t.array), (c) => c.charCodeAt(0)).buffer)
  : Array.isArray(t) ? t.map(read)
  : t && typeof t === "object" ? Object.fromEntries(Object.entries(t).map(([k, v]) => [k, read(v)])) : t
window.write = (t) => t instanceof Float64Array
  ? {array: btoa(Array.from(new Uint8Array(t.slice().buffer), (c) => String.fromCharCode(c)).join(""))}
  : Array.isArray(t) ? t.map(write)
  : t && typeof t === "object" ? Object.fromEntries(Object.entries(t).map(([k, v]) => [k, write(v)])) : t
"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A page whose modules are the application's own."""
    with jax.enable_x64(True):
        lowered = formulas.modules()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HOST)
        if path == "":
            route.fulfill(body="<!doctype html>", content_type="text/html")
        else:
            text = lowered[path] if path in lowered else (BROWSER / path).read_text()
            route.fulfill(body=text, content_type="text/javascript")

    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/*", answer)
        page.goto(HOST)
        page.evaluate(HARNESS)
        yield page


def encoded(value: Any) -> Any:
    if isinstance(value, np.ndarray | jax.Array):
        return {"array": base64.b64encode(np.asarray(value, dtype="<f8").tobytes()).decode()}
    if isinstance(value, dict):
        return {key: encoded(item) for key, item in value.items()}
    return [encoded(item) for item in value] if isinstance(value, list | tuple) else value


def decoded(value: Any) -> Any:
    if isinstance(value, dict) and "array" in value:
        return np.frombuffer(base64.b64decode(value["array"]))
    if isinstance(value, dict):
        return {key: decoded(item) for key, item in value.items()}
    return [decoded(item) for item in value] if isinstance(value, list) else value


def evaluated(page: Page, body: str, *arguments: Any) -> Any:
    """The result of the body of an asynchronous function of `given`, in the page."""
    script = (
        "async (text) => { const given = read(JSON.parse(text)); return write(await (async () => {" + body + "})()) }"
    )
    return decoded(page.evaluate(script, json.dumps(encoded(list(arguments)))))


def called(page: Page, module: str, path: str, *arguments: Any) -> Any:
    """The result of one lowered formula."""
    body = f"const m = await import('/{module}'); return m.{path}(...given)"
    return evaluated(page, body, *arguments)


# -- data, weights, batches ---------------------------------------------------------------------------------


def lesson_data(key: str, recipe: str, seed: int, n: int) -> Dataset:
    simulate = {"linear": simulate_line, "polynomial": simulate_parabola, "logistic": simulate_classes}[key]
    labels = {"labels": recipe} if key == "logistic" else {}
    return simulate(seed=seed, n=n, noise=1.0, **labels)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("key", "recipe"), [(key, recipe) for key, lesson in LINES.items() for recipe in lesson.recipes]
)
def test_a_seed_gives_the_same_data(page: Page, key: str, recipe: str, seed: int):
    for n in (10, 101):
        expected = lesson_data(key, recipe, seed, n)
        truth = [LINES[key].param[name].default for name in LINES[key].truths()]
        x, y = called(page, f"formulas/{key}.js", f"simulate.{recipe}", seed, np.arange(float(n)), 1.0, *truth)
        np.testing.assert_allclose(x, expected.x, rtol=1e-15, atol=1e-15)
        np.testing.assert_allclose(y, expected.y, rtol=1e-12, atol=1e-12)
        assert key != "logistic" or np.array_equal(y, expected.y)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TOY_DATASETS)
def test_a_seed_gives_the_same_sets_and_splits(page: Page, name: str, seed: int):
    n, noise, share = 90, 0.2, 0.6
    expected = simulate_split(name, seed=seed, n=n, noise=noise, train_share=share)
    if TOY_DATASETS[name].has_noise:
        x, y, trained = called(page, "formulas/network.js", f"split.{name}", seed, np.arange(float(n)), noise, share)
    else:
        raw = real_data(name)
        given = [raw.x.ravel(), raw.y, seed, share]
        x, y, trained = called(page, "formulas/network.js", "splitMeasured.classification", *given)
    assert trained == len(expected.train.y)
    np.testing.assert_allclose(x, np.concatenate([expected.train.x, expected.test.x]).ravel(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(y, np.concatenate([expected.train.y, expected.test.y]), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scheme", INIT_SCHEMES)
def test_a_seed_gives_the_same_weights(page: Page, scheme: str):
    for seed in SEEDS:
        for layer, expected in enumerate(mlp_init((3, 5, 2, 1), key=seed, scheme=scheme)):
            fan_in, fan_out = expected["w"].shape
            index = np.arange(float(fan_in * fan_out))
            w = called(page, "formulas/network.js", f"weights.{scheme}", seed, layer, index, fan_in, fan_out)
            b = called(page, "formulas/network.js", f"biases.{scheme}", seed, layer, np.arange(float(fan_out)))
            np.testing.assert_allclose(w, expected["w"].ravel(), rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(b, expected["b"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("n", "size"), [(10, 3), (101, 10), (140, 139)])
def test_a_seed_gives_the_same_batches_bit_for_bit(page: Page, n: int, size: int):
    body = """
      const [{Batches}, common] = await Promise.all([import("/batches.js"), import("/formulas/common.js")])
      const [seed, n, size, steps] = given
      const index = Float64Array.from({length: n}, (_, i) => i)
      const batches = new Batches(common.permutation, seed, n, size)
      const batch = {x: new Float64Array(size), y: new Float64Array(size)}
      return Array.from({length: steps}, () => (batches.next({x: index, y: index}, batch), batch.y.slice()))
    """
    for seed in SEEDS:
        expected = batch_indices(seed=seed, n=n, batch_size=size, n_steps=30)
        np.testing.assert_array_equal(evaluated(page, body, seed, n, size, 30), expected)


# -- trajectories -------------------------------------------------------------------------------------------

TRAIN = """
  const [order, module] = given
  const modules = ["/training.js", `/${module}`, "/formulas/common.js"]
  const [{train}, own, common] = await Promise.all(modules.map((path) => import(path)))
  const run = {steps: [], theta: [], loss: [], testLoss: [], minimised: [], norm: []}
  for (const part of train(order, own, common)) {
    run.steps.push(...part.kept)
    run.theta.push(...part.theta)
    for (const name of ["loss", "testLoss", "minimised", "norm"]) run[name].push(...part[name])
    run.divergedAt = part.divergedAt
  }
  return run
"""


def order(model: Any, theta: np.ndarray, loss: str, data: Dataset, optimizer: str, **options: Any) -> dict[str, Any]:
    """What a run is to be, as the page writes it for its worker."""
    hyperparameters = fill_hyperparameters(OPTIMIZERS[optimizer], {})
    strength = options.get("penalty_strength", 0.0)
    test = options.get("test")
    return {
        "model": model,
        "loss": loss,
        "penalty": [strength if options.get("penalty") == name else 0.0 for name in ("l1", "l2")],
        "optimizer": optimizer,
        "hessian": OPTIMIZERS[optimizer].needs_hessian,
        "hyperparameters": hyperparameters,
        "stepSize": options["step_size"],
        "steps": options.get("n_steps", STEPS),
        "batchSize": options.get("batch_size") or 0,
        "seed": options.get("seed", 0),
        "theta": theta,
        "train": {"x": data.x.ravel(), "y": data.y},
        "test": None if test is None else {"x": test.x.ravel(), "y": test.y},
        "snapshots": options.get("n_snapshots", options.get("n_steps", STEPS) + 1),
    }


def assert_same_run(actual: dict[str, Any], expected: Run, *, batches: bool, rtol: float = 1e-9):
    assert actual["divergedAt"] == expected.diverged_at
    np.testing.assert_array_equal(actual["steps"], expected.steps)
    tolerance = {"rtol": rtol, "atol": 1e-10}
    np.testing.assert_allclose(np.array(actual["theta"]), expected.theta, **tolerance)
    np.testing.assert_allclose(actual["loss"], expected.loss, **tolerance)
    if expected.test_loss is not None:
        np.testing.assert_allclose(actual["testLoss"], expected.test_loss, **tolerance)
    if actual["minimised"]:
        np.testing.assert_allclose(actual["minimised"], expected.minimised, **tolerance)
    if not batches:
        np.testing.assert_allclose(actual["norm"], expected.gradient_norm, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("key", "loss"), [(key, loss) for key, lesson in LINES.items() for loss in lesson.param["loss"].names.values()]
)
def test_whole_runs_with_one_input_are_the_same(page: Page, key: str, loss: str, optimizer: str):
    rule = OPTIMIZERS[optimizer]
    if rule.needs_hessian and not LOSSES[loss].smooth:
        return  # Newton's method has no step there
    lesson = LINES[key]
    data = lesson_data(key, next(iter(lesson.recipes)), 3, 60)
    data = data._replace(x=data.x + 1.3)  # sums over x about 0 would cancel, and leave only rounding
    names = MODELS[lesson.model].names
    theta = np.linspace(0.3, 0.7, len(names))
    step_size = {"newton": 1.0, "adam": 0.05, "adagrad": 0.3, "rmsprop": 0.02}.get(optimizer, 0.002)
    model = {"kind": "one_input", "formulas": f"formulas/{key}.js", "count": len(names)}
    for batch_size in (None, 7) if optimizer in ("gradient_descent", "adam") else (None,):
        options = {"step_size": step_size, "batch_size": batch_size, "seed": 5}
        expected = train(theta, lesson.model, loss, data, optimizer=optimizer, n_steps=STEPS, **options)
        actual = evaluated(page, TRAIN, order(model, theta, loss, data, optimizer, **options), f"formulas/{key}.js")
        assert_same_run(actual, expected, batches=batch_size is not None)


def test_a_run_that_diverges_does_so_at_the_same_step(page: Page):
    data, theta = lesson_data("linear", "line", 0, 100), np.zeros(2)
    model = {"kind": "one_input", "formulas": "formulas/linear.js", "count": 2}
    expected = train(theta, "linear", "mse", data, step_size=0.3, n_steps=100)
    actual = evaluated(
        page,
        TRAIN,
        order(model, theta, "mse", data, "gradient_descent", step_size=0.3, n_steps=100),
        "formulas/linear.js",
    )
    assert expected.diverged_at is not None
    assert_same_run(actual, expected, batches=False, rtol=1e-8)


NETWORKS = [
    *[{"activation": name, "hidden": (4, 3), "dataset": data} for name in ACTIVATIONS for data in ("moons", "sine")],
    *[{"optimizer": name, "hidden": (3,)} for name, rule in OPTIMIZERS.items() if not rule.needs_hessian],
    *[
        {"loss": name, "hidden": (3,), "dataset": "moons" if loss.classifies else "step"}
        for name, loss in LOSSES.items()
    ],
    *[
        {"penalty": name, "penalty_strength": 0.03, "hidden": (3,), "batch_size": size}
        for name in ("l1", "l2")
        for size in (None, 10)
    ],
    *[{"hidden": hidden} for hidden in ((), (5,), (2, 2, 2), (3,) * 6)],
    {"batch_size": 10, "hidden": (4, 2)},
    {"dataset": "breast_cancer", "hidden": (4, 3)},
    {"dataset": "digits", "hidden": (4,), "batch_size": 32},
]


@pytest.mark.parametrize("case", NETWORKS, ids=str)
def test_whole_runs_of_networks_are_the_same(page: Page, case: dict[str, Any]):
    dataset, hidden, activation = case.get("dataset", "moons"), case["hidden"], case.get("activation", "tanh")
    split = simulate_split(dataset, seed=1, n=100, noise=0.2, train_share=0.7)
    sizes = (split.train.x.shape[1], *hidden, 1)
    loss = case.get("loss", "binary_cross_entropy" if split.class_names else "mse")
    theta = mlp_init(sizes, activation, key=2)
    options = {name: case[name] for name in ("batch_size", "penalty", "penalty_strength") if name in case}
    options |= {"step_size": 0.02, "seed": 4, "test": split.test, "n_snapshots": 12}
    optimizer = case.get("optimizer", "adam")
    expected = train(theta, mlp(sizes, activation), loss, split.train, optimizer=optimizer, n_steps=STEPS, **options)
    module = f"formulas/network-{len(hidden)}-{activation}.js"
    model = {"kind": "network", "formulas": module, "sizes": list(sizes)}
    asked = order(model, flatten(theta), loss, split.train, optimizer, **options)
    assert_same_run(evaluated(page, TRAIN, asked, module), expected, batches=case.get("batch_size") is not None)


# -- best fits and step sizes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "loss"), [(key, loss) for key, lesson in LINES.items() for loss in lesson.param["loss"].names.values()]
)
def test_best_fits_are_the_same(page: Page, key: str, loss: str):
    body = """
      const [order, module] = given
      const [{bestFit}, own] = await Promise.all([import("/minima.js"), import("/" + module)])
      return [...bestFit(order, own)][0]
    """
    lesson = LINES[key]
    for recipe in lesson.recipes:
        for seed in (0, 7):
            data = lesson_data(key, recipe, seed, 50)
            expected = best_fit(lesson.model, loss, data)
            asked = {"loss": loss, "solver": LOSSES[loss].solver, "train": {"x": data.x, "y": data.y}}
            actual = evaluated(page, body, asked, f"formulas/{key}.js")
            np.testing.assert_allclose(actual["loss"], expected.loss, rtol=1e-10, atol=1e-14)
            if expected.theta is None:
                assert actual["theta"] is None
                assert REASONS[actual["reason"]] == expected.reason
                continue
            np.testing.assert_allclose(actual["theta"], expected.theta, rtol=1e-6, atol=1e-6)
            bound = largest_stable_step_size(lesson.model, loss, data)
            if bound is not None:
                np.testing.assert_allclose(2.0 / actual["curvature"], bound, rtol=1e-6)
