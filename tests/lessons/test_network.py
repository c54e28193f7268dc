"""The third lesson's settings: what it takes from a browser, what it refuses, and what follows from them."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest

from app.drawing import encode
from app.formulas import network_module
from app.lessons import network
from app.lessons.architecture import Architecture
from app.lessons.network import NeuralNetwork
from dl_workshop.models import ACTIVATIONS
from dl_workshop.toy_data import FEATURES, TOY_DATASETS, simulate_split
from tests.lessons.network_lesson import committed

HUGE = 10**400


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
        ({"dataset": "sine"}, "dataset"),
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
        ("step_size", 1e12, 1),
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
    assert complaint.setting == "dataset"
    assert re.search("up to 6 .*layers of 8 units", complaint.text)
    assert real.dataset == "breast_cancer"
    [complaint] = real.commit({"hidden": [33]})
    assert re.search("up to 6 .*layers of 32 units", complaint.text)
    assert committed(hidden=[]).architecture.sizes == (2, 1)


def test_a_split_that_leaves_a_class_empty_is_refused_beside_what_was_changed(monkeypatch: pytest.MonkeyPatch):
    lesson = committed(n=40)
    # No n and no share within their bounds do so: these do.
    monkeypatch.setattr(network, "_split", lambda *settings: simulate_split("moons", n=4, train_share=0.1))
    [complaint] = lesson.commit({"n": 20})
    assert complaint.setting == "n"
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
