"""The third lesson by hand: the diagram, the weights on the sliders, what the network makes of the data."""

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from dl_workshop.toy_data import simulate_split
from tests.browser.conftest import opened
from tests.browser.lesson_page import RUN
from tests.browser.network_page import CURVE, DECISION, SLOW, NetworkPage, initial
from tests.browser.pixels import changed, pixels, settle
from tests.serving import Server

FEATURES = ["x₁", "x₂", "x₁²", "x₂²", "x₁x₂", "sin x₁", "sin x₂"]


def bluish(image: np.ndarray) -> int:
    """Pixels of class 0, data or decision."""
    return int((image[..., 2] - image[..., 0] > 90).sum())


def orange(image: np.ndarray) -> int:
    """Pixels of class 1, data or decision."""
    return int((image[..., 0] - image[..., 2] > 90).sum())


def paper(image: np.ndarray) -> float:
    """How bright a card is above its heading."""
    return float(image[4, image.shape[1] // 2].mean())


def test_the_tab_opens_with_a_network_its_data_and_what_it_makes_of_them(network: NetworkPage):
    names = [f"Input {name}" for name in FEATURES]
    names += [f"Unit {unit} of layer {layer}" for layer, units in ((1, 4), (2, 3)) for unit in range(1, units + 1)]
    assert [unit.get_attribute("aria-label") for unit in network.units.all()] == [*names, "Output"]
    assert [unit.get_attribute("aria-pressed") for unit in network.inputs.all()] == ["true"] * 2 + ["false"] * 5
    expect(network.card("Model")).to_contain_text("2 → 4 → 3 → 1 · tanh")
    expect(network.card("Data")).to_contain_text("200 points")
    network.expect_numbers(initial())
    network.expect_no_run()
    decision = settle(network.figure(DECISION), lambda image: min(bluish(image), orange(image)) > 100, "two classes")
    assert decision.shape[0] > 100
    expect(network.figure(CURVE)).to_be_hidden()
    expect(network.status).to_have_text("")


# --- the diagram ---


def test_layers_and_units_are_added_and_removed_in_the_diagram(network: NetworkPage):
    for name, hidden in [
        ("Add a unit to layer 1", [5, 3]),
        ("Remove a unit from layer 2", [5, 2]),
        ("Add a layer", [5, 2, 2]),
        ("Remove a layer", [5, 2]),
        ("Remove a layer", [5]),
        ("Remove a layer", []),
    ]:
        network.button(name).click()
        expect(network.card("Model")).to_contain_text(" → ".join(map(str, [2, *hidden, 1])))
        network.expect_numbers(initial(hidden=hidden))
        assert network.hidden == hidden
    expect(network.button("Remove a layer")).to_be_disabled()
    # Without a hidden layer it is the logistic regression of two inputs.
    expect(network.choice("Connection from").get_by_role("option")).to_have_text(FEATURES[:2])
    expect(network.card("Model")).to_contain_text("output")
    network.run_to_the_end()
    expect(network.status).to_contain_text("After 400 steps")


def test_no_network_is_larger_than_fits_and_a_click_too_many_says_so(network: NetworkPage):
    network.set_hidden(1)
    expect(network.button("Remove a unit from layer 1")).to_be_disabled()
    network.set_hidden(4, 3)
    # Clicks that are faster than the answers: the eighth unit is the last one.
    network.button("Add a unit to layer 1").evaluate("button => {for (let k = 0; k < 6; k++) button.click()}")
    expect(network.diagram.get_by_role("alert")).to_contain_text(re.compile("too large.*8 units", re.IGNORECASE))
    expect(network.button("Add a unit to layer 1")).to_be_disabled()
    expect(network.card("Model")).to_contain_text("2 → 8 → 3 → 1")
    network.expect_numbers(initial(hidden=[8, 3]))
    network.run_to_the_end()
    network.expect_end(400)
    expect(network.diagram.get_by_role("alert")).to_be_hidden()


def expect_apart_inside(network: NetworkPage) -> None:
    """Every unit is inside of the diagram, and no two lie over each other."""
    rectangles = """all => all.map((e) => {
        const {left, right, top, bottom} = e.getBoundingClientRect()
        return [left, right, top, bottom]
    })"""
    units = np.array(network.units.evaluate_all(rectangles))
    [[left, right, top, bottom]] = network.diagram.evaluate_all(rectangles)
    assert units[:, 0].min() >= left
    assert units[:, 1].max() <= right
    assert units[:, 2].min() >= top
    assert units[:, 3].max() <= bottom
    one, other = units[:, None], units[None]
    overlap = np.minimum(one[..., 1::2], other[..., 1::2]) - np.maximum(one[..., ::2], other[..., ::2])
    assert ((overlap > 0.5).all(axis=-1).sum(axis=1) == 1).all()  # each with itself


def test_inputs_are_switched_on_and_off(network: NetworkPage):
    switch = {name: network.button(f"Input {name}") for name in FEATURES}
    switch["x₁²"].click()
    network.expect_numbers(initial(features=["x1", "x2", "x1_squared"]))
    expect(switch["x₁²"]).to_have_attribute("aria-pressed", "true")
    switch["x₁"].click()
    switch["sin x₂"].click()
    network.expect_numbers(initial(features=["x2", "x1_squared", "sin_x2"]))
    expect(switch["x₁"]).to_have_attribute("aria-pressed", "false")
    expect(network.card("Model")).to_contain_text("3 → 4 → 3 → 1")
    expect(network.choice("Connection from").get_by_role("option")).to_have_text(["x₂", "x₁²", "sin x₂"])
    for name in ("x₂", "x₁²"):
        switch[name].click()
        expect(switch[name]).to_have_attribute("aria-pressed", "false")
    network.expect_numbers(initial(features=["sin_x2"]))
    # The last one stays, and so does the network.
    switch["sin x₂"].click()
    expect(network.diagram.get_by_role("alert")).to_have_text("The network needs at least one input: switch one on.")
    expect(switch["sin x₂"]).to_have_attribute("aria-pressed", "true")
    expect(network.card("Model")).to_contain_text("1 → 4 → 3 → 1")
    network.expect_numbers(initial(features=["sin_x2"]))
    switch["x₂"].click()
    network.expect_numbers(initial(features=["x2", "sin_x2"]))
    expect(network.diagram.get_by_role("alert")).to_be_hidden()


def test_the_diagram_is_operated_by_keyboard(network: NetworkPage):
    keyboard = network.page.keyboard
    network.button("Input x₂").focus()
    for key, name in [
        ("ArrowUp", "Input x₁"),
        ("ArrowUp", "Input x₁"),
        ("ArrowLeft", "Input x₁"),
        ("ArrowRight", "Unit 1 of layer 1"),
        ("ArrowDown", "Unit 2 of layer 1"),
        ("ArrowDown", "Unit 3 of layer 1"),
        ("ArrowDown", "Unit 4 of layer 1"),
        ("ArrowDown", "Unit 4 of layer 1"),
        ("ArrowRight", "Unit 3 of layer 2"),
        ("ArrowRight", "Output"),
        ("ArrowRight", "Output"),
        ("ArrowDown", "Output"),
        ("ArrowLeft", "Unit 1 of layer 2"),
        ("ArrowDown", "Unit 2 of layer 2"),
    ]:
        keyboard.press(key)
        expect(network.button(name)).to_be_focused()
    keyboard.press("Enter")
    expect(network.card("Model")).to_contain_text("unit 2 of layer 2")
    expect(network.diagram).to_contain_text("Unit 2 of layer 2: b = 0.00")
    network.expect_weight(initial().layers[1]["w"][0, 1], 0)


def test_the_keyboard_stays_where_it_was_when_the_diagram_is_drawn_anew(network: NetworkPage):
    keyboard = network.page.keyboard
    network.button("Add a unit to layer 1").focus()
    for units in (5, 6):
        keyboard.press("Enter")
        expect(network.layers).to_contain_text(f"{units} −+3", timeout=SLOW)
        expect(network.button("Add a unit to layer 1")).to_be_focused()
    network.button("Input x₁x₂").focus()
    for pressed in ("true", "false"):
        keyboard.press("Space")
        expect(network.button("Input x₁x₂")).to_have_attribute("aria-pressed", pressed)
        expect(network.button("Input x₁x₂")).to_be_focused()


def test_a_connection_says_its_weight_under_the_pointer_and_is_chosen_by_a_click(network: NetworkPage):
    start = network.button("Input x₂").bounding_box()
    end = network.unit(1, 4).bounding_box()
    assert start is not None
    assert end is not None
    x = (start["x"] + start["width"] + end["x"]) / 2
    y = (start["y"] + start["height"] / 2 + end["y"] + end["height"] / 2) / 2
    weight = initial().layers[0]["w"][1, 3]
    network.page.mouse.move(x, y)
    expect(network.diagram).to_contain_text(f"w = {weight:.2f}")
    network.page.mouse.click(x, y)
    expect(network.card("Model")).to_contain_text("unit 4 of layer 1")
    expect(network.choice("Connection from")).to_have_value("1")
    network.expect_weight(weight, 0)


# --- weights by hand ---


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


# --- how it looks ---


def test_the_whole_lesson_fits_on_1280_by_720_even_with_the_largest_network(network: NetworkPage):
    network.run_to_the_end()
    expect_fits(network)
    network.set_hidden(8, 8, 8, 8, 8, 8)
    expect(network.button("Add a layer")).to_be_disabled()
    for layer in range(1, 7):
        expect(network.button(f"Add a unit to layer {layer}")).to_be_disabled()
    network.expect_numbers(initial(hidden=[8] * 6))
    expect_apart_inside(network)
    expect_fits(network)


def expect_fits(network: NetworkPage) -> None:
    """Everything is in sight, and nothing scrolls."""
    for card in network.lesson.get_by_role("region").all():
        place = card.bounding_box()
        assert place is not None
        assert 0 <= place["x"] < place["x"] + place["width"] <= 1280
        assert 0 <= place["y"] < place["y"] + place["height"] <= 720
        expect_nothing_cut(card)
    assert network.lesson.evaluate("e => e.parentElement.scrollHeight <= e.parentElement.clientHeight")
    for place in (network.button(RUN), network.scrubber):
        expect(place).to_be_in_viewport(ratio=1)


def expect_nothing_cut(card: Locator) -> None:
    """No text reaches beyond its card."""
    sticking_out = """card => {
        const {right} = card.getBoundingClientRect()
        return [...card.querySelectorAll('span, b, small, h2, th, td, caption, button, summary')]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > right + 0.5)
            .map((e) => e.textContent)
    }"""
    assert card.evaluate(sticking_out) == []


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (390, 844)])
def test_smaller_screens_do_not_scroll_sideways(chromium: Browser, server: Server, width: int, height: int):
    with opened(chromium, server, viewport={"width": width, "height": height}) as page:
        network = NetworkPage.on(page)
        network.run_to_the_end()
        assert network.page.evaluate("document.documentElement.scrollWidth") <= width
        assert network.lesson.evaluate("e => e.parentElement.scrollWidth") <= width
        for card in network.lesson.get_by_role("region").all():
            card.scroll_into_view_if_needed()
            place = card.bounding_box()
            assert place is not None
            assert 0 <= place["x"] < place["x"] + place["width"] <= width
            expect_nothing_cut(card)
        expect_apart_inside(network)
        settle(network.figure(DECISION), lambda image: min(bluish(image), orange(image)) > 100, "two classes")


def test_the_dark_theme_darkens_the_figures_and_keeps_what_is_shown(network: NetworkPage):
    network.take(2, 2, "unit 3")
    network.type("w (weight)", 2)
    shown = initial().moved(2, 2, 3, w=2)
    network.expect_numbers(shown)
    cards = network.lesson.get_by_role("region").all()
    assert all(paper(pixels(card)) > 200 for card in cards)
    network.page.get_by_role("button", name="Toggle theme").click()
    for card in cards:
        settle(card, lambda image: paper(image) < 60, "a dark card")
    settle(network.figure(DECISION), lambda image: min(bluish(image), orange(image)) > 100, "two classes")
    network.expect_numbers(shown)
    network.expect_weight(2, 0)
    network.run_to_the_end()
    network.expect_end(400)
