"""The course in the page: what its links do, what passes its exercises and what does not, what is kept of it."""

import json
import math
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from app import course
from app.lessons import LESSONS
from dl_workshop.tasks import TASKS
from tests.browser.conftest import opened
from tests.browser.lesson_page import INTERCEPT, LINEAR, POLYNOMIAL, RUN, SLOPE, STEP_SIZE, LessonPage
from tests.serving import Server

KEYS = {lesson.title: key for key, lesson in LESSONS.items()}
CHAPTERS = {key: course.chapter(key) for key in LESSONS}
OF_KIND = {
    kind: [
        (LESSONS[key].title, name)
        for key, chapter in CHAPTERS.items()
        for name in re.findall(rf'data-exercise="([\w-]+)" data-kind="{kind}"', "".join(chapter.sections))
    ]
    for kind in ("do", "predict", "write")
}
NO_LINKS = {
    ("Linear regression", "by-hand"), ("Linear regression", "limit"), ("Linear regression", "sideways"),
    ("Logistic regression", "by-hand"),
}  # fmt: skip
PATIENCE = 60_000


@pytest.fixture(scope="module")
def course_page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """One page with the course open, on a window with room for it."""
    with opened(chromium, server, viewport={"width": 1600, "height": 900}, course=True) as page:
        yield page


def chapter_of(page: LessonPage) -> Locator:
    return page.lesson.get_by_role("complementary", name="Course")


def exercise(page: LessonPage, title: str, name: str) -> Locator:
    """An exercise of a lesson, begun anew."""
    page.title = title
    page.page.get_by_role("tab", name=title, exact=True).click()
    expect(page.button(RUN)).to_be_visible(timeout=PATIENCE)
    if title == LINEAR:
        page.button("Workshop settings").click()  # the data of the workshop, whatever the test before has made of them
    chapter = chapter_of(page)
    expect(chapter).to_be_visible()
    chapter.get_by_role("button", name="Start over").click()
    found = chapter.locator(f'[data-exercise="{name}"]')
    found.scroll_into_view_if_needed()
    return found


def end_run(page: LessonPage) -> None:
    """Waits for a run that a link has begun, and goes to its end."""
    expect(page.lesson.get_by_text(re.compile(r"^step \d+ / \d+$"))).to_be_visible(timeout=PATIENCE)
    expect(page.button(RUN)).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    page.scrubber.press("End")
    expect(page.status.first).not_to_be_empty()  # the lesson's own; those of exercises come behind it


def kept(page: LessonPage) -> dict:
    return json.loads(page.page.evaluate("localStorage.getItem('progress') ?? '{}'"))


@pytest.mark.parametrize(("title", "name"), [one for one in OF_KIND["do"] if one not in NO_LINKS])
def test_what_the_answer_does_passes_the_exercise(course_page: LessonPage, title: str, name: str):
    page = course_page
    found = exercise(page, title, name)
    answer = found.get_by_role("button", name="Show answer")
    if answer.get_attribute("aria-expanded") == "false":  # a test that is tried again finds it open
        answer.click()
    for link in found.locator(".answer .do").all():
        link.click()
        if "run" in json.loads(link.get_attribute("data-do") or "{}")["then"]:
            end_run(page)
        if f"{KEYS[title]}/{name}" in kept(page):
            break
    expect(found.get_by_role("status")).to_contain_text("✓", timeout=15_000)
    assert f"{KEYS[title]}/{name}" in kept(page)


@pytest.mark.parametrize(("title", "name"), OF_KIND["predict"])
def test_a_prediction_is_right_or_wrong_and_can_be_made_again(course_page: LessonPage, title: str, name: str):
    found = exercise(course_page, title, name)
    choices = found.get_by_role("group", name="Your prediction").get_by_role("button").all()
    for choice in choices:
        if choice.get_attribute("data-choice") != "0":
            choice.click()
            expect(found.get_by_role("status")).to_contain_text("Not so")
            expect(found.locator(".why")).to_be_hidden()
    assert f"{KEYS[title]}/{name}" not in kept(course_page)
    found.locator('[data-choice="0"]').click()
    expect(found.get_by_role("status")).to_contain_text("✓ Yes")
    expect(found.locator(".why")).to_be_visible()
    assert f"{KEYS[title]}/{name}" in kept(course_page)


