"""A run: from the press of Run to the first movement, and the frames while it plays."""

import itertools

from playwright.sync_api import Browser, Locator, Page

from tests.bench.browser import COUNT, PAINTED, button, network, opened, out_of_step, type_value, wait_until
from tests.bench.servers import Measured
from tests.bench.table import Row, latency, p95, repetitions

STEPS = 1000
ENDED = "selector => /(\\d+) \\/ \\1$/.test(probe.text(selector))"
FIGURES = ("decision", "surface", "loss_log")  # all that move while a network plays, but its diagram
PLAYING = 500  # milliseconds that a run plays before it is put back


def first_frame(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Run to the first moving frame, in the first lesson."""
    with opened(browser, app.url) as page:
        milliseconds = _clicks(page, 6 if quick else 25, "surface")
    return _row("Run to first moving frame, linear", milliseconds, 20)


def first_frame_network(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """The same of a network."""
    with network(browser, app.url, (4, 4)) as page:
        milliseconds = _clicks(page, 6 if quick else 25, "decision")
    return _row("Run to first moving frame, network [2,4,4,1]", milliseconds, 40)


def race(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Race to the first moving frame, in the first lesson: seven optimizers, one of which is the lesson's own."""
    with opened(browser, app.url) as page:
        milliseconds = _clicks(page, 4 if quick else 15, "surface", action="race")
    return _row("Race all to first moving frame, linear", milliseconds, 60)


def new_architecture(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """The same for networks that this page has never had, pressed at once."""
    changes = ["Add a unit to layer 1", "Add a unit to layer 2", "Add a layer", "Add a unit to layer 3", "Add a layer"]
    milliseconds = []
    with network(browser, app.url, (4, 4)) as page:
        type_value(page, "n_steps", STEPS)
        for index in repetitions(3 if quick else 2 * len(changes), least=3):
            change = page.get_by_role("button", name=changes[index % len(changes)], exact=True)
            change.scroll_into_view_if_needed()
            milliseconds.append(_run(page, "decision", after=_middle(change)))
    return _row("the same, an architecture never seen before", milliseconds, 60)


def playback(browser: Browser, app: Measured, *, quick: bool) -> Row:
    """Frames a second while a network plays: decision surface, unit pictures, curves, path."""
    with network(browser, app.url, (8, 8)) as page:
        button(page, "run").click()  # once, so that the page's own code is compiled
        wait_until(page, ENDED, COUNT)
        button(page, "run").click()
        page.evaluate("probe.record()")
        wait_until(page, ENDED, COUNT)
        played = [frame for frame in page.evaluate("probe.stop()") if frame["playing"]]
    times = [frame["at"] for frame in played]
    deltas = [after - before for before, after in itertools.pairwise(times)]
    rate = 1000 * len(deltas) / (times[-1] - times[0])
    late = played[2 * len(played) // 3 :]  # where every frame is another step
    seconds = (late[-1]["at"] - late[0]["at"]) / 1000
    painted = {name: sum(name in frame["figures"] for frame in late[1:]) / seconds for name in FIGURES}
    least = min(painted, key=lambda name: painted[name])
    return Row(
        "playback of [2,8,8,1]",
        f"{rate:.1f} fps, painted {painted[least]:.1f}",
        "",
        "58 fps",
        min(rate, painted[least]) >= 58,
        f"{len(played)} animation frames of one run, p95 {p95(deltas):.1f} ms, longest {max(deltas):.0f} ms; painted:"
        f" repaints/s of the figure that is repainted least ({least}), in the last third of the run, where every frame"
        " is another step.",
    )


def _row(figure: str, milliseconds: list[float], reach: float) -> Row:
    return latency(
        figure,
        milliseconds,
        reach,
        f"{STEPS:,} steps, {len(milliseconds)} real clicks at any moment of a frame; from the click event's time stamp"
        " to the main thread's end of the frame in which the path on the loss surface, of a network the decision"
        " surface, shows a step after the first.",
    )


def _clicks(page: Page, count: int, figure: str, *, action: str = "run") -> list[float]:
    """Milliseconds from each of so many presses of Run, or of another button that runs."""
    type_value(page, "n_steps", STEPS)
    milliseconds = []
    for index in repetitions(count + 3, least=6):
        took = _run(page, figure, action=action)
        if index >= 3:  # the first ones compile the page's own code
            milliseconds.append(took)
    return milliseconds


def _run(page: Page, figure: str, *, action: str = "run", after: tuple[float, float] | None = None) -> float:
    """Presses Run, or another button that runs, right after a press at a place where one is given; puts the run back.

    By the mouse, at places that are known before: on a busy machine a page that plays has no time for other questions.
    """
    run, pause, reset = (_middle(button(page, name)) for name in (action, "play", "reset"))
    page.evaluate("([figure, count, action]) => probe.timeRun(figure, count, action)", [figure, COUNT, action])
    out_of_step(page, 50)
    for place in (after, run):
        if place is not None:
            page.mouse.click(*place)
    took = page.evaluate(PAINTED)
    page.wait_for_timeout(PLAYING)
    for place in (pause, reset):
        page.mouse.click(*place)
    page.wait_for_timeout(300)
    return took


def _middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
