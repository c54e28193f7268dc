"""The third lesson's runs and loss surfaces, compared with the network written out."""

import itertools
import json
import math
from typing import Any

import jax
import numpy as np
import pytest

from app.lessons import network
from app.lessons.network import NeuralNetwork
from tests.lessons.network_lesson import SMALL, committed, messages


def data_bytes(message: dict[str, Any]) -> int:
    """About what a message weighs: arrays travel as they are, all else as JSON."""
    arrays = [value for value in message.values() if isinstance(value, np.ndarray)]
    rest = {name: value for name, value in message.items() if not isinstance(value, np.ndarray)}
    return sum(array.nbytes for array in arrays) + len(json.dumps(rest))


def outputs(theta: np.ndarray, sizes: list[int], x: np.ndarray) -> np.ndarray:
    """A tanh network, written out: what it makes of every row of x."""
    at = 0
    for layer, (inputs, units) in enumerate(itertools.pairwise(sizes)):
        b, w = theta[at : at + units], theta[at + units : at + units + inputs * units].reshape(inputs, units)
        x = x @ w + b
        x = np.tanh(x) if layer < len(sizes) - 2 else x
        at += units + inputs * units
    assert at == len(theta)
    return x[:, 0]


def cross_entropy(theta: np.ndarray, sizes: list[int], x: np.ndarray, y: np.ndarray) -> float:
    z = outputs(theta, sizes, x)
    return float(np.mean(np.logaddexp(0, z) - y * z))


# --- runs ---


def test_a_run_of_1000_steps_is_less_than_500_kilobytes():
    lesson = committed(hidden=[8, 8], n_steps=1000)
    sent = messages(lesson)
    assert list(sent) == ["run", "plane"]
    run = sent["run"]
    assert run["theta"].shape == (len(run["steps"]), 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1)
    assert len(run["loss"]) == len(run["test_loss"]) == 1001
    assert data_bytes(run) + data_bytes(sent["plane"]) <= 500_000


@pytest.mark.parametrize("settings", [{}, {"features": ["x2", "x1_x2"], "hidden": []}, {"dataset": "breast_cancer"}])
def test_a_run_starts_at_the_initial_weights_and_its_losses_are_those_of_its_snapshots(settings: dict[str, Any]):
    lesson = committed(**(SMALL | settings))
    run = messages(lesson)["run"]
    sizes = list(lesson.architecture.sizes)
    steps = run["steps"]
    assert steps[0] == 0
    assert steps[-1] == 20
    assert np.all(np.diff(steps) > 0)
    np.testing.assert_array_equal(run["theta"][0], lesson.network()["theta"].astype(np.float32))
    features = {"x1": lambda x: x[:, 0], "x2": lambda x: x[:, 1], "x1_x2": lambda x: x[:, 0] * x[:, 1]}
    for part, name in zip(lesson.split[:2], ("loss", "test_loss"), strict=True):
        x = part.x if sizes[0] == 30 else np.stack([features[f](part.x) for f in lesson.features], axis=1)
        expected = [cross_entropy(theta.astype(float), sizes, x, part.y) for theta in run["theta"]]
        np.testing.assert_allclose(run[name][steps], expected, rtol=1e-5)
    assert run["loss"][-1] < run["loss"][0]


def test_a_run_can_be_repeated_exactly_and_starts_where_it_is_told():
    lesson = committed(**SMALL, batch_size=7)
    first = messages(lesson)["run"]
    again = messages(committed(**SMALL, batch_size=7), theta=lesson.network()["theta"].tolist())["run"]
    for name in ("steps", "theta", "loss", "test_loss"):
        np.testing.assert_array_equal(first[name], again[name])
    start = np.linspace(-1, 1, first["theta"].shape[1])
    moved = messages(lesson, theta=list(start))["run"]
    np.testing.assert_array_equal(moved["theta"][0], start.astype(np.float32))
    far = messages(lesson, theta=[1e300] * len(start))["run"]  # what a run starts from is bounded
    assert np.abs(far["theta"]).max() < 1e4


