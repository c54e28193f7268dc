"""The third lesson without a browser: what it takes from one, and what it sends."""

import itertools
import json
import math
import re
from typing import Any

import numpy as np
import pytest

from app.drawing import encode
from app.formulas import network_module
from app.lessons import network
from app.lessons.network import Architecture, NeuralNetwork
from dl_workshop.models import ACTIVATIONS
from dl_workshop.toy_data import FEATURES, TOY_DATASETS, simulate_split

HUGE = 10**400
SMALL = {"n": 60, "hidden": [3], "n_steps": 20}


def quietly(step: int) -> None:
    """Nobody wants to know how far a training is."""


def committed(**settings: Any) -> NeuralNetwork:
    """A lesson with these settings, all of which it takes."""
    lesson = NeuralNetwork()
    assert lesson.commit(settings) == []
    return lesson


def messages(lesson: NeuralNetwork, **request: Any) -> dict[str, dict[str, Any]]:
    """What a run sends, by kind."""
    return dict(lesson.train(request, quietly))


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


# --- settings that are refused or clamped ---


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        *(
            ({"hidden": hidden}, "hidden")
            for hidden in (
                [[4]], [4, [3]], [math.nan], [math.inf], [True], [0], [-1], [1.5], ["4"], [None], "444", None, 4,
                {"0": 4}, [9], [8, 9, 8], [8] * 7, [8] * 100_000, [10**30], [4, 2**63],
            )
        ),
        *(
            ({"features": features}, "features")
            for features in ([], ["x3"], ["X1"], [["x1"]], [{"x1": 1}], [math.nan], [0], "x1", None, {"x1": True}, 7)
        ),
        *(
            ({name: value}, name)
            for name in ("step_size", "noise", "n_steps", "batch_size", "seed", "weights_seed", "penalty_strength")
            for value in (math.nan, math.inf, -math.inf, "1", None, True, [1], {"value": 1}, HUGE)
        ),
        *(
            ({name: value}, name)
            for name in ("dataset", "activation", "scheme", "loss", "penalty", "optimizer")
            for value in ("newton", "MOONS", 0, None, math.nan, ["moons"], {"moons": 1}, "x" * 100_000)
        ),
        ({"batch_size": 141}, "batch_size"),
        ({"noise": 0.4, "batch_size": 500}, "batch_size"),
        ({"n": 20, "batch_size": 15}, "batch_size"),
        ({"loss": "mse"}, "loss"),
        ({"dataset": "sine"}, "loss"),
        ({"optimizer": "momentum", "hidden": [4] * 9}, "hidden"),
        ({"nonsense": 1}, None),
        ({"name": "mine"}, None),
        ({"key": "linear"}, None),
        ({"param": {}}, None),
        ({"__class__": "Lesson"}, None),
        ({"": 0}, None),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_a_sentence_and_the_last_good_state_stays(
    settings: dict[str, Any], complaint: str | None
):
    lesson = committed(n=200, hidden=[5, 2], features=["x1", "x1_x2"], step_size=0.02, activation="relu")
    before = lesson.settings
    complaints = lesson.commit(settings)
    assert [given.setting for given in complaints] == [complaint]
    assert complaints[0].text.endswith(".")
    assert len(complaints[0].text) < 250
    assert lesson.settings == before
    lesson.check()


def test_a_refusal_takes_back_what_came_with_it_and_only_that():
    lesson = committed(noise=0.3)
    assert [given.setting for given in lesson.commit({"noise": 0.4, "seed": 3, "batch_size": 500})] == ["batch_size"]
    assert (lesson.noise, lesson.seed, lesson.batch_size) == (0.3, 0, 0)
    # What is no value at all is left out, and the rest is used.
    assert [given.setting for given in lesson.commit({"noise": 0.4, "seed": math.nan})] == ["seed"]
    assert (lesson.noise, lesson.seed) == (0.4, 0)


@pytest.mark.parametrize(
    ("name", "value", "used"),
    [
        ("step_size", 1e9, 1),
        ("step_size", -1, 1e-4),
        ("step_size", 1e308, 1),
        ("n_steps", 1e7, 10_000),
        ("n_steps", 0, 10),
        ("n_steps", 99.6, 100),
        ("n", 10**9, 500),
        ("train_share", 0, 0.1),
        ("train_share", 1, 0.9),
        ("noise", -0.1, 0),
        ("seed", 1000, 999),
        ("penalty_strength", 50, 1),
    ],
)
def test_a_number_out_of_range_is_clamped_with_a_sentence(name: str, value: float, used: float):
    lesson = NeuralNetwork()
    [complaint] = lesson.commit({name: value})
    assert complaint.setting == name
    assert f"{used:.6g} is used" in complaint.text
    assert getattr(lesson, name) == used
    assert isinstance(getattr(lesson, name), int) or name not in ("n_steps", "n", "seed")


