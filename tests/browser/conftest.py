"""Pages of the running application: each test gets one of its own, and nothing may go wrong on it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lesson_page import LessonPage
from tests.browser.network_page import NetworkPage
from tests.browser.watch import Watch
from tests.serving import Server

SIZE = {"width": 1280, "height": 720}

HERE = Path(__file__).parent

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A busy machine can keep one browser test of hundreds waiting for too long: such a test is tried again."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=2))


@contextmanager
def opened(
    chromium: Browser,
    server: Server,
    *,
    clock: bool = False,
    ahead: bool = True,
    course: bool = False,
    before: Callable[[Page], Any] = lambda page: None,
    **context_options: Any,
) -> Iterator[LessonPage]:
    """A page in a context of its own; fails afterwards if anything went wrong behind it.

    Args:
        chromium: the browser.
        server: where the page is.
        clock: whether the page's clock is ours: it then stands still until `LessonPage.let_pass(seconds)`.
        ahead: whether everything is waited for that may ever be wanted; asking the server for more is then a failure.
        course: whether the course stands beside the lesson.
        before: called with the page before it opens.
        context_options: for the browser's context.
    """
    told = len(server.log_text())
    with chromium.new_context(**({"viewport": SIZE} | context_options)) as context:
        context.add_init_script(f"localStorage.course ??= '{'open' if course else 'folded'}'")
        page = context.new_page()
        if clock:
            page.clock.install()
        watch = Watch(page)
        before(page)
        lesson = LessonPage(page, watch)
        page.goto(server.url)
        lesson.wait()
        if ahead:
            watch.fetch_ahead()
        if clock:
            page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
            lesson.timed = True
        yield lesson
        watch.problems += logged_errors(server, told)
        watch.assert_no_problems()


def logged_errors(server: Server, told: int) -> list[str]:
    """What the server has logged as an error since it had written so many characters."""
    entries = re.split(r"^(?=\d{4}-\d\d-\d\d )", server.log_text()[told:], flags=re.MULTILINE)
    return [f"the server's log: {entry}" for entry in entries if " ERROR " in entry or "Traceback" in entry]


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """A page that has just been opened."""
    with opened(chromium, server) as lesson:
        yield lesson


@pytest.fixture
def timed_page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """A page whose clock stands still until a test moves it on: playing never depends on how busy the machine is."""
    with opened(chromium, server, clock=True) as lesson:
        yield lesson


@pytest.fixture(scope="module")
def module_page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """One page for a module."""
    with opened(chromium, server) as lesson:
        yield lesson


@pytest.fixture
def shared_page(module_page: LessonPage) -> Iterator[LessonPage]:
    """One page for all tests of a module that leave the data alone, put back for each: opening one takes seconds."""
    module_page.put_back()
    yield module_page
    module_page.watch.assert_no_problems()


@pytest.fixture(scope="module")
def module_timed_page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """One page for a module, whose clock stands still."""
    with opened(chromium, server, clock=True) as lesson:
        yield lesson


@pytest.fixture
def shared_timed_page(module_timed_page: LessonPage) -> Iterator[LessonPage]:
    """As `shared_page`, with a clock that stands still until a test moves it on."""
    module_timed_page.put_back()
    yield module_timed_page
    module_timed_page.watch.assert_no_problems()


@pytest.fixture
def network(page: LessonPage) -> NetworkPage:
    """A page on which the last lesson has just been opened."""
    return NetworkPage.on(page)


@pytest.fixture
def timed_network(timed_page: LessonPage) -> NetworkPage:
    """The same, whose clock stands still until a test moves it on."""
    timed_page.page.clock.resume()
    network = NetworkPage.on(timed_page)
    network.stop_clock()
    return network
