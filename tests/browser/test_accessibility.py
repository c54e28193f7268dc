"""Names and the keyboard: who cannot use a mouse, or does not see the page, has all of it."""

import re

import pytest
from playwright.sync_api import expect

from dl_workshop.data import simulate_line
from dl_workshop.training import train
from tests.browser.lesson_page import LINEAR, LOGISTIC, NETWORK, RUN, LessonPage

FOCUSED = """() => {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  if (!element || element === document.body) return ""
  const label = element.closest("label")
  return (element.getAttribute("aria-label") || label?.textContent || element.textContent || element.title || "").trim()
}"""


@pytest.mark.parametrize("title", [LINEAR, LOGISTIC])
def test_everything_has_the_name_that_it_is_known_by(shared_page: LessonPage, title: str):
    page = shared_page
    page.open(title)
    if not page.slider("Noise").is_visible():
        page.unfold_data()
    for name in ("Noise", "Points", "Step size (learning rate)", "Steps", "Step of the run"):
        expect(page.slider(name)).to_have_count(1)
    for letter in ("w", "b"):
        expect(page.lesson.get_by_role("slider", name=re.compile(f"^{letter} "))).to_have_count(1)
    for name in (RUN, "Play", "Step back", "Step forward", "Reset", "New data", "Bad guess"):
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


@pytest.mark.parametrize("title", [LINEAR, LOGISTIC])
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
        LINEAR, "New data", "w (slope)", "b (intercept)", "Exact value of w (slope)", "Bad guess", "Loss function",
        "Show residuals", "Optimizer", "Step size (learning rate)", "Steps", "Batch size", RUN, "Reset", "Play",
        "Speed",
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
    run = train({"w": 0.0, "b": 0.0}, "linear", "mse", simulate_line(), step_size=0.01, n_steps=500)
    for key, step in [("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 500)]:
        keyboard.press(key)
        page.expect_step(step, 500)
        page.expect_theta(run.theta["w"][step], run.theta["b"][step])


def test_arrow_keys_move_among_the_tabs(shared_page: LessonPage):
    page = shared_page
    tab = page.page.get_by_role("tab", name=LINEAR, exact=True)
    tab.focus()
    for key, title in [
        ("ArrowRight", LOGISTIC), ("ArrowRight", NETWORK), ("ArrowRight", LINEAR), ("ArrowLeft", NETWORK),
        ("Home", LINEAR), ("End", NETWORK), ("ArrowLeft", LOGISTIC),
    ]:  # fmt: skip
        page.page.keyboard.press(key)
        expect(page.page.get_by_role("tab", selected=True)).to_have_text(title)
        assert page.page.evaluate(FOCUSED) == title
    page.title = LOGISTIC
    page.wait()


def test_a_selector_is_worked_by_keys(shared_page: LessonPage):
    page = shared_page
    page.choice("Optimizer").press("Enter")
    expect(page.page.get_by_role("listbox")).to_be_visible()
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("Enter")
    expect(page.choice("Optimizer")).to_have_text("Momentum")
    expect(page.slider("Momentum")).to_be_visible()
