"""Standardised inputs, and the same model in x's own units."""

import jax
import numpy as np
import pytest

from dl_workshop.data import Dataset, simulate_line
from dl_workshop.models import MODELS
from dl_workshop.scaling import IN_X, in_units_of_x, standardise, standardised
from dl_workshop.surfaces import largest_stable_step_size

X = np.array([0.0, 7.0, 50.0, 99.0, 12.5])


@pytest.fixture(autouse=True)
def in_64_bits():
    with jax.enable_x64(True):
        yield


def test_standardised_inputs_have_mean_0_and_standard_deviation_1():
    z, mean, spread = standardised(X)
    assert (float(mean), float(spread)) == pytest.approx((X.mean(), X.std()))
    np.testing.assert_allclose([np.mean(z), np.std(z)], [0, 1], atol=1e-12)
    np.testing.assert_allclose(standardise(X, mean, spread), z)
    np.testing.assert_allclose(in_units_of_x(z, mean, spread), X)


def test_inputs_that_are_all_the_same_become_0():
    z, mean, spread = standardised(np.full(4, 3.5))
    assert (z.tolist(), float(mean), float(spread)) == ([0.0] * 4, 3.5, 1.0)


@pytest.mark.parametrize("name", IN_X)
def test_parameters_in_units_of_x_give_the_same_model(name: str):
    model, (z, mean, spread) = MODELS[name], standardised(X)
    theta = np.arange(1.0, 1.0 + len(model.names)) / 3
    in_x = IN_X[name](theta, mean, spread)
    predict = jax.vmap(model.apply, in_axes=(None, 0))
    np.testing.assert_allclose(predict(in_x, X), predict(theta, z), rtol=1e-12)


def test_every_model_with_names_has_its_units():
    assert {*IN_X} == {*MODELS}


def test_standardising_makes_the_largest_stable_step_size_1_whatever_x_is():
    """Unscaled data are the rule: x = 0 ... 99 allows steps of 0.0003."""
    x = np.arange(100.0)
    y = simulate_line().y
    assert largest_stable_step_size("linear", "mse", Dataset(x, y)) == pytest.approx(0.0003, abs=0.00001)
    for inputs in (x, x / 1000, simulate_line().x):
        z, _, _ = standardised(inputs)
        assert largest_stable_step_size("linear", "mse", Dataset(np.asarray(z), y)) == pytest.approx(1)
