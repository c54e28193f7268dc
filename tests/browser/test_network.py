"""The lesson on networks by hand: weights on the sliders, the loss around them, what the network makes of the data."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from app import theme
from dl_workshop.toy_data import simulate_split
from tests.browser.network_page import (
    CURVE,
    DECISION,
    FEATURES,
    Network,
    NetworkPage,
    initial,
    loss_text,
)
from tests.browser.pixels import changed, pixels, settle, shows_both_classes


def test_the_tab_opens_with_a_network_its_data_and_what_it_makes_of_them(network: NetworkPage):
    names = [f"Input {name}" for name in FEATURES]
    names += [f"Unit {unit} of layer {layer}" for layer, units in ((1, 4), (2, 3)) for unit in range(1, units + 1)]
    assert [unit.get_attribute("aria-label") for unit in network.units.all()] == [*names, "Output"]
    assert [unit.get_attribute("aria-pressed") for unit in network.inputs.all()] == ["true"] * 2 + ["false"] * 5
    expect(network.card("Model")).to_contain_text("2 → 4 → 3 → 1 · tanh")
    expect(network.card("Data")).to_contain_text("200 points")
    network.expect_numbers(initial())
    network.expect_no_run()
    decision = settle(network.figure(DECISION), shows_both_classes, "two classes")
    assert decision.shape[0] > 100
    expect(network.figure(CURVE)).to_be_hidden()
    expect(network.status).to_have_text("")


def test_choosing_a_unit_and_a_connection_puts_its_w_and_b_on_the_sliders(network: NetworkPage):
    network.unfold("Model")
    network.choose("Initial weights", "Standard normal (workshop)")
    drawn = initial(scheme="standard_normal")
    network.expect_numbers(drawn)
    for layer, unit, sources in [
        (1, 3, FEATURES[:2]),
        (2, 2, [f"unit {k}" for k in (1, 2, 3, 4)]),
        (1, 1, FEATURES[:2]),
    ]:
        for source, name in enumerate(sources):
            network.take(layer, unit, name)
            expect(network.card("Model")).to_contain_text(f"unit {unit} of layer {layer}")
            w, b = drawn.layers[layer - 1]["w"], drawn.layers[layer - 1]["b"]
            network.expect_weight(w[source, unit - 1], b[unit - 1])
    network.button("Output").click()
    network.choice("Connection from").select_option("unit 3")
    network.expect_weight(drawn.layers[2]["w"][2, 0], drawn.layers[2]["b"][0])
    network.expect_numbers(drawn)  # choosing moves nothing


def test_dragging_a_weight_moves_everything_and_asks_the_server_for_nothing(network: NetworkPage):
    network.watch.fetch_ahead()
    network.take(1, 4, "x₂")
    mouse, box = network.page.mouse, network.box("w (weight)")
    place = network.w.bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    figures = [network.figure(DECISION), network.button("Output"), network.unit(1, 4)]
    before = [pixels(figure) for figure in figures]
    mouse.move(x, y)
    mouse.down()
    value, seen = box.input_value(), set()
    for distance in range(8, 72, 8):
        mouse.move(x + distance, y)
        expect(box).not_to_have_value(value)
        value = box.input_value()
        network.expect_numbers(initial().moved(1, 4, 2, w=float(value)))
        seen.add(network.card("Loss").inner_text())
    assert len(seen) > 5
    for figure, old in zip(figures, before, strict=True):
        settle(figure, lambda image, old=old: changed(old, image) > 20, "the moved weight")
    mouse.up()
    plane = network.last_surface()
    assert plane.u[0] < float(value) < plane.u[-1]
    assert network.moved_to()[0] == float(value)
    network.expect_no_run()


def test_the_keyboard_and_typing_move_weight_and_bias(network: NetworkPage):
    network.take(1, 4, "x₂")
    network.type("w (weight)", 0.5)
    network.type("b (bias)", "−1,25")
    network.expect_weight(0.5, -1.25)
    network.expect_numbers(initial().moved(1, 4, 2, w=0.5, b=-1.25))
    for slider, key, w, b in [
        (network.w, "ArrowRight", 0.55, -1.25),
        (network.w, "End", 6, -1.25),
        (network.b, "ArrowLeft", 6, -1.3),
        (network.b, "Home", 6, -6),
    ]:
        slider.press(key)
        network.expect_weight(w, b)
        network.expect_numbers(initial().moved(1, 4, 2, w=w, b=b))
    network.type("w (weight)", 50)  # further than the slider goes
    network.expect_numbers(initial().moved(1, 4, 2, w=50, b=-6))
    network.type("w (weight)", 2000)
    network.expect_sentence(re.compile(r"2000 is outside -1000 to 1000; 1000 is used"))
    network.expect_numbers(initial().moved(1, 4, 2, w=1000, b=-6))
    # Another connection has its own, and Reset weights takes both back.
    network.unit(1, 1).click()
    network.choice("Connection from").select_option("x₂")
    network.expect_weight(initial().layers[0]["w"][1, 0], 0)
    network.button("Reset weights").click()
    network.expect_numbers(initial())
    network.unit(1, 4).click()
    network.choice("Connection from").select_option("x₂")
    network.expect_weight(initial().layers[0]["w"][1, 3], 0)


def test_the_loss_surface_is_that_of_the_weights_on_the_sliders_and_moves_them(network: NetworkPage):
    network.take(2, 1, "unit 2")
    plane = network.last_surface()
    expect(network.plane).to_have_text("All else held")
    for row, column in [(0, 0), (30, 60), (60, 20)]:
        expected = initial().moved(2, 1, 2, w=plane.u[column], b=plane.v[row]).loss("Training")
        assert plane.loss[row, column] == pytest.approx(expected, rel=1e-6)
    before = network.moved_to()
    place = network.surface.bounding_box()
    assert place is not None
    mouse = network.page.mouse
    mouse.move(place["x"] + 0.4 * place["width"], place["y"] + 0.4 * place["height"])
    mouse.down()
    for share in (0.45, 0.5, 0.55):
        mouse.move(place["x"] + share * place["width"], place["y"] + share * place["height"])
        network.page.wait_for_timeout(50)
        w, b = network.moved_to()
        assert w > before[0] or share == 0.45
        before = w, b
        network.expect_numbers(initial().moved(2, 1, 2, w=w, b=b))
        network.expect_weight(w, b)
    mouse.up()
    assert plane.u[0] < before[0] < plane.u[-1]
    assert plane.v[0] < before[1] < plane.v[-1]
    assert network.last_surface().distance(initial().moved(2, 1, 2, w=before[0], b=before[1]).theta) < 1e-12


def test_new_data_have_a_loss_surface_of_their_own(network: NetworkPage):
    network.button("New data").click()
    plane = network.last_surface()
    new = initial(split=simulate_split("moons", noise=0.15, seed=1))
    for row, column in [(0, 0), (30, 31), (60, 10)]:
        moved = new.moved(1, 1, 1, w=plane.u[column], b=plane.v[row])
        assert plane.loss[row, column] == pytest.approx(moved.loss("Training"), rel=1e-6)


def test_new_data_and_new_weights_are_drawn_and_one_does_not_undo_the_other(network: NetworkPage):
    new = simulate_split("moons", noise=0.15, seed=1)
    network.button("New data").click()
    network.expect_numbers(initial(split=new))
    network.button("New weights").click()
    network.expect_numbers(initial(seed=1, split=new))
    network.unfold("Data")
    for name, value in {"Seed": 7, "Points": 60, "Noise": 0.3, "Training share": 0.5}.items():
        network.type(name, value)
    network.expect_numbers(initial(seed=1, split=simulate_split("moons", seed=7, n=60, noise=0.3, train_share=0.5)))
    expect(network.card("Data")).to_contain_text("60 points · noise 0.3 · 50 % train")


# --- what is read of it ---


@pytest.mark.parametrize("label", ["None", "L1", "L2"])
def test_the_gradient_and_what_is_minimised_are_said_beside_the_loss(network: NetworkPage, label: str):
    penalty = {"penalty": label.lower(), "penalty_strength": 0 if label == "None" else 0.05}
    network.unfold("Loss")
    network.choose("Regularization", label)
    if label != "None":
        network.type("Strength", 0.05)
    network.button("Output").click()
    network.type("w (weight)", 3)
    shown = initial().moved(3, 1, 1, w=3)
    network.expect_numbers(shown)
    minimised, _, norm = shown.slope(**penalty)
    network.expect_sentence(f"|∇L| = {loss_text(norm)}")
    if label == "None":
        expect(network.card("Loss")).not_to_contain_text("with L")
    else:
        expect(network.card("Loss")).to_contain_text(f"with {label}: {loss_text(minimised)}")


def test_the_output_and_the_decision_surface_have_one_scale_which_the_legend_names(network: NetworkPage):
    network.button("Output").click()
    network.type("b (bias)", 1)
    shown = initial().moved(3, 1, 1, b=1)
    network.expect_numbers(shown)
    expect(network.diagram).to_contain_text("hidden units from blue (−1) to orange (1); output as in the figure beside")
    units = shown.units(picture_places(shown))
    expect_picture(network.button("Output"), 1 / (1 + np.exp(-units[-1][:, 0])))
    expect_picture(network.unit(1, 3), (units[0][:, 2] + 1) / 2)
    expect_picture(network.unit(2, 1), (units[1][:, 0] + 1) / 2)
    [probability] = network.drawn("probability")["image"]
    grid = np.array(list(probability.values()) if isinstance(probability, dict) else probability).reshape(60, 60)
    expect_picture(network.button("Output"), np.flipud(grid[::3, ::3]).ravel(), slack=0)
    # Logistic units from 0 to 1; those without bounds each on a scale of its own.
    network.unfold("Model")
    network.choose("Activation", "Logistic")
    expect(network.diagram).to_contain_text("hidden units from blue (0) to orange (1)")
    logistic = initial(activation="logistic")
    expect_picture(network.unit(2, 2), logistic.units(picture_places(logistic))[1][:, 1])
    network.choose("Activation", "ReLU")
    expect(network.diagram).to_contain_text("each hidden unit")
    network.choose("Data set", "Sine")
    sine = initial(features=(), activation="relu", split=simulate_split("sine", noise=0.15))
    network.expect_numbers(sine)
    low, high = curve_ends(sine)
    line = picture_places(sine)
    expect_picture(network.button("Output"), np.tile((sine.units(line)[-1][:, 0] - low) / (high - low), 20))


def picture_places(network: Network) -> np.ndarray:
    """The points of a unit's picture, row by row from the top, in the data's own columns."""
    x = np.concatenate([network.split.train.x, network.split.test.x])
    along = 1.05 * np.abs(x).max() * (-1 + 2 * np.arange(0, 60, 3) / 59)
    if x.shape[1] == 1:
        return along[:, None]
    return np.stack([np.tile(along, 20), np.repeat(along[::-1], 20)], axis=1)


def curve_ends(network: Network) -> tuple[float, float]:
    """The ends of the vertical axis of a curve."""
    y = np.concatenate([network.split.train.y, network.split.test.y])
    return y.min() - 0.25 * np.ptp(y), y.max() + 0.25 * np.ptp(y)


def expect_picture(unit: Locator, shares: np.ndarray, slack: int = 1) -> None:
    """A unit's picture shows these shares of the scale from blue to orange, row by row from the top."""
    image = """button => {
      const canvas = button.querySelector("canvas")
      return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
    }"""
    shown = np.reshape(unit.evaluate(image), (-1, 4))[:, :3]
    palette = np.array([[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in theme.DIVERGING])
    index = np.floor(np.clip(shares, 0, 1) * (len(palette) - 1) + 0.5).astype(int)
    # a value on the border of two colours may have either
    top = len(palette) - 1
    near = [np.abs(shown - palette[np.clip(index + k, 0, top)]).max(axis=1) for k in range(-slack, slack + 1)]
    assert (np.min(near, axis=0) == 0).all()
    assert (np.abs(shown - palette[index]).max(axis=1) == 0).mean() > 0.98
