import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_workshop.data import Dataset, simulate_line, simulate_parabola
from dl_workshop.javascript import symbolic
from dl_workshop.models import MODELS, mlp, mlp_init
from dl_workshop.parameters import flatten, unflatten
from dl_workshop.planes import (
    Plane,
    parameter_plane,
    plane_of_parameters,
    plane_of_path,
    plane_surface,
    point_on,
    project,
    run_plane,
)
from dl_workshop.toy_data import simulate_split
from dl_workshop.training import objective, train
from tests.compilations import compilations
from tests.lowered import check

RANDOM = np.random.default_rng(2)
MODEL = mlp((2, 3, 1), "tanh")
THETA = flatten(mlp_init((2, 3, 1), "tanh", scheme="standard_normal", key=1))
DATA = Dataset(RANDOM.normal(size=(40, 2)), RANDOM.integers(0, 2, 40).astype(float))


def random_walk(k=60, p=13, seed=0):
    return np.cumsum(np.random.default_rng(seed).normal(size=(k, p)), axis=0)


def assert_orthonormal(plane):
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)


@given(k=st.integers(3, 60), p=st.integers(2, 40), seed=st.integers(0, 100))
def test_the_plane_goes_through_start_and_end_and_holds_most_of_the_rest(k, p, seed):
    path = random_walk(k, p, seed)
    plane = run_plane(path)
    assert_orthonormal(plane)
    np.testing.assert_array_equal(plane.origin, path[-1])
    length = np.linalg.norm(path[0] - path[-1])
    inside = np.asarray(project(plane, path))
    np.testing.assert_allclose(inside[[0, -1]], [[-length, 0.0], [0.0, 0.0]], atol=1e-12 * length)
    np.testing.assert_allclose(point_on(plane, inside[0]), path[0], atol=1e-12 * length)
    moved = path - path[-1]
    assert plane.share == pytest.approx(np.sum(inside**2) / np.sum(moved**2), rel=1e-12)
    along = moved @ plane.directions[0]
    rest = moved - np.outer(along, plane.directions[0])
    best = (np.sum(along**2) + np.linalg.svd(rest, compute_uv=False)[0] ** 2) / np.sum(moved**2)
    assert best * (1.0 - 1e-4) <= plane.share <= best * (1.0 + 1e-12)
    assert inside[np.argmax(np.sum(rest**2, axis=1)), 1] >= 0.0


def test_the_second_direction_is_the_principal_one_of_the_rest():
    path = random_walk(seed=3)
    plane, moved = run_plane(path), path - path[-1]
    _, _, rows = np.linalg.svd(moved - np.outer(moved @ plane.directions[0], plane.directions[0]))
    assert abs(rows[0] @ plane.directions[1]) == pytest.approx(1.0, abs=1e-10)


def test_the_loss_on_the_plane_is_that_of_the_run_where_it_starts_and_ends():
    split = simulate_split("moons", seed=1)
    theta = mlp_init((2, 3, 1), "tanh", key=5)
    run = train(theta, MODEL, "binary_cross_entropy", split.train, optimizer="adam", step_size=0.03, n_steps=300)
    plane = run_plane(run.theta)
    function = objective(MODEL, "binary_cross_entropy")
    below = [
        float(function(unflatten(MODEL, point_on(plane, project(plane, theta))), *split.train)) for theta in run.theta
    ]
    np.testing.assert_allclose(np.array(below)[[0, -1]], run.loss[[0, -1]], rtol=1e-12)
    assert np.abs(below - run.loss).max() > 1e-6  # and elsewhere it is another


@pytest.mark.parametrize(
    ("path", "share"),
    [
        (np.outer(np.arange(5.0), np.ones(4)), 1.0),  # straight
        (np.outer(np.arange(5.0), [0.3, 0.1, -0.7]) + 1e3, 1.0),  # straight but for rounding
        (np.stack([np.zeros(4), np.ones(4)]), 1.0),  # one step
        (np.ones((1, 4)), None),  # no step
        (np.ones((7, 4)), None),  # steps of no length
        (np.ones((1, 2)), None),
        (np.eye(3)[:, :2], 1.0),
        (np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), 1.0),  # there and back
    ],
)
def test_a_path_of_fewer_dimensions_has_a_plane_too(path, share):
    plane = run_plane(path)
    assert_orthonormal(plane)
    assert plane.share == pytest.approx(np.nan if share is None else share, nan_ok=True)
    inside = project(plane, path)
    np.testing.assert_allclose(point_on(plane, inside), path, atol=1e-12 * np.abs(path).max())
    np.testing.assert_allclose(inside[-1], 0.0, atol=1e-12)


