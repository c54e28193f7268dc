"""A model of the learner's own: curve, loss, surface, lowest place, runs, code and links are its own."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from app.lessons import LESSONS
from dl_workshop.data import Dataset, simulate_line
from dl_workshop.minima import best_fit
from dl_workshop.planes import Plane, plane_surface
from dl_workshop.training import objective, train
from dl_workshop.written import written_loss, written_model
from tests.browser.lesson_page import INTERCEPT, SLOPE, STEP_SIZE, LessonPage
from tests.browser.own import FIRST, REFUSED
from tests.browser.test_listing import listing, printed

OWN = "My own formula"
BOX = "My model"
BEND = "w * x + b + c * x ** 2"


def box(page: LessonPage, name: str = BOX) -> Locator:
    return page.lesson.get_by_role("textbox", name=name, exact=True)


def write(page: LessonPage, text: str, name: str = BOX) -> None:
    page.choose("Model", OWN)
    expect(box(page, name)).to_be_visible(timeout=FIRST)
    box(page, name).fill(text)
    box(page, name).press("Enter")


def alerts(page: LessonPage) -> Locator:
    return page.card("Model").get_by_role("alert").filter(visible=True)


def data() -> Dataset:
    defaults = {row["name"]: row["default"] for row in LESSONS["linear"].declaration()["settings"]}
    return simulate_line(**{name: defaults[name] for name in ("seed", "n", "noise", "w_true", "b_true")})


def loss_at(text: str, *theta: float, loss: Any = "mse") -> str:
    with jax.enable_x64(True):
        return f"{float(objective(written_model(text), loss)(jnp.array(theta), *data())):.2f}"


def started(page: LessonPage) -> Any:
    """The run that is there once all orders have been answered."""
    page.run()
    page.page.wait_for_function("() => asked.every(({ended}) => ended)")
    return page.watch.runs()[-1]


def test_it_begins_as_the_line_and_everything_follows_what_is_written(page: LessonPage):
    page.choose("Model", OWN)
    expect(box(page)).to_have_value("w * x + b", timeout=FIRST)
    page.expect_loss(loss_at("w * x + b", 0, 0))
    expect(page.slider("c")).to_be_hidden()
    write(page, BEND)
    page.expect_loss(loss_at(BEND, 0, 0, 1))
    for name, value in (("w", 2), ("b", 5), ("c", -0.4)):
        page.type(name, value)
    page.expect_loss(loss_at(BEND, 2, 5, -0.4))
    curve = page.drawn("curve")
    x, y = (np.array(curve[name][1:-1]) for name in ("x", "y"))  # its ends are cut straight at the frame
    np.testing.assert_allclose(y, 2 * x + 5 - 0.4 * x**2, rtol=1e-9, atol=1e-9)
    expect(page.lesson.get_by_text("All else held")).to_be_visible()  # w and b move in the picture, and c stays
    page.wait_for_surface()
    asked = page.watch.asked("surface")[-1]
    order, part = asked["order"], asked["parts"][-1]
    axes = [np.linspace(*part[end], order["side"]) for end in ("u", "v")]
    plane = Plane(np.array([2.0, 5.0, -0.4]) * [0, 0, 1], np.eye(3)[:2])
    expected = plane_surface(written_model(BEND), "mse", data(), plane, *axes)
    np.testing.assert_allclose(np.reshape(part["loss"], expected.shape), expected, rtol=1e-5)
    options = page.choice("Plane of the loss surface").locator("option")
    expect(options).to_have_text(["w and b", "w and c", "b and c"])


def test_its_runs_are_the_librarys_with_every_loss(page: LessonPage):
    write(page, BEND)
    page.type(STEP_SIZE, 0.001)
    for label, loss in (("Mean squared error", "mse"), ("Mean absolute error", "mae"), (OWN, None)):
        page.choose("Loss function", label)
        of = loss or written_loss("mean((y_true - y_pred) ** 2)", "regression")
        page.expect_loss(loss_at(BEND, 0, 0, 1, loss=of))
        expected = train([0, 0, 1], written_model(BEND), of, data(), step_size=0.001, n_steps=500)
        run = started(page)
        np.testing.assert_allclose(run.loss, expected.loss, rtol=1e-9)
        np.testing.assert_allclose(run.theta[-1], expected.theta[-1], rtol=1e-9)
        page.button("Reset").click()
        page.type("c", 1)  # the run ends, where it began
    page.choose("Optimizer", "Newton")
    assert np.allclose(started(page).theta[1], np.polyfit(*data(), 2)[[1, 2, 0]], rtol=1e-6)


def test_its_lowest_place_is_found_by_descent_or_it_is_said_that_it_was_not(page: LessonPage):
    write(page, BEND)
    page.button("Show best fit").click()
    w1, w2, b = best_fit("polynomial", "mse", data()).theta
    where = f"Lowest found: w = {w1:.2f}, b = {b:.2f}, c = {w2:.2f}".replace("-", "−").replace("−0.00", "0.00")
    expect(page.status.first).to_contain_text(where)
    assert len(page.drawn("best_curve")["x"]) > 100
    write(page, "w * tanh(c * x) + b")  # the flatter, the better
    expect(page.button("Show best fit")).to_be_visible()
    page.wait_for_surface()
    page.button("Show best fit").click()
    expect(page.status.first).to_contain_text("No minimum was found, from a few starts")
    write(page, "w * x + b")  # and the next one is looked for all the same
    page.wait_for_surface()
    page.button("Show best fit").click()
    expect(page.status.first).to_contain_text(re.compile(r"Lowest found: w = 2\.\d+, b = 19\.\d+, with"))


def test_what_is_no_model_is_said_beside_it_and_what_was_written_stays(page: LessonPage):
    write(page, BEND)
    page.expect_loss(loss_at(BEND, 0, 0, 1))
    for text, sentence in (
        ("w + b", "x does not occur"),
        ("w * mean(x) + b", "leave mean out"),
        ("w * x + b +", "missing after +"),
        ("<img src=x onerror=alert(1)>", "."),
    ):
        box(page).fill(text)
        box(page).press("Enter")
        expect(alerts(page)).to_contain_text(sentence)
        expect(box(page)).to_have_value(text)
        page.expect_loss(loss_at(BEND, 0, 0, 1))
    write(page, "w * x")
    page.expect_loss(loss_at("w * x", 0, 0))
    expect(alerts(page)).to_have_count(0)
    page.watch.forgive(REFUSED)


def test_a_link_brings_it_back_and_its_code_ends_with_its_loss(page: LessonPage):
    write(page, "w * x + b + c * abs(x)")
    for name, value in (("w", -1), ("c", 2)):
        page.type(name, value)
    page.type("Steps", 50)
    page.run_to_the_end()
    expect(page.page).to_have_url(re.compile(r"model=own;own_model=w%20\*%20x.*;w=-1;c=2;run;step=50$"))
    loss = page.card("Loss").inner_text()
    page.page.reload()
    page.wait()
    page.expect_step(50, 50)
    expect(box(page)).to_have_value("w * x + b + c * abs(x)")
    assert page.card("Loss").inner_text() == loss
    for form in ("From scratch", "With dl_workshop"):
        assert printed(listing(page, form)) == pytest.approx(page.watch.runs()[-1].loss[-1], rel=1e-9)
    page.choose("Model", "Line")
    page.expect_theta(0, 0)
    expect(page.slider(SLOPE)).to_be_visible()
    expect(page.slider(INTERCEPT)).to_be_visible()
    expect(page.slider("c")).to_be_hidden()


def test_a_right_answer_of_the_course_can_be_used(page: LessonPage):
    exercise = page.lesson.get_by_role("complementary", name="Course").locator('[data-exercise="write-model"]')
    use = exercise.get_by_role("button", name="Use my model")
    exercise.get_by_role("textbox").fill("w * x - b")
    expect(exercise.get_by_role("status")).to_contain_text("should be added")
    expect(use).to_be_hidden()
    exercise.get_by_role("textbox").fill("b + x * w")
    use.click()
    expect(box(page)).to_have_value("b + x * w", timeout=FIRST)
    page.expect_choice("Model", OWN)
    page.expect_loss(loss_at("w * x + b", 0, 0))
    page.lesson.get_by_role("button", name="About this model").click()
    expect(page.page.get_by_role("dialog", name="My model").get_by_label("Its formula")).to_have_text("b + x * w")
