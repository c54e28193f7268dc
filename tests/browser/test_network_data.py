"""The third lesson's data sets, and what it says to settings that do not go together."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from dl_workshop.toy_data import simulate_split
from tests.browser.network_page import CURVE, DECISION, SLOW, STEP_SIZE, NetworkPage, initial
from tests.browser.pixels import changed, pixels, settle

SINE = initial(features=(), split=simulate_split("sine", noise=0.15))
REAL = initial(features=(), split=simulate_split("breast_cancer"))


def options(network: NetworkPage, name: str) -> list[str]:
    """What a selector offers."""
    network.choice(name).click()
    choices = network.page.get_by_role("listbox")
    offered = [text for text in choices.inner_text().split("\n") if text.strip()]
    network.page.keyboard.press("Escape")
    expect(choices).to_be_hidden()
    return offered


# --- data sets ---


def test_data_sets_are_switched_during_playback_and_nothing_is_mixed(network: NetworkPage):
    network.slowly()
    network.run()
    network.choose("Data set", "Sine")
    network.expect_no_run()
    network.expect_numbers(SINE)
    expect(network.card("Loss")).to_contain_text("MSE:")
    expect(network.figure(CURVE)).to_be_visible()
    expect(network.figure(DECISION)).to_be_hidden()
    expect(network.inputs).to_have_count(1)
    curve = pixels(network.figure(CURVE))
    run = network.trained()
    network.expect_snapshot(run, -1, SINE)
    assert float(network.numbers().cells[0]) > 0.7
    settle(network.figure(CURVE), lambda image: changed(curve, image) > 300, "the learnt curve")
    network.scrub_to(100)
    network.expect_snapshot(run, 100, SINE)

    network.button("Play").click()
    network.choose("Data set", "Breast cancer")
    network.expect_no_run()
    network.expect_numbers(REAL)
    expect(network.card("Loss")).to_contain_text("BCE:")
    expect(network.card("Data")).to_contain_text("569 points")
    expect(network.inputs).to_have_count(30)
    expect(network.button("Input worst fractal dimension")).to_be_visible()
    expect(network.figure(DECISION)).to_be_visible()
    run = network.trained()
    network.expect_snapshot(run, -1, REAL)
    assert float(network.numbers().shares[0]) >= 95
    network.scrub_to(3)
    network.expect_snapshot(run, 3, REAL)

    network.button("Play").click()
    network.choose("Data set", "Moons")
    network.expect_no_run()
    network.expect_numbers(initial())
    expect(network.inputs).to_have_count(7)
    run = network.trained()
    network.expect_snapshot(run, -1, initial())


def test_points_of_the_real_set_are_coloured_by_what_the_network_says_of_them(network: NetworkPage):
    network.choose("Data set", "Breast cancer")
    network.expect_numbers(REAL)
    before = pixels(network.figure(DECISION))
    network.button("Output").click()
    network.type("b (bias)", 6)  # says 1 of everybody
    network.expect_numbers(REAL.moved(3, 1, 1, b=6))
    settle(network.figure(DECISION), lambda image: changed(before, image) > 2000, "other colours")


@pytest.mark.parametrize(
    ("label", "name"), [("Two Gaussians", "gaussians"), ("XOR", "xor"), ("Two spirals", "spirals"), ("Step", "step")]
)
def test_every_kind_of_data_can_be_chosen(network: NetworkPage, label: str, name: str):
    split = simulate_split(name, noise=0.15)
    network.choose("Data set", label)
    network.expect_numbers(initial(features=("x1", "x2") if split.class_names else (), split=split))


def test_losses_follow_the_task(network: NetworkPage):
    network.unfold("Loss")
    assert options(network, "Loss function") == ["Binary cross-entropy", "Squared error on probabilities"]
    network.choose("Loss function", "Squared error on probabilities")
    y, logits = initial().outputs("Training")
    expect(network.card("Loss")).to_contain_text(f"Brier: {np.mean((1 / (1 + np.exp(-logits)) - y) ** 2):.2f}")
    network.choose("Data set", "Sine")
    network.expect_numbers(SINE)
    assert options(network, "Loss function") == ["Mean squared error", "Mean absolute error", "Huber"]
    network.choose("Loss function", "Huber")
    y, outputs = SINE.outputs("Training")
    size = np.abs(outputs - y)
    expected = np.mean(np.where(size <= 1, size**2 / 2, size - 0.5))
    expect(network.card("Loss")).to_contain_text(f"Huber: {expected:.2f}")
    run = network.trained()
    assert run["loss"][0] == pytest.approx(expected, rel=1e-4)
    network.choose("Data set", "Moons")
    network.expect_numbers(initial())
    expect(network.card("Loss")).to_contain_text("BCE:")
    expect(network.choice("Loss function")).to_have_text("Binary cross-entropy")


# --- settings that do not go together ---


def test_a_batch_larger_than_the_training_data_is_refused_beside_its_control(network: NetworkPage):
    network.type("Batch size", 100)
    network.type("Batch size", 141)
    alert = network.card("Optimizer").get_by_role("alert").filter(visible=True)
    expect(alert).to_have_text(re.compile(r"A batch of 141 is larger than the 140 training points"))
    expect(network.box("Batch size")).to_have_value("100")
    network.type("Batch size", 140)
    expect(alert).to_have_count(0)
    # Fewer points than the batch takes: the points stay as they were.
    network.unfold("Data")
    network.type("Points", 50)
    network.expect_sentence(re.compile(r"A batch of 140 is larger than the 36 training points"))
    expect(network.box("Points")).to_have_value("200")
    network.expect_numbers(initial())
    run = network.trained()
    network.expect_snapshot(run, -1, initial())


def test_a_data_set_smaller_than_the_batch_is_refused_and_the_page_goes_on(network: NetworkPage):
    network.choose("Data set", "Breast cancer")
    network.expect_numbers(REAL)
    network.type("Batch size", 300)
    network.choice("Data set").click()
    network.page.get_by_role("listbox").get_by_text("Moons", exact=True).click()
    network.expect_sentence(re.compile(r"A batch of 300 is larger than the 140 training points"))
    expect(network.choice("Data set")).to_have_text("Breast cancer")
    network.expect_numbers(REAL)
    run = network.trained()
    network.expect_snapshot(run, -1, REAL)


def test_a_refused_change_keeps_the_run(network: NetworkPage):
    network.choose("Data set", "Breast cancer")
    network.set_hidden(9)
    network.expect_numbers(shown := initial(hidden=[9], features=(), split=REAL.split))
    run = network.trained()
    network.choice("Data set").click()
    network.page.get_by_role("listbox").get_by_text("Moons", exact=True).click()
    network.expect_sentence(re.compile("too large"))
    expect(network.choice("Data set")).to_have_text("Breast cancer")
    network.expect_snapshot(run, -1, shown)
    network.scrubber.press("Home")
    network.expect_snapshot(run, 0, shown)


def test_the_last_input_cannot_be_switched_off_and_the_run_is_kept(network: NetworkPage):
    run = network.trained()
    network.inputs.nth(0).click()
    network.expect_numbers(initial(features=("x2",)))
    run = network.trained()
    network.inputs.nth(1).click()
    network.expect_sentence(re.compile("needs at least one input"))
    network.expect_snapshot(run, -1, initial(features=("x2",)))


def test_data_too_small_for_the_network_are_refused_beside_their_selector(network: NetworkPage):
    network.choose("Data set", "Breast cancer")
    network.set_hidden(9)
    shown = initial(hidden=[9], features=(), split=REAL.split)
    network.expect_numbers(shown)
    network.choice("Data set").click()
    network.page.get_by_role("listbox").get_by_text("Sine", exact=True).click()
    alert = network.card("Data").get_by_role("alert")
    expect(alert).to_have_text(re.compile(r"too large.*8 units", re.IGNORECASE))
    expect(network.choice("Data set")).to_have_text("Breast cancer")
    expect(network.card("Model")).to_contain_text("30 → 9 → 1")
    expect(network.card("Loss")).to_contain_text("BCE:")
    network.expect_numbers(shown)
    network.expect_snapshot(network.trained(), -1, shown)
    network.set_hidden(8)
    network.choose("Data set", "Sine")
    network.expect_numbers(SINE._replace(theta=initial(hidden=[8], features=(), split=SINE.split).theta, hidden=[8]))


@pytest.mark.parametrize(
    ("name", "typed", "used"),
    [(STEP_SIZE, "1e9", "1"), (STEP_SIZE, "-1", "0.0001"), ("Steps", "1000000", "10000")],
)
def test_a_typed_value_out_of_range_is_clamped_with_a_sentence(network: NetworkPage, name: str, typed: str, used: str):
    network.type(name, typed)
    network.expect_sentence(re.compile(rf"is outside .* {float(used):g} is used"))
    expect(network.box(name)).to_have_value(used)
    network.expect_numbers(initial())


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_the_smallest_data_train_at_both_ends_of_the_training_share(network: NetworkPage, share: float):
    network.unfold("Data")
    network.type("Points", 20)
    network.type("Training share", share)
    start = initial(split=simulate_split("moons", noise=0.15, n=20, train_share=share))
    network.expect_numbers(start)
    network.type("Training share", 0 if share == 0.1 else 1)
    network.expect_sentence(re.compile(rf"is outside 0.1 to 0.9; {share} is used"))
    network.expect_snapshot(network.trained(), -1, start)


def test_nonsense_is_kept_out_with_a_sentence(network: NetworkPage):
    network.unfold("Data")
    network.watch.forget_when_quiet()
    for name in ("w (weight)", "b (bias)", STEP_SIZE, "Steps", "Batch size", "Points", "Training share", "Seed"):
        kept = network.box(name).input_value()
        for nonsense in ("NaN", "1e999", "[4]"):
            network.type(name, nonsense)
            network.expect_sentence(re.compile(f"{re.escape(f'“{nonsense}”')} is not a number"))
            expect(network.box(name)).to_have_value(kept)
    assert network.watch.stays_silent()
    network.expect_numbers(initial())
    expect(network.button("Output")).to_be_visible(timeout=SLOW)
