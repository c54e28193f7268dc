"""Where things stand on the page."""

import re
from itertools import combinations

from playwright.sync_api import FloatRect, Locator

from tests.browser.lesson_page import LessonPage

# Elements of the open lesson whose text does not fit into them, shadow roots included.
CUT_OFF = """(lesson) => {
  const found = []
  const visit = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) visit(element.shadowRoot)
      const style = getComputedStyle(element)
      const text = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim() !== "")
      const box = element.getBoundingClientRect()
      const cut = element.scrollWidth > element.clientWidth + 1
      if (element.tagName === "INPUT" && element.type === "text" && element.checkVisibility() && cut) {
        found.push(element.value)
      }
      const shown = box.width > 2 && box.height > 2 && element.checkVisibility({visibilityProperty: true})
      if (shown && text && style.overflowX !== "visible" && cut) {
        found.push(element.textContent.trim())
      }
    }
  }
  visit(lesson)
  return found
}"""

# Elements that scroll, by direction.
SCROLLING = """() => {
  const found = {across: [], down: []}
  const visit = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) visit(element.shadowRoot)
      const style = getComputedStyle(element)
      const scrolls = (overflow) => overflow === "auto" || overflow === "scroll"
      if (!element.checkVisibility() || element === document.documentElement) continue
      const name = element.className || element.tagName
      if (scrolls(style.overflowX) && element.scrollWidth > element.clientWidth + 1) found.across.push(name)
      if (scrolls(style.overflowY) && element.scrollHeight > element.clientHeight + 1) found.down.push(name)
    }
  }
  visit(document)
  const page = document.documentElement
  if (page.scrollWidth > page.clientWidth) found.across.push("the page")
  if (page.scrollHeight > page.clientHeight) found.down.push("the page")
  return found
}"""
# What of a card's corner lies over its heading.
COVERED = """() => Array.from(document.querySelectorAll(".lesson:not([hidden]) .figure")).flatMap((card) => {
  const [heading, corner] = [card.querySelector("h2"), card.querySelector(".corner")]
  if (!heading || !corner || !corner.checkVisibility()) return []
  const range = document.createRange()
  range.selectNodeContents(heading)
  const [a, b] = [range.getBoundingClientRect(), corner.getBoundingClientRect()]
  const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1
  return apart ? [] : [card.ariaLabel]
})"""


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None
    return box


def overlap(a: FloatRect, b: FloatRect) -> bool:
    return (
        min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"]) > 1
        and min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"]) > 1
    )


def cut_off(lesson: Locator) -> list[str]:
    """Texts of a lesson that do not fit into their place."""
    return lesson.evaluate(CUT_OFF)


def expect_transport_apart(page: LessonPage) -> None:
    """No part of the transport covers another one."""
    transport = page.lesson.get_by_role("region", name="Playback", exact=True)
    buttons = transport.get_by_role("button").all()
    count = transport.get_by_text(re.compile(r"^step \d|no run yet")).filter(visible=True)
    places = [box_of(part) for part in (*buttons, page.scrubber, page.choice("Speed"), count)]
    assert not [pair for pair in combinations(places, 2) if overlap(*pair)]
