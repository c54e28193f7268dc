"""A loss of the learner's own: the lesson runs on it like on any other."""

import re

import numpy as np
from playwright.sync_api import expect

from app.lessons import LESSONS
from dl_workshop.data import Dataset, simulate_line
from dl_workshop.surfaces import loss_surface
from dl_workshop.training import objective, train
from dl_workshop.written import written_loss
from tests.browser.lesson_page import LessonPage
from tests.browser.own import FIRST, REFUSED

CAUCHY = "mean(log(1 + (y_true - y_pred) ** 2))"


def write(page: LessonPage, text: str) -> None:
    box = page.lesson.get_by_role("textbox", name="My loss", exact=True)
    box.fill(text)
    box.press("Enter")


def data() -> Dataset:
    defaults = {row["name"]: row["default"] for row in LESSONS["linear"].declaration()["settings"]}
    return simulate_line(**{name: defaults[name] for name in ("seed", "n", "noise", "w_true", "b_true")})


def test_a_lesson_runs_on_a_loss_that_its_learner_has_written(page: LessonPage):
    page.choose("Loss function", "My own formula")
    expect(page.lesson.get_by_role("textbox", name="My loss", exact=True)).to_have_value(
        "mean((y_true - y_pred) ** 2)", timeout=FIRST
    )
    write(page, CAUCHY)
    loss = written_loss(CAUCHY, "regression")
    page.expect_loss(f"{float(objective('linear', loss)(np.zeros(2), *data())):.2f}")
    page.wait_for_surface()
    asked = page.watch.asked("surface")[-1]
    order, part = asked["order"], asked["parts"][-1]
    axes = [np.linspace(*part[end], order["side"]) for end in ("u", "v")]
    expected = loss_surface("linear", loss, data(), *axes)
    shown = np.reshape(part["loss"], (order["side"], order["side"]))
    np.testing.assert_allclose(shown, np.reshape(expected, shown.shape), rtol=1e-6)
    page.run()
    page.wait_for_run()
    run = train([0.0, 0.0], "linear", loss, data(), step_size=0.01, n_steps=500)
    np.testing.assert_allclose(page.watch.runs()[-1].loss, run.loss, rtol=1e-9)
    page.button("Show best fit").click()
    expect(page.status).to_contain_text(re.compile(r"Lowest found: w = 2\.\d+, b = (19\.9|20\.0)"))


def test_what_is_no_loss_is_said_beside_it_and_what_was_written_stays(page: LessonPage):
    page.choose("Loss function", "My own formula")
    write(page, CAUCHY)
    page.expect_loss("5.89")
    for text, sentence in (
        ("(y_true - y_pred) ** 2", "one number for each example"),
        ("mean((y_true - y_pred) ** 2", "never closed"),
        ("<img src=x onerror=alert(1)>", "."),
    ):
        write(page, text)
        alert = page.card("Loss").get_by_role("alert").filter(visible=True)
        expect(alert).to_contain_text(sentence)
        expect(page.lesson.get_by_role("textbox", name="My loss", exact=True)).to_have_value(text)
        page.expect_loss("5.89")
    write(page, "mean(abs(y_true - y_pred))")
    page.expect_loss(f"{np.mean(np.abs(data().y)):.2f}")
    expect(page.card("Loss").get_by_role("alert").filter(visible=True)).to_have_count(0)
    page.watch.forgive(REFUSED)


def test_a_right_answer_of_the_course_can_be_used(page: LessonPage):
    exercise = page.lesson.locator('[data-exercise="write-mse"]')
    use = exercise.get_by_role("button", name="Use my loss")
    box = exercise.get_by_role("textbox")
    box.fill("np.mean(np.abs(y_true - y_pred))")
    expect(exercise.get_by_role("status")).to_contain_text("absolute")
    expect(use).to_be_hidden()
    box.fill("((y_true - y_pred) ** 2).sum() / len(y_true)")
    use.click()
    expect(page.lesson.get_by_role("textbox", name="My loss", exact=True)).to_have_value(
        "((y_true - y_pred) ** 2).sum() / len(y_true)", timeout=FIRST
    )
    page.expect_choice("Loss function", "My own formula")
    page.expect_loss(f"{np.mean(data().y ** 2):.2f}")
