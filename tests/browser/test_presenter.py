"""Presenter mode, the keys and the demonstrations."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import opened
from tests.browser.lesson_page import DESCENT, LINEAR, LOGISTIC, NETWORK, POLYNOMIAL, LessonPage
from tests.serving import Server

LESSONS = [LINEAR, DESCENT, POLYNOMIAL, LOGISTIC, NETWORK]

# Text that is seen and smaller than so many pixels, with its size; what has no size at all is only read out.
SMALL_TEXT = """(least) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const small = []
  while (walker.nextNode()) {
    const {textContent, parentElement} = walker.currentNode
    const size = parseFloat(getComputedStyle(parentElement).fontSize)
    const seen = parentElement.checkVisibility({visibilityProperty: true}) && parentElement.getClientRects().length > 0
    if (textContent.trim() !== "" && seen && size > 0 && size < least && !parentElement.closest("math, script")) {
      small.push(`${textContent.trim().slice(0, 40)}: ${size}`)
    }
  }
  for (const field of document.querySelectorAll("input.value, select")) {
    const size = parseFloat(getComputedStyle(field).fontSize)
    if (field.checkVisibility() && size < least) small.push(`${field.ariaLabel}: ${size}`)
  }
  return small
}"""

# Of the figures that are seen: sizes of the axes' texts, and widths of all curves.
FIGURES = """(lesson) => {
  const texts = [], curves = []
  for (const root of Bokeh.documents.flatMap((one) => one.roots())) {
    const view = Bokeh.index.find_one(root)
    if (view === null || !lesson.contains(view.el) || !view.el.checkVisibility()) continue
    for (const model of root.references()) {
      if (model.type.endsWith("Axis")) texts.push(model.major_label_text_font_size, model.axis_label_text_font_size)
      if (model.type === "Line") curves.push(model.line_width.value ?? model.line_width)
    }
  }
  return {texts: texts.map(parseFloat), curves}
}"""

VISIBLE = """(lesson, name) => Bokeh.documents.flatMap((one) => {
  const model = one.get_model_by_name(name)
  const view = one.roots().map((root) => Bokeh.index.find_one(root)).find((view) => view && lesson.contains(view.el))
  return model !== null && view ? [model.visible] : []
})"""


@pytest.fixture(scope="module")
def projector(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """One page of a projector's size, for all tests of this module."""
    with opened(chromium, server, viewport={"width": 1024, "height": 768}) as page:
        yield page


@pytest.fixture
def page(projector: LessonPage) -> LessonPage:
    """It, with the first lesson open, presenter mode off and nothing in focus."""
    projector.page.keyboard.press("Escape")
    projector.page.evaluate("document.activeElement?.blur()")
    if is_presenting(projector):
        projector.page.keyboard.press("p")
    projector.title = LINEAR
    projector.page.get_by_role("tab", name=LINEAR, exact=True).click()
    projector.wait()
    projector.page.evaluate("document.activeElement?.blur()")
    return projector


def is_presenting(page: LessonPage) -> bool:
    return page.page.get_by_role("button", name="Present", exact=True).get_attribute("aria-pressed") == "true"


def press(page: LessonPage, key: str) -> None:
    page.page.keyboard.press(key)


def open_by_key(page: LessonPage, title: str) -> None:
    """Opens a lesson by its number."""
    press(page, str(LESSONS.index(title) + 1))
    page.title = title
    expect(page.lesson.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=30_000)
    expect(page.lesson.locator("canvas").last).to_be_attached()


def expect_run(page: LessonPage) -> None:
    expect(page.scrubber).to_be_enabled(timeout=30_000)


def folded(page: LessonPage, name: str) -> Locator:
    return page.lesson.get_by_role("button", name=name, exact=True)


def test_all_text_and_every_curve_is_large_on_a_projector(page: LessonPage):
    press(page, "p")
    for title in LESSONS:
        open_by_key(page, title)
        press(page, "r")
        expect_run(page)
        assert page.page.evaluate(SMALL_TEXT, 24) == [], title
        expect(page.lesson.get_by_role("img").first).to_be_visible()
        drawn = page.lesson.evaluate(FIGURES)
        assert len(drawn["texts"]) >= 4
        assert min(drawn["texts"]) >= 24, title
        assert min(drawn["curves"], default=4) >= 4, title
        across, down = page.page.evaluate("[document.body.scrollWidth, document.querySelector('main').scrollHeight]")
        assert across <= 1024, title
        assert down <= 768, title


