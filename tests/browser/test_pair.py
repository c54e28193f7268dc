"""A | B: two lessons side by side, with one playback; what differs is said, and both are in the address."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from dl_workshop.training import train
from tests.browser.conftest import opened
from tests.browser.lesson_page import LINEAR, NETWORK, LessonPage
from tests.browser.test_accessibility import AXE, FINDINGS, TAGS
from tests.browser.test_runs import LINE
from tests.serving import Server

COMPARE = "A | B: compare side by side"
# Losses of the run in a frame.
LOSSES = "async () => Array.from((await half.lesson()).state.run.loss)"
ENDS = """async () => {
  const {start, end} = (await half.lesson()).plots.views.loss_log.model.y_range
  return [start, end]
}"""
STEPS = """async () => {
  const {run, step} = (await half.lesson()).state
  return run.steps[step]
}"""


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    with opened(chromium, server, ahead=False) as page:
        yield page


def side(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def frame(page: Page, name: str) -> FrameLocator:
    return page.frame_locator(f"iframe[title='Lesson {name}']")


def both(page: Page, script: str) -> list[Any]:
    """What a script gives in each of the two frames."""
    return [one.evaluate(script) for one in page.frames if "?half" in one.url]


def compare(page: LessonPage) -> Page:
    """Puts the lesson that is open beside itself."""
    page.page.get_by_role("button", name=COMPARE).click()
    wait(page.page)
    return page.page


def wait(page: Page) -> None:
    """Waits until both lessons are there."""
    for name in "AB":
        expect(frame(page, name).locator("[data-theme] .bk-Canvas").first).to_be_visible(timeout=30_000)
    page.wait_for_function("document.querySelectorAll('#both header b:not(:empty)').length === 2")


def choose(page: Page, name: str, label: str, option: str) -> None:
    frame(page, name).get_by_role("combobox", name=label, exact=True).select_option(label=option)


def run_to_the_end(page: Page) -> None:
    page.get_by_role("button", name="Run both").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("slider", name="Step of the run").press("End")
    page.wait_for_function("/(\\d+) \\/ \\1$/.test(document.querySelector('#both .count').textContent)")


def test_two_of_a_lesson_differ_in_what_is_changed_and_play_in_step(page: LessonPage):
    both_page = compare(page)
    expect(page.page.locator("#both header .apart")).to_have_text([re.compile("as the other")] * 2)
    choose(both_page, "B", "Optimizer", "Momentum")
    expect(side(both_page, "A")).to_contain_text("optimizer Gradient descent, step size 0.01")
    expect(side(both_page, "B")).to_contain_text("optimizer Momentum, step size 0.03, momentum 0.9")
    both_page.get_by_role("button", name="Run both").click()
    expect(both_page.get_by_role("button", name="Pause")).to_be_visible()
    both_page.wait_for_function("/step [1-9]/.test(document.querySelector('#both .count').textContent)")
    both_page.get_by_role("button", name="Pause").click()
    a, b = both(both_page, STEPS)
    assert a == b > 0
    both_page.get_by_role("button", name="Step forward").click()
    after = both(both_page, STEPS)
    assert after[0] == after[1] > a


def test_both_run_as_the_library_does_and_their_curves_have_one_scale(page: LessonPage):
    both_page = compare(page)
    choose(both_page, "B", "Optimizer", "Momentum")
    run_to_the_end(both_page)
    how = (("gradient_descent", 0.01), ("momentum", 0.03))
    for losses, (optimizer, size) in zip(both(both_page, LOSSES), how, strict=True):
        run = train([0.0, 0.0], "linear", "mse", LINE, optimizer=optimizer, step_size=size, n_steps=500)
        np.testing.assert_allclose(losses, run.loss, rtol=1e-9)
    ends = both(both_page, ENDS)
    assert ends[0] == ends[1]


def test_a_run_that_is_shorter_stays_at_its_last_step(page: LessonPage):
    page.page.goto(f"{page.page.url.split('#')[0]}#ab=1;linear;n_steps=20~1;linear;n_steps=60")
    wait(page.page)
    run_to_the_end(page.page)
    assert both(page.page, STEPS) == [20, 60]


def test_both_are_in_the_address(page: LessonPage):
    both_page = compare(page)
    choose(both_page, "B", "Loss function", "Huber")
    both_page.wait_for_function("location.hash === '#ab=1;linear~1;linear;loss=huber'")
    both_page.reload()
    wait(both_page)
    expect(side(both_page, "B")).to_contain_text("loss function Huber")
    both_page.go_back()
    expect(page.lesson).to_be_visible()
    expect(both_page.get_by_role("region", name="A", exact=True)).to_have_count(0)
    both_page.go_forward()
    wait(both_page)
    side(both_page, "B").get_by_role("button", name="Keep B").click()
    expect(page.lesson).to_be_visible()
    expect(page.choice("Loss function")).to_have_value("huber")


def test_a_tab_leads_out_of_it(page: LessonPage):
    both_page = compare(page)
    both_page.get_by_role("tab", name=LINEAR, exact=True).click()
    expect(page.lesson).to_be_visible()
    expect(both_page.locator("iframe")).to_have_count(0)
    assert "#1;linear" in both_page.url


def test_keys_play_both_wherever_the_focus_is(page: LessonPage):
    both_page = compare(page)
    frame(both_page, "B").locator("body").click(position={"x": 3, "y": 3})
    both_page.keyboard.press("r")
    expect(both_page.get_by_role("button", name="Pause")).to_be_visible()
    both_page.keyboard.press("Space")
    expect(both_page.get_by_role("button", name="Play")).to_be_visible()
    both_page.keyboard.press("Home")
    assert both(both_page, STEPS) == [0, 0]
    both_page.keyboard.press("ArrowRight")
    both_page.wait_for_function("document.querySelector('#both .count').textContent.startsWith('step 1 ')")
    assert both(both_page, STEPS) == [1, 1]


def test_light_dark_and_presenter_mode_are_those_of_the_page_around(page: LessonPage):
    both_page = compare(page)
    both_page.get_by_role("button", name="Light or dark").click()
    for name in "AB":
        expect(frame(both_page, name).locator("html")).to_have_attribute("data-theme", "dark")
    both_page.keyboard.press("p")
    for name in "AB":
        expect(frame(both_page, name).locator("html")).to_have_attribute("data-presenting", "")
        expect(frame(both_page, name).locator("html")).to_have_attribute("data-covered", "")
    both_page.keyboard.press("h")
    for name in "AB":
        expect(frame(both_page, name).locator("html")).not_to_have_attribute("data-covered", "")


def test_a_demonstration_shows_overfitting_without_and_with_a_penalty(page: LessonPage):
    page.page.keyboard.press("d")
    page.page.get_by_role("dialog").get_by_role("button", name="Without and with L2, side by side").click()
    wait(page.page)
    expect(side(page.page, "A")).to_contain_text("regularization None")
    expect(side(page.page, "B")).to_contain_text("regularization L2, strength 0.03")
    expect(page.page.get_by_role("button", name="Pause")).to_be_visible()
    page.page.get_by_role("tab", name=NETWORK, exact=True).click()
    expect(page.page.locator("iframe")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_found_by_axe_and_nothing_scrolls_sideways(page: LessonPage, width: int, height: int, theme: str):
    page.page.set_viewport_size({"width": width, "height": height})
    if theme == "dark":
        page.page.get_by_role("button", name="Light or dark").click()
    both_page = compare(page)
    choose(both_page, "B", "Loss function", "Huber")
    run_to_the_end(both_page)
    assert both_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert all(both(both_page, "document.documentElement.scrollWidth <= innerWidth"))
    for one in both_page.frames:
        one.evaluate(AXE.read_text())
    assert both_page.evaluate(FINDINGS, TAGS) == []
