"""Points of the learner's own: dragged, added, removed and undone; everything follows, and the link holds them."""

import re
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from dl_workshop.data import Dataset, simulate_line
from dl_workshop.losses import mse
from dl_workshop.minima import best_fit
from dl_workshop.surfaces import loss_surface
from dl_workshop.training import train
from tests.browser.conftest import opened
from tests.browser.lesson_page import FIT, LOGISTIC, LessonPage
from tests.browser.own_data import Points
from tests.serving import Server

FEW = "1;linear;points=-2:1,-1:2,0:2.5,1:4,2:5.5"
SMALL = Dataset(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), np.array([1.0, 2.0, 2.5, 4.0, 5.5]))

# What is drawn when the page has heard of a movement of the pointer: nothing has been waited for by then.
AT_ONCE = """() => addEventListener("pointermove", () => {
  const figures = Bokeh.documents.find((one) => one.get_model_by_name("residual_lines"))
  const column = (name, of) => {
    const {data} = figures.get_model_by_name(name)
    return [...(data instanceof Map ? data.get(of) : data[of])]
  }
  window.seen = {
    loss: document.querySelector(".readout b").textContent,
    residual: column("residual_lines", "y0")[2],
    point: column("points", "y")[2],
    best: column("best_curve", "y").length,
  }
}, {once: true})"""


@pytest.fixture
def linked(chromium: Browser, server: Server):
    """A page with five points, which a link has brought."""
    with opened(chromium, server, ahead=False) as page:
        follow(page, server, FEW)
        yield page


def follow(page: LessonPage, server: Server, text: str) -> None:
    page.page.goto(f"{server.url}#{text}")
    expect(page.card("Data")).to_contain_text("of your own")


def points_in(page: LessonPage) -> np.ndarray:
    """The points that the page's address holds, a row each."""
    [text] = re.findall(r"points=([^;]*)", unquote(page.page.url))
    return np.array([[float(value) for value in point.split(":")] for point in text.split(",")])


def expect_loss(page: LessonPage, data: Dataset, theta: tuple[float, float] = (0.0, 0.0)) -> None:
    page.expect_loss(f"MSE: {mse(data.y, theta[0] * data.x + theta[1]):.2f}")


def expect_few(page: LessonPage) -> None:
    """The five points are as the link has brought them."""
    expect(page.card("Data")).to_contain_text("5 points of your own")
    expect_loss(page, SMALL)


def test_a_point_is_dragged_and_all_follows(linked: LessonPage):
    points = Points(linked)
    linked.run()
    linked.scrubber.press("Home")
    points.drag((2, 5.5), (2, 1))
    linked.expect_no_run()
    expect(linked.status).to_contain_text("the run on those before has gone")
    data = points.drawn()
    assert data.x.tolist() == SMALL.x.tolist()
    assert data.y[:4].tolist() == SMALL.y[:4].tolist()
    assert data.y[4] == pytest.approx(1, abs=0.1)
    expect_loss(linked, data)
    expect(linked.status).to_contain_text(f"Point 5 of 5: x = 2, y = {data.y[4]:g}.")
    residuals = linked.drawn("residual_lines")
    assert residuals["y0"] == data.y.tolist()
    linked.button("Show best fit").click()
    fit = best_fit("linear", "mse", data)
    expect(linked.status).to_contain_text(f"w = {fit.theta[0]:.2f}, b = {fit.theta[1]:.2f}")
    linked.wait_for_surface()
    asked = linked.watch.asked("surface")[-1]
    order, part = asked["order"], asked["parts"][-1]
    axes = [np.linspace(*part[end], order["side"]) for end in ("u", "v")]
    expected = loss_surface("linear", "mse", data, *axes)
    np.testing.assert_allclose(part["loss"], np.ravel(expected), rtol=1e-6)
    linked.run()
    run = train([0.0, 0.0], "linear", "mse", data, step_size=0.01, n_steps=500)
    np.testing.assert_allclose(linked.watch.runs()[-1].loss, run.loss, rtol=1e-9)


