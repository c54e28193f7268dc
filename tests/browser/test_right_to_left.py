"""A page from right to left, as translations into some languages have it: numbers and formulas stay whole."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import opened
from tests.browser.lesson_page import DESCENT, LINEAR, LOGISTIC, NETWORK, POLYNOMIAL, LessonPage
from tests.browser.places import COVERED
from tests.serving import Server

# Texts with numbers whose letters do not stand from left to right, one after the other, line by line.
SCRAMBLED = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  while (walker.nextNode()) {
    const {textContent: text, parentElement: of} = walker.currentNode
    if (!/\\d/.test(text) || !of.checkVisibility() || of.closest("script, style, math, option")) continue
    let [right, bottom] = [-Infinity, -Infinity]
    for (let k = 0; k < text.length; k++) {
      const range = document.createRange()
      range.setStart(walker.currentNode, k)
      range.setEnd(walker.currentNode, k + 1)
      const [box] = range.getClientRects()
      if (!box || box.width === 0 || text[k].trim() === "") continue
      if (box.top < bottom - 3 && box.left < right - 1) { found.push(text.trim()); break }
      right = box.left
      bottom = box.bottom
    }
  }
  return found
}"""


@pytest.fixture(scope="module")
def mirrored(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    with opened(chromium, server, ahead=False) as page:
        page.page.evaluate("document.documentElement.dir = 'rtl'")
        yield page


@pytest.mark.parametrize("title", [LINEAR, DESCENT, POLYNOMIAL, LOGISTIC, NETWORK])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_numbers_stay_whole_and_nothing_is_covered(mirrored: LessonPage, title: str, width: int, height: int):
    page = mirrored
    page.page.set_viewport_size({"width": width, "height": height})
    page.title = title
    page.page.get_by_role("tab", name=title, exact=True).click()
    expect(page.lesson.locator(".bk-Canvas:visible").first).to_be_visible()
    page.run()
    page.scrubber.press("End")
    assert page.page.evaluate(SCRAMBLED) == []
    assert page.page.evaluate(COVERED) == []
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for place in page.lesson.locator(".plot:visible, .units, input[type=range]:visible").all():
        assert place.evaluate("(place) => getComputedStyle(place).direction") == "ltr"