def test_features_are_taken_once_each_and_in_their_own_order():
    lesson = committed(features=["sin_x2", "x1", "x1", "x1_squared"])
    assert lesson.features == ["x1", "x1_squared", "sin_x2"]
    assert lesson.architecture.sizes == (3, 4, 3, 1)


def test_the_largest_network_depends_on_the_data():
    assert committed(hidden=[8] * 6).architecture.sizes == (2, *[8] * 6, 1)
    real = committed(dataset="breast_cancer", hidden=[32] * 6)
    assert real.architecture.sizes == (30, *[32] * 6, 1)
    [complaint] = real.commit({"dataset": "moons"})
    assert complaint.setting == "hidden"
    assert re.search("up to 6 .*layers of 8 units", complaint.text)
    assert real.dataset == "breast_cancer"
    [complaint] = real.commit({"hidden": [33]})
    assert re.search("up to 6 .*layers of 32 units", complaint.text)
    assert committed(hidden=[]).architecture.sizes == (2, 1)


def test_a_split_that_leaves_a_class_empty_is_refused_beside_the_training_share(monkeypatch: pytest.MonkeyPatch):
    lesson = committed(n=40)
    # No n and no share within their bounds do so: these do.
    monkeypatch.setattr(network, "_split", lambda *settings: simulate_split("moons", n=4, train_share=0.1))
    [complaint] = lesson.commit({"n": 20})
    assert complaint.setting == "train_share"
    assert complaint.text.startswith("With n=4 and train_share=0.1 the training part has no example of class 0")
    assert lesson.n == 40


@pytest.mark.parametrize("dataset", TOY_DATASETS)
@pytest.mark.parametrize("train_share", [0.1, 0.9])
def test_the_smallest_data_and_the_ends_of_the_training_share_leave_no_class_empty(dataset: str, train_share: float):
    task = TOY_DATASETS[dataset].task
    lesson = committed(dataset=dataset, loss=network.TASKS[task][0], n=20, train_share=train_share)
    for part in lesson.split[:2]:
        assert len(part.y) >= 2
        assert len(np.unique(part.y)) >= 2


# --- architectures and their paths ---


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden": []},
        {"hidden": [8] * 6, "features": list(FEATURES)},
        {"features": ["sin_x1"], "hidden": [1]},
        {"dataset": "sine", "loss": "mse"},
        {"dataset": "breast_cancer", "hidden": [32, 1]},
    ],
)
def test_the_path_of_an_architecture_leads_back_to_it(settings: dict[str, Any], activation: str):
    architecture = committed(activation=activation, **settings).architecture
    assert Architecture.at(architecture.path) == architecture
    assert (network_module(architecture.path) or "").startswith("export function units(")


@pytest.mark.parametrize(
    "path",
    [
        "", "network/", "network/x1+x2/2-4-1/tanh", "network/x1+x2/2-4-1/tanh.js/", "/network/x1+x2/2-4-1/tanh.js",
        "network/x1+x2/2-4-1/tanh.js\n", "network/x1+x2/2-4-1/gelu.js", "network/x1+x2/2-4-1/.js",
        "network/x1+x2/3-4-1/tanh.js", "network/x1+x2/2-4-2/tanh.js", "network/x1+x2/2/tanh.js",
        "network/x1+x2/2-0-1/tanh.js", "network/x1+x2/2-04-1/tanh.js", "network/x1+x2/2--4-1/tanh.js",
        "network/x1+x2/-2-4-1/tanh.js", "network/x1+x2/2-4-1-/tanh.js", "network/x1+x2/2-٤-1/tanh.js",
        "network/x1+x2/2-33-1/tanh.js", "network/x1+x2/2-8-8-8-8-8-8-8-1/tanh.js", "network/x1+x2/2-99999999-1/tanh.js",
        f"network/x1+x2/2-{'9' * 5000}-1/tanh.js", f"network/x1+x2/{'-' * 100_000}/tanh.js",
        "network/x1+x3/2-4-1/tanh.js", "network/+/0-4-1/tanh.js", "network/x1+/2-4-1/tanh.js",
        "network/X1+x2/2-4-1/tanh.js",
        "network/columns/2-4-1/tanh.js", "network/columns/29-4-1/tanh.js", "network/columns+x1/2-4-1/tanh.js",
        "network/__class__/1-4-1/tanh.js", "network/../../etc/passwd", "network/x1+x2/2-4-1/..%2ftanh.js",
    ],
    ids=lambda path: repr(path[:40]),
)  # fmt: skip
def test_no_other_path_has_a_formula(path: str):
    assert Architecture.at(path) is None
    assert network_module(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "network/x1+x1/2-4-1/tanh.js",
        "network/x2+x1/2-4-1/tanh.js",
        f"network/{'+'.join(['x1'] * 3000)}/3000-1/tanh.js",
        "network/x1+x2/2-9-1/tanh.js",
        "network/columns/1-32-1/tanh.js",
    ],
    ids=lambda path: repr(path[:40]),
)
def test_a_path_that_no_lesson_can_ask_for_has_no_formula_either(path: str):
    """Otherwise everybody could have the server lower networks as large as they like."""
    assert Architecture.at(path) is None


