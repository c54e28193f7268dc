"""What a learner sees when something fails: a sentence and a way on, never a spinner without end or a traceback."""

import re
import signal
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dl_workshop.data import simulate_line
from dl_workshop.training import train
from tests.browser.conftest import SIZE, opened
from tests.browser.lesson_page import LINEAR, LOGISTIC, NETWORK, POLYNOMIAL, RUN, LessonPage
from tests.browser.network_page import NetworkPage, initial
from tests.browser.watch import Watch
from tests.serving import Server, serving

COULD_NOT = re.compile("could not be loaded")


def shows_no_traceback(page: Page) -> None:
    text = page.locator("body").inner_text()
    assert not re.search(r"Traceback|Error|\.js|a fault in", text)


def runs_as_the_library(page: LessonPage, w: float = 0.0, b: float = 0.0) -> None:
    """A run of the first lesson gives what it should."""
    page.run_to_the_end()
    run = train(np.array([w, b]), "linear", "mse", simulate_line(), step_size=0.01, n_steps=500)
    page.expect_step(500, 500)
    assert page.theta() == pytest.approx(tuple(run.theta[-1]), rel=1e-9)


# --- workers ---

# A run that starts from w = -7 is not understood where it is computed.
FAULTY_ORDERS = """
const post = Worker.prototype.postMessage
Worker.prototype.postMessage = function (message) {
  const faulty = message.kind === "run" && message.order.theta[0] === -7
  post.call(this, faulty ? {...message, kind: "a fault in the run"} : message)
}
"""
# The worker breaks at such a run, between its other work.
BREAKING = """
import "ORIGINAL"
addEventListener("message", ({data}) => {
  if (data.kind === "run" && data.order.theta[0] === -7) throw new Error("a fault in the worker")
})
"""


def with_faulty_orders(page: Page) -> None:
    page.add_init_script(FAULTY_ORDERS)


def with_breaking_workers(page: Page) -> None:
    def answer(route: Route) -> None:
        body = BREAKING.replace("ORIGINAL", f"{route.request.url}?original")
        route.fulfill(body=body, content_type="text/javascript")

    page.route(re.compile(r"/worker\.\w+\.js$"), answer)


@pytest.mark.parametrize("faulty", [with_faulty_orders, with_breaking_workers])
def test_a_run_that_throws_in_its_worker_says_so_and_the_next_one_works(chromium: Browser, server: Server, faulty: Any):
    with opened(chromium, server, ahead=False, before=faulty) as page:
        page.set_theta(-7, 2)
        page.button(RUN).click()
        page.expect_sentence(re.compile("Something went wrong while computing this run.*try again"))
        expect(page.button(RUN)).to_have_attribute("aria-busy", "false")
        page.expect_no_run()
        page.expect_theta(-7, 2)
        shows_no_traceback(page.page)
        page.set_theta(-6, 2)
        page.expect_no_sentence(re.compile("Something went wrong"))
        runs_as_the_library(page, -6, 2)
        page.set_theta(-7, 2)  # and so does the one that fails again
        page.button(RUN).click()
        page.expect_sentence(re.compile("Something went wrong"))
        page.watch.problems = [problem for problem in page.watch.problems if "a fault in" not in problem]


# How a browser is without workers that take modules: none at all, none that knows them, none that loads.
WITHOUT = {
    "no workers": "delete window.Worker",
    "only old workers": """
        window.Worker = class {
          constructor(place) { this.old = true }
          postMessage() { throw new Error("an old worker does not know modules") }
          terminate() {}
        }""",
    "workers are forbidden": """
        window.Worker = class {
          constructor(place, {type}) { throw new DOMException("workers are forbidden", "SecurityError") }
        }""",
}


def does_all_that_workers_do(page: LessonPage) -> None:
    runs_as_the_library(page)
    expect(page.status).to_contain_text("after 500 steps")  # knows the best fit
    assert len(page.drawn("contours")["xs"]) > 5  # and the surface
    page.open(POLYNOMIAL)
    page.run_to_the_end()
    page.expect_step(500, 500)
    network = NetworkPage(page.page, page.watch)
    network.open(NETWORK)
    network.run_to_the_end()
    network.expect_end(400)


@pytest.mark.parametrize("without", WITHOUT)
def test_a_browser_without_module_workers_does_it_all_on_the_page(chromium: Browser, server: Server, without: str):
    with opened(chromium, server, ahead=False, before=lambda page: page.add_init_script(WITHOUT[without])) as page:
        does_all_that_workers_do(page)
        page.open(LINEAR)
        page.type("Steps", 3000)
        page.button(RUN).click()
        page.button("New data").click()  # which is no longer wanted
        page.expect_no_run()
        page.page.wait_for_timeout(300)
        page.expect_no_run()


def test_a_worker_that_cannot_be_loaded_is_done_without(chromium: Browser, server: Server):
    forbidden = []

    def forbid(route: Route) -> None:
        forbidden.append(route.request.url)
        route.abort()

    with opened(chromium, server, ahead=False, before=lambda page: page.route("**/worker.*.js", forbid)) as page:
        does_all_that_workers_do(page)
        assert forbidden


# --- the server ---


