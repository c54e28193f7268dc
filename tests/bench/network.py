"""The neural network lesson: how fast it trains, plays and answers, alone and beside others."""

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from dl_workshop.models import mlp, mlp_init
from dl_workshop.networks import train_network
from dl_workshop.toy_data import simulate_split
from tests.bench.browser import Opened, opened, wait_until
from tests.bench.playback import COUNT, ENDED, MOVING
from tests.bench.servers import Measured
from tests.bench.table import Row, median_and_p95, p95

PEER = Path(__file__).with_name("network_peer.js")
EPOCHS = 2000


@contextmanager
def _lesson(browser: Browser, app: Measured, hidden: tuple[int, ...] = (4, 3)) -> Iterator[Opened]:
    """The open lesson, with so many units in its two hidden layers."""
    with opened(browser, app.url) as page:
        page.page.get_by_role("tab", name="Neural network").click()
        page.page.get_by_role("button", name="Output").wait_for()
        for layer, (now, wanted) in enumerate(zip((4, 3), hidden, strict=True), start=1):
            for _ in range(wanted - now):
                page.page.get_by_role("button", name=f"Add a unit to layer {layer}").click()
        page.page.get_by_role("button", name=f"Unit {hidden[1]} of layer 2").wait_for()
        page.page.wait_for_timeout(3000)  # what the run needs is compiled meanwhile
        yield page


def _type(page: Opened, label: str, value: object) -> None:
    box = page.page.get_by_role("textbox", name=f"Exact value of {label}")
    box.fill(str(value))
    box.press("Enter")


def epochs_per_second(browser: Browser, *, quick: bool) -> Row:
    """Mini-batch training of a small network, warm, the loss taken once an epoch."""
    split = simulate_split("xor", n=500, train_share=0.5)
    sizes, epochs = (2, 4, 2, 1), EPOCHS // (4 if quick else 1)
    model, theta = mlp(sizes, "tanh"), mlp_init(sizes, "tanh", key=0)

    def train() -> float:
        began = time.perf_counter()
        train_network(
            theta, model, "binary_cross_entropy", split, optimizer="gradient_descent", step_size=0.03,
            n_steps=25 * epochs, batch_size=10, record_every=25,
        )  # fmt: skip
        return epochs / (time.perf_counter() - began)

    train()
    ours = statistics.median(train() for _ in range(3))
    page = browser.new_page()
    peer = statistics.median(page.evaluate(PEER.read_text(), 1000) for _ in range(3))
    page.close()
    return Row(
        "mini-batch epochs/s, [2,4,2,1], 250 points, batches of 10",
        f"{ours:,.0f}/s: {ours / peer:.1f}×",
        f"{peer:,.0f}/s",
        "2×",
        ours >= 2 * peer,
        f"`train_network` over {epochs:,} epochs, both losses once an epoch; peer: network_peer.js in Chromium.",
    )


def _click_to_movement(page: Opened) -> float:
    page.page.evaluate("count => probe.timeRun('surface', count)", COUNT)
    page.page.get_by_role("button", name="Run gradient descent").click()
    return page.page.evaluate("Promise.race([probe.painted, new Promise((_, no) => setTimeout(no, 20000))])")