@pytest.mark.parametrize(("title", "name"), OF_KIND["write"])
def test_a_formula_is_judged_as_it_is_typed(course_page: LessonPage, title: str, name: str):
    found = exercise(course_page, title, name)
    field = found.get_by_role("textbox", name="Your formula")
    task = TASKS[field.get_attribute("data-write") or ""]
    verdict = found.get_by_role("status")
    for text, sentence in task.known:
        field.fill(text)
        expect(verdict).to_have_text(sentence)
    field.fill("__import__('os')")
    expect(verdict).to_have_attribute("data-kind", "wrong")
    expect(verdict).not_to_contain_text(task.reference)
    assert f"{KEYS[title]}/{name}" not in kept(course_page)
    field.fill(task.reference)
    expect(verdict).to_contain_text("✓")
    assert f"{KEYS[title]}/{name}" in kept(course_page)


def test_a_loss_brought_down_by_hand_passes_and_one_that_is_not_low_enough_does_not(course_page: LessonPage):
    page = course_page
    found = exercise(page, LINEAR, "by-hand")
    page.put_back()
    page.set_theta(2, 19)
    expect(found.get_by_role("status")).to_contain_text("within 5 %")
    assert "linear/by-hand" not in kept(page)
    page.button("Show best fit").click()
    page.set_theta(2, 20)
    expect(found.get_by_role("status")).to_contain_text("hide it")
    assert "linear/by-hand" not in kept(page)
    page.button("Hide best fit").click()
    expect(found.get_by_role("status")).to_contain_text("✓")


def test_two_lines_far_enough_apart_pass(course_page: LessonPage):
    page = course_page
    found = exercise(page, LINEAR, "sideways")
    page.put_back()
    page.button("Show best fit").click()
    page.checkbox("x from y").check()
    expect(found.get_by_role("status")).to_contain_text("With more noise")
    page.card("Data").locator("summary").click()
    page.type("Noise", 5)
    expect(found.get_by_role("status")).to_contain_text("✓ x from y is 1.69 times as steep.")
    page.type("Noise", 1)
    page.card("Data").locator("summary").click()
    page.checkbox("x from y").uncheck()
    page.button("Hide best fit").click()


def test_the_limit_is_found_by_two_runs_close_together(course_page: LessonPage):
    page = course_page
    found = exercise(page, LINEAR, "limit")
    page.put_back()
    for step_size, said in (
        (0.5, "is too large. Now one of the other kind"),
        (0.05, "apart. Closer"),
        (0.1185, "Closer"),
    ):
        page.type(STEP_SIZE, step_size)
        page.run_to_the_end()
        expect(found.get_by_role("status")).to_contain_text(said)
    assert "linear/limit" not in kept(page)
    page.type(STEP_SIZE, 0.1175)
    page.run_to_the_end()
    expect(found.get_by_role("status")).to_contain_text("✓ The limit lies between 0.1175 and 0.1185")


def test_numbers_in_the_text_are_those_of_the_lesson(course_page: LessonPage):
    page = course_page
    page.open(LINEAR)
    page.put_back()
    page.set_theta(1, 2)
    now = {
        place.get_attribute("data-live"): place.inner_text() for place in chapter_of(page).locator("[data-live]").all()
    }
    assert (now["w"], now["b"]) == ("1.00", "2.00")
    assert page.lesson.get_by_text(f"MSE: {now['loss']}").is_visible()
    assert float(now["bound"]) == pytest.approx(0.118, abs=1e-3)
    slope = float(now["slope-w"].replace("−", "-"))
    assert float(now["next-w"].replace("−", "-")) == pytest.approx(1 - 0.01 * slope, abs=0.006)


def test_the_chain_rule_is_that_of_the_chosen_connection_and_its_path_is_in_the_diagram(course_page: LessonPage):
    page = course_page
    page.title = "Neural network"
    page.page.get_by_role("tab", name=page.title, exact=True).click()
    chapter = chapter_of(page)
    chapter.get_by_role("button", name="go to an early one").click()  # layers of 4, 3 and 3
    table = chapter.get_by_role("table", name="The chain rule along one path")
    expect(chapter.get_by_text("Over all 9 paths from there to the output")).to_be_visible()
    expect(table.get_by_role("row")).to_have_count(
        10
    )  # the head, the input, and with their weights three units, the output
    legend = page.lesson.get_by_text("dotted: its path in the course")
    expect(legend).to_be_visible()
    page.page.get_by_role("button", name="Unit 2 of layer 3").click()
    expect(chapter.get_by_text("It is the only one")).to_be_visible()
    rows = [row.inner_text().replace("\u00a0", " ") for row in table.get_by_role("row").all()]
    assert [row.split("\t")[0] for row in rows[1:]] == [
        "unit 1 of layer 2",
        "weight chosen",
        "unit 2 of layer 3",
        "weight",
        "output",
    ]
    factors = [number(row.split("\t")[2].split("= ")[-1].removeprefix("· ")) for row in (rows[1], *rows[3:])]
    product = number(
        re.sub(r"Along this path ∂L/∂w = (\S+)\. .*", r"\1", chapter.get_by_text("Along this path").inner_text())
    )
    assert math.prod(factors) == pytest.approx(product, rel=0.02)
    bars = chapter.get_by_role("table", name="The gradient's size by layer").get_by_role("row")
    expect(bars).to_have_count(5)
    page.page.get_by_role("button", name="Course").click()
    expect(legend).to_be_hidden()
    page.page.get_by_role("button", name="Course").click()
    expect(legend).to_be_visible()


