"""An optimizer of the learner's own: runs, paths, words, code and links go with it as with any other."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from app.lessons import LESSONS
from dl_workshop.data import simulate_classes, simulate_line, simulate_parabola
from dl_workshop.training import train
from dl_workshop.written import written_optimizer
from tests.browser.lesson_page import DESCENT, LINEAR, LOGISTIC, NETWORK, POLYNOMIAL, STEP_SIZE, LessonPage
from tests.browser.network_page import NetworkPage, initial
from tests.browser.own import FIRST, REFUSED
from tests.browser.test_listing import listing, printed

OWN = "My own formula"
THETA, M = "My optimizer: new theta", "New m (0 at first)"
MOMENTUM = {THETA: "theta - step_size * m"}
ADAM = {
    M: "0.9 * m + 0.1 * g",
    THETA: "theta - step_size * (m / (1 - 0.9 ** t)) / (sqrt(v / (1 - 0.999 ** t)) + 1e-8)",
}


def box(page: LessonPage, name: str) -> Locator:
    return page.lesson.get_by_role("textbox", name=name, exact=True)


def write(page: LessonPage, texts: dict[str, str]) -> None:
    """Writes an optimizer, one formula after the other."""
    page.choose("Optimizer", OWN)
    expect(box(page, THETA)).to_be_visible(timeout=FIRST)
    for name, text in texts.items():
        box(page, name).fill(text)
        box(page, name).press("Enter")


def alerts(page: LessonPage) -> Locator:
    return page.card("Optimizer").get_by_role("alert").filter(visible=True)


def defaults(key: str) -> dict[str, Any]:
    return {row["name"]: row["default"] for row in LESSONS[key].declaration()["settings"]}


def data(key: str) -> Any:
    simulate = {"linear": simulate_line, "polynomial": simulate_parabola, "logistic": simulate_classes}[key]
    settings = defaults(key)
    return simulate(**{name: settings[name] for name in ("seed", "n", "noise", *LESSONS[key].truths())})


def started(page: LessonPage) -> Any:
    """The run that is there once all orders have been answered."""
    page.run()
    page.page.wait_for_function("() => asked.every(({ended}) => ended)")
    return page.watch.runs()[-1]


@pytest.mark.parametrize(
    ("title", "key", "loss"),
    [(LINEAR, "linear", "mse"), (POLYNOMIAL, "polynomial", "mse"), (LOGISTIC, "logistic", "binary_cross_entropy")],
)
def test_a_run_is_the_librarys_with_the_same_update(page: LessonPage, title: str, key: str, loss: str):
    if title != LINEAR:
        page.open(title)
    settings = defaults(key)
    for texts in (MOMENTUM, ADAM):
        write(page, texts)
        expect(alerts(page)).to_have_count(0)
        rule = written_optimizer(texts[THETA], texts.get(M, settings["own_m"]), settings["own_v"])
        theta = [0.0] * len(LESSONS[key].truths())
        step_size = float(page.box(STEP_SIZE).input_value())
        expected = train(theta, key, loss, data(key), optimizer=rule, step_size=step_size, n_steps=settings["n_steps"])
        run = started(page)
        assert run.order["optimizer"] == "own"
        np.testing.assert_allclose(run.loss, expected.loss, rtol=1e-9)
        np.testing.assert_allclose(run.theta[-1], expected.theta[-1], rtol=1e-9)
    page.scrubber.press("End")
    expect(page.status.first).not_to_contain_text("step size")


def test_a_network_trains_with_it(page: LessonPage):
    network = NetworkPage.on(page)
    network.title = NETWORK
    write(network, MOMENTUM)
    network.type("Steps", 60)
    start = initial(hidden=[4, 3])
    m = defaults("network")["own_m"]
    step_size = float(network.box(STEP_SIZE).input_value())
    rule = written_optimizer(MOMENTUM[THETA], m)
    expected = start.trained(optimizer=rule, step_size=step_size, n_steps=60)
    run = started(network)
    np.testing.assert_allclose(run.theta[-1], expected.theta[-1], rtol=1e-7)


def test_the_preview_the_path_and_the_ghost_are_its_own(page: LessonPage):
    write(page, {THETA: "theta - step_size * sign(g)"})
    page.type(STEP_SIZE, 0.5)
    page.type("Steps", 10)
    page.set_theta(-5, 3)
    preview = page.drawn("preview")
    np.testing.assert_allclose(preview["w"][:3], [-5, -4.5, -4])
    np.testing.assert_allclose(preview["b"][:3], [3, 3.5, 4])
    page.run_to_the_end()
    np.testing.assert_allclose(page.drawn("path")["w"][-1], page.theta()[0])
    box(page, THETA).fill("theta - 2 * step_size * sign(g)")
    box(page, THETA).press("Enter")
    expect(alerts(page)).to_have_count(0)
    expect(page.lesson.get_by_role("button", name="Play")).to_be_visible()
    page.page.wait_for_function("() => asked.every(({ended}) => ended)")
    ghost = page.drawn("ghost")
    assert (ghost["w"][0], ghost["b"][0]) == (-5, 3)  # what was there is another run now
    page.run_to_the_end()
    np.testing.assert_allclose(page.drawn("ghost")["w"], ghost["w"])
    assert page.watch.runs()[-1].theta[1].tolist() == [-4, 4]


def test_what_is_no_update_is_said_beside_its_box_and_stays_to_be_mended(page: LessonPage):
    write(page, MOMENTUM)
    before = started(page).theta[-1]
    for name, text, sentence in (
        (THETA, "-step_size * g", "theta does not occur"),
        (THETA, "theta - step_size * mean(g)", "leave mean out"),
        (M, "0.9 * m + g /", "In m: A value is missing after /"),
        (THETA, "theta - step_size * g / abs(g)", "With theta = 1 and g = 0, step 1 leads to no number"),
    ):
        box(page, name).fill(text)
        box(page, name).press("Enter")
        expect(alerts(page)).to_contain_text(sentence)
        assert alerts(page).count() == 1
        expect(box(page, name)).to_have_value(text)
    np.testing.assert_allclose(started(page).theta[-1], before)  # the last one that was one is kept
    write(page, {M: "0.5 * m + g", THETA: "theta - step_size * m"})
    expect(alerts(page)).to_have_count(0)
    page.watch.forgive(REFUSED)


def test_no_cause_is_named_that_nobody_knows_of(page: LessonPage):
    write(page, {THETA: "theta + step_size * g"})
    page.type(STEP_SIZE, 0.5)
    page.run_to_the_end()
    expect(page.status.first).to_contain_text("your update leads to where the loss is enormous, or no number")
    expect(page.status.first).not_to_contain_text("largest stable")
    page.type(STEP_SIZE, 0.0001)
    page.run_to_the_end()
    expect(page.status.first).to_contain_text(
        "After 500 steps the loss is higher than at the start: your update leads uphill"
    )


def test_a_link_brings_it_back_and_a_reload_too(page: LessonPage):
    write(page, {THETA: "theta - step_size * m / sqrt(t)", M: "0.5 * m + g"})
    page.type("Steps", 50)
    page.run_to_the_end()
    expect(page.page).to_have_url(
        re.compile(r"own_optimizer=theta%20-%20step_size%20\*%20m%20%2F%20sqrt\(t\).*step=50$")
    )
    loss = page.card("Loss").inner_text()
    page.page.reload()
    page.wait()
    page.expect_step(50, 50)
    page.expect_choice("Optimizer", OWN)
    expect(box(page, M)).to_have_value("0.5 * m + g")
    assert page.card("Loss").inner_text() == loss
    for form in ("From scratch", "With dl_workshop"):
        text = listing(page, form)
        assert "sqrt(t)" in text
        assert " v" not in text.replace(" value", "")  # which nothing depends on
        assert printed(text) == pytest.approx(page.watch.runs()[-1].loss[-1], rel=1e-9)


def test_it_goes_down_on_a_function_of_one_number(page: LessonPage):
    page.title = DESCENT
    page.page.get_by_role("tab", name=DESCENT, exact=True).click()
    write(page, MOMENTUM)
    expect(page.lesson).to_contain_text("→ My optimizer:")
    page.type("Steps", 3)
    page.type(STEP_SIZE, 0.01)
    run = started(page)
    m, w, path = 0.0, 10.0, [10.0]
    for _ in range(3):
        m = 0.9 * m + 2 * w + 3
        w -= 0.01 * m
        path.append(w)
    np.testing.assert_allclose(np.ravel(run.theta), path, rtol=1e-12)


def test_a_right_answer_of_the_course_can_be_used(page: LessonPage):
    chapter = page.lesson.get_by_role("complementary", name="Course")
    for name, wrong, right, given in (
        ("write-update", "theta + step_size * g", "theta - g * step_size", {THETA: "theta - g * step_size"}),
        ("write-velocity", "m + g", "g + m * 0.9", {M: "g + m * 0.9", THETA: "theta - step_size * m"}),
    ):
        exercise = chapter.locator(f'[data-exercise="{name}"]')
        use = exercise.get_by_role("button", name="Use my optimizer")
        exercise.get_by_role("textbox").fill(wrong)
        expect(exercise.get_by_role("status")).to_have_attribute("data-kind", "wrong")
        expect(use).to_be_hidden()
        exercise.get_by_role("textbox").fill(right)
        use.click()
        page.expect_choice("Optimizer", OWN)
        for label, text in given.items():
            expect(box(page, label)).to_have_value(text, timeout=FIRST)
        run = started(page)
    momentum = train([0.0, 0.0], "linear", "mse", data("linear"), optimizer="momentum", step_size=0.01, n_steps=500)
    np.testing.assert_allclose(run.theta[-1], momentum.theta[-1], rtol=1e-9)


def test_what_it_is_can_be_read(page: LessonPage):
    write(page, MOMENTUM)
    page.lesson.get_by_role("button", name="About this optimizer").click()
    dialog = page.page.get_by_role("dialog", name="My optimizer")
    expect(dialog.get_by_label("Its formula")).to_contain_text("theta = theta - step_size * m")
    expect(dialog).to_contain_text("m and v are 0 at first")
