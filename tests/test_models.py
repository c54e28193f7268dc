import jax
import numpy as np
import pytest

from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS, check_theta, get_model, linear_model, logistic_model

THETA = {"w": 2.0, "b": -1.0}
X = np.linspace(-3.0, 3.0, 7)


@pytest.mark.parametrize("model", [linear_model, logistic_model])
def test_a_model_takes_one_example_and_vmap_makes_the_batch(model):
    assert model(THETA, 3.0).shape == ()
    assert float(model(THETA, 3.0)) == 5.0
    batch = jax.vmap(model, in_axes=(None, 0))(THETA, X)
    np.testing.assert_array_equal(batch, 2.0 * X - 1.0)
    np.testing.assert_array_equal(model(THETA, X), batch)


def test_the_logistic_model_predicts_the_probability_of_its_logit():
    model = MODELS["logistic"]
    np.testing.assert_allclose(model.predict(model.apply(THETA, X)), 1.0 / (1.0 + np.exp(1.0 - 2.0 * X)), rtol=1e-12)
    np.testing.assert_array_equal(MODELS["linear"].predict(X), X)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_model_knows_where_it_starts_and_which_losses_fit(model):
    assert MODELS[model.name] is model
    assert get_model(model.name) is get_model(model) is model
    assert model.losses
    assert set(model.losses) <= set(LOSSES)
    start = check_theta(model, model.init())
    assert {name: float(value) for name, value in start.items()} == {"w": 0.0, "b": 0.0}


def test_every_loss_fits_some_model():
    assert {name for model in MODELS.values() for name in model.losses} == set(LOSSES)


@pytest.mark.parametrize(
    ("theta", "message"),
    [
        ({"w": 1.0}, "have the shapes"),
        ({"w": 1.0, "b": 1.0, "c": 1.0}, "have the shapes"),
        ({"w": np.ones(2), "b": 1.0}, "have the shapes"),
        ([1.0, 2.0], "have the shapes"),
        (None, "have the shapes"),
        (3.0, "have the shapes"),
        ({"w": np.nan, "b": 1.0}, "must be finite"),
        ({"w": "a", "b": 1.0}, "must hold numbers"),
    ],
)
def test_a_theta_of_another_model_is_refused(theta, message):
    with pytest.raises(ValueError, match=f"theta .*{message}"):
        check_theta(MODELS["linear"], theta)


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match="unknown model 'cubic': choose one of linear, logistic"):
        get_model("cubic")