def first_frame(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Click on Run to the first moving frame, the architecture known."""
    milliseconds = []
    with _lesson(browser, app, (4, 4)) as page:
        _type(page, "Steps", 1000)
        for index in range(4 if quick else 9):
            page.page.get_by_role("button", name="New weights").click()
            page.page.wait_for_timeout(1500)
            took = _click_to_movement(page)
            page.page.get_by_role("button", name="Pause").click()
            if index >= 1:
                milliseconds.append(took)
    return Row(
        "network: Run to first moving frame, [2,4,4,1], 1,000 steps, warm",
        median_and_p95(milliseconds),
        "",
        "300 ms",
        statistics.median(milliseconds) <= 300,
        f"{len(milliseconds)} real clicks, each from new weights.",
    )


def new_architecture(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """The same for an architecture that nobody has had, pressed at once."""
    milliseconds = []
    with _lesson(browser, app, (5, 5)) as page:
        _type(page, "Steps", 1000)
        for _ in range(2 if quick else 3):
            page.page.get_by_role("button", name="Add a unit to layer 1").click()
            milliseconds.append(_click_to_movement(page))
            page.page.get_by_role("button", name="Pause").click()
            page.page.wait_for_timeout(3000)
    return Row(
        "the same, an architecture never seen before",
        f"{statistics.median(milliseconds) / 1000:.2f} s, longest {max(milliseconds) / 1000:.2f}",
        "",
        "2 s",
        statistics.median(milliseconds) <= 2000,
        "a unit is added and Run is pressed in the same moment.",
    )


def frames(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Frames a second of a playback: decision surface, unit pictures, curves, path."""
    with _lesson(browser, app, (8, 8)) as page:
        page.page.get_by_role("button", name="Run gradient descent").click()
        wait_until(page.page, MOVING, COUNT, seconds=20)
        page.page.wait_for_timeout(1500)
        page.page.evaluate("probe.record()")
        wait_until(page.page, ENDED, COUNT, seconds=25)
        played = [frame["at"] for frame in page.page.evaluate("probe.stop()") if frame["playing"]]
    deltas = np.diff(played)
    rate = 1000 * len(deltas) / deltas.sum()
    return Row(
        "network: playback of [2,8,8,1], all of it moving",
        f"{rate:.1f} fps, p95 frame {p95(deltas.tolist()):.1f} ms",
        "",
        "50 fps",
        rate >= 50,
    )


def dragging(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """A key press on a weight's slider to the decision surface and the readout repainted."""
    with _lesson(browser, app, (8, 8)) as page:
        slider = page.page.get_by_role("slider", name=re.compile("^w"))
        slider.focus()
        milliseconds = []
        for index in range(12 if quick else 42):
            page.page.evaluate("probe.timeKey('decision', '[data-text=loss]')")
            page.page.keyboard.press("ArrowRight" if index % 40 < 20 else "ArrowLeft")
            took = page.page.evaluate("Promise.race([probe.painted, new Promise((done) => setTimeout(done, 3000))])")
            if index >= 2 and took is not None:  # where two decimals of the loss did not change, nothing is timed
                milliseconds.append(took)
            page.page.wait_for_timeout(300)
    return Row(
        "network: one weight moved, everything repainted",
        median_and_p95(milliseconds),
        "",
        "17 ms",
        statistics.median(milliseconds) <= 17,
        f"{len(milliseconds)} real key presses on [2,8,8,1], to the main thread's end of the frame that shows them.",
    )


def page_while_training(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Another learner's page while five trainings run."""
    with ExitStack() as stack:
        for _ in range(5):
            page = stack.enter_context(_lesson(browser, app, (8, 8)))
            _type(page, "Steps", 10000)
            page.page.get_by_role("button", name="Run gradient descent").click()
        began = time.perf_counter()
        other = browser.new_page()
        other.goto(app.url)
        other.get_by_role("button", name="Run gradient descent").wait_for()
        took = time.perf_counter() - began
        other.close()
    return Row(
        "another learner's page while five trainings run",
        f"{took:.2f} s",
        "",
        "2 s",
        took <= 2,
        "from the request to the Run button, in the Chromium of the five learners; [2,8,8,1], 10,000 steps each.",
    )


def bytes_per_run(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Bytes from the server for a run of 1,000 steps."""
    with _lesson(browser, app, (8, 8)) as page:
        _type(page, "Steps", 1000)
        page.page.wait_for_timeout(1500)
        page.traffic.forget()
        page.page.get_by_role("button", name="Run gradient descent").click()
        wait_until(page.page, MOVING, COUNT, seconds=20)
        page.page.wait_for_timeout(3000)
        received = page.traffic.received_bytes()
    return Row(
        "network: bytes for a run of 1,000 steps of [2,8,8,1]",
        f"{received / 1000:.0f} kB",
        "",
        "500 kB",
        received <= 500_000,
        "run and loss surface: payloads of all websocket frames received until 3 s after the first movement.",
    )
