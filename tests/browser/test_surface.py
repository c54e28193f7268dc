"""The loss surface: the point can be dragged there, and a click or a tap moves it."""

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Browser

from dl_workshop.data import simulate_line
from tests.browser.conftest import opened
from tests.browser.lesson_page import FIT, SURFACE, LessonPage
from tests.browser.pixels import MODEL, centre, changed, of_colour, pixels, settle
from tests.serving import Server

LINE = simulate_line()

Place = Callable[[float, float], tuple[float, float]]


def mse(w: float, b: float) -> str:
    return f"MSE: {np.mean((w * LINE.x + b - LINE.y) ** 2):.2f}"


def where(page: LessonPage) -> Place:
    """Where a w and a b lie on the page, in its pixels: found from where the point is shown at two of them."""
    surface = page.figure(SURFACE)
    known, shown = [(-8.0, -8.0), (8.0, 28.0)], []
    page.to_the_middle(surface)
    before = pixels(surface)
    for w, b in known:
        page.set_theta(w, b)
        page.to_the_middle(surface)
        image = settle(surface, lambda image, old=before: changed(old, image) > 200, "the point elsewhere")
        before = image
        shown.append(centre(of_colour(image, MODEL)))
    (w0, b0), (w1, b1) = known
    (x0, y0), (x1, y1) = shown
    assert x1 > x0
    assert y1 < y0
    box = surface.bounding_box()
    assert box is not None

    def place(w: float, b: float) -> tuple[float, float]:
        return (
            box["x"] + x0 + (w - w0) / (w1 - w0) * (x1 - x0),
            box["y"] + y0 + (b - b0) / (b1 - b0) * (y1 - y0),
        )

    return place


def is_at(page: LessonPage, w: float, b: float) -> None:
    """Sliders, equation and readout stand at a point, as nearly as two pixels allow."""
    viewport = page.page.viewport_size
    assert viewport is not None
    there = pytest.approx((w, b), abs=0.24 if viewport["width"] > 900 else 0.4)
    for _ in range(100):  # fingers are heard when the browser gets round to it
        if page.theta() == there:
            break
        page.page.wait_for_timeout(50)
    now = page.theta()
    assert now == there
    page.expect_theta(*now)
    page.expect_loss(mse(*now))


def test_a_click_on_the_surface_moves_the_point_there(shared_page: LessonPage):
    page = shared_page
    place = where(page)
    fit = pixels(page.figure(FIT))
    for w, b in [(3.0, 5.0), (-6.0, 22.0)]:
        page.watch.forget_when_quiet()
        page.page.mouse.click(*place(w, b))
        is_at(page, w, b)
        page.watch.wait_for_commits(1)
        assert len(page.watch.sent("commit")) == page.watch.messages_sent == 1
    assert changed(fit, pixels(page.figure(FIT))) > 200


def test_dragging_the_point_moves_everything_and_commits_once(shared_page: LessonPage):
    page = shared_page
    place, mouse = where(page), page.page.mouse
    page.set_theta(0, 0)
    page.watch.forget_when_quiet()
    mouse.move(*place(0, 0))
    mouse.down()
    for w, b in [(1.0, 4.0), (2.5, 9.0), (4.0, 12.0)]:
        mouse.move(*place(w, b), steps=3)
        is_at(page, w, b)
    assert page.watch.stays_silent()
    mouse.up()
    page.watch.wait_for_commits(1)
    [commit] = page.watch.sent("commit")
    assert (commit["w"], commit["b"]) == page.theta()
    assert page.watch.messages_sent == 1
    mouse.move(*place(-3, -3), steps=3)  # let go is let go
    is_at(page, 4, 12)


def test_dragging_out_of_the_surface_stops_at_its_edge(shared_page: LessonPage):
    page = shared_page
    place, mouse = where(page), page.page.mouse
    page.set_theta(0, 0)
    mouse.move(*place(0, 0))
    mouse.down()
    mouse.move(*place(25, 60), steps=4)
    mouse.up()
    is_at(page, 10, 30)


def test_a_click_beside_the_surface_moves_nothing(shared_page: LessonPage):
    page = shared_page
    page.set_theta(1, 2)
    box = page.figure(SURFACE).bounding_box()
    assert box is not None
    page.watch.forget_when_quiet()
    for x, y in [(15, 100), (200, box["height"] - 8), (box["width"] - 15, 150)]:
        page.page.mouse.click(box["x"] + x, box["y"] + y)
    page.expect_theta(1, 2)
    assert page.watch.stays_silent()


@pytest.mark.parametrize("size", [{"width": 1280, "height": 720}, {"width": 390, "height": 844}])
def test_a_finger_taps_and_drags_on_the_surface(chromium: Browser, server: Server, size: dict[str, int]):
    with opened(chromium, server, has_touch=True, viewport=size) as page:
        place = where(page)
        before = page.figure(SURFACE).bounding_box()
        page.page.touchscreen.tap(*place(3, 5))
        is_at(page, 3, 5)
        finger = page.page.context.new_cdp_session(page.page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            finger.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
            )

        touch("touchStart", place(3, 5))
        for w, b in [(3.5, 7.0), (4.0, 9.0), (5.0, 12.0)]:
            touch("touchMove", place(w, b))
        touch("touchEnd")
        is_at(page, 5, 12)
        assert page.figure(SURFACE).bounding_box() == before  # the finger has not scrolled the page
