"""The diagram of the lesson on networks: layers, units and inputs, by pointer and by keyboard."""

from playwright.sync_api import expect

from tests.browser.network_page import FEATURES, SLOW, NetworkPage, initial


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
        sizes = [2, *hidden, 1]
        expect(network.card("Model")).to_contain_text(("→" if len(sizes) > 4 else " → ").join(map(str, sizes)))
        network.expect_numbers(initial(hidden=hidden))
        assert network.hidden == hidden
    expect(network.button("Remove a layer")).to_be_disabled()
    # Without a hidden layer it is the logistic regression of two inputs.
    expect(network.choice("Connection from").get_by_role("option")).to_have_text(FEATURES[:2])
    expect(network.card("Model")).to_contain_text("output")
    network.run_to_the_end()
    expect(network.status).to_contain_text("After 400 steps")


def test_no_network_is_larger_than_fits(network: NetworkPage):
    network.set_hidden(1)
    expect(network.button("Remove a unit from layer 1")).to_be_disabled()
    network.set_hidden(4, 3)
    # A button that is clicked faster than it is drawn anew: the eighth unit is the last one.
    network.button("Add a unit to layer 1").evaluate("button => {for (let k = 0; k < 6; k++) button.click()}")
    expect(network.button("Add a unit to layer 1")).to_be_disabled()
    expect(network.card("Model")).to_contain_text("2 → 8 → 3 → 1")
    network.expect_numbers(initial(hidden=[8, 3]))
    network.button("Add a layer").evaluate("button => {for (let k = 0; k < 6; k++) button.click()}")
    expect(network.button("Add a layer")).to_be_disabled()
    network.expect_numbers(initial(hidden=[8, 3, 3, 3, 3, 3]))
    network.run_to_the_end()
    network.expect_end(400)
    expect(network.diagram.get_by_role("alert")).to_be_hidden()


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
