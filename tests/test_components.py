import numpy as np
import pytest
from sklearn.decomposition import PCA

from dl_workshop.components import principal_directions
from dl_workshop.toy_data import simulate_split


@pytest.mark.parametrize("name", ["breast_cancer", "digits"])
def test_the_directions_are_those_of_scikit_learn(name: str):
    x = simulate_split(name).train.x
    expected = PCA(2, svd_solver="full").fit(x).components_
    expected *= np.where(expected.sum(axis=1) < 0, -1.0, 1.0)[:, None]
    np.testing.assert_allclose(principal_directions(x), expected, rtol=0, atol=1e-9)


def test_the_directions_are_orthonormal_and_the_first_is_the_widest():
    x = np.random.default_rng(0).normal(size=(200, 6)) * [1, 5, 2, 3, 1, 1]
    x -= x.mean(axis=0)
    directions = np.asarray(principal_directions(x))
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
    spread = np.std(x @ directions.T, axis=0)
    assert spread[0] > spread[1] > 2.9
