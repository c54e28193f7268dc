"""Training networks: what is shown is the network of the step that is shown, and runs are never mixed."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from dl_workshop.toy_data import TOY_DATASETS, simulate_split
from tests.browser.lesson_page import HISTORY, LINEAR, NETWORK
from tests.browser.network_page import (
    DECISION,
    STEP_SIZE,
    Network,
    NetworkPage,
    initial,
    loss_text,
)
from tests.browser.pixels import changed, pixels, settle

# --- one run ---


def test_training_learns_and_every_number_is_that_of_the_snapshot(network: NetworkPage):
    run = network.trained()
    assert run["theta"].shape == (400, 31)
    for losses in (run["loss"], run["test_loss"]):
        assert len(losses) == 401
        assert losses[-1] < 0.1 * losses[0]
    np.testing.assert_array_equal(run["theta"][0], initial().theta)
    network.expect_snapshot(run, -1, initial())
    pictures = [network.diagram, network.figure(DECISION), network.surface, network.figure(HISTORY)]
    before = [pixels(picture) for picture in pictures]
    network.scrub_to(60)
    network.expect_snapshot(run, 60, initial())
    for picture, old in zip(pictures, before, strict=True):
        settle(picture, lambda image, old=old: changed(old, image) > 100, "another step")
    network.scrub_to(0)
    network.expect_snapshot(run, 0, initial())
    network.expect_numbers(initial())
    network.scrub_to(200)
    network.button("Step forward").click()
    network.expect_snapshot(run, 201, initial())
    w, b = run["theta"][201][4], run["theta"][201][0]
    network.expect_weight(w, b)


def test_what_is_chosen_is_what_is_trained(network: NetworkPage):
    network.unfold("Model")
    network.choose("Activation", "ReLU")
    network.unfold("Loss")
    expect(network.slider("Strength")).to_be_hidden()
    network.choose("Regularization", "L2")
    network.type("Strength", 0.1)
    network.choose("Optimizer", "Momentum")
    for name, value in {STEP_SIZE: 0.05, "Momentum": 0.8, "Batch size": 20, "Steps": 130}.items():
        network.type(name, value)
    start = initial(activation="relu")
    network.expect_numbers(start)
    expect(network.card("Loss")).to_contain_text("loss function, L2 regularization")
    run = network.trained()
    expect_same_run(
        run, start, optimizer="momentum", momentum=0.8, step_size=0.05, n_steps=130, batch_size=20,
        penalty="l2", penalty_strength=0.1,
    )  # fmt: skip
    network.expect_snapshot(run, -1, start)  # the price on the weights is no part of the loss that is read out
    # What is minimised stands beside it, and is a curve of its own.
    last = start._replace(theta=run["theta"][-1])
    minimised, _, _ = last.slope(penalty="l2", penalty_strength=0.1)
    expect(network.card("Loss")).to_contain_text(f"with L2: {loss_text(minimised)}")
    np.testing.assert_allclose(network.drawn("penalised_log")["loss"][-1], minimised, rtol=1e-9)
    assert len(network.drawn("penalised_log")["loss"]) == 131


@pytest.mark.parametrize(
    ("data", "network_of", "chosen", "typed", "settings"),
    [
        ("Moons", {}, {}, {}, {"optimizer": "adam", "step_size": 0.03}),
        (
            "Sine", {"activation": "logistic"},
            {"Activation": "Logistic", "Loss function": "Huber", "Regularization": "L1", "Optimizer": "RMSProp"},
            {"Strength": 0.02, STEP_SIZE: 0.02, "Batch size": 7, "Steps": 90},
            {"loss": "huber", "penalty": "l1", "penalty_strength": 0.02, "optimizer": "rmsprop", "step_size": 0.02,
             "batch_size": 7, "n_steps": 90},
        ),
        (
            "Breast cancer", {"activation": "identity", "hidden": [6]},
            {"Activation": "Identity", "Optimizer": "Nesterov"}, {STEP_SIZE: 0.05, "Steps": 120},
            {"optimizer": "nesterov", "step_size": 0.05, "n_steps": 120},
        ),
        (
            "Digits 3 and 8", {"activation": "relu", "hidden": [4, 3, 3]},
            {"Activation": "ReLU", "Loss function": "Squared error on probabilities", "Optimizer": "AdaGrad"},
            {STEP_SIZE: 0.1, "Batch size": 30, "Steps": 80},
            {"loss": "squared_error_on_probabilities", "optimizer": "adagrad", "step_size": 0.1, "batch_size": 30,
             "n_steps": 80},
        ),
        ("Two spirals", {"hidden": []}, {"Optimizer": "Gradient descent"}, {STEP_SIZE: 0.3, "Steps": 2000},
         {"optimizer": "gradient_descent", "step_size": 0.3, "n_steps": 2000}),
    ],
)  # fmt: skip
def test_whole_runs_are_those_of_the_library(
    network: NetworkPage, data: str, network_of: dict, chosen: dict, typed: dict, settings: dict
):
    name = next(entry.name for entry in TOY_DATASETS.values() if entry.label == data)
    split = simulate_split(name, noise=0.15)
    features = ("x1", "x2") if split.train.x.shape[1] == 2 else ()
    start = initial(split=split, features=features, **network_of)
    network.choose("Data set", data)
    network.set_hidden(*start.hidden)
    network.unfold("Model")
    network.unfold("Loss")
    for setting, option in chosen.items():
        network.choose(setting, option)
    for setting, value in typed.items():
        network.type(setting, value)
    network.expect_weight(start.layers[0]["w"][0, 0], start.layers[0]["b"][0])
    expect_same_run(network.trained(), start, **({"n_steps": 400} | settings))


def expect_same_run(run: dict[str, Any], start: Network, **settings: Any) -> None:
    """A run of the page has every number that the library's has."""
    expected = start.trained(**settings)
    assert run["complete"]
    assert run["divergedAt"] is None
    np.testing.assert_array_equal(run["steps"], expected.steps)
    np.testing.assert_allclose(run["theta"], expected.theta, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(run["loss"], expected.loss, rtol=1e-9)
    np.testing.assert_allclose(run["test_loss"], expected.test_loss, rtol=1e-9)
    if settings.get("penalty", "none") != "none":
        np.testing.assert_allclose(run["minimised"], expected.minimised, rtol=1e-9)


def test_a_run_starts_where_the_last_one_did_until_the_start_is_moved(network: NetworkPage):
    network.type("Batch size", 10)
    first = network.trained()
    again = network.trained()
    for name in ("theta", "loss", "test_loss"):
        np.testing.assert_array_equal(first[name], again[name])
    network.expect_snapshot(first, -1, initial())
    network.type(STEP_SIZE, 0.01)  # with other settings too, and the run before stays in sight
    slower = network.trained()
    np.testing.assert_array_equal(slower["theta"][0], initial().theta)
    assert slower["loss"][-1] != first["loss"][-1]
    np.testing.assert_array_equal(network.drawn("ghost_log")["loss"], first["loss"])
    # From the step that is shown, where that is asked for.
    network.scrub_to(150)
    network.button("Continue from here").click()
    network.wait_for_run()
    onwards = network.last_run()
    np.testing.assert_array_equal(onwards["theta"][0], slower["theta"][150])
    network.button("Reset weights").click()
    network.expect_no_run()
    network.expect_numbers(initial())
    network.button("New weights").click()
    network.expect_no_run()
    network.expect_numbers(initial(seed=1))
    other = network.trained()
    network.expect_snapshot(other, -1, initial(seed=1))


def test_a_run_starts_from_the_weights_that_were_set_by_hand(network: NetworkPage):
    network.take(2, 3, "unit 1")
    network.type("w (weight)", -2.5)
    network.type("b (bias)", 1.5)
    by_hand = initial().moved(2, 3, 1, w=-2.5, b=1.5)
    network.expect_numbers(by_hand)
    run = network.trained()
    np.testing.assert_array_equal(run["theta"][0], by_hand.theta)
    # Moving a weight ends the run, and what it had reached stays.
    network.type("w (weight)", 3)
    network.expect_no_run()
    network.expect_numbers(by_hand._replace(theta=run["theta"][-1]).moved(2, 3, 1, w=3))


def test_the_loss_axis_is_logarithmic_or_linear(network: NetworkPage):
    network.run_to_the_end()
    network.checkbox("log axis").uncheck()
    linear = network.figure(re.compile("^The loss over the steps of the run, linear axis"))
    expect(linear).to_be_visible()
    expect(network.figure(re.compile("^The loss over the steps of the run, logarithmic axis"))).to_be_hidden()
    shown = pixels(linear)
    network.scrub_to(10)
    settle(linear, lambda image: changed(shown, image) > 100, "another step")


def test_a_click_on_the_loss_curve_goes_to_its_step(network: NetworkPage):
    run = network.trained()
    curve = network.figure(HISTORY)
    curve.click()
    step = run["steps"][network.step]
    assert 120 < step < 300
    network.expect_snapshot(run, network.step, initial())


# --- playing ---


def test_playing_pausing_stepping_scrubbing_and_speed(timed_network: NetworkPage):
    network = timed_network
    network.run()
    run = network.last_run()
    network.last_surface()
    pictures = [network.diagram, network.figure(DECISION), network.surface, network.figure(HISTORY)]
    network.let_pass(1)
    before, step = [pixels(picture) for picture in pictures], network.step
    network.let_pass(1.5)
    assert network.step > step > 0
    for picture, old in zip(pictures, before, strict=True):
        assert changed(old, pixels(picture)) > 30
    network.expect_snapshot(run, network.step, initial())
    network.button("Pause").click()
    at = network.step
    network.let_pass(0.5)
    network.expect_snapshot(run, at, initial())
    network.button("Step back").click()
    network.expect_snapshot(run, at - 1, initial())
    network.button("Step forward").click()
    network.button("Step forward").click()
    network.expect_snapshot(run, at + 1, initial())
    network.scrub_to(150)
    network.choice("Speed").select_option("4×")
    network.button("Play").click()
    network.let_pass(0.3)
    assert 150 < network.step < 399
    network.let_pass(1.2)
    network.expect_snapshot(run, -1, initial())
    expect(network.status).to_contain_text("After 400 steps")
    network.button("Reset").click()
    network.expect_snapshot(run, 0, initial())


def test_a_run_goes_on_where_it_was_when_its_tab_is_opened_again(network: NetworkPage):
    network.slowly()
    network.run()
    run = network.last_run()
    network.open(LINEAR)
    network.expect_no_run()
    network.open(NETWORK)
    network.scrub_to(300)
    network.expect_snapshot(run, 300, initial())


@pytest.mark.parametrize("change", ["Add a unit to layer 2", "Input sin x₁", "Activation"])
def test_another_architecture_during_playback_ends_the_run_and_nothing_is_mixed(network: NetworkPage, change: str):
    network.slowly()
    network.run()
    before = network.step
    expect(network.scrubber).not_to_have_value(str(before))
    if change == "Activation":
        network.unfold("Model")
        network.choose("Activation", "Logistic")
        other = initial(activation="logistic")
    else:
        network.button(change).click()
        other = initial(hidden=[4, 4]) if "unit" in change else initial(features=["x1", "x2", "sin_x1"])
    network.expect_no_run()
    network.expect_numbers(other)
    run = network.trained()
    network.expect_snapshot(run, -1, other)
    network.scrub_to(100)
    network.expect_snapshot(run, 100, other)


# --- how a run ends ---


def test_a_diverging_run_says_at_which_step_and_shows_no_number_that_is_none(network: NetworkPage):
    network.choose("Data set", "|x|")
    network.choose("Optimizer", "Gradient descent")
    network.type(STEP_SIZE, 1)
    run = network.trained()
    start = initial(features=(), split=simulate_split("absolute", noise=0.15))
    expected = start.trained(optimizer="gradient_descent", step_size=1, n_steps=400)
    last = run["steps"][-1]
    assert last < 400
    assert run["divergedAt"] == expected.diverged_at == last + 1
    expect(network.status).to_contain_text(f"Diverged at step {last + 1}")
    network.expect_snapshot(run, len(run["steps"]) - 1, start)
    assert not re.search(r"NaN|Infinity|undefined|null", network.lesson.inner_text())
    network.type(STEP_SIZE, 0.01)  # and there is a way on
    run = network.trained()  # from the marked start: nothing is left blown up
    np.testing.assert_array_equal(run["theta"][0], start.theta)
    assert run["loss"][-1] < run["loss"][0]
    expect(network.status).to_contain_text("After 400 steps")


def test_learning_the_noise_is_named_with_the_step_from_which_on(network: NetworkPage):
    network.unfold("Data")
    network.type("Noise", 0.5)
    network.type("Points", 40)
    run = network.trained()
    best = int(run["test_loss"].argmin())
    assert run["test_loss"][-1] > 1.5 * run["test_loss"][best]
    expect(network.status).to_contain_text(re.compile(f"step {best}\\b.*overfitting"))


@pytest.mark.parametrize("name", ["moons", "sine"])
def test_overfitting_is_said_where_the_test_loss_is_far_above_the_training_loss(network: NetworkPage, name: str):
    split = simulate_split(name, noise=0.5, n=60)
    start = initial(features=("x1", "x2") if name == "moons" else (), split=split)
    expected = start.trained(optimizer="adam", step_size=0.03, n_steps=3000)
    overfits = expected.test_loss[-1] > 1.5 * expected.loss[-1]
    network.choose("Data set", TOY_DATASETS[name].label)
    network.unfold("Data")
    for setting, value in {"Noise": 0.5, "Points": 60, "Steps": 3000}.items():
        network.type(setting, value)
    run = network.trained()
    # Later on the last digits of a run that overfits go ways of their own.
    np.testing.assert_allclose(run["test_loss"][:500], expected.test_loss[:500], rtol=1e-6)
    expect(network.status).to_contain_text("After 3000 steps")
    assert ("overfitting" in network.status.inner_text()) == overfits
