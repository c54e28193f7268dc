"""The lesson on a function of one number: the point, its slope, its steps, and what is said of how they ended."""

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from dl_workshop.answers import df, f
from dl_workshop.functions import FUNCTIONS, minima
from tests.browser.conftest import opened
from tests.browser.lesson_page import DESCENT, RUN, STEP_SIZE, LessonPage
from tests.serving import Server

FIGURE = re.compile("^The function with its tangent")


@pytest.fixture
def descent(page: LessonPage) -> LessonPage:
    page.title = DESCENT
    page.page.get_by_role("tab", name=DESCENT, exact=True).click()
    expect(page.figure(FIGURE).locator("canvas").first).to_be_visible()
    return page


def run(page: LessonPage, function: str, w: float, step_size: float, steps: int, optimizer: str = "Gradient descent"):
    page.choose("Function", function)
    page.choose("Optimizer", optimizer)
    page.type("w", w)
    page.type(STEP_SIZE, step_size)
    page.type("Steps", steps)
    page.run_to_the_end()


def test_value_slope_and_next_step_are_those_of_the_function(descent: LessonPage):
    for w in (10.0, -8.0, 3.25):
        descent.type("w", w)
        expect(descent.lesson).to_contain_text(f"f(w): {f(w):.2f}".replace("-", "−"))
        [at] = descent.drawn("f_head")["w"]
        [next_] = descent.drawn("f_next")["w"]
        assert at == w
        assert next_ == pytest.approx(w - 0.1 * df(w))
        tangent = descent.drawn("f_tangent")
        slope = (tangent["f"][-1] - tangent["f"][0]) / (tangent["w"][-1] - tangent["w"][0])
        assert slope == pytest.approx(df(w))
        rule = descent.lesson.get_by_text(re.compile("^w ←")).inner_text().replace("−", "-")
        assert float(rule.split("=")[1]) == pytest.approx(w - 0.1 * df(w), rel=1e-3)


def test_a_run_makes_the_workshop_s_steps(descent: LessonPage):
    descent.button("Workshop settings").click()
    descent.run_to_the_end()
    descent.expect_step(1000, 1000)
    w = 10.0
    path = [w]
    for _ in range(1000):
        w -= 0.01 * df(w)
        path.append(w)
    [made] = descent.watch.runs()
    np.testing.assert_allclose(made.theta[:, 0], path, rtol=1e-9)
    np.testing.assert_allclose(made.loss, [f(w) for w in path], rtol=1e-9)


@pytest.mark.parametrize(
    ("function", "w", "step_size", "steps", "optimizer", "said"),
    [
        ("Parabola", 10, 0.3, 50, "Gradient descent", "Converged at step"),
        ("Parabola", 10, 1.01, 50, "Gradient descent", "higher than at the start: step size 1.01 is above 1,"),
        ("Parabola", 10, 2, 1000, "Gradient descent", "Diverged at step"),
        ("Parabola", 10, 0.99, 20, "Gradient descent", "jumping from one side to the other"),
        ("Two valleys", 6.5, 0.1, 300, "Gradient descent", "not the lowest: f(w) = −2.26 here, and −6.89 at w = −4.1"),
        ("Two valleys", -1, 0.1, 300, "Gradient descent", "Converged at step"),
        ("Two valleys", 0.4, 1, 20, "Newton", "On top of a hill"),
        ("Plateau", 12, 0.1, 50, "Gradient descent", "On a plateau since step 0"),
    ],
)  # fmt: skip
def test_how_a_run_ended_is_true(descent: LessonPage, function, w, step_size, steps, optimizer, said):
    run(descent, function, w, step_size, steps, optimizer)
    expect(descent.status).to_contain_text(said)


def test_minima_are_shown_and_said(descent: LessonPage):
    descent.choose("Function", "Two valleys")
    descent.button("Show minima").click()
    expect(descent.status).to_contain_text("The minima: f(−4.10) = −6.89; f(3.59) = −2.26")
    assert descent.drawn("f_minima")["w"] == pytest.approx([one.w for one in minima("two_valleys")])
    descent.button("Hide minima").click()
    assert descent.drawn("f_minima")["w"] == []
    assert descent.drawn("f_head")["w"] == [FUNCTIONS["two_valleys"].start]


def test_the_point_is_dragged_and_clicked(descent: LessonPage):
    box = descent.figure(FIGURE).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    descent.page.mouse.click(box["x"] + box["width"] / 2, y)
    middle = float(descent.box("w").input_value())
    assert -3 < middle < 0
    descent.page.mouse.click(box["x"] + box["width"] * 0.8, y)
    assert float(descent.box("w").input_value()) > middle + 4


def test_it_fits_a_phone(chromium: Browser, server: Server):
    with opened(chromium, server, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        page.title = DESCENT
        page.page.get_by_role("tab", name=DESCENT, exact=True).click()
        expect(page.figure(FIGURE)).to_be_in_viewport()
        expect(page.button("Play")).to_be_in_viewport(ratio=1)
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.button(RUN).click()
        expect(page.lesson).to_contain_text(re.compile(r"step \d+ / 50"))
