"""A logit of the learner's own: its probability, boundaries, lowest place, runs and code are its own."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from playwright.sync_api import Locator, expect
from scipy.optimize import minimize

from dl_workshop.data import Dataset
from dl_workshop.training import objective, train
from dl_workshop.written import written_model
from tests.browser.lesson_page import LOGISTIC, LessonPage
from tests.browser.own import FIRST, test_model
from tests.browser.own.test_model import started
from tests.browser.test_listing import listing, printed
from tests.test_texts import linked

BOX = "My model: logit z"
MIDDLE = "w * x ** 2 + b"
ENTROPY, SQUARED = "Binary cross-entropy", "Squared error on probabilities"
NAMES = {ENTROPY: "binary_cross_entropy", SQUARED: "squared_error_on_probabilities"}


def box(page: LessonPage) -> Locator:
    return test_model.box(page, BOX)


def write(page: LessonPage, text: str) -> None:
    test_model.write(page, text, BOX)


def points() -> Dataset:
    """Those of the chapter, of which class 1 lies in the middle."""
    given = np.array(linked("logistic", "Of these points")["points"]).reshape(-1, 2)
    return Dataset(given[:, 0], given[:, 1])


@pytest.fixture
def middle(page: LessonPage) -> LessonPage:
    """The lesson on the points of the chapter, with a logit of two boundaries."""
    page.open(LOGISTIC)
    page.lesson.get_by_role("complementary", name="Course").get_by_role("button", name="Of these points").click()
    write(page, MIDDLE)
    page.expect_loss(loss_at(MIDDLE, 0, 0))
    return page


def loss_at(text: str, *theta: float, loss: Any = "binary_cross_entropy") -> str:
    with jax.enable_x64(True):
        return f"{float(objective(written_model(text, 'classification'), loss)(jnp.array(theta), *points())):.2f}"


def test_its_probability_is_the_sigmoid_of_it_and_each_boundary_is_marked(middle: LessonPage):
    page = middle
    for name, value in (("w", -1), ("b", 4)):
        page.type(name, value)
    page.expect_loss(loss_at(MIDDLE, -1, 4))
    curve = page.drawn("curve")
    x, p = (np.array(curve[name]) for name in ("x", "y"))
    np.testing.assert_allclose(p, 1 / (1 + np.exp(x**2 - 4)), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(page.drawn("decision")["x"], [-2, 2], atol=1e-9)
    expect(page.lesson.get_by_text("p̂ = σ(w * x ** 2 + b)")).to_have_count(1)  # in presenter mode, in place of the box
    chapter = page.lesson.get_by_role("complementary", name="Course")
    expect(chapter.get_by_text("now −2 and 2")).to_be_visible()
    page.type("b", -4)
    assert page.drawn("decision")["x"] == []
    expect(chapter.get_by_text("now nowhere in view")).to_be_visible()


@pytest.mark.parametrize("label", [ENTROPY, SQUARED])
def test_its_runs_are_the_librarys(middle: LessonPage, label: str):
    page = middle
    page.choose("Loss function", label)
    expected = train(
        [0, 0], written_model(MIDDLE, "classification"), NAMES[label], points(), step_size=0.1, n_steps=500
    )
    page.type("Step size (learning rate)", 0.1)
    page.type("Steps", 500)
    run = started(page)
    np.testing.assert_allclose(run.loss, expected.loss, rtol=1e-9)
    np.testing.assert_allclose(run.theta[-1], expected.theta[-1], rtol=1e-9)


def test_its_lowest_place_is_found_or_it_is_said_that_there_is_none(middle: LessonPage):
    page = middle
    with jax.enable_x64(True):
        at = objective(written_model(MIDDLE, "classification"), "binary_cross_entropy")
        other = minimize(lambda theta: float(at(jnp.asarray(theta), *points())), [0.0, 0.0], method="Nelder-Mead")
    page.button("Show best fit").click()
    w, b = (f"{value:.2f}".replace("-", "−") for value in other.x)
    expect(page.status.first).to_contain_text(f"Lowest found: w = {w}, b = {b}")
    page.button("Hide best fit").click()
    write(page, "w * x ** 2 + b + 0 * c")  # c changes nothing
    expect(page.slider("c")).to_be_visible()
    expect(page.button("Show best fit")).to_be_visible()
    page.wait_for_surface()
    page.button("Show best fit").click()
    expect(page.status.first).to_contain_text(f"Lowest found: w = {w}, b = {b}")
    page.button("Hide best fit").click()
    write(page, "where(x < -4.7, w, b)")  # one point alone: its w has no end
    expect(page.slider("c")).to_be_hidden()
    expect(page.button("Show best fit")).to_be_visible()
    page.wait_for_surface()
    page.button("Show best fit").click()
    expect(page.status.first).to_contain_text("No minimum was found, from a few starts")


def test_a_link_brings_it_back_and_its_code_ends_with_its_loss(middle: LessonPage):
    page = middle
    page.type("Steps", 50)
    page.run_to_the_end()
    expect(page.page).to_have_url(re.compile(r"model=own;own_model=w%20\*%20x.*;run;step=50;points=-5:0,.*"))
    loss = page.card("Loss").inner_text()
    page.page.reload()
    page.wait()
    page.expect_step(50, 50)
    expect(box(page)).to_have_value(MIDDLE)
    assert page.card("Loss").inner_text() == loss
    for form in ("From scratch", "With dl_workshop"):
        assert printed(listing(page, form)) == pytest.approx(page.watch.runs()[-1].loss[-1], rel=1e-9)
    page.choose("Model", "Sigmoid of a line")
    page.expect_theta(0, 0)
    assert page.drawn("decision")["x"] == []  # a flat line has no boundary


def test_the_formula_of_the_course_can_be_used_and_does_what_the_text_says(page: LessonPage):
    page.open(LOGISTIC)
    chapter = page.lesson.get_by_role("complementary", name="Course")
    chapter.get_by_role("button", name="Of these points").click()
    exercise = chapter.locator('[data-exercise="write-middle"]')
    exercise.get_by_role("textbox").fill("1 / (1 + exp(-(w * x ** 2 + b)))")
    expect(exercise.get_by_role("status")).to_contain_text("write the logit alone")
    exercise.get_by_role("textbox").fill(MIDDLE)
    exercise.get_by_role("button", name="Use my model").click()
    expect(box(page)).to_have_value(MIDDLE, timeout=FIRST)
    chapter.get_by_role("button", name="a run from w = 0 and b = 0").click()
    page.wait_for_run()
    page.scrubber.press("End")
    np.testing.assert_allclose(np.sort(page.drawn("decision")["x"]), [-2.4, 2.4], atol=0.05)
    page.lesson.get_by_role("button", name="About this model").click()
    said = page.page.get_by_role("dialog", name="My model").get_by_label("Its formula")
    expect(said).to_have_text(re.compile(r"^z = w \* x \*\* 2 \+ b\s+p = σ\(z\)$"))


def test_standardised_inputs_have_boundaries_in_their_own_units(middle: LessonPage):
    page = middle
    page.checkbox("Standardise x").check()
    page.type("w", -1)
    page.type("b", 1)
    data = points()
    mean, spread = data.x.mean(), data.x.std()
    np.testing.assert_allclose(page.drawn("decision")["x"], [mean - spread, mean + spread], atol=1e-9)
