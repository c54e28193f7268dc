import inspect
import time
import tomllib

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import sklearn.metrics

from dl_workshop import answers
from dl_workshop.answers import (
    binary_cross_entropy,
    df,
    dlogistic_loss,
    dmseloss,
    f,
    initialize_linear_params,
    linear_model,
    logistic,
    logistic_loss,
    logistic_model,
    make_y,
    model_optimization_loop,
    mse,
    mseloss,
    noise,
)
from tests.compilations import compilations
from tests.serving import ROOT

X, Y = answers.x, 2.0 * answers.x + 20.0 + np.random.default_rng(0).normal(size=100)
LABELS = (Y > 20.0).astype(float)


def by_hand(theta, model, loss, x, y, n_steps, step_size):
    """The chapter's own loop."""
    losses, both = [], jax.jit(jax.value_and_grad(lambda theta: loss(theta, model, x, y)))
    for _ in range(n_steps):
        value, gradient = both(theta)
        losses.append(float(value))
        theta = jax.tree.map(lambda p, g: p - step_size * g, theta, gradient)
    return losses, theta


def test_the_first_chapter_works():
    np.random.seed(42)
    y = make_y(answers.x, answers.w_true, answers.b_true)
    assert y.shape == (100,)
    theta = initialize_linear_params()
    assert {key: np.shape(value) for key, value in theta.items()} == {"w": (), "b": ()}
    losses, theta = model_optimization_loop(theta, linear_model, mseloss, answers.x, y)
    assert losses.shape == (3000,)
    assert losses[-1] < 2.0 < losses[0]
    assert float(theta["w"]) == pytest.approx(2.0, abs=0.2)
    assert float(mse(y, linear_model(theta, answers.x))) < 2.0


def test_the_second_chapter_works():
    theta = {"w": -5.0, "b": 3.0}
    losses, theta = model_optimization_loop(theta, logistic_model, logistic_loss, X, LABELS, 5000, 0.0001)
    assert losses[-1] < losses[0] / 3
    assert np.isfinite(losses).all()


def test_the_fifth_chapter_works():
    np.random.seed(7)
    theta = [{"w": noise((41, 20)), "b": noise((20,))}, {"w": noise((20, 1)), "b": noise((1,))}]
    assert [layer["w"].shape for layer in theta] == [(41, 20), (20, 1)]
    x = noise((60, 41))
    y = (x[:, :1] + x[:, 1:2] > 0).astype(int)

    def network(theta, x):
        hidden = jnp.tanh(x @ theta[0]["w"] + theta[0]["b"])
        return logistic(hidden @ theta[1]["w"] + theta[1]["b"])

    losses, end = model_optimization_loop(theta, network, logistic_loss, x, y, n_steps=300, step_size=0.001)
    assert losses[-1] < losses[0] / 10
    assert ((np.asarray(network(end, x)) > 0.5) == y).mean() > 0.7


def test_make_y_uses_its_w_and_b():
    np.random.seed(0)
    draw = noise(100)
    np.random.seed(0)
    np.testing.assert_allclose(make_y(X, -3.0, 1.0), -3.0 * X + 1.0 + draw, rtol=1e-12)


def test_noise_is_standard_normal_and_repeatable():
    np.random.seed(1)
    one = noise(10_000)
    np.random.seed(1)
    np.testing.assert_array_equal(noise(10_000), one)
    assert abs(one.mean()) < 0.05
    assert abs(one.std() - 1.0) < 0.05
    assert not np.array_equal(noise(5), noise(5))


@pytest.mark.parametrize("w", [-4.0, -1.5, 0.0, 10.0])
def test_the_warm_up_and_its_derivative(w):
    assert f(w) == w**2 + 3 * w - 5
    assert df(w) == pytest.approx(float(jax.grad(f)(w)))
    assert df(-1.5) == 0.0


def test_gradients_are_those_of_the_losses():
    theta, small = {"w": 0.3, "b": -0.2}, 1e-6
    for loss, gradient, model, y in (
        (mseloss, dmseloss, linear_model, Y),
        (logistic_loss, dlogistic_loss, logistic_model, LABELS),
    ):
        slopes = jax.jit(gradient, static_argnums=1)(theta, model, X, y)
        for key in theta:
            up, down = (loss(theta | {key: theta[key] + s}, model, X, y) for s in (small, -small))
            assert float(slopes[key]) == pytest.approx(float(up - down) / (2 * small), rel=1e-6)


