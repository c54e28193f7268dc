"""What a learner sees when something fails: a sentence and a way on, never a spinner without end or a traceback."""

import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from tests.browser.lesson_page import LINEAR, LOGISTIC, RUN, LessonPage
from tests.browser.network_page import NetworkPage, initial
from tests.browser.watch import Watch
from tests.serving import Server, serving

SPINNERS = re.compile("load|wait|spinner", re.IGNORECASE)


@pytest.fixture(scope="module")
def failing_server() -> Iterator[Server]:
    """The application with faults in it; see `failing`."""
    with serving(["-m", "tests.browser.failing"]) as running:
        yield running


def shows_no_traceback(page: Page) -> None:
    text = page.locator("body").inner_text()
    assert not re.search(r"Traceback|RuntimeError|\.py|a fault in", text)


def test_a_page_that_cannot_be_built_says_so(chromium: Browser, failing_server: Server):
    with chromium.new_context() as context:
        page = context.new_page()
        watch = Watch(page)
        page.goto(f"{failing_server.url}?fail")
        sentence = page.get_by_text("could not be built")
        expect(sentence.first).to_be_visible()
        expect(page.get_by_text(re.compile("[Rr]eload")).first).to_be_visible()
        expect(page.locator(".pn-loading, .bk-spinner, [aria-busy=true]").locator("visible=true")).to_have_count(0)
        shows_no_traceback(page)
        assert watch.problems == []
    assert "a fault in building the page" in failing_server.log_text()
    assert "Traceback" in failing_server.log_text()


def test_health_checks_build_no_page(failing_server: Server):
    def pages() -> int:
        return failing_server.log_text().count("building a page")

    before = pages()
    for _ in range(3):
        with urllib.request.urlopen(f"{failing_server.url}healthz") as answer:
            assert answer.status == 200
    assert pages() == before
    with urllib.request.urlopen(failing_server.url) as answer:
        assert answer.status == 200
    assert pages() == before + 1


def test_a_run_that_fails_on_the_server_says_so_and_the_next_one_works(chromium: Browser, failing_server: Server):
    with chromium.new_context() as context:
        page = context.new_page()
        lesson = LessonPage(page, Watch(page))
        page.goto(failing_server.url)
        lesson.wait()
        lesson.type("w (slope)", -7)
        lesson.button(RUN).click()
        lesson.expect_sentence(re.compile("Something went wrong on the server.*try again"))
        expect(lesson.button(RUN)).not_to_have_attribute("aria-busy", "true")
        lesson.expect_no_run()
        lesson.expect_theta(-7, 0)
        shows_no_traceback(page)
        lesson.type("w (slope)", -6)
        lesson.run_to_the_end()
        lesson.expect_step(500, 500)
        assert lesson.watch.problems == []
    assert "a fault in the run" in failing_server.log_text()


@pytest.mark.parametrize("what", ["lessons/logistic.json", "lessons/logistic-light.json"])
def test_a_lesson_that_cannot_be_fetched_says_so_and_can_be_tried_again(page: LessonPage, what: str):
    failures = []

    def fail_once(route: Route) -> None:
        if failures:
            route.continue_()
        else:
            failures.append(route.request.url)
            route.abort()

    page.page.route(f"**/{what}", fail_once)
    page.page.get_by_role("tab", name=LOGISTIC, exact=True).click()
    expect(page.page.get_by_text(re.compile("could not be loaded"))).to_be_visible()
    assert failures
    page.watch.forgive(re.escape(what) + r"|ERR_FAILED")
    page.open(LINEAR)  # the others go on
    page.set_theta(1, 1)
    page.expect_theta(1, 1)
    page.page.get_by_role("tab", name=LOGISTIC, exact=True).click()
    again = page.page.get_by_role("button", name="Try again")
    if again.is_visible():
        again.click()
    page.open(LOGISTIC)
    page.set_theta(2, 1)
    page.expect_theta(2, 1)
    expect(page.page.get_by_text(re.compile("could not be loaded"))).to_have_count(0)


def test_try_again_loads_the_lesson(chromium: Browser, server: Server):
    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/lessons/linear.json", lambda route: route.abort(), times=1)
        page.goto(server.url)
        page.get_by_role("button", name="Try again").click()
        lesson = LessonPage(page, Watch(page))
        lesson.wait()
        lesson.run_to_the_end()
        lesson.expect_step(500, 500)


def test_a_lost_connection_is_noticed_and_the_settings_are_kept(chromium: Browser, server: Server):
    sockets = []

    def pass_on(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    with chromium.new_context() as context:
        page = context.new_page()
        page.clock.install()
        page.route_web_socket(re.compile("^ws"), pass_on)
        lesson = LessonPage(page, Watch(page))
        page.goto(server.url)
        lesson.wait()
        lesson.set_theta(2, 3)
        for socket in sockets:
            socket.close()
        expect(page.get_by_role("alert").filter(has_text="connection to the server was lost")).to_be_visible()
        lesson.button(RUN).click()
        page.clock.fast_forward(30_000)
        lesson.expect_sentence(re.compile("has not answered. Check the connection"))
        lesson.expect_theta(2, 3)
        lesson.w.press("ArrowRight")  # by hand everything goes on
        lesson.expect_theta(2.1, 3)


def test_an_engine_that_cannot_be_fetched_says_so(chromium: Browser, server: Server):
    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/engine/main.js", lambda route: route.abort())
        page.goto(server.url)
        expect(page.get_by_text(re.compile("lessons could not be loaded.*reload"))).to_be_visible()


def test_a_network_whose_formula_cannot_be_fetched_is_taken_back_with_a_sentence(page: LessonPage):
    network = NetworkPage.on(page)
    page.page.route("**/network/**", lambda route: route.abort(), times=2)
    network.button("Add a layer").click()
    network.expect_sentence(re.compile("formula of this network could not be loaded"))
    page.watch.forgive("network/|ERR_FAILED")
    expect(network.card("Model")).to_contain_text("2 → 4 → 3 → 1")
    expect(network.button(RUN)).not_to_have_attribute("aria-busy", "true")
    network.expect_numbers(initial())
    network.run_to_the_end()
    network.expect_end(400)
    network.button("Add a layer").click()
    network.expect_numbers(initial(hidden=[4, 3, 3]))