def test_text_grows_with_the_screen_and_leaving_brings_everything_back(page: LessonPage):
    before = page.lesson.evaluate(FIGURES)
    press(page, "p")
    page.page.set_viewport_size({"width": 1920, "height": 1080})
    try:
        assert page.page.evaluate(SMALL_TEXT, 33) == []
        page.page.wait_for_function(
            f"(lesson) => Math.min(...({FIGURES})(lesson).texts) > 33", arg=page.lesson.element_handle()
        )
    finally:
        page.page.set_viewport_size({"width": 1024, "height": 768})
    press(page, "p")
    expect(page.card("Data")).to_be_visible()
    assert page.lesson.evaluate(FIGURES)["texts"][:2] == before["texts"][:2]
    assert sorted(page.lesson.evaluate(FIGURES)["curves"]) == sorted(before["curves"])


def test_two_figures_stand_beside_each_other_and_can_be_chosen(page: LessonPage):
    press(page, "p")
    expect(page.card("Data and fit")).to_be_visible()
    expect(page.card("Loss surface and path")).to_be_visible()
    expect(page.card("Loss over steps")).to_be_hidden()
    page.choice("Figure on the right").select_option(label="Loss over steps")
    expect(page.card("Loss over steps")).to_be_visible()
    expect(page.card("Loss surface and path")).to_be_hidden()
    page.choice("Figure on the right").select_option(label="Data and fit")  # which stood on the left
    expect(page.card("Data and fit")).to_be_visible()
    expect(page.card("Loss surface and path")).to_be_visible()


def test_a_folded_card_opens_and_closes(page: LessonPage):
    press(page, "p")
    expect(page.choice("Optimizer")).to_be_hidden()
    folded(page, "Optimizer").click()
    expect(page.choice("Optimizer")).to_be_visible()
    folded(page, "Loss").click()
    expect(page.choice("Optimizer")).to_be_hidden()
    expect(page.choice("Loss function")).to_be_visible()
    press(page, "Escape")
    expect(page.choice("Loss function")).to_be_hidden()
    expect(page.w).to_be_visible()  # moving by hand is never folded


def test_the_answer_is_covered_until_it_is_shown(page: LessonPage):
    page.set_theta(1, 0)  # whatever run there is ends, and says nothing more
    page.button("Show best fit").click()
    page.expect_sentence(re.compile("^Best fit: w ="))
    press(page, "p")
    assert page.lesson.evaluate(VISIBLE, "best_renderer") == [False]
    assert page.lesson.evaluate(VISIBLE, "best_curve_renderer") == [False]
    page.expect_no_sentence(re.compile("^Best fit: w ="))
    folded(page, "Model").click()
    expect(page.button("Hide best fit")).to_be_hidden()
    press(page, "Escape")
    press(page, "h")
    page.expect_sentence(re.compile("^Best fit: w ="))
    assert page.lesson.evaluate(VISIBLE, "best_renderer") == [True]
    press(page, "p")
    page.button("Hide best fit").click()
    assert page.lesson.evaluate(VISIBLE, "best_curve_renderer") == [True]


def test_keys_run_pause_and_step(page: LessonPage):
    press(page, "r")
    expect_run(page)
    press(page, "Space")
    expect(page.button("Play")).to_be_visible()
    press(page, "Home")
    expect(page.scrubber).to_have_value("0")
    press(page, "ArrowRight")
    press(page, "ArrowRight")
    press(page, "ArrowLeft")
    expect(page.scrubber).to_have_value("1")
    press(page, "Space")
    expect(page.button("Pause")).to_be_visible()
    page.card("Data").get_by_text(re.compile(r"seed \d+")).wait_for()
    seed = page.card("Data").get_by_text(re.compile(r"seed \d+")).inner_text()
    press(page, "n")
    expect(page.card("Data").get_by_text(re.compile(r"seed \d+"))).not_to_have_text(seed)


