"""What a learner feels while moving a slider: the time to the picture, and what crosses the network."""

import random
import statistics
import time

from playwright.sync_api import Browser

from tests.bench.browser import Opened, opened
from tests.bench.servers import Measured
from tests.bench.table import Row, median_and_p95, p95

PEER_READOUT = ".readout"
PAUSES = (
    0.25,
    0.4,
)  # seconds between key presses: the slider's transition is over; no rhythm with the screen
DRAG = 2.0  # seconds


def key_press(browser: Browser, app: Measured, peers: Measured, *, quick: bool) -> Row:
    """Slider key press to line and readout painted."""
    presses = 20 if quick else 40
    with opened(browser, app.url) as page:
        ours = _press(page, presses)
    with opened(browser, f"{peers.url}dynamic", readout=PEER_READOUT) as page:
        theirs = _press(page, presses // 2)
    return Row(
        "slider key press to line and readout painted",
        median_and_p95(ours),
        median_and_p95(theirs),
        "10 ms, p95 17",
        statistics.median(ours) <= 10 and p95(ours) <= 17,
        f"{presses} real key presses ({presses // 2} on the DynamicMap page), one at a time; from the keydown"
        " event's time stamp to the main thread's end of the frame in which readout and line have changed.",
    )


def _press(opened: Opened, presses: int) -> list[float]:
    """Milliseconds from each of so many key presses to the picture."""
    page = opened.page
    opened.slider.focus()
    milliseconds = []
    for index in range(presses + 2):
        page.evaluate("readout => probe.timeKey('fit', readout)", opened.readout)
        page.keyboard.press("ArrowRight")
        took = page.evaluate("Promise.race([probe.painted, new Promise((_, no) => setTimeout(no, 5000))])")
        if index >= 2:  # the first ones compile the page's own code
            milliseconds.append(took)
        page.wait_for_timeout(1000 * random.uniform(*PAUSES))
    return milliseconds


def dragging(browser: Browser, app: Measured, peers: Measured, *, quick: bool) -> Row:
    """Websocket messages while a slider is dragged, and on release."""
    with opened(browser, app.url) as page:
        ours = _drag(page)
    with opened(browser, f"{peers.url}dynamic", readout=PEER_READOUT) as page:
        theirs = _drag(page)
    return Row(
        f"websocket messages: {DRAG:.0f} s of dragging, then release",
        _messages(ours),
        _messages(theirs),
        "0, then 1 commit",
        ours[0] == (0, 0) and ours[1][0] == 1,
        "sent + received by the browser; on release the commit and the server's acknowledgement of it.",
    )


def _drag(opened: Opened) -> tuple[tuple[int, int], tuple[int, int]]:
    """Messages sent and received while the thumb is dragged, and in the second after it is let go."""
    page, traffic = opened.page, opened.traffic
    # The input is invisible; its parent is the thumb.
    thumb = opened.slider.locator("..").bounding_box()
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2
    before = opened.text(opened.readout)
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(300)  # what pressing alone may send is not dragging
    traffic.forget()
    began = time.monotonic()
    while (share := (time.monotonic() - began) / DRAG) < 1:
        page.mouse.move(x + 60 * share, y)
        page.wait_for_timeout(15)
    page.wait_for_timeout(200)
    moving = traffic.messages()
    if opened.text(opened.readout) == before:
        raise RuntimeError("the slider did not move")
    traffic.forget()
    page.mouse.up()
    page.wait_for_timeout(1000)
    return moving, traffic.messages()


def _messages(counts: tuple[tuple[int, int], tuple[int, int]]) -> str:
    return ", then ".join(f"{sent} + {received}" for sent, received in counts)
