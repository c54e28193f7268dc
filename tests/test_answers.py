import time

import jax
import jax.numpy as jnp
import numpy as np
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