def test_no_key_does_anything_while_typing_or_on_a_slider_that_it_moves(page: LessonPage):
    page.set_theta(0, 0)
    page.expect_no_run()
    box = page.box("w (slope)")
    box.click()
    page.page.keyboard.type("r2 p?")
    assert not is_presenting(page)
    expect(page.page.get_by_role("dialog")).to_have_count(0)
    page.expect_no_run()
    box.fill("0")
    box.press("Enter")
    page.w.focus()
    press(page, "ArrowRight")
    page.expect_theta(0.1, 0)
    press(page, "r")  # which moves no slider
    expect_run(page)


def test_the_keys_are_listed_and_named_in_tooltips(page: LessonPage):
    expect(page.button("Run gradient descent")).to_have_attribute("title", re.compile(r"\(R\)$"))
    expect(page.button("Step forward")).to_have_attribute("title", re.compile(r"\(→\)$"))
    press(page, "?")
    dialog = page.page.get_by_role("dialog", name="Keys")
    expect(dialog.get_by_role("row", name="Space")).to_contain_text("Play or pause")
    press(page, "p")
    assert not is_presenting(page)  # a dialog is open
    press(page, "Escape")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize(
    ("title", "lesson", "sets", "figures"),
    [
        ("Too large a step", LINEAR, "step_size=0.13", ["Loss surface and path", "Loss over steps"]),
        ("The start decides", DESCENT, "loss=two_valleys", ["The function", "Loss over steps"]),
        ("Newton, three parameters at once", POLYNOMIAL, "optimizer=newton", ["Data and fit", "Loss over steps"]),
        ("Cross-entropy from the same start", LOGISTIC, "b=15", ["Data and fit", "Loss over steps"]),
        ("XOR with four hidden units", NETWORK, "dataset=xor", ["Data and decision surface", "Loss over steps"]),
    ],
)
def test_a_demonstration_sets_its_lesson_and_runs(
    page: LessonPage, title: str, lesson: str, sets: str, figures: list[str]
):
    press(page, "p")
    press(page, "d")
    dialog = page.page.get_by_role("dialog", name="Demonstrations")
    row = dialog.get_by_role("listitem").filter(has=page.page.get_by_role("button", name=title, exact=True))
    expect(row).to_contain_text(f";{sets};")
    row.get_by_role("button", name=title, exact=True).click()
    expect(dialog).to_have_count(0)
    page.title = lesson
    expect(page.page.get_by_role("tab", name=lesson, exact=True)).to_have_attribute("aria-selected", "true")
    expect_run(page)
    for figure in figures:
        expect(page.lesson.get_by_role("region", name=figure, exact=True)).to_be_visible()
    press(page, "Home")  # it stands still now, and the address says so
    said = "(entries) => entries.every((entry) => location.hash.split(';').includes(entry))"
    page.page.wait_for_function(said, arg=[sets, "run", "step=0"])


def test_a_clicker_goes_from_demonstration_to_demonstration(page: LessonPage):
    press(page, "p")
    press(page, "d")
    page.page.get_by_role("dialog").get_by_role("button", name="Zig-zag below the limit", exact=True).click()
    page.page.wait_for_function("location.hash.includes('step_size=0.11')")
    press(page, "PageDown")
    page.page.wait_for_function("location.hash.includes('step_size=0.005')")
    press(page, "PageUp")
    press(page, "PageUp")
    page.page.wait_for_function("location.hash.includes('step_size=0.13')")
    press(page, "PageUp")  # there is none before
    expect_run(page)


def test_presenter_mode_is_in_the_link(page: LessonPage, chromium: Browser, server: Server):
    press(page, "p")
    page.page.wait_for_function("location.hash.split(';').includes('present')")
    link = page.page.url
    with chromium.new_context(viewport={"width": 1024, "height": 768}) as context:
        other = context.new_page()
        other.goto(link)
        expect(other.get_by_role("button", name="Demonstrations", exact=True)).to_be_visible(timeout=30_000)