# --- what the browser hears after a change ---


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        (set(), []),
        ({"step_size", "n_steps", "optimizer", "loss", "penalty", "batch_size"}, []),
        ({"noise"}, ["landscape"]),
        ({"seed", "n"}, ["landscape"]),
        ({"hidden"}, ["network"]),
        ({"features"}, ["network"]),
        ({"weights_seed"}, ["network"]),
        ({"activation", "scheme"}, ["network"]),
        ({"dataset"}, ["landscape", "network"]),
    ],
)
def test_a_change_sends_what_follows_from_it_and_nothing_else(changed: set[str], kinds: list[str]):
    assert [kind for kind, _ in NeuralNetwork().consequences(changed)] == kinds


def test_all_that_the_page_needs_of_the_lesson_is_json():
    lesson = NeuralNetwork()
    facts = json.loads(json.dumps(encode(lesson.facts()) | {"table": lesson.settings_table()}))
    assert facts["kind"] == "network"
    assert facts["without"] == {"features": ["x1", "x2"], "hidden": [4, 3], "weights_seed": 0}
    assert {setting["name"] for setting in facts["table"]} | set(facts["without"]) == set(lesson.settings)


def test_initial_weights_are_drawn_by_seed_and_scheme():
    def weights(**settings: Any) -> np.ndarray:
        return committed(**settings).network()["theta"]

    theta = weights()
    assert theta.shape == (2 * 4 + 4 + 4 * 3 + 3 + 3 + 1,)
    np.testing.assert_array_equal(theta, weights(weights_seed=0, seed=5))
    assert not np.array_equal(theta, weights(weights_seed=1))
    assert theta[:4].tolist() == [0] * 4  # biases
    assert np.abs(theta[4:12]).max() <= np.sqrt(6 / (2 + 4))  # Glorot, Bengio (2010), eq. 16
    assert np.all(weights(scheme="standard_normal")[:4] != 0)
    np.testing.assert_array_equal(weights(activation="relu"), weights(scheme="he"))


@pytest.mark.parametrize("dataset", TOY_DATASETS)
def test_the_data_are_those_of_the_library_and_lie_inside_of_the_picture(dataset: str):
    entry = TOY_DATASETS[dataset]
    lesson = committed(dataset=dataset, loss=network.TASKS[entry.task][0], seed=3, noise=0.2, n=80, train_share=0.6)
    split = simulate_split(dataset, seed=3, noise=0.2, n=80, train_share=0.6)
    message = lesson.landscape()
    for part, prefix in ((split.train, ""), (split.test, "test_")):
        np.testing.assert_array_equal(message[f"{prefix}x"], np.ravel(part.x))
        np.testing.assert_array_equal(message[f"{prefix}y"], part.y)
        at = message[f"{prefix}at"].reshape(len(part.y), -1)
        assert np.abs(at).max() <= message["span"]
        if entry.inputs <= 2:
            np.testing.assert_array_equal(at, part.x)
        else:
            directions = message["directions"].reshape(2, 30)
            np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-9)
            np.testing.assert_allclose(at, part.x @ directions.T, atol=1e-9)
    if entry.inputs > 2:  # no other plane holds more of the data
        variances = np.linalg.eigvalsh(np.cov(split.train.x.T, bias=True))[-2:]
        spread = message["at"].reshape(-1, 2).var(axis=0).sum()
        assert spread == pytest.approx(variances.sum(), rel=1e-9)
    assert len(message["classes"]) == (2 if entry.task == "classification" else 0)
    assert len(message["names"]) == entry.inputs


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
    [({"noise": 0.5, "n": 40}, True), ({}, False), ({"dataset": "sine", "loss": "mse"}, False)],
)
def test_learning_the_noise_is_named_where_it_happens(settings: dict[str, Any], learns_noise: bool):
    run = messages(committed(**settings))["run"]
    text, best = run["ending"]["text"], int(np.argmin(run["test_loss"]))
    assert ("overfitting" in text) == learns_noise
    if learns_noise:
        assert run["loss"][-1] < run["loss"][best]
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
