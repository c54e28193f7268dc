"""What the browser computes is what the server computes: every entry of the registries, in real Chromium."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest
from playwright.sync_api import Page

from dl_workshop.javascript import symbolic, to_javascript
from dl_workshop.losses import LOSSES
from dl_workshop.models import ACTIVATIONS, MODELS, mlp_init, mlp_units
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.toy_data import FEATURES, feature_function
from dl_workshop.training import loss_and_gradient, objective, optimizer_step
from tests.lowered import assert_same, check, evaluate

X, NUMBER = symbolic("n"), symbolic()
THETA = {"w": NUMBER, "b": NUMBER}
STEPS = 50
PAIRS = [(model.name, loss) for model in MODELS.values() for loss in model.losses]
TRIPLES = [
    (model, loss, optimizer.name)
    for model, loss in PAIRS
    for optimizer in OPTIMIZERS.values()
    if LOSSES[loss].smooth or not optimizer.needs_hessian
]


def data(model: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Random examples. Their x are not symmetric about 0, where sums would cancel and leave only rounding."""
    random = np.random.default_rng(n)
    x = random.uniform(-2, 5, n)
    noise = random.standard_normal(n)
    return x, (2 * x + 20 + noise if model == "linear" else (2 * x - 3 + noise > 0).astype(float))


def thetas() -> Iterator[dict[str, float]]:
    """Parameters anywhere, near the truth, from the workshop, and some that make predictions enormous."""
    random = np.random.default_rng(0)
    near = np.array([2, 20]) + random.uniform(-0.5, 0.5, (20, 2))
    for w, b in [
        *random.uniform(-10, 10, (20, 2)),
        *near,
        (0, 0),
        (-5, 3),
        (2, 20),
        (1e-9, -1e-9),
        (-0.0, 0.0),
    ]:
        yield {"w": float(w), "b": float(b)}
    for size in (200.0, 1e3, 1e8, 1e150, 1e200):
        yield from ({"w": w * size, "b": b * size} for w, b in ((1.0, 0.717), (-1.0, 0.317), (0.0, -1.0)))


@pytest.mark.parametrize("name", MODELS)
def test_models_agree(chromium_page: Page, name: str) -> None:
    model = MODELS[name]

    def predict(theta: Any, x: Any) -> Any:
        output = jax.vmap(model.apply, in_axes=(None, 0))(theta, x)
        return output, model.predict(output)

    x = np.array([*np.linspace(-5, 5, 101), 0.0, 1e-300, 1e3, -1e3, 1e308, -1e308])
    check(chromium_page, [(predict, [THETA, X], [[theta, x] for theta in thetas()])])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_networks_agree(chromium_page: Page, activation: str) -> None:
    random = np.random.default_rng(2)
    cases = []
    for sizes in ((1, 1), (2, 1), (2, 4, 2, 1), (7, 8, 8, 1), (2, 20, 3, 2)):
        theta = mlp_init(sizes, activation)
        units = jax.vmap(mlp_units(sizes, activation), in_axes=(None, 0))
        traced = [jax.tree.map(lambda leaf: symbolic(*leaf.shape), theta), symbolic("n", sizes[0])]
        anywhere, far = (jax.tree.map(lambda leaf, s=size: random.normal(0, s, leaf.shape), theta) for size in (1, 1e3))
        x = random.standard_normal((30, sizes[0]))
        cases.append((units, traced, [[weights, x] for weights in (theta, anywhere, far)]))
    check(chromium_page, cases, atol=1e-12)


def test_features_agree(chromium_page: Page) -> None:
    def features(x: Any) -> Any:
        return jax.vmap(lambda row: feature_function(list(FEATURES))(row[0], row[1]))(x)

    x = np.random.default_rng(3).uniform(-6, 6, (40, 2))
    check(chromium_page, [(features, [symbolic("n", 2)], [[x]])])


@pytest.mark.parametrize(("model", "loss"), PAIRS)
def test_losses_and_gradients_agree(chromium_page: Page, model: str, loss: str) -> None:
    calls = [[theta, *data(model, n)] for theta in thetas() for n in (2, 100)]
    functions = [objective(model, loss), loss_and_gradient(model, loss)]
    check(chromium_page, [(function, [THETA, X, X], calls) for function in functions], atol=1e-15)


