"""Names and the keyboard: who cannot use a mouse, or does not see the page, has all of it; axe-core finds nothing."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from dl_workshop.data import simulate_line
from dl_workshop.training import train
from tests.browser.conftest import opened
from tests.browser.lesson_page import DESCENT, FIT, LINEAR, LOGISTIC, NETWORK, POLYNOMIAL, RUN, SURFACE, LessonPage
from tests.serving import ROOT, Server

LESSONS = [LINEAR, DESCENT, POLYNOMIAL, LOGISTIC, NETWORK]
AXE = Path(ROOT, "node_modules", "axe-core", "axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FINDINGS = """async (tags) => {
  const {violations} = await axe.run(document, {resultTypes: ["violations"], runOnly: {type: "tag", values: tags}})
  return violations.flatMap(({id, nodes}) => nodes.map(({target, failureSummary: why}) => `${id}: ${target}: ${why}`))
}"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What a learner with a small window has, and the sizes that have rules of their own.
SIZES = {"light": [(1366, 657), (1280, 720), (1024, 768)], "dark": [(390, 844), (320, 640), (1280, 600)]}
ONE_INPUT = [LINEAR, POLYNOMIAL, LOGISTIC]
FOCUSED = """() => {
  const element = document.activeElement
  if (!element || element === document.body) return ""
  const label = element.closest("label")
  return (element.getAttribute("aria-label") || label?.textContent || element.textContent || element.title || "").trim()
}"""


@pytest.mark.parametrize(
    ("title", "parameters"),
    [(LINEAR, ["w (slope)", "b (intercept)"]), (POLYNOMIAL, ["w₁", "w₂", "b (intercept)"]),
     (LOGISTIC, ["w (slope)", "b (intercept)"])],
)  # fmt: skip
def test_everything_has_the_name_that_it_is_known_by(shared_page: LessonPage, title: str, parameters: list[str]):
    page = shared_page
    page.open(title)
    if not page.slider("Points").is_visible():
        page.unfold_data()
    expect(page.slider("Noise")).to_have_count(0 if title == LOGISTIC else 1)  # labels that are drawn have none
    for name in ("Points", "Step size (learning rate)", "Steps", "Step of the run", *parameters):
        expect(page.slider(name)).to_have_count(1)
    for name in (
        RUN, "Play", "Step back", "Step forward", "Reset", "New data", "Workshop settings", "Bad guess",
        "Show best fit", "Continue from here",
    ):  # fmt: skip
        expect(page.button(name)).to_have_count(1)
    expect(page.card("Loss")).to_contain_text(re.compile(r"(MSE|BCE): \d+\.\d\d"))
    expect(page.status).to_have_count(1)


def test_play_is_called_pause_while_a_run_plays(shared_page: LessonPage):
    page = shared_page
    page.run()
    expect(page.button("Pause")).to_have_count(1)
    expect(page.button("Play")).to_have_count(0)
    page.button("Pause").click()
    expect(page.button("Play")).to_have_count(1)


@pytest.mark.parametrize("title", ONE_INPUT)
def test_every_control_has_a_name(shared_page: LessonPage, title: str):
    shared_page.open(title)
    for role in ("slider", "textbox", "combobox", "checkbox", "button", "img"):
        for control in shared_page.lesson.get_by_role(role).all():
            if role != "img" or control.get_attribute("role") == "img":
                expect(control).to_have_accessible_name(re.compile(r"\S"))


def test_sliders_say_the_value_that_is_shown(shared_page: LessonPage):
    shared_page.open(LINEAR)
    shared_page.type("Step size (learning rate)", 0.02)
    expect(shared_page.slider("Step size (learning rate)")).to_have_attribute("aria-valuetext", "0.02")


def test_everything_is_reached_by_the_tab_key_and_shows_that_it_has_the_focus(page: LessonPage):
    reached = []
    for _ in range(60):
        page.page.keyboard.press("Tab")
        reached.append(page.page.evaluate(FOCUSED))
        if reached[-1] == "Speed":
            break
    for name in (
        LINEAR, "New data", "Workshop settings", "w (slope)", "b (intercept)", "Exact value of w (slope)", "Bad guess",
        "Loss function", "Show residuals", "Optimizer", "Step size (learning rate)", "Steps", "Batch size", RUN,
        "Reset", "Play", "Speed",
    ):  # fmt: skip
        assert name in reached
    assert LOGISTIC not in reached  # the tabs are one stop; arrow keys move among them
    assert reached.index("New data") < reached.index("w (slope)") < reached.index(RUN) < reached.index("Play")
    assert "" not in reached[: reached.index("Speed")]


