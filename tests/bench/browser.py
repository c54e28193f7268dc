"""Pages in a real Chromium: the app's and its peer's, with the same probe in each."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

from tests.find_chromium import executable

PROBE = Path(__file__).with_name("probe.js")
OPTIONS = ("--no-sandbox", "--disable-background-networking")
SIZE: ViewportSize = {"width": 1280, "height": 720}
PATIENCE = 30_000  # milliseconds until a page that does not do what it should is given up
SETTLING = 500  # milliseconds after everything is there until the page is quiet
COUNT = "[data-text=count]"
LOSS = "[data-text=loss]"
PAINTED = "Promise.race([probe.painted, new Promise((_, no) => setTimeout(() => no(Error('not painted')), 5000))])"
# Whether all that may be wanted later has been fetched.
FETCHED_AHEAD = """() => {
  const seen = new Set(performance.getEntriesByType("resource").map(({name}) => name))
  const places = Object.entries(JSON.parse(document.getElementById("files").textContent))
  const ahead = places.filter(([name]) => /^((lessons|figures|formulas|data)\\/|later)/.test(name))
  return ahead.every(([, place]) => seen.has(new URL(place, document.baseURI).href))
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(OPTIONS))
        yield browser
        browser.close()


@contextmanager
def blank(browser: Browser) -> Iterator[Page]:
    """A page with the probe, with nothing in its cache, before it goes anywhere."""
    context = browser.new_context(viewport=SIZE)
    try:
        context.add_init_script(path=PROBE)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        yield page
    finally:
        context.close()


@contextmanager
def opened(browser: Browser, url: str, *, readout: str = LOSS, lesson: str | None = None) -> Iterator[Page]:
    """Opens a page with nothing in its cache, and waits until it is quiet.

    Args:
        browser: to open it in.
        url: of the app's page, or of the peer's.
        readout: selects the text of the loss.
        lesson: the tab to go to, then; None for the first.
    """
    with blank(browser) as page:
        page.goto(url)
        wait_until(page, "readout => probe.text(readout) && probe.drew('fit')", readout)
        if page.locator("#files").count() == 1:
            wait_until(page, FETCHED_AHEAD)
        if lesson is not None:
            page.get_by_role("tab", name=lesson).click()
            wait_until(page, "probe.drew('decision')")
        page.wait_for_timeout(SETTLING)
        yield page


@contextmanager
def network(browser: Browser, url: str, hidden: Sequence[int]) -> Iterator[Page]:
    """The lesson on networks, with so many units in its two hidden layers, 4 and 3 or more."""
    with opened(browser, url, lesson="Neural network") as page:
        for layer, (now, wanted) in enumerate(zip((4, 3), hidden, strict=True), start=1):
            for _ in range(wanted - now):
                page.get_by_role("button", name=f"Add a unit to layer {layer}").click()
        page.get_by_role("button", name=f"Unit {hidden[1]} of layer 2").wait_for()
        page.wait_for_timeout(SETTLING)
        yield page


def wait_until(page: Page, condition: str, argument: object = None) -> None:
    """Waits for a condition in the page by asking now and then, so that the page's frames are left alone."""
    until = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(condition, argument):
        if time.monotonic() > until:
            raise TimeoutError(f"not within {PATIENCE / 1000:.0f} s: {condition}")
        page.wait_for_timeout(100)


def out_of_step(page: Page, least: float) -> None:
    """Waits for so many milliseconds and a little more, so that what follows has no rhythm with the screen."""
    page.wait_for_timeout(least + random.uniform(0, 150))


def button(page: Page, action: str) -> Locator:
    """One of a lesson's buttons."""
    return page.locator(f"[data-action={action}]:visible").first


def slider(page: Page, name: str) -> Locator:
    """The slider of a parameter, of the lesson that is open."""
    return page.locator(f"[data-control={name}]:visible input[type=range]").first


def type_value(page: Page, name: str, value: Any) -> None:
    """Types a setting's value into its box."""
    box = page.locator(f"[data-control={name}]:visible input.value").first
    box.fill(str(value))
    box.press("Enter")
