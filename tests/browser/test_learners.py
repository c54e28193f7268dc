"""Learners, lessons and themes: each keeps to itself."""

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dl_workshop.data import simulate_line
from tests.browser.conftest import SIZE, opened
from tests.browser.lesson_page import DESCENT, FIT, HISTORY, LINEAR, LOGISTIC, NETWORK, POLYNOMIAL, SURFACE, LessonPage
from tests.browser.network_page import NetworkPage, initial
from tests.browser.pixels import DATA, MODEL, of_colour, pixels, settle
from tests.browser.watch import Watch
from tests.serving import Server

THEME = "Light or dark"


def dark(image: np.ndarray) -> bool:
    """A dark ground with light axes on it."""
    return image[0, 0].mean() < 60 and (image.min(axis=-1) > 150).sum() > 100


def light(image: np.ndarray) -> bool:
    """A light ground."""
    return image[0, 0].mean() > 240


def test_two_learners_do_not_see_each_other(chromium: Browser, server: Server):
    with opened(chromium, server) as ada, opened(chromium, server) as grace:
        ada.set_theta(3, 10)
        ada.button("New data").click()
        expect(ada.card("Data")).to_contain_text("seed 1")
        ada.type("Steps", 30)
        ada.run_to_the_end()
        ada.expect_step(30, 30)
        grace.expect_theta(0, 0)
        grace.expect_no_run()
        expect(grace.card("Data")).to_contain_text("seed 0")
        expect(grace.box("Steps")).to_have_value("500")
        first = simulate_line()
        grace.expect_loss(f"MSE: {np.mean(first.y**2):.2f}")
        grace.run_to_the_end()
        grace.expect_step(500, 500)
        ada.expect_step(30, 30)
        assert ada.theta() != grace.theta()


def test_a_page_that_is_opened_again_starts_anew(page: LessonPage):
    page.set_theta(3, 10)
    with page.watch.reopening():
        page.page.reload()
        page.wait()
    page.expect_theta(0, 0)


def test_a_lesson_keeps_its_state_while_another_one_is_open(page: LessonPage):
    page.set_theta(3, 10)
    page.type("Steps", 70)
    page.checkbox("Show residuals").uncheck()
    page.button("New data").click()
    page.open(LOGISTIC)
    page.expect_theta(0, 0)
    page.set_theta(-1, 2)
    page.open(LINEAR)
    page.expect_theta(3, 10)
    expect(page.box("Steps")).to_have_value("70")
    expect(page.checkbox("Show residuals")).not_to_be_checked()
    expect(page.card("Data")).to_contain_text("seed 1")
    page.open(LOGISTIC)
    page.expect_theta(-1, 2)


def test_only_the_lesson_whose_tab_is_chosen_is_there(shared_page: LessonPage):
    page = shared_page
    tabs = page.page.get_by_role("tab")
    expect(tabs).to_have_text([LINEAR, DESCENT, POLYNOMIAL, LOGISTIC, NETWORK])
    for title in (LOGISTIC, NETWORK, POLYNOMIAL, LINEAR):
        page.page.get_by_role("tab", name=title, exact=True).click()
        expect(page.page.get_by_role("tab", name=title, exact=True)).to_have_attribute("aria-selected", "true")
        expect(page.page.get_by_role("tab", selected=True)).to_have_count(1)
        expect(page.page.get_by_role("tabpanel")).to_have_count(1)
        expect(page.page.get_by_role("tabpanel")).to_contain_text(re.compile(r"\w{4,}"))
        expect(page.page.get_by_role("tabpanel")).to_have_accessible_name(re.compile(title))


def test_switching_tabs_quickly_ends_on_the_last_one(shared_page: LessonPage):
    page = shared_page
    for title in (LOGISTIC, LINEAR, LOGISTIC, LINEAR, LOGISTIC):
        page.page.get_by_role("tab", name=title, exact=True).click()
    page.title = LOGISTIC
    page.wait()
    expect(page.page.get_by_role("tabpanel")).to_have_count(1)
    page.set_theta(1, 1)
    page.expect_theta(1, 1)


