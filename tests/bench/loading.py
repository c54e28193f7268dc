"""What opening the page asks of the network, and for how long; what is asked for afterwards."""

import json
import statistics
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, CDPSession

from tests.bench.browser import FETCHED_AHEAD, SETTLING, blank, wait_until
from tests.bench.servers import Measured
from tests.bench.table import Row, repetitions
from tests.bench.wire import Transfer, Wire, wire

EVERYTHING = Path(__file__).with_name("everything.js")
COMPLETE = "Promise.race([Promise.all([probe.usable, probe.complete]), new Promise((_, no) => setTimeout(no, 25000))])"
MOST = 90_000  # milliseconds of doing what a learner does
AHEAD = 10_000  # milliseconds after opening from which on a server may vanish unnoticed
LINKED = "1;linear;w=-5;b=3;optimizer=adam;n_steps=200;run;step=120;show=best"
LINK = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}


class Visit(NamedTuple):
    """What crossed the wire when a browser with an empty cache opened the page, and when it came again.

    Attributes:
        first: until all figures of the first lesson were there.
        ahead: in idle time after that.
        again: opening the page a second time.
    """

    first: list[Transfer]
    ahead: list[Transfer]
    again: list[Transfer]


def visit(browser: Browser, app: Measured) -> Visit:
    """Opens the page twice in one browser context; what is fetched in idle time waits until the lesson is there."""
    with wire(app.url) as way, blank(browser) as page:

        def transferred() -> list[Transfer]:
            page.wait_for_timeout(SETTLING)
            taken = way.transfers[:]
            way.transfers.clear()
            return taken

        page.add_init_script("probe.hold()")
        page.goto(way.url)
        page.evaluate(COMPLETE)
        first = transferred()
        page.evaluate("probe.release()")
        wait_until(page, FETCHED_AHEAD)
        ahead = transferred()
        page.goto("about:blank")
        page.goto(way.url)
        page.evaluate(COMPLETE)
        return Visit(first, ahead, transferred())


def bytes_on_the_wire(seen: Visit) -> tuple[Row, Row]:
    """First and repeat load."""
    first, ahead, again = (sum(transfer.received for transfer in part) for part in seen)
    repeated = "; ".join(transfer.path for transfer in seen.again)
    return (
        Row(
            "first load on the wire",
            f"{first / 1000:.0f} kB, {len(seen.first)} requests",
            "",
            "500 kB, 25",
            first <= 500_000 and len(seen.first) <= 25,
            "answers with their headers, counted between Chromium (empty cache, Brotli) and the server until all"
            f" figures are there; fetched ahead in idle time after that: {ahead / 1000:.0f} kB,"
            f" {len(seen.ahead)} requests.",
        ),
        Row(
            "repeat load on the wire",
            f"{again / 1000:.1f} kB, {len(seen.again)} requests",
            "",
            "20 kB, 25",
            again <= 20_000 and len(seen.again) <= 25,
            f"the same browser context, counted the same way; asked for: {repeated}.",
        ),
    )


def requests_for_anything(browser: Browser, app: Measured) -> Row:
    """Requests to the server for all that a learner does, from 10 s after opening on."""
    with wire(app.url) as way, blank(browser) as page:
        page.goto(way.url)
        page.evaluate(COMPLETE)
        page.wait_for_timeout(AHEAD)
        ahead = page.evaluate(FETCHED_AHEAD)
        way.transfers.clear()
        done, all_done = page.evaluate(EVERYTHING.read_text(), MOST)
        page.wait_for_timeout(SETTLING)
        asked = _told(way)
    counted = sum(asked.values())
    return Row(
        "requests to the server for anything a learner does",
        str(counted),
        "one or more each",
        "0",
        counted == 0 and all_done,
        f"{done} things done in {'all' if all_done else 'not all'} lessons, from {AHEAD / 1000:.0f} s after opening on"
        " (all fetched ahead by then:"
        f" {'yes' if ahead else 'no'}): every choice of every list, sliders, buttons, layers, runs, both themes."
        + (f" Asked for: {'; '.join(f'{path} ({count})' for path, count in asked.items())}." if asked else "")
        + " Peer: before the lesson ran in the browser.",
    )


def _told(way: Wire) -> Counter[str]:
    return Counter(transfer.path for transfer in way.transfers)


def opened_to_usable(browser: Browser, app: Measured, *, quick: bool) -> tuple[Row, Row]:
    """From the navigation to a lesson that can be used, with an empty cache, on a slow line; bare, and by a link."""
    return (
        _cold(browser, "opened to usable, cold, 10 Mbit/s, 40 ms", app.url, quick=quick),
        _cold(browser, "a link opened, the same", f"{app.url}#{LINKED}", quick=quick),
    )


def _cold(browser: Browser, figure: str, address: str, *, quick: bool) -> Row:
    usable, complete = [], []
    for _ in repetitions(2 if quick else 5):
        with blank(browser) as page:
            _throttle(page.context.new_cdp_session(page))
            page.goto(address, wait_until="commit")
            times = page.evaluate(COMPLETE)
            usable.append(times[0] / 1000)
            complete.append(times[1] / 1000)
    seconds = statistics.median(usable)
    return Row(
        figure,
        f"{seconds:.2f} s, surface {statistics.median(complete):.2f}",
        "",
        "1.5 s",
        seconds <= 1.5,
        f"median of {len(usable)} visits with an empty cache, throttled in Chromium, workers too; usable: the frame"
        " with data, line, loss and controls is painted; surface: so is the loss surface, which a worker computes.",
    )


def _throttle(session: CDPSession) -> None:
    """Puts a page on a slow line, and the workers that it starts."""
    messages = iter(range(1, 1000))

    def attached(event: dict[str, Any]) -> None:
        for method, params in (
            ("Network.enable", {}),
            ("Network.emulateNetworkConditions", LINK),
            ("Runtime.runIfWaitingForDebugger", {}),
        ):
            message = json.dumps({"id": next(messages), "method": method, "params": params})
            session.send("Target.sendMessageToTarget", {"sessionId": event["sessionId"], "message": message})

    session.on("Target.attachedToTarget", attached)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINK)
    session.send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False})
