"""The exported folder, under a path, behind a plain web server, with no program of ours behind it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.lessons import LESSONS
from app.page import FAILED, TITLE, TOO_OLD
from tests.site.visit import Visit


def test_every_lesson_opens_and_runs_and_nothing_is_asked_for_elsewhere(visit: Visit, course: str):
    visit.open(f"{course}lessons/")
    expect(visit.page).to_have_title(TITLE)
    for lesson in LESSONS.values():
        visit.choose(lesson.title)
        visit.run()
    visit.settle()
    assert [url for url in visit.asked if not url.startswith((f"{course}lessons/", "data:", "blob:"))] == []


def test_the_lessons_work_in_a_frame(visit: Visit, course: str):
    assert isinstance(visit.page, Page)
    visit.page.goto(course)
    frame = visit.page.frames[1]
    visit.page = frame
    visit.wait()
    visit.run()


def test_a_formula_of_ones_own_says_what_it_needs(visit: Visit, course: str):
    visit.open(f"{course}lessons/")
    for name, kept in (("Model", "linear"), ("Loss function", "mse"), ("Optimizer", "gradient_descent")):
        choice = visit.lesson.get_by_role("combobox", name=name)
        choice.select_option("My own formula")
        card = visit.lesson.get_by_role("region", name=name.split()[0], exact=True)
        expect(card.get_by_role("alert").filter(visible=True)).to_contain_text("a folder of files without one")
        expect(choice).to_have_value(kept)
    visit.run()
    visit.forgive("404")


def test_the_page_is_found_by_its_files_name(visit: Visit, course: str):
    visit.open(f"{course}lessons/index.html")


def test_what_is_fetched_ahead_is_everything_that_a_lesson_may_want(visit: Visit, course: str, root: Path):
    visit.open(f"{course}lessons/")
    visit.settle()
    folder = root / "course" / "lessons"
    later = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.parent != folder}
    assert later - {url.removeprefix(f"{course}lessons/") for url in visit.asked} == set()


@pytest.mark.parametrize("missing", ["main", "bokeh", "style"])
def test_a_file_that_does_not_come_is_said(visit: Visit, course: str, missing: str):
    assert isinstance(visit.page, Page)
    visit.page.route(f"**/{missing}.*", lambda route: route.abort())
    visit.page.goto(f"{course}lessons/")
    expect(visit.page.get_by_role("alert")).to_have_text(FAILED)
    visit.problems.clear()


def test_a_browser_that_knows_no_modules_is_told_so(visit: Visit, course: str):
    assert isinstance(visit.page, Page)
    visit.page.add_init_script("delete HTMLScriptElement.prototype.noModule")
    visit.page.goto(f"{course}lessons/")
    expect(visit.page.get_by_role("alert")).to_have_text(TOO_OLD)


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_is_the_systems_until_one_is_chosen_and_then_kept(chromium: Browser, course: str, system: str):
    other = {"light": "dark", "dark": "light"}[system]
    with chromium.new_context(color_scheme=system) as context:
        visit = Visit(context.new_page())
        assert isinstance(visit.page, Page)
        visit.page.add_init_script(
            "addEventListener('DOMContentLoaded', () => (window.first = document.documentElement.dataset.theme))"
        )
        visit.open(f"{course}lessons/")
        assert visit.page.evaluate("first") == system
        assert not [url for url in visit.asked if f"-{other}." in url], (
            "only the figures that are shown are fetched first"
        )
        visit.page.locator("#theme").click()
        expect(visit.lesson).to_have_attribute("data-theme", other)  # its figures have come
        visit.open(f"{course}lessons/")
        assert visit.page.evaluate("first") == other
        visit.assert_well()