def test_cross_entropy_is_the_sum_of_log_likelihoods():
    p = np.random.default_rng(1).random(100)
    theirs = sklearn.metrics.log_loss(LABELS, p, normalize=False)
    assert float(binary_cross_entropy(LABELS, p)) == pytest.approx(-theirs, rel=1e-12)
    theta = {"w": 0.3, "b": -0.2}
    assert float(logistic_loss(theta, logistic_model, X, LABELS)) == pytest.approx(
        sklearn.metrics.log_loss(LABELS, logistic(0.3 * X - 0.2), normalize=False), rel=1e-12
    )


def test_certain_probabilities_give_finite_losses_and_gradients():
    assert float(binary_cross_entropy([1.0, 0.0], [1.0, 0.0])) == pytest.approx(0.0, abs=1e-15)
    theta = {"w": -1000.0, "b": 0.0}
    assert np.isfinite(logistic_loss(theta, logistic_model, X, LABELS))
    assert all(np.isfinite(g) for g in dlogistic_loss(theta, logistic_model, X, LABELS).values())


def column(theta, x):
    """A network as the last chapter writes it, with one output a row."""
    return logistic(x[:, None] @ theta["w"].reshape(1, 1) + theta["b"])[:, 0]


ENDING_IN_A_LOGISTIC = {
    "logistic_model": logistic_model,
    "jit": jax.jit(logistic_model),
    "sigmoid": lambda theta, x: jax.nn.sigmoid(theta["w"] * x + theta["b"]),
    "expit": lambda theta, x: jax.scipy.special.expit(theta["w"] * x + theta["b"]),
    "formula": lambda theta, x: 1.0 / (1.0 + jnp.exp(-(theta["w"] * x + theta["b"]))),
    "formula the other way": lambda theta, x: 1 / (jnp.exp(-linear_model(theta, x)) + 1),
    "column": lambda theta, x: column(jax.tree.map(jnp.asarray, theta), x),
}


@pytest.mark.parametrize("model", ENDING_IN_A_LOGISTIC.values(), ids=ENDING_IN_A_LOGISTIC)
@pytest.mark.parametrize("b", [0.5, 20.0, 40.0, 100.0, 1000.0, -1000.0])
def test_confident_mistakes_keep_their_loss_and_their_slope(model, b):
    labels = (np.arange(100) >= 41).astype(float)  # 41 zeros
    theta = {"w": 0.0, "b": b}
    loss, slopes = jax.value_and_grad(logistic_loss)(theta, model, X, labels)
    expected = optax.losses.sigmoid_binary_cross_entropy(np.full(100, b), labels).sum()
    assert float(loss) == pytest.approx(float(expected), rel=1e-12)
    assert float(slopes["b"]) == pytest.approx(float(jnp.sum(jax.nn.sigmoid(b) - labels)), rel=1e-12)
    assert float(slopes["w"]) == pytest.approx(float(jnp.sum((jax.nn.sigmoid(b) - labels) * X)), rel=1e-9)
    if b == 40.0:
        assert (float(loss), float(slopes["b"])) == (pytest.approx(1640.0), pytest.approx(41.0))


def test_where_a_model_ends_otherwise_the_loss_is_that_of_its_probabilities():
    def as_it_is(theta, x):
        return np.full(100, 0.25) if float(theta["b"]) > 0 else np.full(100, 0.5)

    models = [
        lambda theta, x: jnp.clip(logistic_model(theta, x), 0.1, 0.9),
        lambda theta, x: 1.0 - logistic_model(theta, x),
        lambda theta, x: logistic_model(theta, x) ** 2,
        lambda theta, x: 2.0 / (2.0 + jnp.exp(-linear_model(theta, x))),
        lambda theta, x: 1.0 / (1.0 + jnp.exp(linear_model(theta, x))),
        lambda theta, x: 1.0 / (1.0 + jnp.exp(-theta["w"]) + jnp.exp(-linear_model(theta, x))),
        lambda theta, x: jnp.full(100, 0.3),
        as_it_is,
    ]
    theta = {"w": 0.3, "b": 0.2}
    for model in models:
        p = np.asarray(model(theta, X))
        expected = sklearn.metrics.log_loss(LABELS, p, normalize=False)
        assert float(logistic_loss(theta, model, X, LABELS)) == pytest.approx(expected, rel=1e-12)
        assert float(-binary_cross_entropy(LABELS, p)) == pytest.approx(expected, rel=1e-12)


