"""Pages that may ask the server to compile."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import opened
from tests.browser.lesson_page import LessonPage
from tests.serving import Server


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """A page that may ask the server for more, with the course beside it."""
    with opened(chromium, server, ahead=False, course=True, viewport={"width": 1600, "height": 900}) as page:
        yield page
