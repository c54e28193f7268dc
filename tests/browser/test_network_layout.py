"""The lesson on networks on large and small screens, light and dark."""

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import opened
from tests.browser.lesson_page import RUN
from tests.browser.network_page import DECISION, NetworkPage, initial
from tests.browser.pixels import pixels, settle, shows_both_classes
from tests.browser.places import cut_off, expect_transport_apart
from tests.serving import Server


def paper(image: np.ndarray) -> float:
    """How bright a card is above its heading."""
    return float(image[4, image.shape[1] // 2].mean())


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


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (768, 1024), (390, 844)])
def test_smaller_screens_do_not_scroll_sideways(chromium: Browser, server: Server, width: int, height: int):
    with opened(chromium, server, viewport={"width": width, "height": height}) as page:
        network = NetworkPage.on(page)
        network.type("Steps", 10_000)
        network.run_to_the_end()
        assert network.page.evaluate("document.documentElement.scrollWidth") <= width
        assert network.lesson.evaluate("e => e.parentElement.scrollWidth") <= width
        for card in network.lesson.get_by_role("region").all():
            card.scroll_into_view_if_needed()
            place = card.bounding_box()
            assert place is not None
            assert 0 <= place["x"] < place["x"] + place["width"] <= width
            expect_nothing_cut(card)
        assert cut_off(network.lesson) == []
        expect_transport_apart(network)
        expect_apart_inside(network)
        settle(network.figure(DECISION), shows_both_classes, "two classes")


def test_the_dark_theme_darkens_the_figures_and_keeps_what_is_shown(network: NetworkPage):
    network.take(2, 2, "unit 3")
    network.type("w (weight)", 2)
    shown = initial().moved(2, 2, 3, w=2)
    network.expect_numbers(shown)
    cards = network.lesson.get_by_role("region").all()
    assert all(paper(pixels(card)) > 200 for card in cards)
    network.page.get_by_role("button", name="Light or dark").click()
    for card in cards:
        settle(card, lambda image: paper(image) < 60, "a dark card")
    settle(network.figure(DECISION), shows_both_classes, "two classes")
    network.expect_numbers(shown)
    network.expect_weight(2, 0)
    network.run_to_the_end()
    network.expect_end(400)
