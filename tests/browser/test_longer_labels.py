"""A page whose every label is 1.6 times as long, as translations have it: nothing is cut off, and nothing covered."""

from collections.abc import Iterator
from itertools import combinations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import opened
from tests.browser.lesson_page import LessonPage
from tests.browser.places import COVERED, SCROLLING, box_of, cut_off, overlap
from tests.serving import Server

# Each word of what the page itself says is longer: not the name of a number, a formula, or what stands in a figure.
LENGTHEN = """() => {
  const longer = (word) => word + word.slice(-Math.ceil(0.6 * word.length)).toLowerCase()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const {currentNode: node} = walker
    if (!node.parentElement.closest("script, style, math, code, pre, .plot")) {
      node.textContent = node.textContent.replace(/\\p{L}{3,}/gu, longer)
    }
  }
}"""


@pytest.fixture(scope="module")
def fresh(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    with opened(chromium, server, ahead=False) as page:
        yield page


@pytest.mark.parametrize("key", ["linear", "descent", "polynomial", "logistic", "network"])
@pytest.mark.parametrize(("width", "height"), [(1366, 657), (1280, 720), (1024, 768), (390, 844), (320, 640)])
def test_longer_labels_wrap(fresh: LessonPage, server: Server, key: str, width: int, height: int):
    page = fresh.page
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{server.url}#1;{key};run")
    page.reload()  # another link alone does not open the page anew
    lesson = page.locator(".lesson:visible")
    expect(lesson.locator(".plot .bk-Canvas:visible").first).to_be_visible()
    expect(lesson.locator(".count")).to_contain_text("step ")
    page.evaluate(LENGTHEN)
    expect(page.get_by_role("tab").last).to_have_text("Neuralural networktwork")
    across = page.evaluate(SCROLLING)["across"]
    assert [what for what in across if what != "tabs" or width > 600] == [], (
        "on a phone the tabs may be more than one sees"
    )
    assert cut_off(lesson) == []
    assert page.evaluate(COVERED) == []
    header = [box_of(part) for part in page.locator(".header :is(button, h1):visible").all()]
    inside = [box for box in header if box["width"] > 2 and (width > 600 or box["x"] + box["width"] <= width)]
    assert not [pair for pair in combinations(inside, 2) if overlap(*pair)]