def test_a_models_own_mistake_is_told_by_the_loss_as_it_is():
    with pytest.raises(KeyError, match="slope"):
        logistic_loss({"w": 1.0}, lambda theta, x: logistic(theta["slope"] * x), X, LABELS)
    with pytest.raises(ValueError, match=r"targets have \(100,\) and the predictions \(1, 100\)"):
        logistic_loss({"w": 1.0, "b": 0.0}, lambda theta, x: (logistic_model(theta, x),), X, LABELS)


def test_the_logistic_function_takes_numbers_of_any_type():
    for x in ([0, 1], (0.0, 1.0), np.array([False, True])):
        np.testing.assert_allclose(logistic(x), [0.5, 1 / (1 + np.exp(-1.0))], rtol=1e-15)
    with pytest.raises(ValueError, match="x must hold numbers, but holds text"):
        logistic("1")


@pytest.mark.parametrize("z", [-1000.0, -30.0, 0.0, 0.5, 30.0, 1000.0])
def test_the_logistic_function_has_a_slope_everywhere(z):
    assert float(logistic(z)) == pytest.approx(float(jax.nn.sigmoid(z)), rel=1e-14)
    assert float(jax.grad(logistic)(z)) == pytest.approx(float(jax.grad(jax.nn.sigmoid)(z)), rel=1e-12)
    assert float(jax.grad(jax.grad(logistic))(z)) == pytest.approx(float(jax.grad(jax.grad(jax.nn.sigmoid))(z)))


def test_the_source_of_an_answer_shows_the_formula_of_its_chapter():
    assert "return 1 / (1 + jnp.exp(-x))" in inspect.getsource(logistic)
    assert inspect.isfunction(logistic)
    formula = "jnp.sum(y_true * jnp.log(y_preds) + (1 - y_true) * jnp.log(1 - y_preds))"
    assert formula in inspect.getsource(binary_cross_entropy)
    assert all(inspect.getdoc(answer) for answer in (logistic, binary_cross_entropy, logistic_loss, f, df))


def test_an_extra_brings_what_the_notebooks_import_and_the_readme_names_it():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {"matplotlib", "seaborn", "ipywidgets", "jupyterlab"} <= {*extras["notebook"]}
    assert "dl-workshop[notebook]" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("n_steps", [1, 15, 16, 17, 700])
def test_the_loop_is_the_chapters_loop(n_steps):
    theta = {"w": -5.0, "b": 3.0}
    losses, end = model_optimization_loop(theta, linear_model, mseloss, X, Y, n_steps, 0.01)
    expected, expected_end = by_hand(theta, linear_model, mseloss, X, Y, n_steps, 0.01)
    assert type(losses) is np.ndarray
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    np.testing.assert_allclose([end["w"], end["b"]], [expected_end["w"], expected_end["b"]], rtol=1e-11)
    assert theta == {"w": -5.0, "b": 3.0}


def test_any_model_and_loss_of_ones_own_can_be_run():
    def network(theta, x):
        hidden = jnp.tanh(x @ theta[0]["w"] + theta[0]["b"])
        return hidden @ theta[1]["w"] + theta[1]["b"]

    def penalised(theta, model, x, y):
        return jnp.mean((model(theta, x) - y) ** 2) + 0.01 * sum(jnp.sum(layer["w"] ** 2) for layer in theta)

    random = np.random.default_rng(0)
    theta = [{"w": random.normal(size=(i, o)), "b": np.zeros(o)} for i, o in ((2, 4), (4, 1))]
    x, y = random.normal(size=(30, 2)), random.normal(size=(30, 1))
    losses, end = model_optimization_loop(theta, network, penalised, x, y, 100, 0.1)
    expected, expected_end = by_hand(theta, network, penalised, x, y, 100, 0.1)
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9), end, expected_end)


