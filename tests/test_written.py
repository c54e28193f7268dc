"""Losses that learners write: as good as the library's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from dl_workshop.data import simulate_classes, simulate_line
from dl_workshop.losses import LOSSES
from dl_workshop.minima import best_fit, descent_step
from dl_workshop.models import MODELS
from dl_workshop.parsing import ExpressionError
from dl_workshop.tasks import TASKS
from dl_workshop.training import objective, train
from dl_workshop.written import written_loss

LINE = simulate_line(seed=1, n=40, noise=2.0, w_true=-1.5, b_true=4.0)
CLASSES = simulate_classes(seed=1, n=60, w_true=1.0, b_true=-0.5)


@pytest.fixture(autouse=True)
def precise():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize(
    ("text", "name", "task", "model", "data"),
    [
        (TASKS["mse"].reference, "mse", "regression", "linear", LINE),
        ("np.abs(y_true - y_pred).mean()", "mae", "regression", "linear", LINE),
        (TASKS["binary_cross_entropy"].reference, "binary_cross_entropy", "classification", "logistic", CLASSES),
        ("mean((y_true - p) ** 2)", "squared_error_on_probabilities", "classification", "logistic", CLASSES),
    ],
)
def test_one_that_the_library_has_too_gives_the_same_run(text, name, task, model, data):
    asked = {"theta": [0.3, -0.2], "model": model, "data": data, "optimizer": "adam", "step_size": 0.1, "n_steps": 40}
    own, known = train(loss=written_loss(text, task), **asked), train(loss=name, **asked)
    np.testing.assert_allclose(own.loss, known.loss, rtol=1e-9)
    np.testing.assert_allclose(own.theta, known.theta, rtol=1e-9)


def descended(model: str, loss, data, theta) -> np.ndarray:
    step = jax.jit(descent_step(MODELS[model], loss))
    for _ in range(200):
        theta, arrived = step(theta, data.x, data.y)
        if arrived:
            break
    return np.asarray(theta)


@pytest.mark.parametrize("name", ["mse", "huber"])
def test_descent_finds_the_best_fit_of_a_loss_whose_best_fit_is_known(name):
    found = descended("linear", LOSSES[name], LINE, jnp.zeros(2))
    np.testing.assert_allclose(found, best_fit("linear", name, LINE).theta, rtol=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "mean(log(1 + (y_true - y_pred) ** 2))",
        "sqrt(mean((y_true - y_pred) ** 2))",
        "mean(exp((y_true - y_pred) / 9) + exp((y_pred - y_true) / 9))",
    ],
)
def test_descent_finds_what_another_minimiser_finds(text):
    loss = written_loss(text, "regression")
    at = objective("linear", loss)
    start = best_fit("linear", "mse", LINE).theta
    other = minimize(lambda theta: float(at(jnp.asarray(theta), LINE.x, LINE.y)), start, method="Nelder-Mead")
    found = descended("linear", loss, LINE, jnp.asarray(start))
    assert float(at(found, LINE.x, LINE.y)) <= other.fun * (1 + 1e-6)


@pytest.mark.parametrize(
    ("text", "task", "sentence"),
    [
        ("(y_true - y_pred) ** 2", "regression", "one number for each example"),
        ("mean(y_true)", "regression", "y_pred does not occur"),
        ("mean(y_pred - y_true)", "classification", "y_pred"),
        ("y_true.__class__", "regression", "."),
        ("", "regression", "."),
    ],
)
def test_what_is_no_loss_gets_a_sentence(text, task, sentence):
    with pytest.raises(ExpressionError, match=sentence):
        written_loss(text, task)
