"""What a learner feels while moving a parameter: the time to the picture."""

import statistics
import time

from playwright.sync_api import Browser, Locator, Page

from tests.bench.browser import LOSS, PAINTED, button, network, opened, out_of_step, slider
from tests.bench.servers import Measured
from tests.bench.table import Row, latency, median_and_p95, p95, repetitions

PEER_READOUT = ".readout"
BOX = "[data-control=w] input.value"
# Where a data point is on the screen.
POINT = """index => {
  const views = Bokeh.documents.flatMap((one) => one.roots()).map((root) => Bokeh.index.find_one(root))
  const view = views.find((one) => one?.model.name === "fit_figure" && one.el.getBoundingClientRect().width > 0)
  const {left, top} = view.canvas_view.el.getBoundingClientRect()
  const {data} = view.model.document.get_model_by_name("points")
  const [x, y] = ["x", "y"].map((name) => (data instanceof Map ? data.get(name) : data[name])[index])
  return [left + view.frame.x_scale.compute(x), top + view.frame.y_scale.compute(y)]
}"""
BETWEEN = 200  # milliseconds between key presses, or more
DRAG = 3.0  # seconds


def key_press(browser: Browser, app: Measured, peers: Measured, *, quick: bool) -> Row:
    """Slider key press to line and readout painted."""
    presses = 20 if quick else 60
    with opened(browser, app.url) as page:
        ours = _press(page, slider(page, "w"), presses, "fit", LOSS)
    with opened(browser, f"{peers.url}dynamic", readout=PEER_READOUT) as page:
        theirs = _press(page, page.get_by_role("slider").first, presses // 3, "fit", PEER_READOUT)
    return Row(
        "slider key press to painted",
        median_and_p95(ours),
        median_and_p95(theirs),
        "12 ms, p95 17",
        statistics.median(ours) <= 12 and p95(ours) <= 17,
        f"{len(ours)} real key presses ({len(theirs)} on the peer's page: sliders and plots of hv.DynamicMap), one at a"
        " time; from the keydown event's time stamp to the main thread's end of the frame in which the readout has"
        " changed and the line is drawn anew. Half a frame, 8 ms, is the least that a press at any moment can take.",
    )


def dragging_weight(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """A weight of a network moved, everything that depends on it repainted."""
    presses = 12 if quick else 40
    with network(browser, app.url, (8, 8)) as page:
        pressed = _press(page, slider(page, "w"), presses, "decision", BOX)
        thumb = slider(page, "w").bounding_box()
        assert thumb is not None
        middle = thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2
        dragged = _drag(page, middle, (thumb["width"] / 3, 0), "decision")
    return latency(
        "dragging one weight, [2,8,8,1]",
        dragged,
        17,
        f"a real drag of the slider's thumb for {DRAG:.0f} s, {len(dragged)} movements painted; from the pointermove"
        " event's time stamp to the main thread's end of the frame in which the decision surface is drawn anew;"
        f" by the arrow keys ({len(pressed)} presses): {median_and_p95(pressed)}.",
    )


def dragging_point(browser: Browser, app: Measured) -> Row:
    """A data point moved: fit, loss, residuals, best fit repainted."""
    with opened(browser, app.url) as page:
        page.get_by_role("checkbox", name="Edit points").check()
        button(page, "best-fit").click()
        out_of_step(page, BETWEEN)
        dragged = _drag(page, tuple(page.evaluate(POINT, 50)), (0, -80), "fit")
    return latency(
        "dragging a data point",
        dragged,
        17,
        f"a real drag for {DRAG:.0f} s, one of 100 points, the best fit shown; {len(dragged)} movements painted; from"
        " the pointermove event's time stamp to the main thread's end of the frame in which the fit is drawn anew.",
    )


def lesson_switch(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """From the click on a lesson's tab to its figures, the first time."""
    milliseconds = []
    for _ in repetitions(2 if quick else 5):
        with opened(browser, app.url) as page:
            page.evaluate("probe.timeTab('logistic', 'fit')")
            page.get_by_role("tab", name="Logistic regression").click()
            milliseconds.append(page.evaluate(PAINTED))
    return latency(
        "lesson switch",
        milliseconds,
        150,
        f"{len(milliseconds)} clicks on the tab of a lesson that was never opened, its files there; from the click"
        " event's time stamp to the main thread's end of the frame in which its data and curve are drawn.",
    )


def _press(page: Page, thumb: Locator, presses: int, figure: str, readout: str) -> list[float]:
    """Milliseconds from each of so many key presses to the picture."""
    thumb.focus()
    milliseconds = []
    for index in repetitions(presses + 4, least=8):
        page.evaluate("([figure, readout]) => probe.timeKey(figure, readout)", [figure, readout])
        page.keyboard.press("ArrowRight" if index % 40 < 20 else "ArrowLeft")
        took = page.evaluate(PAINTED)
        if index >= 4:  # the first ones compile the page's own code
            milliseconds.append(took)
        out_of_step(page, BETWEEN)
    return milliseconds


def _drag(page: Page, at: tuple[float, float], reach: tuple[float, float], figure: str) -> list[float]:
    """Milliseconds from each movement of the pointer to the picture, pixel by pixel, to and fro."""
    page.mouse.move(*at)
    page.mouse.down()
    page.evaluate("figure => probe.timeMoves(figure)", figure)
    began = time.monotonic()
    length = max(map(abs, reach))
    far, step = 0, 1
    while time.monotonic() - began < DRAG:
        step = step if abs(far + step) < length else -step
        far += step
        page.mouse.move(*(place + far * part / length for place, part in zip(at, reach, strict=True)))
        page.wait_for_timeout(12)
    page.mouse.up()
    moves = page.evaluate("probe.moves")
    if len(moves) < 10:
        raise RuntimeError(f"something was dragged, and only {len(moves)} of its movements were painted")
    return moves