def test_whole_numbers_are_a_guess_too():
    losses, end = model_optimization_loop({"w": 0, "b": 0}, linear_model, mseloss, [1, 2, 3], [2, 4, 6], 200, 0.05)
    assert losses[0] == pytest.approx(56 / 3)
    assert float(end["w"]) == pytest.approx(2.0, abs=0.1)


def test_inputs_and_targets_keep_their_type():
    def table(theta, x):
        return theta["value"][x]

    losses, end = model_optimization_loop({"value": np.zeros(3)}, table, mseloss, [0, 1, 1, 2], [1, 2, 2, 3], 500, 0.5)
    assert losses[-1] < 1e-9
    np.testing.assert_allclose(end["value"], [1.0, 2.0, 3.0], atol=1e-4)


def test_a_second_run_compiles_nothing():
    model_optimization_loop({"w": 0.0, "b": 0.0}, linear_model, mseloss, X, Y, 100)
    with compilations() as compiled:
        model_optimization_loop({"w": -5.0, "b": 3.0}, linear_model, mseloss, X, Y + 1.0, 3000, 0.02)
    assert not compiled


def test_a_number_changed_in_another_cell_is_seen_by_the_next_run():
    strength, offsets = [0.0], np.zeros(3)

    def penalised(theta, model, x, y):
        return mseloss(theta, model, x, y) + strength[0] * theta["w"] ** 2 + jnp.sum(offsets * theta["w"])

    def first_loss():
        return model_optimization_loop({"w": 1.0, "b": 0.0}, linear_model, penalised, X, Y, 20)[0][0]

    before = first_loss()
    strength[0] = 100.0
    assert first_loss() == pytest.approx(before + 100.0)
    offsets[:] = 2.0
    assert first_loss() == pytest.approx(before + 106.0)
    with compilations() as compiled:
        first_loss()
    assert not compiled


def test_functions_of_python_are_not_taken_for_one_another():
    class Penalty:
        """Two of these are equal, and are not the same."""

        def __init__(self, size):
            self.size = size

        def __call__(self, w):
            return np.asarray(self.size)

        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    def calling(function):
        def loss(theta, model, x, y):
            value = jax.pure_callback(function, jax.ShapeDtypeStruct((), float), jax.lax.stop_gradient(theta["w"]))
            return mseloss(theta, model, x, y) + jax.lax.cond(theta["b"] < 1e6, lambda: value, lambda: 0.0)

        return loss

    def inside(function):
        def branch(w):
            return jax.pure_callback(function, jax.ShapeDtypeStruct((), float), w)

        def loss(theta, model, x, y):
            w = jax.lax.stop_gradient(theta["w"])
            return mseloss(theta, model, x, y) + jax.lax.cond(w > 1e6, lambda w: 0.0, branch, w)

        return loss

    for loss in (calling, inside):
        for functions in ((lambda w: np.asarray(0.0), lambda w: np.asarray(5.0)), (Penalty(0.0), Penalty(5.0))):
            first, second = (
                model_optimization_loop({"w": 1.0, "b": 0.0}, linear_model, loss(function), X, Y, 3)[0][0]
                for function in functions
            )
            assert second == pytest.approx(first + 5.0)


@pytest.mark.parametrize("kind", [float, np.float64, jnp.asarray, lambda c: np.array([c, c])])
def test_constants_that_differ_in_their_last_digit_are_two(kind):
    def first_loss(constant):
        def loss(theta, model, x, y):
            return jnp.sum(jax.jit(lambda w: 2.0**52 * (w * kind(constant) - 1.0))(theta["w"]))

        return model_optimization_loop({"w": 1.0}, linear_model, loss, X, Y, 1)[0][0]

    assert first_loss(1.0) == 0.0
    assert first_loss(1.0 + 2.0**-52) in (1.0, 2.0)


def test_a_rule_for_derivatives_is_no_reason_to_compile_again():
    def loss(theta, model, x, y):
        return mseloss(theta, model, jax.nn.relu(logistic(x)), y)

    model_optimization_loop({"w": 1.0, "b": 0.0}, linear_model, loss, X, Y, 20)
    with compilations() as compiled:
        model_optimization_loop({"w": 2.0, "b": 0.0}, linear_model, loss, X, Y, 20)
    assert not compiled