def number(text: str) -> float:
    """A number as the page writes it."""
    plain = text.replace("−", "-").replace("·10", "e")
    return float(plain.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")))


def test_what_was_passed_is_kept_and_can_be_forgotten(chromium: Browser, server: Server):
    with opened(chromium, server, ahead=False, course=True) as page:
        count = page.page.get_by_role("button", name="Course")
        expect(count).to_contain_text("0/")
        page.set_theta(-5, 3)
        expect(count).to_contain_text("1/")
        page.page.reload()
        page.wait()
        expect(count).to_contain_text("1/")
        count.click()
        expect(chapter_of(page)).to_be_hidden()
        page.page.reload()
        page.wait()
        expect(chapter_of(page)).to_be_hidden()  # folded, and remembered
        count.click()
        chapter_of(page).get_by_role("button", name="Start over").click()
        expect(count).to_contain_text("0/")
        assert kept(page) == {}


def test_a_report_says_what_was_passed_and_can_be_tried_again(chromium: Browser, server: Server):
    with opened(chromium, server, course=True) as page:
        page.type(INTERCEPT, 3)
        page.type(SLOPE, -5)  # the last of the two makes it a bad guess
        expect(page.page.get_by_role("button", name="Course")).to_contain_text("1/")
        chapter_of(page).get_by_role("button", name="My report").click()
        dialog = page.page.get_by_role("dialog", name="My report")
        dialog.get_by_role("textbox", name="Name").fill("<b>Ada</b>")
        link = dialog.get_by_role("textbox", name="The link").input_value()
    with opened(chromium, server, ahead=False, course=True) as page:
        page.page.goto(link)
        dialog = page.page.get_by_role("dialog", name="Report: <b>Ada</b>")
        expect(dialog).to_contain_text("1 exercise passed")
        expect(dialog).to_contain_text("not signed")
        expect(dialog.get_by_role("row", name=re.compile("A bad guess"))).to_have_count(1)
        dialog.get_by_role("button", name="Try it").click()
        page.wait()
        expect(page.lesson.get_by_text(re.compile(r"^step \d+ / 500"))).to_be_visible()
        page.scrubber.press("Home")
        page.expect_theta(-5, 3)


def test_what_is_counted_is_of_the_lesson_that_is_open(chromium: Browser, server: Server):
    with opened(chromium, server, ahead=False, course=True, viewport={"width": 1600, "height": 900}) as page:
        button = page.page.locator("#course")
        count = {title: len(CHAPTERS[KEYS[title]].titles) for title in (LINEAR, POLYNOMIAL)}
        expect(button).to_contain_text(f"0/{count[LINEAR]}")
        button.click()  # folded: the other lesson's course is not read before it is opened
        page.open(POLYNOMIAL)
        expect(button).not_to_contain_text("/")
        button.click()
        expect(button).to_contain_text(f"0/{count[POLYNOMIAL]}")


@pytest.mark.parametrize(
    "hash_",
    ["#report=", "#report=%%%", "#report=e30", "#report=WzEsIiIsW1siYSIsImIiLHt9LFtdXV1d", "#report=" + "A" * 5000],
)
def test_what_is_no_report_opens_none_and_harms_nothing(chromium: Browser, server: Server, hash_: str):
    with chromium.new_context() as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.url + hash_)
        expect(page.get_by_text("MSE:")).to_be_visible()
        empty = page.get_by_role("dialog").filter(has_text="0 exercises passed")
        said = page.get_by_role("alert").filter(has_text="This report cannot be read")  # what cannot be read is said
        expect(empty.or_(said)).to_be_visible()
        assert errors == []
