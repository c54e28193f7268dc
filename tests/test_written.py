"""Models, losses and optimizers that learners write: as good as the library's own."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.optimize import minimize

from dl_workshop.data import simulate_classes, simulate_line
from dl_workshop.losses import LOSSES
from dl_workshop.minima import best_fit, descent_step, newton_rest
from dl_workshop.models import get_model, mlp, mlp_init
from dl_workshop.parsing import ExpressionError
from dl_workshop.tasks import TASKS
from dl_workshop.toy_data import simulate_split
from dl_workshop.training import objective, train
from dl_workshop.written import written_loss, written_model, written_optimizer

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


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "own"])
@pytest.mark.parametrize(
    ("text", "known", "order"), [("x * w + b", "linear", [0, 1]), ("w * x + b + c * x ** 2", "polynomial", [0, 2, 1])]
)
def test_a_model_that_the_library_has_too_makes_the_same_run(text: str, known: str, order: list[int], loss: str):
    start = np.array([0.3, -0.2, 0.1])
    asked = {"loss": written_loss("mean((y_true - y_pred) ** 4)", "regression") if loss == "own" else loss}
    asked |= {"data": LINE, "optimizer": "adam", "step_size": 0.1, "n_steps": 40}
    own = train(start[: len(order)], written_model(text), **asked)
    theirs = train(start[order], known, **asked)
    np.testing.assert_allclose(own.loss, theirs.loss, rtol=1e-9)
    np.testing.assert_allclose(own.theta[:, order], theirs.theta, rtol=1e-9)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error_on_probabilities"])
def test_a_logit_that_the_library_has_too_makes_the_same_run(loss: str):
    own = written_model("b + x * w", "classification")
    asked = {"theta": [0.3, -0.2], "loss": loss, "data": CLASSES, "optimizer": "adam", "step_size": 0.1, "n_steps": 40}
    made, theirs = train(model=own, **asked), train(model="logistic", **asked)
    np.testing.assert_allclose(made.loss, theirs.loss, rtol=1e-9)
    np.testing.assert_allclose(made.theta, theirs.theta, rtol=1e-9)
    z = own.apply(jnp.array([0.3, -0.2]), 2.0)
    assert float(own.predict(z)) == pytest.approx(1 / (1 + np.exp(-0.4)), rel=1e-6)


def test_a_model_has_the_third_parameter_if_it_uses_it():
    assert written_model("w * x + b").names == ("w", "b")
    assert written_model("exp(w * x)").names == ("w", "b")
    bent = written_model("w * sin(c * x)")
    assert bent.names == ("w", "b", "c")
    assert bent.init().tolist() == [0, 0, 1]
    assert float(bent.predict(bent.apply(np.array([2.0, 9.0, 0.5]), 3.0))) == pytest.approx(2 * np.sin(1.5), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("w * x + b + c * abs(x)", [0.0, 0.0, 1.0]),
        ("w / (1 + exp(-c * x)) + b", [-15.0, 11.0, 0.5]),
        ("where(x > 0, w, c) * x + b", [0.0, 0.0, 0.0]),
    ],
)
def test_descent_finds_for_a_model_what_another_minimiser_finds(text: str, start: list[float]):
    data = LINE._replace(y=np.tanh(LINE.x) - 2.0 * LINE.y / 10.0)
    model = written_model(text)
    at = objective(model, "mse")
    other = minimize(lambda theta: float(at(jnp.asarray(theta), *data)), start, method="Nelder-Mead")
    found = descended(model, LOSSES["mse"], data, jnp.asarray(start))
    assert float(at(found, *data)) <= other.fun * (1 + 1e-6)


def descended(model, loss, data, theta) -> np.ndarray:
    step = jax.jit(descent_step(get_model(model), loss))
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


# What the library has too, written by hand: the new theta, m and v; the hyperparameters are the library's defaults.
WRITTEN = {
    "gradient_descent": ("theta - step_size * g",),
    "momentum": ("theta - step_size * m", "0.9 * m + g"),
    "nesterov": ("theta - step_size * (0.9 * m + g)", "0.9 * m + g"),
    "adagrad": ("theta - step_size * g / sqrt(v + 1e-7)", "m", "v + g ** 2"),
    "rmsprop": ("theta - step_size * g / sqrt(v + 1e-8)", "m", "0.9 * v + (1 - 0.9) * g ** 2"),
    "adam": (
        "theta - step_size * (m / (1 - 0.9 ** t)) / (sqrt(v / (1 - 0.999 ** t)) + 1e-8)",
        "0.9 * m + (1 - 0.9) * g",
        "0.999 * v + (1 - 0.999) * g ** 2",
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_an_optimizer_that_the_library_has_too_makes_the_same_run(name: str):
    moons = simulate_split("moons", n=60)
    for asked in (
        {"theta": [-5.0, 3.0], "model": "linear", "loss": "mse", "data": LINE, "step_size": 0.01},
        {"theta": [0.5, -0.5], "model": "logistic", "loss": "binary_cross_entropy", "data": CLASSES, "batch_size": 7},
        {
            "theta": mlp_init((2, 3, 1)), "model": mlp((2, 3, 1)), "loss": "binary_cross_entropy",
            "data": moons.train, "test": moons.test, "step_size": 0.03, "penalty": "l2", "penalty_strength": 0.01,
        },
    ):  # fmt: skip
        step_size = asked.pop("step_size", 0.1)
        own = train(**asked, optimizer=written_optimizer(*WRITTEN[name]), step_size=step_size, n_steps=120)
        known = train(**asked, optimizer=name, step_size=step_size, n_steps=120)
        np.testing.assert_allclose(own.theta, known.theta, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(own.loss, known.loss, rtol=1e-9)


@pytest.mark.parametrize(
    ("texts", "theirs"),
    [
        (("theta - step_size * g * (1 + t) ** -1",), optax.sgd(lambda count: 0.02 / (2 + count))),
        (("theta - step_size * sign(m)", "0.9 * m + 0.1 * g"), None),
        (("theta - step_size * (g + 0.1 * theta)",), optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.02))),
        (("theta - step_size * clip(g, -1, 1)",), optax.chain(optax.clip(1.0), optax.sgd(0.02))),
    ],
)
def test_an_optimizer_that_only_others_have_makes_their_run(texts, theirs):
    """None is signs of an average, which optax has for the updates of a chain alone."""
    if theirs is None:
        signs = optax.stateless(lambda updates, _: jax.tree.map(jnp.sign, updates))
        theirs = optax.chain(optax.ema(0.9, debias=False), signs, optax.scale(-0.02))
    gradient = jax.grad(objective("linear", "mse"))
    theta = jnp.array([-1.0, 2.0])
    state, path = theirs.init(theta), [theta]
    for _ in range(30):
        updates, state = theirs.update(gradient(theta, LINE.x, LINE.y), state, theta)
        theta = optax.apply_updates(theta, updates)
        path.append(theta)
    run = train(path[0], "linear", "mse", LINE, optimizer=written_optimizer(*texts), step_size=0.02, n_steps=30)
    np.testing.assert_allclose(run.theta, np.array(path), rtol=1e-9)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (("-step_size * g",), "theta does not occur"),
        (("theta - step_size * m",), "gradient g does not occur"),
        (("theta - step_size * m", "0.9 * m", "g"), "gradient g does not occur"),
        (("theta - step_size * mean(g)",), "leave mean out"),
        (("theta - step_size * m", "m + g.sum()"), "In m: Each parameter .* leave sum out"),
        (("theta - step_size * g", "m", "0.9 * v + g *"), r"In v: A value is missing after \*"),
        (("theta - step_size * w",), "There is no w here: this formula can use theta, g, step_size, m, v, t"),
        (("theta - step_size * g / abs(g)",), "With theta = 1 and g = 0, step 1 leads to no number"),
        (("theta - step_size * g * log(t) / (t - 2)",), "With theta = 1 and g = 3, step 2 leads to no number"),
        (("theta - step_size * sqrt(g)",), "With theta = 1 and g = -0.5, step 1 leads to no number"),
        (("theta.__class__",), "After a value, a point"),
        (("",), "Write a formula"),
    ],
)
def test_what_is_no_optimizer_gets_a_sentence(texts, sentence):
    with pytest.raises(ExpressionError, match=sentence):
        written_optimizer(*texts)


def test_m_and_v_are_worked_out_in_turn_and_begin_at_0():
    rule = written_optimizer("theta - v + 0 * g", "m + t", "v + 10 * m")
    theta, state = jnp.array([100.0]), rule.init(jnp.array([100.0]))
    seen = []
    for _ in range(3):
        theta, state = rule.step(theta, jnp.zeros(1), state, 0.1, {})
        seen.append((float(state.steps), float(state.m[0]), float(state.v[0]), float(theta[0])))
    assert seen == [(1, 1, 10, 90), (2, 3, 40, 50), (3, 6, 100, -50)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("w * 2 + b", "x does not occur"),
        ("c * x", "Neither w nor b occurs"),
        ("w * x + mean(x)", "leave mean out"),
        ("w * x + len(x) * b", "leave len out"),
        ("w * x + a", "There is no a here: this formula can use x, w, b, c"),
        ("wx + b", r"Write the product out: w \* x"),
        ("__import__('os')", "There is no function __import__"),
        ("", "Write a formula"),
    ],
)
def test_what_is_no_model_gets_a_sentence(text: str, sentence: str):
    with pytest.raises(ExpressionError, match=sentence):
        written_model(text)


def test_at_a_minimum_newtons_step_changes_nothing_and_where_the_loss_falls_without_end_it_does():
    loss = LOSSES["binary_cross_entropy"]
    for text in ("w * x + b", "w * x + b + 0 * c"):  # the second has a parameter that does nothing
        model = written_model(text, "classification")
        rest = newton_rest(model, loss)
        there = descended(model, loss, CLASSES, jnp.zeros(len(model.names)))
        assert float(rest(there, *CLASSES)) < 1e-6
        separable = CLASSES._replace(y=(CLASSES.x > 0.3).astype(float))
        far = descended(model, loss, separable, jnp.zeros(len(model.names)))
        assert float(rest(far, *separable)) > 1e-2
