import jax
import numpy as np
import pytest

from dl_workshop.javascript import symbolic
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS, boundary, check_theta, get_model, line, linear_model, losses_of, polynomial
from tests.lowered import check

THETA = np.array([2.0, -1.0])
X = np.linspace(-3.0, 3.0, 7)


@pytest.mark.parametrize(
    ("model", "theta", "expected"),
    [(line, THETA, np.poly1d([2, -1])), (polynomial, [2, 0.5, -1], np.poly1d([0.5, 2, -1]))],
)
def test_a_model_takes_one_example_and_vmap_makes_the_batch(model, theta, expected):
    theta = np.array(theta)
    assert model(theta, 3.0).shape == ()
    assert float(model(theta, 3.0)) == expected(3.0)
    batch = jax.vmap(model, in_axes=(None, 0))(theta, X)
    np.testing.assert_allclose(batch, expected(X), rtol=1e-15)
    np.testing.assert_array_equal(model(theta, X), batch)


def test_the_line_of_the_notebooks_is_the_line():
    np.testing.assert_array_equal(linear_model({"w": 2.0, "b": -1.0}, X), line(THETA, X))


def test_the_logistic_model_predicts_the_probability_of_its_logit():
    model = MODELS["logistic"]
    np.testing.assert_allclose(model.predict(model.apply(THETA, X)), 1.0 / (1.0 + np.exp(1.0 - 2.0 * X)), rtol=1e-12)
    np.testing.assert_array_equal(MODELS["linear"].predict(X), X)
    assert float(boundary(THETA)) == 0.5
    assert float(model.predict(model.apply(THETA, boundary(THETA)))) == 0.5
    assert not np.isfinite(boundary(np.array([0.0, 1.0])))


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_model_knows_where_it_starts_what_its_parameters_are_called_and_which_losses_fit(model):
    assert MODELS[model.name] is model
    assert get_model(model.name) is get_model(model) is model
    assert losses_of(model.name) == tuple(name for name, loss in LOSSES.items() if loss.task in model.tasks)
    np.testing.assert_array_equal(check_theta(model, model.init()), np.zeros(len(model.names)))
    assert model.names[-1] == "b"
    assert model.linear
    one, other = np.random.default_rng(0).normal(size=(2, len(model.names)))
    both = model.apply(one, X) + 3.0 * model.apply(other, X)
    np.testing.assert_allclose(model.apply(one + 3.0 * other, X), both, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(model.apply(np.eye(len(one))[-1], X), np.ones(7))


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_predictions_agree_in_the_browser(chromium_page, model):
    def predictions(theta, x):
        return model.predict(jax.vmap(model.apply, in_axes=(None, 0))(theta, x))

    traced = [symbolic(len(model.names)), symbolic("n")]
    calls = [[theta, X] for theta in np.random.default_rng(1).normal(size=(5, len(model.names)))]
    check(chromium_page, [(predictions, traced, calls)])
    check(chromium_page, [(boundary, [symbolic(2)], [[np.array([2.0, -1.0])], [np.array([0.0, 1.0])]])])


def test_every_loss_fits_some_model():
    assert {name for model in MODELS for name in losses_of(model)} == set(LOSSES)


@pytest.mark.parametrize(
    ("theta", "message"),
    [
        ([1.0], "theta has 1 numbers, but the parameters of 'linear' are w, b"),
        ([1.0, 2.0, 3.0], "theta has 3 numbers"),
        ([[1.0], [2.0]], r"theta has shape \(2, 1\)"),
        ({"w": 1.0, "b": 1.0}, "theta must hold numbers"),
        (None, "theta"),
        (3.0, "theta has shape"),
        ([np.nan, 1.0], r"theta\[0\] is nan"),
        (["a", 1.0], "must hold numbers"),
    ],
)
def test_a_theta_of_another_model_is_refused(theta, message):
    with pytest.raises(ValueError, match=message):
        check_theta(MODELS["linear"], theta)


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match="unknown model 'cubic': choose one of linear, logistic, polynomial"):
        get_model("cubic")
