"""The third lesson by hand: weights on the sliders, the loss around them, what the network makes of the data."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from dl_workshop.toy_data import simulate_split
from tests.browser.network_page import CURVE, DECISION, FEATURES, NetworkPage, initial
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


def test_dragging_a_weight_moves_everything_and_sends_nothing_until_it_is_let_go(network: NetworkPage):
    network.take(2, 2, "unit 3")
    network.wait_for_last_plane()
    mouse, box = network.page.mouse, network.box("w (weight)")
    place = network.w.bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    figures = [network.figure(DECISION), network.button("Output"), network.unit(2, 2)]
    network.watch.forget_when_quiet()
    before = [pixels(figure) for figure in figures]
    mouse.move(x, y)
    mouse.down()
    value, seen = box.input_value(), set()
    for distance in range(8, 72, 8):
        mouse.move(x + distance, y)
        expect(box).not_to_have_value(value)
        value = box.input_value()
        network.expect_numbers(initial().moved(2, 2, 3, w=float(value)))
        seen.add(network.card("Loss").inner_text())
    assert len(seen) > 5
    for figure, old in zip(figures, before, strict=True):
        settle(figure, lambda image, old=old: changed(old, image) > 20, "the moved weight")
    assert network.watch.stays_silent()
    mouse.up()
    [plane] = network.wait_for_planes(1)  # the loss around there, and nothing to keep on the server
    assert network.watch.sent("commit") == []
    assert network.watch.messages_sent == 1
    assert plane["w"][0] < float(value) < plane["w"][1]
    network.expect_no_run()


def test_the_keyboard_and_typing_move_weight_and_bias(network: NetworkPage):
    network.take(1, 4, "x₂")
    network.watch.forget_when_quiet()
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
    network.type("w (weight)", 50)
    network.expect_sentence(re.compile(r"50 is outside -6 to 6; 6 is used"))
    network.watch.wait_for_commits(0)
    assert network.watch.sent("commit") == []
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
    network.watch.forget_when_quiet()
    network.take(2, 1, "unit 2")
    plane = network.wait_for_planes(1)[-1]
    expect(network.card("Loss surface and path")).to_contain_text("w and b, all else held")
    side = round(plane["surface"].size ** 0.5)
    ends = plane["w"], plane["b"]
    for row, column in [(0, 0), (side // 2, side - 1), (side - 1, side // 3)]:
        w, b = (np.linspace(*end, side)[k] for end, k in zip(ends, (column, row), strict=True))
        expected = initial().moved(2, 1, 2, w=w, b=b).loss("Training")
        assert plane["surface"].ravel()[row * side + column] == pytest.approx(expected, rel=1e-4)
    network.watch.forget_when_quiet()
    before = network.theta()
    place = network.surface.bounding_box()
    assert place is not None
    mouse = network.page.mouse
    mouse.move(place["x"] + 0.4 * place["width"], place["y"] + 0.4 * place["height"])
    mouse.down()
    for share in (0.45, 0.5, 0.55):
        mouse.move(place["x"] + share * place["width"], place["y"] + share * place["height"])
        expect(network.w).not_to_have_js_property("value", str(before[0]))
        before = network.theta()
        network.expect_numbers(initial().moved(2, 1, 2, w=before[0], b=before[1]))
    mouse.up()
    assert network.watch.sent("commit") == []
    assert plane["w"][0] < before[0] < plane["w"][1]
    assert plane["b"][0] < before[1] < plane["b"][1]


def test_new_data_have_a_loss_surface_of_their_own(network: NetworkPage):
    network.wait_for_planes(1)
    network.watch.forget_when_quiet()
    network.button("New data").click()
    plane = network.wait_for_planes(1)[-1]
    new = initial(split=simulate_split("moons", noise=0.15, seed=1))
    w, b = plane["w"][0], plane["b"][0]
    assert plane["surface"].ravel()[0] == pytest.approx(new.moved(1, 1, 1, w=w, b=b).loss("Training"), rel=1e-4)


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


@pytest.mark.parametrize("at_once", ["New weights", "Add a layer"])
def test_changes_that_follow_at_once_all_arrive(network: NetworkPage, at_once: str):
    """A slow connection answers the first when the second has long been asked for."""
    other = network.button(at_once).element_handle()
    network.button("New data").evaluate("(first, second) => {first.click(); second.click()}", other)
    new = simulate_split("moons", noise=0.15, seed=1)
    weights = {"seed": 1} if at_once == "New weights" else {"hidden": [4, 3, 3]}
    network.expect_numbers(initial(split=new, **weights))
    # and the other way round: a change of the network, then one that is none
    box = network.box("Steps").element_handle()
    network.button("Add a unit to layer 1").evaluate(
        "(add, box) => {add.click(); box.value = '50'; box.dispatchEvent(new Event('change'))}", box
    )
    hidden = [5, *(weights.get("hidden") or [4, 3])[1:]]
    network.expect_numbers(initial(split=new, **(weights | {"hidden": hidden})))
    network.run_to_the_end()
    network.expect_end(50)