@pytest.mark.parametrize("y", [2.0 * LABELS - 1.0, 255.0 * LABELS, LABELS + 1.0, (255 * LABELS).astype(np.uint8)])
def test_labels_that_the_loss_refuses_are_refused_before_training(y):
    with pytest.raises(ValueError, match="y_true must be from 0 to 1, but holds"):
        model_optimization_loop({"w": 0.0, "b": 0.0}, logistic_model, logistic_loss, X, y)
    with pytest.raises(ValueError, match="y_true must be from 0 to 1, but holds"):
        jax.jit(lambda theta: dlogistic_loss(theta, logistic_model, X, y))({"w": 0.0, "b": 0.0})


def test_predictions_that_are_no_probabilities_are_refused_before_training():
    with pytest.raises(ValueError, match="y_preds must be from 0 to 1, but holds 3"):
        model_optimization_loop({"w": 0.0, "b": 3.0}, linear_model, logistic_loss, X, LABELS)


def test_truth_values_are_labels():
    arguments = {"w": 0.1, "b": 0.0}, logistic_model, logistic_loss, X
    losses, _ = model_optimization_loop(*arguments, LABELS > 0.5, 20)
    np.testing.assert_allclose(losses, model_optimization_loop(*arguments, LABELS, 20)[0], rtol=1e-12)


@pytest.mark.parametrize("value", [jnp.ones(3), jnp.ones(1), None, 1, "low", 1j, True])
def test_a_loss_that_is_not_one_number_is_refused(value):
    with pytest.raises(ValueError, match="the loss must"):
        model_optimization_loop({"w": 0.0}, linear_model, lambda *_: value, X, Y)


def test_what_32_bit_floats_cannot_hold_is_refused_by_the_loop():
    arguments = {"theta": {"w": 0.0, "b": 0.0}, "model": linear_model, "loss": mseloss, "x": [1.0], "y": [1.0]}
    with jax.enable_x64(False):
        losses, end = model_optimization_loop(**arguments, n_steps=50, step_size=0.1)
        assert losses[-1] < losses[0]
        assert end["w"].dtype == np.float32
        for changed in ({"step_size": 1e-50}, {"x": [1e200]}, {"y": [1e200]}, {"theta": {"w": 1e200, "b": 0.0}}):
            (name,) = changed
            with pytest.raises(ValueError, match=rf"^{name} .*which 32-bit floats cannot hold"):
                model_optimization_loop(**arguments | changed)


def by_hand_too(loss, model=linear_model):
    theta = {"w": -5.0, "b": 3.0}
    losses, end = model_optimization_loop(theta, model, loss, X, Y, 40, 0.01)
    expected = []
    for _ in range(40):
        value, gradient = jax.value_and_grad(loss)(theta, model, X, Y)
        expected.append(float(value))
        theta = jax.tree.map(lambda p, g: p - 0.01 * g, theta, gradient)
    np.testing.assert_allclose(losses, expected, rtol=1e-9)
    assert float(end["w"]) == pytest.approx(float(theta["w"]))


def test_a_loss_that_looks_at_its_numbers_is_run_as_it_is():
    by_hand_too(lambda theta, model, x, y: mseloss(theta, model, x[x > 0], y[x > 0]))

    def capped(theta, model, x, y):
        value = mseloss(theta, model, x, y)
        return value if value < 100 else 10 * jnp.sqrt(value)

    by_hand_too(capped)


def test_a_model_may_be_an_object():
    class Line:
        scale = 1.0

        def __call__(self, theta, x):
            return self.scale * linear_model(theta, x)

        def __eq__(self, other):
            return isinstance(other, Line)

    by_hand_too(mseloss, Line())


def test_a_mistake_of_ones_own_is_told_as_it_is():
    with pytest.raises(KeyError, match="slope"):
        model_optimization_loop({"w": 1.0}, lambda theta, x: theta["slope"] * x, mseloss, X, Y)