def test_a_tab_that_is_pressed_before_the_program_is_there_is_opened_by_it(chromium: Browser, server: Server):
    held: list[Route] = []
    with chromium.new_context(viewport=SIZE) as context:
        page = context.new_page()
        page.route("**/main.*.js", lambda route: held.append(route))
        page.goto(server.url, wait_until="commit")
        page.get_by_role("tab", name=LOGISTIC, exact=True).click()
        while not held:
            page.wait_for_timeout(20)
        held[0].continue_()
        lesson = LessonPage(page, Watch(page))
        lesson.title = LOGISTIC
        lesson.wait()
        expect(page.get_by_role("tab", selected=True)).to_have_text(LOGISTIC)
        expect(page.get_by_role("tabpanel")).to_have_count(1)


def test_a_lesson_that_arrives_while_another_one_is_open_is_there_when_its_tab_is_pressed_again(
    chromium: Browser, server: Server
):
    held: list[Route] = []

    def hold(page: Page) -> None:
        page.route("**/lessons/network.*.json", lambda route: held.append(route))

    with opened(chromium, server, ahead=False, before=hold) as page:
        page.page.get_by_role("tab", name=NETWORK, exact=True).click()
        expect(page.page.get_by_text("Loading the lesson")).to_be_visible()
        page.page.get_by_role("tab", name=LINEAR, exact=True).click()
        expect(page.page.get_by_text("Loading the lesson")).to_be_hidden()
        with page.page.expect_response("**/formulas/network*"):
            for route in held:
                route.continue_()
        page.set_theta(1, 1)
        page.expect_theta(1, 1)
        network = NetworkPage.on(page)
        network.expect_numbers(initial())
        expect(network.unit(2, 3)).to_be_visible()


def test_the_dark_theme_is_that_of_the_figures_too(page: LessonPage):
    figures = (FIT, SURFACE, HISTORY)
    page.set_theta(-6, 25)
    page.run_to_the_end()
    corner = {name: pixels(page.figure(name))[0, 0].mean() for name in figures}
    assert min(corner.values()) > 240
    page.page.get_by_role("button", name=THEME).click()

    for name in figures:
        image = settle(page.figure(name), dark, "dark paper and light axes")
        if name == FIT:
            assert of_colour(image, DATA).sum() > 300
        assert of_colour(image, MODEL).sum() > 30
    page.expect_step(500, 500)
    page.open(LOGISTIC)
    settle(page.figure(FIT), dark, "the other lesson dark too")
    page.open(LINEAR)
    page.page.get_by_role("button", name=THEME).click()
    for name in figures:
        settle(page.figure(name), light, "light paper again")
    page.scrubber.press("Home")
    page.expect_theta(-6, 25)


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_follows_the_system_until_it_is_chosen_and_the_choice_is_kept(
    chromium: Browser, server: Server, system: str
):
    other = {"light": "dark", "dark": "light"}[system]
    looks = {"light": light, "dark": dark}
    with opened(chromium, server, color_scheme=system) as page:
        root = page.page.locator("html")
        settle(page.figure(FIT), looks[system], f"the {system} of the system")
        for scheme in (other, system):
            page.page.emulate_media(color_scheme=scheme)
            settle(page.figure(FIT), looks[scheme], f"the {scheme} of the system")
        page.page.get_by_role("button", name=THEME).click()
        settle(page.figure(FIT), looks[other], f"{other}, as chosen")
        for scheme in (other, system):  # the system no longer counts
            page.page.emulate_media(color_scheme=scheme)
            expect(root).to_have_attribute("data-theme", other)
        with page.watch.reopening():
            page.page.reload()
            expect(root).to_have_attribute("data-theme", other)  # from the first paint on
            page.wait()
        settle(page.figure(FIT), looks[other], f"{other}, as chosen before")