def test_fit_loss_and_residuals_follow_within_one_movement(linked: LessonPage):
    """One task of the page: nothing is waited for between the pointer and what is drawn."""
    points = Points(linked)
    linked.button("Show best fit").click()
    expect(linked.button("Hide best fit")).to_be_visible()
    mouse = linked.page.mouse
    mouse.move(*points.place(0, 2.5))
    mouse.down()
    linked.page.evaluate(AT_ONCE)
    mouse.move(*points.place(0, 4))
    linked.page.wait_for_function("window.seen")
    seen = linked.page.evaluate("window.seen")
    mouse.up()
    assert seen["point"] == seen["residual"] == pytest.approx(4, abs=0.1)
    assert seen["loss"] == f"{np.mean(np.array([1, 2, seen['point'], 4, 5.5]) ** 2):.2f}"
    assert seen["best"] > 0  # and the best fit does not go while a point is dragged


def test_points_are_added_and_removed_undone_and_redone(linked: LessonPage):
    points = Points(linked)
    points.click(-1.5, 6)
    expect(linked.card("Data")).to_contain_text("6 points of your own")
    six = points.drawn()
    assert six.x[5] == pytest.approx(-1.5, abs=0.05)
    assert six.y[5] == pytest.approx(6, abs=0.1)
    points.click(0, 2.5)  # a click on a point chooses it, and moves nothing
    expect(linked.status).to_contain_text("Point 3 of 6: x = 0, y = 2.5.")
    linked.button("Remove").click()
    expect(linked.card("Data")).to_contain_text("5 points of your own")
    assert 2.5 not in points.drawn().y
    linked.button("Undo").click()
    assert points.drawn().y.tolist() == six.y.tolist()
    linked.page.keyboard.press("Control+z")
    expect_few(linked)
    linked.page.keyboard.press("Control+y")
    assert points.drawn().y.tolist() == six.y.tolist()
    linked.button("Redo").click()
    expect(linked.card("Data")).to_contain_text("5 points of your own")
    expect(linked.button("Redo")).to_be_disabled()


def test_a_drag_is_undone_as_one(linked: LessonPage):
    points = Points(linked)
    points.drag((2, 5.5), (1.5, 0))
    linked.page.keyboard.press("Control+z")
    expect_few(linked)
    assert points.drawn().x.tolist() == SMALL.x.tolist()


def test_points_are_edited_with_the_keyboard(linked: LessonPage):
    points = Points(linked)
    points.figure.focus()
    keyboard = linked.page.keyboard
    keyboard.press("PageDown")
    expect(linked.status).to_have_text("Point 1 of 5: x = −2, y = 1.")
    keyboard.press("PageDown")
    expect(linked.status).to_have_text("Point 2 of 5: x = −1, y = 2.")
    keyboard.press("Shift+ArrowUp")
    keyboard.press("ArrowRight")
    data = points.drawn()
    assert data.x[1] > -1
    assert data.y[1] > 2.5
    expect_loss(linked, data)
    keyboard.press("Enter")
    expect(linked.card("Data")).to_contain_text("6 points of your own")
    keyboard.press("Delete")
    expect(linked.card("Data")).to_contain_text("5 points of your own")
    for _ in range(3):
        keyboard.press("Delete")
    keyboard.press("Delete")  # two are left: without them there is no line
    expect(linked.card("Data")).to_contain_text("2 points of your own")
    for _ in range(7):
        keyboard.press("Control+z")
    expect_few(linked)


def test_an_outlier_in_one_click_and_back_to_the_drawn_data_in_another(page: LessonPage):
    points = Points(page)
    before = page.card("Loss").inner_text()
    page.button("Add an outlier").click()
    expect(page.card("Data")).to_contain_text("101 points of your own")
    data = points.drawn()
    drawn = simulate_line()
    np.testing.assert_allclose(data.y[:100], drawn.y, atol=1e-3)
    assert abs(data.y[100] - (2 * data.x[100] + 20)) > 25
    page.button("Add an outlier").click()
    assert len({*points.drawn().x.tolist()}) == 102
    page.button("Drawn data").click()
    expect(page.card("Data")).to_contain_text("100 points · noise 1 · seed 0")
    expect(page.card("Loss")).to_have_text(re.compile(re.escape(before.split()[1])))
    page.page.keyboard.press("Control+z")
    expect(page.card("Data")).to_contain_text("102 points of your own")
    page.button("New data").click()  # which are drawn
    expect(page.card("Data")).to_contain_text("100 points · noise 1 · seed 1")


