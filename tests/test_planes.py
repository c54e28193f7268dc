import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from dl_workshop.data import Dataset
from dl_workshop.models import MODELS, mlp, mlp_init
from dl_workshop.parameters import flatten, unflatten
from dl_workshop.planes import Plane, parameter_plane, plane_coordinates, plane_surface, trajectory_plane
from dl_workshop.training import objective
from tests.compilations import compilations

RANDOM = np.random.default_rng(2)
MODEL = mlp((2, 3, 1), "tanh")
THETA = flatten(mlp_init((2, 3, 1), "tanh", scheme="standard_normal", key=1))
DATA = Dataset(RANDOM.normal(size=(40, 2)), RANDOM.integers(0, 2, 40).astype(float))


def random_walk(k=60, p=13, seed=0):
    return np.cumsum(np.random.default_rng(seed).normal(size=(k, p)), axis=0)


def assert_orthonormal(plane):
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)


@given(k=st.integers(3, 60), p=st.integers(2, 40), seed=st.integers(0, 100))
def test_the_plane_is_that_of_scikit_learns_principal_components(k, p, seed):
    path = random_walk(k, p, seed)
    plane = trajectory_plane(path)
    np.testing.assert_array_equal(plane.origin, path[-1])
    assert_orthonormal(plane)
    # theirs are about the mean, which is the last point when each point is mirrored in it
    moved = path - path[-1]
    theirs = PCA(2).fit(np.concatenate([moved, -moved]))
    assert plane.share == pytest.approx(theirs.explained_variance_ratio_.sum(), rel=1e-9)
    alignment = np.abs(np.sum(theirs.components_ * plane.directions, axis=1))
    if np.diff(theirs.singular_values_)[0] < -1e-3 * theirs.singular_values_[0]:
        np.testing.assert_allclose(alignment, 1.0, rtol=1e-4)


def test_the_share_is_what_the_plane_holds_of_the_squared_distances():
    path = random_walk()
    plane = trajectory_plane(path)
    inside = plane_coordinates(plane, path)
    assert inside.shape == (60, 2)
    assert plane.share == pytest.approx(np.sum(inside**2) / np.sum((path - path[-1]) ** 2), rel=1e-12)
    np.testing.assert_allclose(inside[-1], 0.0, atol=1e-12)
    assert (inside[0] <= 0.0).all()
    assert all(plane.labels)


@pytest.mark.parametrize(
    ("path", "share"),
    [
        (np.outer(np.arange(5.0), np.ones(4)), 1.0),  # straight
        (np.stack([np.zeros(4), np.ones(4)]), 1.0),  # one step
        (np.ones((1, 4)), None),  # no step
        (np.ones((7, 4)), None),  # steps of no length
        (np.ones((1, 2)), None),
        (np.eye(3)[:, :2], 1.0),
    ],
)
def test_a_path_of_fewer_dimensions_has_a_plane_too(path, share):
    plane = trajectory_plane(path)
    assert_orthonormal(plane)
    assert plane.share == (None if share is None else pytest.approx(share))
    inside = plane_coordinates(plane, path)
    np.testing.assert_allclose(plane.origin + inside @ plane.directions, path, atol=1e-12)


def test_the_plane_of_two_parameters_has_them_as_coordinates():
    plane = parameter_plane(THETA, 4, 1)
    assert_orthonormal(plane)
    assert plane.share is None
    np.testing.assert_allclose(plane_coordinates(plane, THETA[None]), [[THETA[4], THETA[1]]])
    moved = plane.origin + 7.0 * plane.directions[0] - 3.0 * plane.directions[1]
    expected = THETA.copy()
    expected[[4, 1]] = 7.0, -3.0
    np.testing.assert_array_equal(moved, expected)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "mae"])
@pytest.mark.parametrize("plane", [parameter_plane(THETA, 0, 5), trajectory_plane(random_walk())])
def test_the_surface_is_the_loss_at_every_point(loss, plane):
    u, v = np.linspace(-2.0, 2.0, 4), np.linspace(-1.0, 3.0, 3)
    surface = plane_surface(MODEL, loss, DATA, plane, u, v)
    assert surface.shape == (3, 4)
    function = jax.jit(objective(MODEL, loss))
    for i, j in np.ndindex(3, 4):
        theta = unflatten(MODEL, plane.origin + u[j] * plane.directions[0] + v[i] * plane.directions[1])
        assert surface[i, j] == pytest.approx(float(function(theta, *DATA)), rel=1e-12)


def test_another_plane_and_other_data_compile_nothing():
    u, v = np.linspace(-2.0, 2.0, 4), np.linspace(-1.0, 3.0, 3)
    plane_surface(MODEL, "mse", DATA, parameter_plane(THETA, 0, 1), u, v)
    more = Dataset(RANDOM.normal(size=(90, 2)), RANDOM.normal(size=90))
    with compilations() as compiled:
        plane_surface(MODEL, "mse", more, trajectory_plane(random_walk()), 2.0 * u, v - 1.0)
    assert compiled == []


def test_what_is_no_plane_or_no_path_is_refused():
    plane = parameter_plane(THETA, 0, 1)
    u = np.linspace(-1.0, 1.0, 3)
    other = Plane(np.zeros(5), np.eye(5)[:2], None, ("u", "v"))
    for call, message in (
        (lambda: trajectory_plane(np.ones(5)), r"theta has shape \(5,\)"),
        (lambda: trajectory_plane(np.ones((5, 1))), "needs at least two parameters"),
        (lambda: trajectory_plane(np.array([[0.0, np.inf]])), r"theta\[0, 1\] is inf"),
        (lambda: parameter_plane(THETA, 0, 13), "j is 13, but must be a whole number from 0 to 12"),
        (lambda: parameter_plane(THETA, 2, 2), "i and j are both 2, but a plane needs two different"),
        (lambda: parameter_plane(THETA[:1], 0, 1), "at least 2"),
        (
            lambda: plane_coordinates(plane, np.ones((3, 5))),
            r"theta has shape \(3, 5\), but must be \(n, 13\)",
        ),
        (lambda: plane_surface(MODEL, "mse", DATA, other, u, u), "theta has 5 numbers"),
        (lambda: plane_surface(MODEL, "mse", DATA, plane, [np.nan], u), r"u\[0\] is nan"),
        (lambda: plane_surface(MODEL, "hinge", DATA, plane, u, u), "unknown loss 'hinge'"),
        (
            lambda: plane_surface(MODEL, "mse", Dataset(DATA.x[:, :1], DATA.y), plane, u, u),
            r"must be \(n, 2\)",
        ),
        (
            lambda: plane_surface(MODEL, "binary_cross_entropy", Dataset(DATA.x, DATA.y - 9.0), plane, u, u),
            "y must be from 0 to 1",
        ),
        (lambda: plane_surface(MODELS["linear"], "mse", DATA, plane, u, u), "'linear' is no network"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
