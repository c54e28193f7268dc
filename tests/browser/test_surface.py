"""The loss surface: the point can be dragged there, and a click or a tap moves it."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from dl_workshop.data import simulate_line, simulate_parabola
from dl_workshop.training import objective
from tests.browser.conftest import opened
from tests.browser.lesson_page import FIT, INTERCEPT, POLYNOMIAL, SURFACE, LessonPage
from tests.browser.pixels import MODEL, centre, changed, of_colour, pixels, settle
from tests.serving import Server

LINE = simulate_line()
PLANE = "Plane of the loss surface"

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
        page.page.mouse.click(*place(w, b))
        is_at(page, w, b)
    assert changed(fit, pixels(page.figure(FIT))) > 200


def test_dragging_the_point_moves_everything(shared_page: LessonPage):
    page = shared_page
    place, mouse = where(page), page.page.mouse
    page.set_theta(0, 0)
    asked = page.page.evaluate("asked.length")
    mouse.move(*place(0, 0))
    mouse.down()
    for w, b in [(1.0, 4.0), (2.5, 9.0), (4.0, 12.0)]:
        mouse.move(*place(w, b), steps=3)
        is_at(page, w, b)
    mouse.up()
    assert page.page.evaluate("asked.length") == asked  # no worker has anything to do either
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
    for x, y in [(15, 100), (200, box["height"] - 8), (box["width"] - 15, 150)]:
        page.page.mouse.click(box["x"] + x, box["y"] + y)
    page.expect_theta(1, 2)
    assert page.theta() == (1, 2)


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


# --- three parameters: a plane through their space ---


def parabola_loss(theta: Sequence[float]) -> float:
    return float(objective("polynomial", "mse")(np.asarray(theta, float), *simulate_parabola()))


def test_the_surface_of_three_parameters_is_a_plane_that_can_be_chosen(page: LessonPage):
    page.open(POLYNOMIAL)
    page.type("w₁", 1.5)
    page.type("w₂", -0.25)
    page.type(INTERCEPT, 4)
    theta = [1.5, -0.25, 4.0]
    for plane, (i, j) in {"w₁ and b": (0, 2), "w₂ and b": (1, 2), "w₁ and w₂": (0, 1)}.items():
        page.choose(PLANE, plane)
        page.wait_for_surface()
        head = page.drawn("head")
        assert (head["w"], head["b"]) == ([theta[i]], [theta[j]])
        order = page.watch.asked("surface")[-1]
        values = np.reshape(order["parts"][0]["loss"], (order["order"]["side"],) * 2)
        u, v = (np.linspace(*order["order"][end], order["order"]["side"]) for end in ("u", "v"))
        for row, column in [(0, 0), (60, 20), (120, 120)]:
            there = list(theta)
            there[i], there[j] = u[column], v[row]
            assert values[row, column] == pytest.approx(parabola_loss(there), rel=1e-6)
    # what is held is where the sliders stand
    page.type(INTERCEPT, 10)
    page.wait_for_surface()
    assert page.watch.asked("surface")[-1]["order"]["plane"]["origin"] == [0, 0, 10]
    page.figure(SURFACE).click(position={"x": 200, "y": 150})
    expect(page.box(INTERCEPT)).to_have_value("10.00")
    w1, w2 = page.drawn("head")["w"][0], page.drawn("head")["b"][0]
    page.expect_loss(f"MSE: {parabola_loss([w1, w2, 10]):.2f}")


def test_start_and_end_of_a_run_lie_on_its_plane(page: LessonPage):
    page.open(POLYNOMIAL)
    expect(page.choice(PLANE).get_by_role("option", name="path")).to_have_count(0)
    page.type("Steps", 100)
    page.run_to_the_end()
    page.choose(PLANE, "path")
    page.wait_for_surface()
    run = page.watch.runs()[-1]
    plane = page.watch.asked("surface")[-1]["order"]["plane"]
    directions = np.reshape(plane["directions"], (2, 3))
    for theta in (run.theta[0], run.theta[-1]):
        away = theta - plane["origin"]
        assert away - (away @ directions.T) @ directions == pytest.approx(0, abs=1e-12)
    # in between the loss is another than the plane's: the point wears a ring, and the heading says both
    heading = page.card("Loss surface and path").get_by_role("heading")
    assert page.drawn("off_plane")["w"] == []
    expect(heading).to_have_text("Run's plane")
    seen = 0
    for step in range(1, 12):
        page.scrubber.fill(str(step))
        away = run.theta[step] - plane["origin"]
        beneath = parabola_loss(plane["origin"] + (away @ directions.T) @ directions)
        ring = page.drawn("off_plane")["w"]
        if abs(np.log(run.loss[step] / beneath)) > 0.021:
            seen += 1
            assert len(ring) == 1
            expect(heading).to_contain_text(f"{beneath:.2g} here, really {run.loss[step]:.2g}")
        elif abs(np.log(run.loss[step] / beneath)) < 0.019:
            assert ring == []
    assert seen > 0


def test_a_path_that_leaves_the_plane_of_two_parameters_is_drawn_where_it_falls_on_it(page: LessonPage):
    page.open(POLYNOMIAL)
    page.type("Steps", 60)
    page.run_to_the_end()
    run = page.watch.runs()[-1]
    page.choose(PLANE, "w₂ and b")
    page.wait_for_surface()
    path = page.drawn("path")
    assert (path["w"][0], path["b"][0]) == (0, 0)
    assert (path["w"][-1], path["b"][-1]) == pytest.approx((run.theta[-1][1], run.theta[-1][2]), rel=1e-9)
