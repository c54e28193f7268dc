"""Data sets of the lesson on networks, and what it says to settings that do not go together."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from dl_workshop.toy_data import simulate_split
from tests.browser.network_page import CURVE, DECISION, SLOW, STEP_SIZE, NetworkPage, initial
from tests.browser.pixels import changed, pixels, settle

SINE = initial(features=(), split=simulate_split("sine", noise=0.15))
REAL = initial(features=(), split=simulate_split("breast_cancer"))


DIGITS = initial(features=(), split=simulate_split("digits"))


def options(network: NetworkPage, name: str) -> list[str]:
    """What a selector offers."""
    return network.choice(name).get_by_role("option").all_inner_texts()


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
    network.choose("Data set", "Digits 3 and 8")
    network.expect_no_run()
    network.expect_numbers(DIGITS)
    expect(network.card("Data")).to_contain_text("357 points")
    expect(network.inputs).to_have_count(16)
    expect(network.button("Input ink in row 4, column 1")).to_be_visible()
    expect(network.well.get_by_role("heading")).to_have_text("0: 3, 1: 8")
    run = network.trained()
    network.expect_snapshot(run, -1, DIGITS)
    assert float(network.numbers().shares[0]) >= 95
    network.scrub_to(5)
    network.expect_snapshot(run, 5, DIGITS)

    network.button("Play").click()
    network.choose("Data set", "Moons")
    network.expect_no_run()
    network.expect_numbers(initial())
    expect(network.inputs).to_have_count(7)
    run = network.trained()
    network.expect_snapshot(run, -1, initial())


CORNER = 32  # pixels that the button of what can be had of a figure takes


def test_axes_are_named_after_what_the_data_are_at_once(network: NetworkPage):
    figure = network.figure(DECISION)
    for name, low, high in [("Moons", 5, 40), ("Digits 3 and 8", 90, 400), ("XOR", 5, 40), ("Breast cancer", 90, 400)]:
        network.choose("Data set", name)
        settle(figure, lambda image, low=low, high=high: low <= name_width(image) <= high, f"the axis name of {name}")


def name_width(figure: np.ndarray) -> int:
    """How many pixels wide the name of the horizontal axis is, in the lowest rows, beside the button in the corner."""
    rows = figure[-16:-2, CORNER:].min(axis=-1) < 140
    columns = np.flatnonzero(rows.any(axis=0))
    return int(np.ptp(columns)) if len(columns) else 0


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
    assert run["loss"][0] == pytest.approx(expected, rel=1e-9)
    network.choose("Data set", "Moons")
    network.expect_numbers(initial())
    expect(network.card("Loss")).to_contain_text("BCE:")
    network.expect_choice("Loss function", "Binary cross-entropy")


# --- settings that do not go together ---


def test_a_batch_is_never_larger_than_the_training_data(network: NetworkPage):
    network.type("Batch size", 100)
    alert = network.card("Optimizer").get_by_role("alert").filter(visible=True)
    network.type("Batch size", 141)
    expect(alert).to_have_text(re.compile(r"141 is outside 0 to 140; 140 is used"))
    expect(network.box("Batch size")).to_have_value("all")  # which 140 are
    network.type("Batch size", 100)
    expect(alert).to_have_count(0)
    expect(network.box("Batch size")).to_have_value("100")
    # Fewer points than the batch takes, or a smaller set: all are used, and that is said.
    network.unfold("Data")
    network.type("Points", 50)
    expect(alert).to_have_text(re.compile(r"A batch of 100 .* all are used"))
    expect(network.box("Batch size")).to_have_value("all")
    few = initial(split=simulate_split("moons", noise=0.15, n=50))
    network.expect_numbers(few)
    network.expect_snapshot(network.trained(), -1, few)
    network.choose("Data set", "Breast cancer")
    network.type("Batch size", 300)
    expect(alert).to_have_count(0)
    network.type("Steps", 50)
    network.choose("Data set", "Moons")
    expect(alert).to_have_text(re.compile(r"A batch of 300 .* all are used"))
    network.expect_numbers(few)
    run = network.trained()
    np.testing.assert_allclose(run["theta"], few.trained(optimizer="adam", step_size=0.03, n_steps=50).theta, atol=1e-9)


def test_a_network_too_large_for_the_data_is_made_smaller(network: NetworkPage):
    network.choose("Data set", "Breast cancer")
    network.set_hidden(9)
    network.expect_numbers(initial(hidden=[9], features=(), split=REAL.split))
    network.choose("Data set", "Sine")
    expect(network.card("Model")).to_contain_text("1 → 8 → 1")
    smaller = initial(hidden=[8], features=(), split=SINE.split)
    network.expect_numbers(smaller)
    network.expect_snapshot(network.trained(), -1, smaller)


def test_the_last_input_cannot_be_switched_off_and_the_run_is_kept(network: NetworkPage):
    run = network.trained()
    network.inputs.nth(0).click()
    network.expect_numbers(initial(features=("x2",)))
    run = network.trained()
    network.inputs.nth(1).click()
    network.expect_sentence(re.compile("needs at least one input"))
    network.expect_snapshot(run, -1, initial(features=("x2",)))


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
    network.watch.fetch_ahead()
    for name in ("w (weight)", "b (bias)", STEP_SIZE, "Steps", "Batch size", "Points", "Training share", "Seed"):
        kept = network.box(name).input_value()
        for nonsense in ("NaN", "1e999", "[4]"):
            network.type(name, nonsense)
            network.expect_sentence(re.compile(f"{re.escape(f'“{nonsense}”')} is not a number"))
            expect(network.box(name)).to_have_value(kept)
    network.expect_numbers(initial())
    expect(network.button("Output")).to_be_visible(timeout=SLOW)
