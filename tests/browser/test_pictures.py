"""Every lesson at every promised size, light, dark and presenting, in the midst of a run: pictures to be looked at.

They are written to `test-results/pages`. That each figure is painted is tested; whether a page is good has to be seen.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import opened
from tests.browser.lesson_page import LessonPage
from tests.browser.pixels import settle
from tests.serving import ROOT, Server

FOLDER = ROOT / "test-results" / "pages"
SIZES = [(1280, 720), (1024, 768), (1366, 657), (768, 1024), (390, 844)]
PRESENTED = (1024, 768)
STEPS = {"linear": 60, "descent": 5, "polynomial": 300, "logistic": 20, "network": 60}


@pytest.fixture(scope="module", params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def seen(chromium: Browser, server: Server, scheme: str) -> Iterator[LessonPage]:
    with opened(chromium, server, ahead=False, color_scheme=scheme) as page:
        yield page


def painted(image: np.ndarray) -> bool:
    """Whether there is more than paper: a curve and its axes have at least eight colours with their edges."""
    return len(np.unique(image.reshape(-1, 3), axis=0)) >= 8


@pytest.mark.parametrize("key", STEPS)
@pytest.mark.parametrize("presenting", [False, True], ids=["working", "presenting"])
def test_every_figure_is_painted(seen: LessonPage, server: Server, scheme: str, key: str, presenting: bool):
    page = seen.page
    page.set_viewport_size({"width": 1280, "height": 720})
    link = f"#1;{key};run;step={STEPS[key]}{';present' if presenting else ''}"
    page.goto(f"{server.url}{link}")
    page.reload()  # another link alone does not open the page anew
    lesson = page.locator(".lesson:visible")
    expect(lesson.locator(".count")).to_contain_text(f"step {STEPS[key]} /")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for width, height in [PRESENTED] if presenting else SIZES:
        page.set_viewport_size({"width": width, "height": height})
        figures = lesson.locator(".plot:visible:not(.no-plane .surface .plot)")
        expect(figures.nth(0 if key == "descent" else 1)).to_be_visible()
        for figure in figures.all():
            settle(figure, painted, "more than paper")
        page.evaluate("document.querySelectorAll('body, main').forEach((place) => place.scrollTo(0, 0))")
        name = f"{key}-{'presenting' if presenting else f'{width}x{height}'}-{scheme}.png"
        page.screenshot(path=FOLDER / name)
