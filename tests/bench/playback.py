"""A run: from the click to the first movement, the frames while it plays, and what the server sent for it."""

import itertools
import statistics

from playwright.sync_api import Browser, Locator

from tests.bench.browser import Opened, opened, wait_until
from tests.bench.servers import Measured
from tests.bench.table import Row, median_and_p95, p95

COUNT = "[data-text=count]"
COLUMNS = ("w", "b", "loss")  # of the trajectory, 8 bytes a step
FIGURES = ("fit", "surface", "loss_log")
ENDED = "selector => /(\\d+) \\/ \\1$/.test(probe.text(selector))"
MOVING = "selector => /step [1-9]/.test(probe.text(selector))"


def _run(opened: Opened) -> Locator:
    return opened.page.get_by_role("button", name="Run gradient descent")


def frames(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Frames a second, and the longest of them, while the default run plays."""
    rates, plots, deltas = [], [], []
    for _ in range(1 if quick else 2):
        with opened(browser, app.url) as page:
            page.page.evaluate("probe.record()")
            _run(page).click()
            wait_until(page.page, ENDED, COUNT, seconds=25)
            played = [frame for frame in page.page.evaluate("probe.stop()") if frame["playing"]]
        times = [frame["at"] for frame in played]
        deltas += [after - before for before, after in itertools.pairwise(times)]
        rates.append(1000 * (len(times) - 1) / (times[-1] - times[0]))
        late = played[2 * len(played) // 3 :]  # where every frame is another step
        seconds = (late[-1]["at"] - late[0]["at"]) / 1000
        plots.append(min(sum(name in frame["figures"] for frame in late[1:]) for name in FIGURES) / seconds)
    rate, drawn, slow = statistics.median(rates), statistics.median(plots), p95(deltas)
    return Row(
        "animation of the default run, 1280×720",
        f"{rate:.1f} fps, plots {drawn:.1f}, p95 frame {slow:.1f} ms",
        "",
        "59 fps, p95 17 ms",
        min(rate, drawn) >= 59 and slow <= 17,
        f"animation frames of {len(rates)} runs, the longest {max(deltas):.0f} ms; plots: repaints/s of"
        " the figure repainted least, in the last third of the run, where every frame is another step.",
    )


def bytes_per_run(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Bytes from the server for a run beyond the trajectory itself, and while it plays."""
    with opened(browser, app.url) as page:
        traffic = page.traffic
        traffic.forget()
        _run(page).click()
        wait_until(page.page, MOVING, COUNT, seconds=15)
        answer = traffic.received_bytes()
        page.page.wait_for_timeout(3000)
        playing = traffic.received_bytes() - answer
        wait_until(page.page, ENDED, COUNT, seconds=25)
        page.page.wait_for_timeout(1000)
        steps = int(page.text(COUNT).split("/")[1])
        columns = 8 * len(COLUMNS) * (steps + 1)
        beyond = traffic.received_bytes() - columns
    return Row(
        "bytes from the server per run beyond the trajectory",
        f"{beyond:,} B; {playing} while playing",
        "",
        "2,000 B",
        beyond <= 2000 and playing == 0,
        "payloads of all websocket frames received from the click to a second after the run's end, less"
        f" {columns:,} B for {len(COLUMNS)} columns of {steps + 1} numbers; while playing: for 3 s.",
    )


def first_frame(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Click on Run to the first frame in which something has moved, warm."""
    milliseconds = []
    with opened(browser, app.url) as page:
        for index in range(5 if quick else 11):
            # A new start each time: an answer from the server's cache would not be a run.
            page.slider.focus()
            page.page.keyboard.press("ArrowRight")
            page.page.wait_for_timeout(700)
            page.page.evaluate("count => probe.timeRun('surface', count)", COUNT)
            _run(page).click()
            took = page.page.evaluate("Promise.race([probe.painted, new Promise((_, no) => setTimeout(no, 10000))])")
            page.page.get_by_role("button", name="Pause").click()
            page.page.get_by_role("button", name="Reset").click()
            page.page.wait_for_timeout(300)
            if index >= 1:
                milliseconds.append(took)
    return Row(
        "click on Run to first moving frame, warm",
        median_and_p95(milliseconds),
        "",
        "100 ms",
        statistics.median(milliseconds) <= 100,
        f"{len(milliseconds)} real clicks, each from another start; from the click event's time stamp to the"
        " main thread's end of the frame in which the surface shows a step after the first.",
    )