def test_a_bar_appears_only_where_it_takes_longer_than_half_a_second(capsys):
    theta = {"w": 0.0, "b": 0.0}
    model_optimization_loop(theta, linear_model, mseloss, X, Y)  # compiles, which may take as long
    capsys.readouterr()
    model_optimization_loop(theta, linear_model, mseloss, X, Y)
    assert capsys.readouterr().err == ""

    def slow(theta, model, x, y):
        delay = jax.pure_callback(
            lambda value: (time.sleep(0.03), np.zeros_like(value))[1],
            jax.ShapeDtypeStruct((), float),
            jax.lax.stop_gradient(theta["w"]),
        )
        return mseloss(theta, model, x, y) + delay

    model_optimization_loop(theta, linear_model, slow, X, Y, n_steps=32)
    assert "32/32" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n_steps": 0}, "n_steps is 0"),
        ({"n_steps": 10**400}, "n_steps is 1000.*, but must be a whole number from 1 to 10000000"),
        ({"model": None}, "model must be a function, but is None"),
        ({"loss": "mse"}, "loss must be a function, but is 'mse'"),
        ({"y": [1.0, 1e200]}, "the loss of the initial guess is inf: start nearer to 0, or with smaller data"),
        ({"step_size": "0.1"}, "step_size is '0.1'"),
        ({"step_size": 1j}, "step_size is 1j"),
        ({"theta": {}}, "theta must hold numbers"),
        ({"theta": {"w": True, "b": 0.0}}, "theta must hold numbers, but holds truth values"),
        ({"x": ["1", "2"]}, "x must hold numbers, but holds text"),
        ({"y": [1.0, 2.0j]}, "y must hold numbers, but holds complex numbers"),
        ({"y": np.ma.array([1.0, 2.0], mask=[True, False])}, "y must hold numbers, but holds masked values"),
        ({"x": np.array([1, 2], dtype="datetime64[D]")}, "x must hold numbers, but holds dates"),
        ({"step_size": 0.0}, "step_size is 0.0"),
        ({"step_size": np.nan}, "step_size is nan"),
        ({"theta": {"w": np.inf, "b": 0.0}}, "theta must be finite"),
        ({"theta": {"w": "steep", "b": 0.0}}, "theta must hold numbers"),
        ({"x": [1.0, np.nan]}, "x must be finite"),
        ({"y": [1.0, np.nan]}, "y must be finite"),
        ({"y": ["a", "b"]}, "y must hold numbers"),
        ({"x": [[1.0], [1.0, 2.0]]}, "x must hold numbers"),
        ({"y": [1.0, 2.0, 3.0]}, r"targets have \(3,\) and the predictions \(2,\)"),
    ],
)
def test_bad_arguments_of_the_loop_are_named(changed, message):
    arguments = {
        "theta": {"w": 0.0, "b": 0.0},
        "model": linear_model,
        "loss": mseloss,
        "x": [1.0, 2.0],
        "y": [1.0, 2.0],
    }
    with pytest.raises(ValueError, match=message):
        model_optimization_loop(**arguments | changed)


def test_bad_arguments_of_the_rest_are_named():
    with pytest.raises(ValueError, match="n is -1"):
        noise(-1)
    with pytest.raises(ValueError, match="n is 0"):
        noise((3, 0))
    for n in (10**400, (10**6, 10**6), (10**9,), 2.0, "3", None, True):
        with pytest.raises(ValueError, match=r"n is |the number of draws is 1000"):
            noise(n)
    with pytest.raises(ValueError, match=r"y must be finite, but y\[0\] is inf"):
        make_y([1e300], 1e300, 0.0)
    with pytest.raises(ValueError, match="y_preds must be from 0 to 1, but holds 7"):
        binary_cross_entropy([1.0, 0.0], [7.0, -3.0])
    with pytest.raises(ValueError, match="y_true must be from 0 to 1, but holds -1"):
        binary_cross_entropy([-1.0, 0.0], [0.5, 0.5])
    with pytest.raises(ValueError, match="x must be finite"):
        make_y([np.nan], 1.0, 2.0)
    with pytest.raises(ValueError, match="w is nan"):
        make_y(X, np.nan, 2.0)
    with pytest.raises(ValueError, match="same shape"):
        mse(np.ones(3), np.ones((3, 1)))
    with pytest.raises(ValueError, match="same shape"):
        binary_cross_entropy(np.ones(3), np.ones(4))