@pytest.mark.parametrize(("model", "loss"), PAIRS)
def test_a_perfect_fit_agrees(chromium_page: Page, model: str, loss: str) -> None:
    x = np.arange(-3.0, 4.0)
    calls = [[{"w": 2.0, "b": 1.0}, x, 2 * x + 1], [{"w": 0.0, "b": 0.0}, x, np.zeros(7)]]
    check(chromium_page, [(loss_and_gradient(model, loss), [THETA, X, X], calls)], atol=1e-15)


def settings(optimizer: str, seed: int) -> dict[str, float]:
    """Hyperparameters somewhere within their bounds: the defaults first."""
    random = np.random.default_rng(seed)
    return {
        name: entry.default if seed == 0 else float(random.uniform(entry.low, entry.high))
        for name, entry in OPTIMIZERS[optimizer].hyperparameters.items()
    }


@pytest.mark.parametrize(("model", "loss", "optimizer"), TRIPLES)
def test_consecutive_optimizer_steps_agree(chromium_page: Page, model: str, loss: str, optimizer: str) -> None:
    step = optimizer_step(model, loss, optimizer)
    x, y = data(model, 100)
    runs = []
    for seed, step_size in enumerate((0.01, 0.1)):
        theta = {"w": 0.1, "b": -0.2}
        runs.append([theta, OPTIMIZERS[optimizer].init(theta), x, y, step_size, settings(optimizer, seed)])
    traced = [THETA, jax.eval_shape(OPTIMIZERS[optimizer].init, THETA), X, X, NUMBER, settings(optimizer, 0)]
    source = f"""function run(theta, state, ...rest) {{
      {to_javascript(step, *traced, name="step")}
      return Array.from({{ length: {STEPS} }}, () => ([theta, state] = step(theta, state, ...rest)));
    }}"""
    [paths] = evaluate(chromium_page, [(source, runs)])
    compiled = jax.jit(step)
    for path, (theta, state, *rest) in zip(paths, runs, strict=True):
        for k, reached in enumerate(path):
            theta, state = compiled(theta, state, *rest)
            assert_same(reached, (theta, state), atol=1e-10, message=f"step {k}")


@cache
def compiled_hessian(model: str, loss: str) -> Any:
    return jax.jit(jax.hessian(objective(model, loss)))


def is_well_conditioned(model: str, loss: str, theta: Any, x: Any, y: Any) -> bool:
    """Whether the Hessian has an inverse that rounding leaves alone."""
    hessian = np.array(jax.tree.leaves(compiled_hessian(model, loss)(theta, x, y))).reshape(2, 2)
    return bool(np.linalg.cond(hessian) < 1e4) and max(map(abs, theta.values())) < 1e4


@pytest.mark.parametrize(("model", "loss", "optimizer"), TRIPLES)
def test_optimizer_steps_from_anywhere_agree(chromium_page: Page, model: str, loss: str, optimizer: str) -> None:
    random = np.random.default_rng(1)
    calls = []
    for seed, theta in enumerate(thetas()):
        x, y = data(model, (2, 30)[seed % 2])
        if OPTIMIZERS[optimizer].needs_hessian and not is_well_conditioned(model, loss, theta, x, y):
            continue
        state = jax.tree.map(lambda _: random.uniform(0, 3), OPTIMIZERS[optimizer].init(theta))
        calls.append([theta, state, x, y, 10 ** random.uniform(-4, 0), settings(optimizer, seed)])
    assert len(calls) > 5
    step = optimizer_step(model, loss, optimizer)
    traced = [THETA, jax.eval_shape(OPTIMIZERS[optimizer].init, THETA), X, X, NUMBER, settings(optimizer, 0)]
    check(chromium_page, [(step, traced, calls)], atol=1e-15)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_begin_alike(chromium_page: Page, name: str) -> None:
    check(chromium_page, [(OPTIMIZERS[name].init, [THETA], [[{"w": 3.0, "b": -1.0}]])])