def test_a_run_from_the_keyboard_alone(page: LessonPage):
    keyboard = page.page.keyboard
    for _ in range(60):
        keyboard.press("Tab")
        if page.page.evaluate(FOCUSED) == RUN:
            break
    keyboard.press("Enter")
    page.wait_for_run()
    for _ in range(20):
        keyboard.press("Tab")
        if page.page.evaluate(FOCUSED) == "Pause":
            break
    keyboard.press("Space")
    expect(page.button("Play")).to_be_visible()
    page.scrubber.focus()
    run = train([0.0, 0.0], "linear", "mse", simulate_line(), step_size=0.01, n_steps=500)
    for key, step in [("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 500)]:
        keyboard.press(key)
        page.expect_step(step, 500)
        page.expect_theta(*run.theta[step])


def test_arrow_keys_move_among_the_tabs(shared_page: LessonPage):
    page = shared_page
    tab = page.page.get_by_role("tab", name=LINEAR, exact=True)
    tab.focus()
    for key, title in [
        ("ArrowRight", DESCENT), ("ArrowRight", POLYNOMIAL), ("ArrowRight", LOGISTIC), ("ArrowRight", NETWORK),
        ("ArrowRight", LINEAR),
        ("ArrowLeft", NETWORK), ("Home", LINEAR), ("End", NETWORK), ("ArrowLeft", LOGISTIC),
    ]:  # fmt: skip
        page.page.keyboard.press(key)
        expect(page.page.get_by_role("tab", selected=True)).to_have_text(title)
        assert page.page.evaluate(FOCUSED) == title
    page.title = LOGISTIC
    page.wait()


def test_a_selector_is_worked_by_keys(shared_page: LessonPage):
    page = shared_page
    page.choice("Optimizer").press("ArrowDown")
    page.expect_choice("Optimizer", "Momentum")
    expect(page.slider("Momentum")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, server: Server, theme: Any):
    assert AXE.exists(), "axe-core is not installed: make test does it, or tests/find_node.py ci"
    with opened(chromium, server, color_scheme=theme, ahead=False) as page:
        page.page.evaluate(AXE.read_text())
        findings = []

        def look(width: int, height: int, what: str) -> None:
            page.page.set_viewport_size({"width": width, "height": height})
            found = page.page.evaluate(FINDINGS, TAGS)
            found += [f"it scrolls by {over} px"] if (over := page.page.evaluate(SIDEWAYS)) > 0 else []
            findings.extend(f"{page.title} at {width} x {height}, {what}: {one}" for one in found)

        before, during, after = SIZES[theme]
        for title in LESSONS:
            page.title = title
            page.page.get_by_role("tab", name=title, exact=True).click()
            page.button(RUN).wait_for()
            look(*before, "before a run")
            page.run()
            look(*during, "while it plays")
            page.scrubber.press("End")
            look(*after, "at its end")
        page.page.get_by_role("tab", name=LINEAR, exact=True).click()
        page.title = LINEAR
        page.checkbox("Edit points").check()
        page.button("Add an outlier").click()
        page.checkbox("Standardise x").check()
        page.card("Data").get_by_text("points of your own").click()
        for size in SIZES[theme]:
            look(*size, "with points of one's own")
        page.button("Open data").click()
        page.page.get_by_role("textbox", name="The table").fill("x,y,z\n1,2,a\n3,4,b\n5,six,c\n")
        look(*during, "with a table")
        page.page.keyboard.press("Escape")
        page.checkbox("Edit points").uncheck()
        page.page.get_by_role("tab", name=NETWORK, exact=True).click()
        page.title = NETWORK
        page.page.get_by_role("button", name=re.compile("^Course")).click()
        page.page.get_by_role("complementary", name="Course").filter(visible=True).wait_for()
        look(*before, "with the course")
        for opener in (page.page.get_by_role("button", name="Code", exact=True), page.button("About this optimizer"),
                       page.button("My report")):  # fmt: skip
            opener.click()
            look(*during, "with a dialog")
            page.page.keyboard.press("Escape")
        assert findings == []


def test_the_focus_is_never_lost(chromium: Browser, server: Server):
    with opened(chromium, server) as page:
        page.run_to_the_end()
        page.button("Step back").press("Enter")
        page.scrubber.press("Home")
        page.button("Step forward").press("Enter")
        page.button("Step back").press("Enter")  # at the start it can do no more
        assert page.page.evaluate(FOCUSED) == "Play"
        page.scrubber.press("End")
        page.button("Continue from here").press("Enter")
        page.wait_for_run()
        page.scrubber.press("Home")
        assert page.page.evaluate(FOCUSED) != ""
        page.page.get_by_role("tab", name=NETWORK, exact=True).click()
        page.title = NETWORK
        for _ in range(2):
            page.button("Remove a layer").press("Enter")
        assert page.page.evaluate(FOCUSED) == "Add a layer"


def test_a_page_key_goes_ten_steps(shared_page: LessonPage):
    page = shared_page
    for key, value in (("PageUp", "1.00"), ("PageUp", "2.00"), ("PageDown", "1.00")):
        page.w.press(key)
        expect(page.w).to_have_attribute("aria-valuetext", value)


def test_who_wants_less_motion_is_shown_the_end(chromium: Browser, server: Server):
    with opened(chromium, server, reduced_motion="reduce") as page:
        page.button(RUN).click()
        page.expect_step(500, 500)
        expect(page.button("Play")).to_be_visible()
        page.scrubber.press("Home")
        page.expect_step(0, 500)
        page.button("Play").click()
        expect(page.button("Pause")).to_be_visible()  # it plays where that is asked for


def test_the_figures_say_what_is_seen_in_them(shared_page: LessonPage):
    page = shared_page
    page.set_theta(2, 20)
    expect(page.figure(FIT)).to_have_accessible_name(re.compile(r"100 points.* = 2\.00·x \+ 20\.00; MSE: "))
    expect(page.figure(SURFACE)).to_have_accessible_name(re.compile(r"The point: w = 2, b = 20;"))
    page.run_to_the_end()
    expect(page.figure("The loss over the steps")).to_have_accessible_name(re.compile(r"at step 500; the run has 500"))


def swipe(page: LessonPage, over: Locator, across: int, up: int) -> None:
    """A finger goes over something, from its middle."""
    box = over.bounding_box()
    assert box is not None
    x, y = box["x"] + 0.7 * box["width"], box["y"] + box["height"] / 2
    finger = page.page.context.new_cdp_session(page.page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for k in range(1, 13):
        point = {"x": x + across * k / 12, "y": y - up * k / 12}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_swipe_that_begins_on_a_slider_scrolls_and_changes_nothing(chromium: Browser, server: Server):
    with opened(chromium, server, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as page:
        main = page.page.get_by_role("main")
        page.to_the_middle(page.w)
        before = main.evaluate("(main) => main.scrollTop")
        swipe(page, page.w, 0, 120)
        page.page.wait_for_function("(before) => document.querySelector('main').scrollTop > before", arg=before)
        page.expect_theta(0, 0)
        expect(page.w).to_have_value("0")
        swipe(page, page.w, -60, 0)
        expect(page.w).not_to_have_attribute("aria-valuetext", "0.00")
        page.w.tap(position={"x": 1, "y": 14})
        expect(page.w).to_have_attribute("aria-valuetext", "-10.00")


@pytest.mark.parametrize(("width", "height"), [(1366, 657), (1280, 600), (640, 360)])
def test_run_and_the_transport_stay_in_view(shared_page: LessonPage, width: int, height: int):
    page = shared_page
    page.page.set_viewport_size({"width": width, "height": height})
    for title in LESSONS:
        page.title = title
        page.page.get_by_role("tab", name=title, exact=True).click()
        page.button(RUN).wait_for()
        for name in ("Play", *([RUN] if width > 900 else [])):  # on a phone the transport stays: Play starts a run
            expect(page.button(name)).to_be_in_viewport(ratio=1)
    page.page.set_viewport_size({"width": 1280, "height": 720})
