"""The served page: what goes over the wire, and that it does without the server once it is open."""

import signal
from typing import Any

from playwright.sync_api import Browser, Page, expect

from app.lessons import LESSONS
from tests.serving import Server, serving
from tests.site.visit import Visit
from tests.test_site import MOST_BYTES, MOST_REQUESTS

MOST_BYTES_AGAIN = 20_000


class Wire:
    """What a page's responses weigh on the wire, and what they are compressed with."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, int] = {}
        self.statuses: dict[str, int] = {}
        self.codings: dict[str, str] = {}
        self._urls: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._received)
        session.on("Network.responseReceivedExtraInfo", self._more)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _received(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["response"]["url"]

    def _more(self, event: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in event["headers"].items()}
        self.statuses[event["requestId"]] = event["statusCode"]
        self.codings[event["requestId"]] = headers.get("content-encoding", "")

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes[event["requestId"]] = event["encodedDataLength"]

    def coding(self, part: str) -> str:
        """How the file whose address has this part was compressed."""
        [number] = [number for number, url in self._urls.items() if part in url and number in self.codings]
        return self.codings[number]


def test_a_first_visit_and_a_second_one_are_light(visit: Visit, server: Server):
    assert isinstance(visit.page, Page)
    first = Wire(visit.page)
    visit.open(server.url)
    assert sum(first.bytes.values()) <= MOST_BYTES
    assert len(first.bytes) <= MOST_REQUESTS
    assert first.coding("/bokeh.") == first.coding("/main.") == first.coding("/style.") == "br"
    visit.settle()
    second = Wire(visit.page)
    visit.open(server.url)
    assert sum(second.bytes.values()) <= MOST_BYTES_AGAIN
    assert sorted(second.statuses.values()) == [304], "the page itself is asked about, nothing else is asked for"


def test_once_the_page_is_open_the_server_can_vanish(chromium: Browser):
    with serving() as server, chromium.new_context(viewport={"width": 1280, "height": 720}) as context:
        visit = Visit(context.new_page())
        assert isinstance(visit.page, Page)
        visit.open(server.url)
        visit.settle()
        server.process.send_signal(signal.SIGINT)
        server.process.wait(30)
        for lesson in LESSONS.values():
            visit.choose(lesson.title)
            visit.run()
            visit.lesson.locator("[data-action=new-data], [data-action=workshop]").first.click()
        visit.page.locator("#theme").click()
        expect(visit.page.locator("html")).to_have_attribute("data-theme", "dark")
        visit.page.get_by_role("button", name="Add a layer").click()
        visit.run()
        visit.assert_well()  # no request has failed: all were answered from what the browser has