@pytest.mark.parametrize(
    "theta",
    [
        [], [0.0] * 12, [0.0] * 14, [math.nan] * 13, [0.0] * 12 + [math.inf], [[0.0] * 12], [[0.0], [0.0, 1.0]],
        ["a"] * 13, "weights", 0, math.nan, {"0": [1.0]}, [{}] * 13, [None] * 13, {"a": {"b": 1}},
    ],
    ids=repr,
)  # fmt: skip
def test_weights_that_are_none_are_refused_with_a_sentence(theta: Any):
    lesson = committed(**SMALL)
    with pytest.raises(ValueError, match=r".+"):
        messages(lesson, theta=theta)
    with pytest.raises(ValueError, match=r".+"):
        lesson.plane({"theta": theta, "i": 0, "j": 1})


def test_a_training_that_nobody_waits_for_ends():
    def leave(step: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(committed(hidden=[8] * 6, n_steps=10_000).train({}, leave))


def test_a_diverging_run_names_its_step_and_holds_no_number_that_is_none():
    lesson = committed(dataset="absolute", loss="mse", optimizer="gradient_descent", step_size=1)
    sent = messages(lesson)
    assert sent["run"]["ending"]["kind"] == "diverged"
    last = sent["run"]["steps"][-1]
    assert f"Diverged at step {last + 1}" in sent["run"]["ending"]["text"]
    assert len(sent["run"]["loss"]) == last + 1
    for message in sent.values():
        for value in message.values():
            if isinstance(value, np.ndarray):
                assert np.isfinite(value).all()


@pytest.mark.parametrize(
    ("settings", "learns_noise"),
    [
        ({"noise": 0.5, "n": 40}, True), ({}, False), ({"dataset": "sine", "loss": "mse"}, False),
        ({"dataset": "xor", "features": ["x1_x2"]}, False), ({"loss": "squared_error_on_probabilities"}, False),
    ],
)  # fmt: skip
def test_learning_the_noise_is_named_where_it_happens(settings: dict[str, Any], learns_noise: bool):
    run = messages(committed(**settings))["run"]
    text, best = run["ending"]["text"], int(np.argmin(run["test_loss"]))
    assert ("overfitting" in text) == learns_noise
    if learns_noise:
        assert run["loss"][-1] < run["loss"][best]
        assert run["test_loss"][-1] > 1.3 * run["test_loss"][best]
        assert f"at step {best}" in text


# --- loss surfaces ---


def check_surface(lesson: NeuralNetwork, plane: dict[str, Any]) -> None:
    """The surface is the loss at every point of the grid, one by one."""
    side = network.GRID
    surface = plane["surface"].reshape(side, side)
    directions = plane["directions"].reshape(2, -1)
    train, sizes = lesson.split.train, list(lesson.architecture.sizes)
    for row in range(0, side, 12):
        for column in range(0, side, 12):
            u, v = (np.linspace(*plane[name], side)[k] for name, k in (("w", column), ("b", row)))
            theta = plane["origin"] + u * directions[0] + v * directions[1]
            assert surface[row, column] == pytest.approx(cross_entropy(theta, sizes, *train), rel=1e-5)
    low, high = plane["limits"]
    assert 0 < low <= surface.max() <= high * (1 + 1e-6)
    # Every contour line lies inside, at one height of the surface.
    ends = [0, *plane["contour_ends"]]
    assert len(ends) > 2
    assert ends[-1] == len(plane["contour_w"]) == len(plane["contour_b"])
    for first, last in itertools.pairwise(ends):
        u, v = plane["contour_w"][first:last], plane["contour_b"][first:last]
        assert plane["w"][0] - 1e-3 <= u.min() <= u.max() <= plane["w"][1] + 1e-3
        assert plane["b"][0] - 1e-3 <= v.min() <= v.max() <= plane["b"][1] + 1e-3
        theta = plane["origin"] + u[:, None] * directions[0] + v[:, None] * directions[1]
        heights = [cross_entropy(point, sizes, *train) for point in theta]
        assert max(heights) - min(heights) < 0.05 * (surface.max() - surface.min())


def test_the_plane_of_a_path_holds_the_path_and_the_loss():
    lesson = committed(n=60, hidden=[3], n_steps=100)
    run, plane = messages(lesson).values()
    directions = plane["directions"].reshape(2, -1)
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-9)
    np.testing.assert_allclose(plane["origin"], run["theta"][-1], rtol=1e-6)
    moved = run["theta"].astype(float) - plane["origin"]
    at = moved @ directions.T
    for axis, name in enumerate(("w", "b")):
        assert plane[name][0] < at[:, axis].min()
        assert at[:, axis].max() < plane[name][1]
    assert plane["share"] == pytest.approx(np.sum(at**2) / np.sum(moved**2), abs=1e-5)
    # Principal components: no other plane holds more.
    values = np.linalg.svd(moved, compute_uv=False) ** 2
    assert plane["share"] == pytest.approx(values[:2].sum() / values.sum(), abs=1e-5)
    check_surface(lesson, plane)