def test_the_plane_of_two_parameters_has_them_as_coordinates():
    plane = parameter_plane(THETA, 4, 1)
    assert_orthonormal(plane)
    assert np.isnan(plane.share)
    np.testing.assert_allclose(project(plane, THETA), [THETA[4], THETA[1]])
    expected = THETA.copy()
    expected[[4, 1]] = 7.0, -3.0
    np.testing.assert_array_equal(point_on(plane, [7.0, -3.0]), expected)
    for one, other in zip(plane_of_parameters(THETA, 4, 1), plane, strict=True):
        np.testing.assert_array_equal(one, other)
    identity = parameter_plane([3.0, 5.0], 0, 1)
    np.testing.assert_array_equal(identity.origin, [0.0, 0.0])
    np.testing.assert_array_equal(identity.directions, np.eye(2))


def test_planes_agree_in_the_browser(chromium_page):
    path, number = symbolic("k", "p"), symbolic()
    plane = Plane(symbolic("p"), symbolic(2, "p"), number)
    walks = [random_walk(), random_walk(5, 2), np.ones((3, 4)), np.outer(np.arange(5.0), np.ones(4))]
    given = run_plane(random_walk())
    check(
        chromium_page,
        [
            # the end tells how many parameters there are
            (lambda end, path: plane_of_path(path), [symbolic("p"), path], [[walk[-1], walk] for walk in walks]),
            (plane_of_parameters, [symbolic("p"), number, number], [[THETA, 4.0, 1.0], [np.arange(2.0), 0.0, 1.0]]),
            (project, [plane, symbolic("p")], [[given, THETA]]),
            (point_on, [plane, symbolic(2)], [[given, np.array([0.3, -2.0])]]),
        ],
        atol=1e-10,
    )


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "mae"])
@pytest.mark.parametrize("plane", [parameter_plane(THETA, 0, 5), run_plane(random_walk())])
def test_the_surface_is_the_loss_at_every_point(loss, plane):
    u, v = np.linspace(-2.0, 2.0, 4), np.linspace(-1.0, 3.0, 3)
    surface = plane_surface(MODEL, loss, DATA, plane, u, v)
    assert surface.shape == (3, 4)
    function = jax.jit(objective(MODEL, loss))
    for i, j in np.ndindex(3, 4):
        theta = unflatten(MODEL, plane.origin + u[j] * plane.directions[0] + v[i] * plane.directions[1])
        assert surface[i, j] == pytest.approx(float(function(theta, *DATA)), rel=1e-12)


def test_the_surface_of_three_parameters_is_what_is_minimised():
    data, u, v = simulate_parabola(), np.linspace(-2.0, 2.0, 4), np.linspace(-1.0, 3.0, 3)
    plane = parameter_plane([0.0, 0.5, 7.0], 0, 1)
    surface = plane_surface("polynomial", "mse", data, plane, u, v, penalty="l2", penalty_strength=0.3)
    for i, j in np.ndindex(3, 4):
        loss = np.mean((u[j] * data.x + v[i] * data.x**2 + 7.0 - data.y) ** 2)
        assert surface[i, j] == pytest.approx(loss + 0.15 * (u[j] ** 2 + v[i] ** 2), rel=1e-12)


def test_another_plane_and_other_data_compile_nothing():
    u, v = np.linspace(-2.0, 2.0, 4), np.linspace(-1.0, 3.0, 3)
    plane_surface(MODEL, "mse", DATA, parameter_plane(THETA, 0, 1), u, v)
    more = Dataset(RANDOM.normal(size=(90, 2)), RANDOM.normal(size=90))
    with compilations() as compiled:
        plane_surface(MODEL, "mse", more, run_plane(random_walk()), 2.0 * u, v - 1.0)
    assert compiled == []


def test_what_is_no_plane_or_no_path_is_refused():
    plane = parameter_plane(THETA, 0, 1)  # two biases: no penalty counts them
    weights = parameter_plane(THETA, 3, 4)
    u = np.linspace(-1.0, 1.0, 3)
    other = Plane(np.zeros(5), np.eye(5)[:2])
    for call, message in (
        (lambda: run_plane(np.ones(5)), r"theta has shape \(5,\)"),
        (lambda: run_plane(np.ones((5, 1))), "needs at least two parameters"),
        (lambda: run_plane(np.array([[0.0, np.inf]])), r"theta\[0, 1\] is inf"),
        (lambda: parameter_plane(THETA, 0, 13), "j is 13, but must be a whole number from 0 to 12"),
        (lambda: parameter_plane(THETA, 2, 2), "i and j are both 2, but a plane needs two different"),
        (lambda: parameter_plane(THETA[:1], 0, 1), "at least 2"),
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
        (lambda: plane_surface(MODELS["linear"], "mse", DATA, plane, u, u), r"x has shape \(40, 2\)"),
        (lambda: plane_surface("linear", "mse", simulate_line(), plane, u, u), "theta has 13 numbers"),
        (lambda: plane_surface(MODEL, "mse", DATA, plane, u, u, penalty="l3"), "unknown penalty 'l3'"),
        (
            lambda: plane_surface(MODEL, "mse", DATA, weights, 1e200 * u, u, penalty="l2", penalty_strength=1.0),
            "the loss is .* at u = ",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            call()
