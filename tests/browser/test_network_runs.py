"""Training in the third lesson: what is shown is the network of the step that is shown, and runs are never mixed."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from dl_workshop.models import mlp
from dl_workshop.networks import train_network
from dl_workshop.toy_data import simulate_split
from tests.browser.lesson_page import HISTORY, LINEAR, RUN
from tests.browser.network_page import DECISION, NETWORK, STEP_SIZE, NetworkPage, initial
from tests.browser.pixels import changed, pixels, settle

# --- one run ---


def test_training_learns_and_every_number_is_that_of_the_snapshot(network: NetworkPage):
    run = network.trained()
    assert run["theta"].shape == (400, 31)
    for losses in (run["loss"], run["test_loss"]):
        assert len(losses) == 401
        assert losses[-1] < 0.1 * losses[0]
    np.testing.assert_array_equal(run["theta"][0], initial().theta.astype(np.float32))
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
    expect(network.card("Loss")).to_contain_text("with L2 regularization")
    run = network.trained()
    expected = train_network(
        start.layers, mlp((2, 4, 3, 1), "relu"), "binary_cross_entropy", start.split, optimizer="momentum",
        momentum=0.8, step_size=0.05, n_steps=130, batch_size=20, penalty="l2", penalty_strength=0.1,
    )  # fmt: skip
    np.testing.assert_allclose(run["theta"], expected.theta, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(run["loss"], expected.loss, rtol=1e-4)
    np.testing.assert_allclose(run["test_loss"], expected.test_loss, rtol=1e-4)
    network.expect_snapshot(run, -1, start)  # the price on the weights is no part of the loss that is read out


def test_a_run_can_be_repeated_exactly_and_other_weights_change_it(network: NetworkPage):
    network.type("Batch size", 10)
    first = network.trained()
    network.button("Reset weights").click()
    network.expect_no_run()
    network.expect_numbers(initial())
    again = network.trained()
    for name in ("theta", "loss", "test_loss"):
        np.testing.assert_array_equal(first[name], again[name])
    network.expect_snapshot(first, -1, initial())
    network.button("New weights").click()
    network.expect_no_run()
    network.expect_numbers(initial(seed=1))
    other = network.trained()
    network.expect_snapshot(other, -1, initial())
    assert other["loss"][-1] != first["loss"][-1]
    onwards = network.trained()  # from where the last one ended
    np.testing.assert_array_equal(onwards["theta"][0], other["theta"][-1])


def test_a_run_starts_from_the_weights_that_were_set_by_hand(network: NetworkPage):
    network.take(2, 3, "unit 1")
    network.type("w (weight)", -2.5)
    network.type("b (bias)", 1.5)
    by_hand = initial().moved(2, 3, 1, w=-2.5, b=1.5)
    network.expect_numbers(by_hand)
    run = network.trained()
    np.testing.assert_array_equal(run["theta"][0], by_hand.theta.astype(np.float32))
    # Moving a weight ends the run, and what it had reached stays.
    network.type("w (weight)", 3)
    network.expect_no_run()
    network.expect_numbers(by_hand._replace(theta=run["theta"][-1].astype(float)).moved(2, 3, 1, w=3))


def test_the_surface_of_the_path_says_how_much_of_it_the_plane_holds(network: NetworkPage):
    network.watch.forget_when_quiet()
    network.run_to_the_end()
    [plane] = network.wait_for_planes(1)
    card = network.card("Loss surface and path")
    expect(card).to_contain_text(f"plane holds {int(100 * plane['share'])} % of path")
    of_path = settle(network.surface, lambda image: True, "a surface")
    network.choice("Plane of the loss surface").select_option("w and b")
    expect(card).to_contain_text("w and b, all else held")
    settle(network.surface, lambda image: changed(of_path, image) > 3000, "another plane")
    network.choice("Plane of the loss surface").select_option("path")
    expect(card).to_contain_text("% of path")
    settle(network.surface, lambda image: changed(of_path, image) < 300, "the plane of the path")
    # A click moves all weights at once, along the plane.
    [before] = [network.card("Loss").inner_text()]
    place = network.surface.bounding_box()
    assert place is not None
    network.page.mouse.click(place["x"] + 0.4 * place["width"], place["y"] + 0.25 * place["height"])
    network.expect_no_run()
    expect(network.card("Loss")).not_to_have_text(before)


def test_the_loss_axis_is_logarithmic_or_linear(network: NetworkPage):
    network.run_to_the_end()
    network.checkbox("log axis").uncheck()
    linear = network.figure("The loss over the steps of the run, linear axis")
    expect(linear).to_be_visible()
    expect(network.figure("The loss over the steps of the run, logarithmic axis")).to_be_hidden()
    shown = pixels(linear)
    network.scrub_to(10)
    settle(linear, lambda image: changed(shown, image) > 100, "another step")


# --- playing ---


def test_playing_pausing_stepping_scrubbing_and_speed(timed_network: NetworkPage):
    network = timed_network
    network.watch.forget()
    network.run()
    [run] = network.watch.received("run")
    network.wait_for_planes(1)
    network.watch.forget_when_quiet()
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
    assert network.watch.silent  # every frame of it cost the server nothing
    expect(network.status).to_contain_text("After 400 steps")
    network.button("Reset").click()
    network.expect_snapshot(run, 0, initial())


def test_a_run_goes_on_where_it_was_when_its_tab_is_opened_again(network: NetworkPage):
    network.slowly()
    network.watch.forget()
    network.run()
    [run] = network.watch.received("run")
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


def test_run_pressed_at_once_after_a_change_trains_the_changed_network(network: NetworkPage):
    network.watch.forget_when_quiet()
    run = network.button(RUN).element_handle()
    network.button("Add a layer").evaluate("(add, run) => {add.click(); run.click()}", run)
    network.wait_for_run()
    network.scrubber.press("End")
    [run] = network.watch.received("run")
    network.expect_snapshot(run, -1, initial(hidden=[4, 3, 3]))


# --- how a run ends ---


def test_a_diverging_run_says_at_which_step_and_shows_no_number_that_is_none(network: NetworkPage):
    network.choose("Data set", "|x|")
    network.choose("Optimizer", "Gradient descent")
    network.type(STEP_SIZE, 1)
    run = network.trained()
    last = run["steps"][-1]
    assert last < 400
    expect(network.status).to_contain_text(f"Diverged at step {last + 1}")
    network.expect_snapshot(
        run, len(run["steps"]) - 1, initial(features=(), split=simulate_split("absolute", noise=0.15))
    )
    assert not re.search(r"NaN|Infinity|undefined|null", network.lesson.inner_text())
    network.type(STEP_SIZE, 0.01)  # and there is a way on
    network.button("Reset weights").click()
    run = network.trained()
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