def test_the_plane_of_two_parameters_is_the_loss_over_them_with_all_others_held():
    lesson = committed(n=60, hidden=[3])
    theta = np.linspace(-1.5, 1.5, 13)
    i, j = 4, 1
    plane = lesson.plane({"theta": theta.tolist(), "i": i, "j": j})
    assert plane["share"] is None
    for name, k in (("w", i), ("b", j)):
        assert plane[name][0] < theta[k] < plane[name][1]
    directions = plane["directions"].reshape(2, -1)
    here = plane["origin"] + theta[i] * directions[0] + theta[j] * directions[1]
    np.testing.assert_allclose(here, theta, atol=1e-12)
    there = theta.copy()
    there[[i, j]] = 2.0, -3.0
    np.testing.assert_allclose(plane["origin"] + 2 * directions[0] - 3 * directions[1], there, atol=1e-12)
    check_surface(lesson, plane)


@pytest.mark.parametrize(
    "asked", [(0, 0), (0, 13), (-1, 0), (math.nan, 0), (0, math.inf), ("a", 0), (None, 1), ([], 1), ({}, 1)]
)
def test_parameters_that_a_network_does_not_have_are_refused_with_a_sentence(asked: tuple[Any, Any]):
    i, j = asked
    with pytest.raises(ValueError, match=r".+"):
        committed(**SMALL).plane({"theta": [0.1] * 13, "i": i, "j": j})


@pytest.mark.parametrize("size", [1e3, 1e6, 1e300])
def test_weights_that_are_far_off_still_give_a_surface_of_numbers(size: float):
    plane = committed(**SMALL).plane({"theta": [size] * 13, "i": 4, "j": 0})
    for value in plane.values():
        if isinstance(value, np.ndarray):
            assert np.isfinite(value).all()
    assert 0 < plane["limits"][0] < plane["limits"][1] < math.inf


def test_a_network_of_one_weight_has_a_plane_too():
    lesson = committed(features=["x1"], hidden=[])
    run, plane = messages(lesson, theta=[0.5, -0.5]).values()
    assert run["theta"].shape[1] == 2
    assert plane["share"] == pytest.approx(1)


def test_programs_of_many_architectures_are_forgotten_and_runs_stay_what_they_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(network, "MOST_COMPILED", 2)
    monkeypatch.setattr(network, "_compiled", set())
    cleared: list[bool] = []
    clear = jax.clear_caches
    monkeypatch.setattr(jax, "clear_caches", lambda: cleared.append(True) or clear())
    runs = [messages(committed(hidden=[width], n_steps=30))["run"] for width in (1, 2, 3, 1)]
    assert cleared == [True]
    assert np.array_equal(runs[0]["loss"], runs[-1]["loss"])
