"""How the page is arranged: nothing cut off, nothing on top of something else, at every size that is promised."""

import re
from itertools import combinations

import pytest
from playwright.sync_api import FloatRect, expect

from tests.browser.lesson_page import LINEAR, LOGISTIC, POLYNOMIAL, RUN, SURFACE, LessonPage
from tests.browser.places import SCROLLING, box_of, cut_off, expect_transport_apart, overlap

DESKTOP, LOW, PROJECTOR, TABLET, PHONE = (1280, 720), (1366, 657), (1024, 768), (768, 1024), (390, 844)
ONE_INPUT = [LINEAR, POLYNOMIAL, LOGISTIC]


def is_tidy(page: LessonPage, width: int) -> None:
    """Cards stand beside each other, hold what is in them, and end before the page does."""
    assert page.page.evaluate(SCROLLING)["across"] == []
    assert cut_off(page.lesson) == []
    expect_transport_apart(page)
    cards = {card.get_attribute("aria-label"): box_of(card) for card in page.lesson.get_by_role("region").all()}
    assert len(cards) >= 8
    for name, card in cards.items():
        assert card["x"] >= 0, name
        assert card["x"] + card["width"] <= width, name
    for (name, card), (other_name, other) in combinations(cards.items(), 2):
        if "Playback" not in (name, other_name) or width > 900:  # on a phone the transport stays at the lower edge
            assert not overlap(card, other), f"{name} and {other_name}"
    for name, card in cards.items():
        region = page.lesson.get_by_role("region", name=name, exact=True)
        for role in ("button", "textbox", "combobox", "checkbox", "heading", "img"):
            for part in region.get_by_role(role).all():
                box = box_of(part)
                inside = (
                    box["x"] >= card["x"] - 1
                    and box["y"] >= card["y"] - 1
                    and box["x"] + box["width"] <= card["x"] + card["width"] + 1
                    and box["y"] + box["height"] <= card["y"] + card["height"] + 1
                )
                assert inside, f"{part} sticks out of {name}"


@pytest.mark.parametrize("title", ONE_INPUT)
@pytest.mark.parametrize(("width", "height"), [DESKTOP, LOW, PROJECTOR, TABLET, PHONE])
def test_nothing_is_cut_off_or_covered(shared_page: LessonPage, title: str, width: int, height: int):
    page = shared_page
    page.page.set_viewport_size({"width": width, "height": height})
    page.open(title)
    is_tidy(page, width)
    page.run_to_the_end()
    expect(page.status).not_to_be_empty()
    is_tidy(page, width)


@pytest.mark.parametrize("title", [LINEAR, LOGISTIC])
def test_a_whole_lesson_is_visible_at_1280_by_720(shared_page: LessonPage, title: str):
    page = shared_page
    page.page.set_viewport_size({"width": 1280, "height": 720})
    page.open(title)
    for optimizer in ("Momentum", "Adam", "Gradient descent"):
        page.choose("Optimizer", optimizer)
        assert page.page.evaluate(SCROLLING)["down"] == []
        for element in (page.button(RUN), page.button("Play"), page.status, page.card("Loss over steps")):
            box = box_of(element)
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 720


@pytest.mark.parametrize("title", ONE_INPUT)
@pytest.mark.parametrize(("width", "height"), [DESKTOP, LOW, PHONE])
def test_what_is_pressed_and_what_is_said_of_it_are_in_view(
    shared_page: LessonPage, title: str, width: int, height: int
):
    page = shared_page
    page.page.set_viewport_size({"width": width, "height": height})
    page.open(title)
    for element in (page.button("Play"), *([page.button(RUN)] if (width, height) != PHONE else [])):
        expect(element).to_be_in_viewport(
            ratio=1
        )  # either starts a run; on a phone the transport stays, the cards scroll
    page.run_to_the_end()
    expect(page.status).not_to_be_empty()
    page.page.wait_for_timeout(600)  # a phone scrolls to where there is something to watch
    for element in (page.button("Play"), page.status, page.figure(SURFACE)):
        expect(element).to_be_in_viewport(ratio=0.9)


def test_the_cards_stand_in_the_order_of_the_idea(shared_page: LessonPage):
    page = shared_page
    page.page.set_viewport_size({"width": 1280, "height": 720})
    page.open(LINEAR)
    tops = [box_of(page.card(name))["y"] for name in ("Data", "Model", "Loss", "Optimizer")]
    assert tops == sorted(tops)
    assert box_of(page.card("Data and fit"))["x"] < box_of(page.card("Loss surface and path"))["x"]
    assert box_of(page.card("Loss over steps"))["y"] > box_of(page.card("Data and fit"))["y"]


def test_numbers_that_change_do_not_move_what_stands_around_them(shared_page: LessonPage):
    page = shared_page
    page.page.set_viewport_size({"width": 1280, "height": 720})
    page.open(LINEAR)

    def places() -> list[FloatRect]:
        names = ("Data", "Model", "Loss", "Optimizer", "Data and fit", "Loss surface and path", "Loss over steps")
        return [box_of(page.card(name)) for name in names] + [box_of(page.button("Play")), box_of(page.scrubber)]

    before = places()
    for w, b in [(-10, -10), (10, 30), (2.01, 20.08)]:
        page.set_theta(w, b)
        assert places() == before
    page.type("Step size (learning rate)", 0.13)
    page.run_to_the_end()
    expect(page.status).to_contain_text(re.compile("Diverged"))
    assert places() == before


def test_unfolded_data_can_all_be_used_at_1280_by_720(page: LessonPage):
    page.unfold_data()
    page.checkbox("Show true line").click()
    for name in ("True w", "True b", "Noise", "Points", "Seed"):
        page.slider(name).press("ArrowRight")
    page.button("New data").click()
    page.button(RUN).click()
    page.wait_for_run()
    is_tidy(page, 1280)
