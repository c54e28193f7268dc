"""Predictions that are drawn: by mouse, finger or keys, before the run; what it shows; what passes, what does not."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import opened
from tests.browser.lesson_page import DESCENT, NETWORK, LessonPage
from tests.browser.network_page import NetworkPage
from tests.browser.places import box_of
from tests.browser.test_course import chapter_of, end_run, exercise
from tests.serving import Server
from tests.test_texts import descent, sketched

FALL, TEST_LOSS = "fall", "overfit"
EARLY = [(0, 0.1), (0.12, 0.85), (1, 0.92)]  # from the left, and from the top: as the run goes
STRAIGHT = [(0, 0.1), (1, 0.92)]
RISING = [(0, 0.3), (1, 0.05)]
TURNING = [(0, 0.6), (0.3, 0.85), (1, 0.3)]


@pytest.fixture(scope="module")
def sketching(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    with opened(chromium, server, viewport={"width": 1600, "height": 900}, course=True) as page:
        yield page


def draw(page: LessonPage, found: Locator, places: list[tuple[float, float]]) -> None:
    """One stroke over the pad."""
    pad = found.get_by_role("group", name=re.compile("^Your sketch of"))
    pad.scroll_into_view_if_needed()
    box = box_of(pad)
    for k, (across, down) in enumerate(places):
        page.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=4)
        if k == 0:
            page.page.mouse.down()
    page.page.mouse.up()


def show(page: LessonPage, found: Locator) -> None:
    """Lets the run show it."""
    before = len(page.watch.asked("run"))
    found.get_by_role("button", name="Run it").click()
    page.page.wait_for_function(
        "before => asked.filter(({kind, ended}) => kind === 'run' && ended).length > before", arg=before
    )
    end_run(page)
    expect(found.get_by_text("your sketch the run")).to_be_visible()


def shown(found: Locator) -> list[float]:
    """Heights of the run's curve in the sketch, from 0 at the lower end of its axis to 1 at the upper."""
    points = found.locator("polyline.shown").get_attribute("points") or ""
    return [1 - float(point.split(",")[1]) / 150 for point in points.split()]


def test_a_curve_like_that_of_the_run_passes_and_the_run_is_drawn_over_it(sketching: LessonPage):
    page = sketching
    found = exercise(page, DESCENT, FALL)
    expect(found.get_by_role("button", name="Run it")).to_be_disabled()
    draw(page, found, EARLY)
    assert shown(found) == []
    show(page, found)
    expect(found.get_by_role("status")).to_contain_text("✓ Half of the fall is over at step 2 of 50")
    wanted, settings = sketched("descent", FALL)
    w = descent(settings)
    heights = (w**2 + 3 * w - 5 - wanted["low"]) / (wanted["high"] - wanted["low"])
    np.testing.assert_allclose(shown(found), heights, atol=1e-6)
    expect(found).to_have_class(re.compile("passed"))


@pytest.mark.parametrize(
    ("drawn", "why"),
    [(STRAIGHT, "in your sketch at step 2"), (RISING, "your sketch does not end lower than it begins")],
)
def test_another_curve_does_not_and_is_told_what_is_other(
    sketching: LessonPage, drawn: list[tuple[float, float]], why: str
):
    page = sketching
    found = exercise(page, DESCENT, FALL)
    draw(page, found, drawn)
    show(page, found)
    found.scroll_into_view_if_needed()
    verdict = found.get_by_role("status")
    expect(verdict).to_contain_text(why)
    expect(verdict).to_contain_text("Draw anew.")
    expect(found).not_to_have_class(re.compile("passed"))
    draw(page, found, EARLY)
    assert shown(found) == []
    page.page.wait_for_timeout(600)
    expect(found).not_to_have_class(re.compile("passed"))  # the run that one sees is not foretold
    show(page, found)
    expect(verdict).to_contain_text("✓ Half of the fall is over")


def test_a_run_that_is_another_shows_nothing(sketching: LessonPage):
    page = sketching
    found = exercise(page, DESCENT, FALL)
    draw(page, found, EARLY)
    for name, value in (("Step size (learning rate)", 0.2), ("w", 5)):
        page.type(name, value)
        page.button("Run gradient descent").click()
        end_run(page)
        page.page.wait_for_timeout(400)
        assert shown(found) == []
        show(page, found)
        assert len(shown(found)) == 51
        exercise(page, DESCENT, FALL)
        draw(page, found, EARLY)


def test_with_keys_alone(sketching: LessonPage):
    page = sketching
    found = exercise(page, DESCENT, FALL)
    handles = found.get_by_role("slider", name=re.compile(r"^f\(w\) at step \d+$"))
    expect(handles).to_have_count(8)
    handles.first.focus()
    for handle in handles.all():
        expect(handle).to_be_focused()
        handle.press("Home")
        for _ in range(8):
            handle.press("ArrowUp")
        expect(handle).to_have_attribute("aria-valuetext", "−7.20")
        page.page.keyboard.press("Tab")
    button = found.get_by_role("button", name="Run it")
    expect(button).to_be_focused()
    page.page.keyboard.press("Enter")
    end_run(page)
    expect(found.get_by_role("status")).to_contain_text("✓ Half of the fall is over")


def test_start_over_takes_the_sketch_away(sketching: LessonPage):
    page = sketching
    found = exercise(page, DESCENT, FALL)
    draw(page, found, EARLY)
    show(page, found)
    assert len(shown(found)) == 51
    chapter_of(page).get_by_role("button", name="Start over").click()
    assert shown(found) == []
    values = {handle.input_value() for handle in found.get_by_role("slider").all()}
    assert len(values) == 1
    expect(found.get_by_role("button", name="Run it")).to_be_disabled()


def test_the_test_loss_of_a_network_turns(sketching: LessonPage):
    page = NetworkPage(sketching.page, sketching.watch)
    found = exercise(page, NETWORK, TEST_LOSS)
    draw(page, found, [(0, 0.6), (1, 0.95)])
    show(page, found)
    found.scroll_into_view_if_needed()
    expect(found.get_by_role("status")).to_contain_text("In your sketch it does not rise again")
    draw(page, found, TURNING)
    show(page, found)
    expect(found.get_by_role("status")).to_contain_text("✓ The lowest, 0.31, is at step 135; at the end it is 1.53")


def test_by_finger_on_a_phone(chromium: Browser, server: Server):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with opened(chromium, server, course=True, **phone) as page:
        found = exercise(page, DESCENT, FALL)
        pad = found.get_by_role("group", name=re.compile("^Your sketch of"))
        pad.scroll_into_view_if_needed()
        box = box_of(pad)
        finger = page.page.context.new_cdp_session(page.page)
        for k in range(21):
            at = {"x": box["x"] + (0.08 + 0.045 * k) * box["width"], "y": box["y"] + 0.92 * box["height"]}
            finger.send("Input.dispatchTouchEvent", {"type": "touchMove" if k else "touchStart", "touchPoints": [at]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert {handle.input_value() for handle in found.get_by_role("slider").all()} <= {"7", "8", "9"}
        page.page.wait_for_timeout(400)  # a finger is lifted before it taps
        found.get_by_role("button", name="Run it").tap()
        end_run(page)
        expect(found.get_by_role("status")).to_contain_text("✓ Half of the fall is over")
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