def test_a_server_that_is_killed_during_a_run_and_a_drag_is_not_missed(chromium: Browser):
    with serving() as server, chromium.new_context(viewport=SIZE) as context:
        raw = context.new_page()
        page = LessonPage(raw, Watch(raw))
        raw.goto(server.url)
        page.wait()
        raw.wait_for_timeout(10_000)
        page.watch.fetch_ahead()
        page.choice("Speed").select_option("0.25×")
        page.button(RUN).click()
        expect(page.button("Pause")).to_be_visible()
        page.open(LOGISTIC)
        place = page.w.bounding_box()
        assert place is not None
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        raw.mouse.move(x, y)
        raw.mouse.down()
        raw.mouse.move(x + 20, y)
        server.process.send_signal(signal.SIGINT)
        server.process.wait(60)
        raw.mouse.move(x + 40, y, steps=4)
        raw.mouse.up()
        assert page.theta()[0] > 0.5
        page.button("New data").click()
        page.choose("Loss function", "Squared error on probabilities")
        page.run_to_the_end()
        page.expect_step(500, 500)
        page.open(LINEAR)
        expect(page.button("Pause")).to_be_visible()  # it still plays
        page.scrubber.press("End")
        page.expect_step(500, 500)
        page.button("Show best fit").click()
        page.expect_sentence(re.compile("^Best fit: w = "))  # the course says something too
        page.open(POLYNOMIAL)  # never seen before
        page.run_to_the_end()
        page.expect_step(500, 500)
        network = NetworkPage(raw, page.watch)
        network.open(NETWORK)
        network.button("Add a layer").click()
        network.run_to_the_end()
        network.expect_end(400)
        raw.get_by_role("button", name="Light or dark").click()
        expect(network.figure(SURFACE_OF_NETWORK).locator("canvas").first).to_be_visible()
        expect(raw.get_by_text(COULD_NOT)).to_have_count(0)
        page.watch.assert_no_problems()


# --- files that do not come ---

SURFACE_OF_NETWORK = re.compile("^The loss on a plane")


class Fault:
    """Requests for some files fail until it is mended."""

    def __init__(self, pattern: str | re.Pattern[str]) -> None:
        self.pattern = pattern
        self.failed: list[str] = []
        self.mended = False

    def __call__(self, page: Page) -> None:
        page.route(self.pattern, self._answer)

    def _answer(self, route: Route) -> None:
        if self.mended:
            route.continue_()
        else:
            self.failed.append(route.request.url)
            route.abort()


@pytest.mark.parametrize(
    "what",
    ["lessons/logistic.*.json", "figures/logistic-light.*.json", "formulas/logistic.*.js"],
)
def test_a_lesson_that_cannot_be_fetched_says_so_and_can_be_tried_again(chromium: Browser, server: Server, what: str):
    fault = Fault(f"**/{what}*")
    with opened(chromium, server, ahead=False, before=fault) as page:
        tab = page.page.get_by_role("tab", name=LOGISTIC, exact=True)
        tab.click()
        sentence = page.page.get_by_text(COULD_NOT)
        expect(sentence).to_be_visible()
        assert fault.failed
        page.open(LINEAR)  # the others go on
        expect(sentence).to_be_hidden()
        page.set_theta(1, 1)
        page.expect_theta(1, 1)
        fault.mended = True
        tab.click()
        again = page.page.get_by_role("button", name="Try again")
        if again.is_visible():
            again.click()
        page.open(LOGISTIC)
        page.set_theta(2, 1)
        page.expect_theta(2, 1)
        page.run_to_the_end()
        page.expect_step(500, 500)
        expect(sentence).to_have_count(0)
        page.watch.forgive(r"/(lessons|figures|formulas)/|ERR_FAILED")


def test_try_again_loads_the_lesson(chromium: Browser, server: Server):
    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/lessons/linear.*.json", lambda route: route.abort(), times=1)
        page.goto(server.url)
        page.get_by_role("button", name="Try again").click()
        lesson = LessonPage(page, Watch(page))
        lesson.wait()
        lesson.run_to_the_end()
        lesson.expect_step(500, 500)


@pytest.mark.parametrize("what", ["main.*.js", "bokeh.*.js", "style.*.css"])
def test_a_program_that_cannot_be_fetched_says_so(chromium: Browser, server: Server, what: str):
    with chromium.new_context() as context:
        page = context.new_page()
        page.route(f"**/{what}", lambda route: route.abort())
        page.goto(server.url)
        expect(
            page.get_by_role("alert").filter(has_text=re.compile("lessons could not be loaded.*reload"))
        ).to_be_visible()


def test_a_network_whose_formulas_cannot_be_fetched_is_taken_back_with_a_sentence(chromium: Browser, server: Server):
    fault = Fault("**/formulas/network-3-*")
    with opened(chromium, server, ahead=False, before=fault) as page:
        network = NetworkPage.on(page)
        network.button("Add a layer").click()
        network.expect_sentence(re.compile("formulas of this network could not be loaded"))
        expect(network.card("Model")).to_contain_text("2 → 4 → 3 → 1")
        expect(network.button(RUN)).not_to_have_attribute("aria-busy", "true")
        network.expect_numbers(initial())
        network.run_to_the_end()
        network.expect_end(400)
        fault.mended = True
        network.button("Add a layer").click()
        network.expect_numbers(initial(hidden=(4, 3, 3)))
        network.watch.forgive("network-3-|ERR_FAILED")
