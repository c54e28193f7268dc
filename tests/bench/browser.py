"""Pages in a real Chromium: the app's and its peer's, with the same probe in each."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, WebSocket, sync_playwright

from tests.find_chromium import executable

PROBE = Path(__file__).with_name("probe.js")
OPTIONS = ("--no-sandbox", "--disable-background-networking")
SIZE = {"width": 1280, "height": 720}
SETTLING = 1500  # milliseconds after a page can be used until it is quiet


@dataclass
class Traffic:
    """What has crossed a page's websockets, as payloads: text or bytes."""

    sent: list[str | bytes] = field(default_factory=list)
    received: list[str | bytes] = field(default_factory=list)

    def watch(self, socket: WebSocket) -> None:
        """Counts a websocket in."""
        socket.on("framesent", lambda frame: self.sent.append(frame))
        socket.on("framereceived", lambda frame: self.received.append(frame))

    def messages(self) -> tuple[int, int]:
        """How many messages were sent and received: one of Bokeh's travels in three frames or more."""
        return tuple(sum(map(_is_header, frames)) for frames in (self.sent, self.received))

    def received_bytes(self) -> int:
        """Size of all that was received."""
        return sum(len(frame.encode() if isinstance(frame, str) else frame) for frame in self.received)

    def forget(self) -> None:
        """Starts from zero."""
        self.sent.clear()
        self.received.clear()


def _is_header(frame: str | bytes) -> bool:
    if not isinstance(frame, str) or not frame.startswith('{"msg'):
        return False
    return "msgtype" in json.loads(frame)


@dataclass
class Opened:
    """An open page.

    Attributes:
        page: Playwright's page.
        traffic: what its websockets carried.
        urls: what it has asked for.
        slider: the slider of w.
        readout: selects the text of the loss, through shadow roots.
    """

    page: Page
    traffic: Traffic
    urls: list[str]
    slider: Locator
    readout: str

    def text(self, selector: str) -> str:
        """The text of the first match."""
        return self.page.evaluate("probe.text", selector)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(OPTIONS))
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str, *, readout: str = "[data-text=loss]") -> Iterator[Opened]:
    """Opens a page with nothing in its cache, and waits until it can be used and is quiet.

    Args:
        browser: to open it in.
        url: of a page with a slider named w.
        readout: selects the text of the loss.
    """
    context = browser.new_context(viewport=SIZE)
    try:
        page = context.new_page()
        page.set_default_timeout(40_000)
        page.add_init_script(path=PROBE)
        traffic, urls = Traffic(), []
        page.on("websocket", traffic.watch)
        page.on("request", lambda request: urls.append(request.url))
        page.goto(url)
        slider = page.get_by_role("slider", name=re.compile("^w")).first
        slider.wait_for()
        page.wait_for_function("selector => probe.text(selector) && probe.drew('fit')", arg=readout)
        page.wait_for_timeout(SETTLING)
        yield Opened(page, traffic, urls, slider, readout)
    finally:
        context.close()


def wait_until(page: Page, condition: str, argument: object = None, *, seconds: float) -> None:
    """Waits for a condition in the page by asking now and then, so that the page's frames are left alone."""
    until = time.monotonic() + seconds
    while not page.evaluate(condition, argument):
        if time.monotonic() > until:
            raise TimeoutError(f"not within {seconds} s: {condition}")
        page.wait_for_timeout(100)