def test_a_key_turns_editing_on_and_off_also_before_a_class(linked: LessonPage):
    page = linked.page
    page.keyboard.press("p")
    outlier = linked.button("Add an outlier")
    expect(outlier).to_be_hidden()
    page.keyboard.press("e")
    outlier.click()
    assert len(linked.drawn("points")["x"]) == 6
    page.keyboard.press("e")
    expect(outlier).to_be_hidden()


def test_classes_stay_classes(page: LessonPage):
    page.open(LOGISTIC)
    points = Points(page)
    zeros, ones = page.drawn("points_0")["x"], page.drawn("points_1")["x"]
    points.drag((zeros[0], 0), (zeros[0], 0.8))
    expect(page.card("Data")).to_contain_text("100 points of your own")
    assert len(page.drawn("points_0")["x"]) == len(zeros) - 1
    assert len(page.drawn("points_1")["x"]) == len(ones) + 1
    points.click(0, 0.6)
    assert 1.0 in page.drawn("points_1")["y"]
    assert page.drawn("points_1")["x"].count(0.0) == 1


def test_without_the_switch_a_click_on_the_data_changes_nothing(linked: LessonPage):
    points = Points(linked)
    begin, end = points.place(2, 5.5), points.place(0, 0)
    linked.checkbox("Edit points").uncheck()
    expect(linked.figure(FIT)).to_be_visible()
    linked.page.mouse.move(*begin)
    linked.page.mouse.down()
    linked.page.mouse.move(*end, steps=4)
    linked.page.mouse.up()
    linked.page.mouse.click(*end)
    expect_few(linked)


def test_a_finger_takes_hold_near_a_point_only_and_elsewhere_scrolls(chromium: Browser, server: Server):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with opened(chromium, server, ahead=False, **phone) as page:
        follow(page, server, FEW)
        points = Points(page)
        finger = page.page.context.new_cdp_session(page.page)

        def touch(kind: str, *places: tuple[float, float]) -> None:
            at = [{"x": x, "y": y} for x, y in places]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        def swipe(begin: tuple[float, float], end: tuple[float, float]) -> None:
            touch("touchStart", begin)
            for share in (0.2, 0.4, 0.6, 0.8, 1.0):
                touch("touchMove", (begin[0] + share * (end[0] - begin[0]), begin[1] + share * (end[1] - begin[1])))
            touch("touchEnd")

        scrolled = "document.querySelector('main').scrollTop"
        swipe(points.place(2, 5.5), points.place(2, 2))
        data = points.drawn()
        assert data.y[4] == pytest.approx(2, abs=0.2)
        assert page.page.evaluate(scrolled) == 0
        expect_loss(page, data)
        x, y = points.place(-1, 6)
        swipe((x, y), (x, y - 120))
        page.page.wait_for_function(f"{scrolled} > 40")
        expect_loss(page, data)
        page.page.touchscreen.tap(*points.place(-1, 5))
        expect(page.card("Data")).to_contain_text("6 points of your own")
        page.page.touchscreen.tap(*points.place(0, 2.5))
        expect(page.status).to_contain_text("Point 3 of 6: x = 0, y = 2.5.")
        page.button("Remove").click()
        assert 2.5 not in points.drawn().y


def test_the_link_holds_the_points_and_a_reload_brings_them_back(linked: LessonPage):
    points = Points(linked)
    points.drag((1, 4), (0.5, 3))
    data = points.drawn()
    expect(linked.page).to_have_url(re.compile("show=edit;points="))
    linked.page.wait_for_timeout(300)  # the address has followed
    np.testing.assert_array_equal(points_in(linked), np.column_stack(data))
    linked.page.reload()
    expect(points.figure.locator("canvas").first).to_be_visible()
    assert points.drawn().y.tolist() == data.y.tolist()
    expect_loss(linked, data)
