"""Runs: what a worker computes is what the library computes and what the page plays; two runs are never mixed."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from app.lessons import LESSONS
from dl_workshop.data import Dataset, simulate_classes, simulate_line, simulate_parabola
from dl_workshop.surfaces import largest_stable_step_size
from dl_workshop.training import Run, converged_at, train
from tests.browser.lesson_page import (
    FIT,
    HISTORY,
    INTERCEPT,
    LINEAR,
    LOGISTIC,
    RUN,
    SLOPE,
    STEP_SIZE,
    SURFACE,
    LessonPage,
)
from tests.browser.pixels import MODEL, changed, of_colour, pixels, settle

LINE = simulate_line()
CONTINUE = "Continue from here"


def trained(w: float = 0.0, b: float = 0.0, data: Dataset = LINE, **options: Any) -> Run:
    """The run that the page should play, with the first lesson's defaults."""
    options = {"step_size": 0.01, "n_steps": 500} | options
    return train(np.array([w, b]), "linear", "mse", data, **options)


def shows(page: LessonPage, run: Run, step: int) -> None:
    """The page shows one step of a run, and nothing of another."""
    page.expect_step(step, len(run.loss) - 1)
    page.expect_theta(*run.theta[step])
    page.expect_loss(f"MSE: {run.loss[step]:.2f}")
    assert page.theta() == pytest.approx(tuple(run.theta[step]), rel=1e-9, abs=1e-9)


def is_the_librarys(page: LessonPage, run: Run) -> None:
    """The last run that a worker made is the library's, number for number."""
    made = page.watch.runs()[-1]
    assert made.complete
    assert made.diverged_at == run.diverged_at
    assert made.steps == list(run.steps)
    assert made.theta == pytest.approx(run.theta, rel=1e-9, abs=1e-9)
    assert made.loss == pytest.approx(run.loss, rel=1e-9, abs=1e-9)


# --- playing ---


def test_a_run_plays_to_its_end_and_leaves_the_sliders_there(shared_timed_page: LessonPage):
    page, expected = shared_timed_page, trained()
    page.run()
    expect(page.button("Pause")).to_be_visible()
    page.let_pass(8)
    shows(page, expected, 500)
    expect(page.button("Play")).to_be_visible()
    expect(page.status).to_have_text(re.compile(r"after 500 steps.*\.$"))
    is_the_librarys(page, expected)


def test_nothing_is_asked_while_a_run_plays(shared_timed_page: LessonPage):
    page = shared_timed_page
    page.run()
    asked = page.page.evaluate("asked.length")
    page.let_pass(3)
    assert page.step > 0
    assert page.page.evaluate("asked.length") == asked


@pytest.mark.parametrize("steps", [10, 3000])
def test_playing_takes_six_to_eight_seconds_and_is_slow_at_first(shared_timed_page: LessonPage, steps: int):
    page = shared_timed_page
    page.type("Steps", steps)
    page.run()
    page.let_pass(3)
    assert 0 < page.step < steps / 4
    page.let_pass(3)
    expect(page.button("Pause")).to_be_visible()
    assert page.step < steps
    page.let_pass(2)
    page.expect_step(steps, steps)
    expect(page.button("Play")).to_be_visible()


@pytest.mark.parametrize(("speed", "seconds"), [("4×", 1.75), ("0.5×", 14)])
def test_the_speed_changes_how_long_playing_takes(shared_timed_page: LessonPage, speed: str, seconds: float):
    page = shared_timed_page
    page.choice("Speed").select_option(speed)
    page.run()
    page.let_pass(0.8 * seconds)
    expect(page.button("Pause")).to_be_visible()
    assert page.step < 500
    page.let_pass(0.4 * seconds)
    page.expect_step(500, 500)


def test_line_point_path_and_loss_curve_move_together(shared_timed_page: LessonPage):
    page = shared_timed_page
    page.run()
    figures = [page.figure(name) for name in (FIT, SURFACE, HISTORY)]
    page.let_pass(1)
    before, step = [pixels(figure) for figure in figures], page.step
    page.let_pass(3)
    assert page.step > step
    for figure, old in zip(figures, before, strict=True):
        assert changed(old, pixels(figure)) > 50
    shows(page, trained(), page.step)


def test_pause_step_scrub_reset_and_play_again(shared_timed_page: LessonPage):
    page, expected = shared_timed_page, trained()
    page.run()
    page.let_pass(2)
    page.button("Pause").click()
    at = page.step
    assert at > 0
    page.let_pass(2)
    shows(page, expected, at)
    page.button("Step forward").click()
    shows(page, expected, at + 1)
    page.button("Step back").click()
    page.button("Step back").click()
    shows(page, expected, at - 1)
    place = page.scrubber.bounding_box()
    assert place is not None
    page.scrubber.click(position={"x": place["width"] / 2, "y": place["height"] / 2})
    assert 230 < page.step < 270
    shows(page, expected, page.step)
    page.button("Play").click()
    page.let_pass(1)
    assert page.step > 270
    page.button("Reset").click()
    shows(page, expected, 0)
    expect(page.button("Step back")).to_be_disabled()
    page.scrubber.press("End")
    shows(page, expected, 500)
    expect(page.button("Step forward")).to_be_disabled()
    page.button("Play").click()  # from the end it plays again from the start
    page.let_pass(1)
    assert 0 < page.step < 250
    expect(page.button("Pause")).to_be_visible()


def test_the_loss_axis_is_logarithmic_or_linear(shared_page: LessonPage):
    page = shared_page
    page.run_to_the_end()
    page.expect_step(500, 500)
    logarithmic = pixels(page.card("Loss over steps"))
    page.checkbox("log axis").uncheck()
    expect(page.figure("The loss over the steps of the run, linear axis")).to_be_visible()
    linear = pixels(page.card("Loss over steps"))
    assert changed(logarithmic, linear) > 500
    assert of_colour(linear, MODEL).sum() > 200


# --- how a run ends ---


def test_a_diverging_run_says_at_which_step_and_why_and_shows_only_numbers(
    shared_timed_page: LessonPage,
):
    page, expected = shared_timed_page, trained(step_size=0.13)
    assert expected.diverged_at is not None
    page.type(STEP_SIZE, 0.13)
    page.run()
    for _ in range(8):
        page.let_pass(1)
        assert not re.search(r"NaN|Infinity|undefined", page.page.locator("body").inner_text())
    expect(page.status).to_contain_text(f"Diverged at step {expected.diverged_at}")
    expect(page.status).to_contain_text("0.118")
    expect(page.status).to_contain_text("0.13")
    assert f"{largest_stable_step_size('linear', 'mse', LINE):.3g}" == "0.118"
    expect(page.status).to_contain_text(f"steps 0 to {expected.diverged_at - 1} are shown")
    is_the_librarys(page, expected)
    page.expect_step(expected.diverged_at - 1, expected.diverged_at - 1)
    for name in ("w (slope)", "b (intercept)"):
        assert np.isfinite(float(page.box(name).input_value()))
    # and there is a way on
    page.type(STEP_SIZE, 0.01)
    page.button("Bad guess").click()
    page.run_to_the_end()
    shows(page, trained(-5, 3), 500)


def test_a_run_that_converges_says_at_which_step(shared_page: LessonPage):
    page = shared_page
    page.choose("Optimizer", "Newton")
    page.run_to_the_end()
    converged = converged_at(trained(optimizer="newton", step_size=1.0))
    expect(page.status).to_contain_text(f"Converged at step {converged}")


def test_a_run_that_is_cut_short_says_that_it_is_still_going_down(shared_page: LessonPage):
    page = shared_page
    page.type("Steps", 20)
    page.run_to_the_end()
    expect(page.status).to_contain_text("Still going down after 20 steps")


@pytest.mark.parametrize(
    ("label", "options"),
    [
        ("Momentum", {"optimizer": "momentum", "momentum": 0.9}),
        ("Adam", {"optimizer": "adam", "beta_1": 0.9, "beta_2": 0.999}),
    ],
)
def test_every_optimizer_runs_as_it_does_in_python(shared_page: LessonPage, label: str, options: dict[str, Any]):
    page = shared_page
    page.choose("Optimizer", label)
    page.type("Steps", 120)
    page.type(STEP_SIZE, 0.02)
    page.run_to_the_end()
    expected = trained(n_steps=120, step_size=0.02, **options)
    shows(page, expected, 120)
    is_the_librarys(page, expected)


def test_a_run_with_mini_batches_is_seeded(shared_page: LessonPage):
    page = shared_page
    expected = trained(batch_size=8, n_steps=200)
    page.type("Batch size", 8)
    page.type("Steps", 200)
    for _ in range(2):
        page.run_to_the_end()
        shows(page, expected, 200)
        is_the_librarys(page, expected)
        page.button("Reset").click()
        page.expect_theta(0, 0)
    page.type("Batch size", "all")
    expect(page.box("Batch size")).to_have_value("all")
    page.run_to_the_end()
    shows(page, trained(n_steps=200), 200)


@pytest.mark.parametrize("key", ["polynomial", "logistic"])
def test_the_other_lessons_run_as_they_do_in_python(shared_page: LessonPage, key: str):
    page, lesson = shared_page, LESSONS[key]()
    page.open(lesson.title)
    page.run_to_the_end()
    data = simulate_parabola() if key == "polynomial" else simulate_classes()
    expected = train(
        np.zeros(len(page.watch.runs()[-1].theta[0])), key, lesson.loss, data,
        step_size=lesson.step_size, n_steps=lesson.n_steps,
    )  # fmt: skip
    page.expect_step(lesson.n_steps, lesson.n_steps)
    is_the_librarys(page, expected)
    page.expect_loss(f"{'MSE' if key == 'polynomial' else 'BCE'}: {expected.loss[-1]:.2f}")
    expect(page.status).not_to_be_empty()


def test_what_is_said_of_the_end_is_said_at_the_end_only(shared_page: LessonPage):
    page = shared_page
    page.run_to_the_end()
    expect(page.status).to_contain_text("after 500 steps")
    page.button("Step back").click()
    expect(page.status).to_have_text("")
    page.button("Step forward").click()
    expect(page.status).to_contain_text("after 500 steps")


def test_a_loss_that_reaches_zero_stays_inside_of_the_logarithmic_axis(page: LessonPage):
    page.unfold_data()
    page.type("Noise", 0)
    page.choose("Optimizer", "Newton")
    page.type("Step size (learning rate)", 1)
    page.run_to_the_end()
    history = page.figure(HISTORY).locator("visible=true")
    image = settle(history, lambda image: of_colour(image, MODEL).sum() > 100, "the curve and its end")
    rows = np.nonzero(of_colour(image, MODEL).any(axis=1))[0]
    assert rows.max() < image.shape[0] - 35  # above the labels of the steps


# --- interrupted ---


def by_keyboard(page: LessonPage) -> None:
    page.w.press("ArrowRight")


def by_typing(page: LessonPage) -> None:
    page.type("b (intercept)", 12)


def by_the_surface(page: LessonPage) -> None:
    page.figure(SURFACE).click(position={"x": 150, "y": 150})


@pytest.mark.parametrize("move", [by_keyboard, by_typing, by_the_surface])
def test_moving_the_point_by_hand_ends_the_run_where_it_was(
    shared_timed_page: LessonPage, move: Callable[[LessonPage], None]
):
    page = shared_timed_page
    page.run()
    page.let_pass(2)
    at = page.step
    assert at > 0
    w, b = trained().theta[at]
    move(page)
    page.expect_no_run()
    if move is by_keyboard:
        assert page.theta()[0] == pytest.approx(w, abs=0.21)
        assert page.theta()[1] == pytest.approx(b, rel=1e-9)
    elif move is by_typing:
        assert page.theta() == pytest.approx((w, 12), rel=1e-9)
    moved = page.theta()
    page.let_pass(3)
    assert page.theta() == moved
    page.expect_no_run()
    page.run()  # the next run starts from there
    page.scrubber.press("Home")
    shows(page, trained(*moved), 0)


def test_a_value_can_be_typed_while_a_run_plays(shared_page: LessonPage):
    page = shared_page
    page.run()
    page.box("w (slope)").click()
    page.page.keyboard.type("-3.25", delay=60)  # frames of the run go by between the keys
    page.page.keyboard.press("Enter")
    page.expect_no_run()
    assert page.theta()[0] == -3.25
    expect(page.box("w (slope)")).to_have_value("-3.25")


def test_play_before_any_run_starts_one(shared_page: LessonPage):
    shared_page.button("Play").click()
    shared_page.wait_for_run()
    expect(shared_page.button("Pause")).to_be_visible()


def test_a_new_run_during_playback_starts_from_the_same_start(shared_timed_page: LessonPage):
    page = shared_timed_page
    page.run()
    page.let_pass(3)
    assert page.step > 0
    page.type("Steps", 50)
    page.run()
    expected = trained(n_steps=50)
    expect(page.button("Pause")).to_be_visible()
    page.let_pass(8)
    shows(page, expected, 50)
    page.scrubber.press("Home")
    shows(page, expected, 0)


def test_pressing_run_twice_at_once_plays_one_run(shared_page: LessonPage):
    page = shared_page
    page.button(RUN).dblclick()
    page.wait_for_run()
    page.scrubber.press("End")
    shows(page, trained(), 500)
    page.page.wait_for_timeout(300)
    shows(page, trained(), 500)


@pytest.mark.parametrize("change", ["data", "loss"])
def test_new_data_or_another_loss_ends_the_run_and_keeps_the_point(timed_page: LessonPage, change: str):
    page = timed_page
    page.run()
    page.let_pass(2)
    w, b = page.theta()
    if change == "data":
        page.button("New data").click()
        page.expect_no_run()
        data = simulate_line(seed=1)
        page.expect_loss(f"MSE: {np.mean((w * data.x + b - data.y) ** 2):.2f}")
    else:
        page.choose("Loss function", "Mean absolute error")
        page.expect_no_run()
        w, b = page.theta()
        page.expect_loss(f"MAE: {np.mean(np.abs(w * LINE.x + b - LINE.y)):.2f}")
    assert page.theta() == (w, b)
    expect(page.status).to_have_text("")


def test_another_step_size_during_playback_leaves_the_run_alone_and_greys_its_path(shared_timed_page: LessonPage):
    page = shared_timed_page
    page.run()
    page.let_pass(1)
    whole = [list(column) for column in trained().theta.T]
    assert len(page.drawn("path")["w"]) > 1
    assert page.drawn("ghost")["w"] == []
    page.type(STEP_SIZE, 0.05)
    assert page.drawn("path")["w"] == []
    assert page.drawn("walked_log")["loss"] == []
    ghost = page.drawn("ghost")
    assert ghost["w"] == pytest.approx(whole[0], rel=1e-9, abs=1e-9)
    assert ghost["b"] == pytest.approx(whole[1], rel=1e-9, abs=1e-9)
    page.let_pass(7)
    shows(page, trained(), 500)
    assert page.drawn("path")["w"] == []
    page.run()  # and the next one is of the new settings, from the same start
    page.let_pass(8)
    shows(page, trained(step_size=0.05), 500)
    assert len(page.drawn("path")["w"]) > 1
    assert page.drawn("ghost")["w"] == pytest.approx(whole[0], rel=1e-9, abs=1e-9)


def test_a_run_goes_on_where_it_was_when_its_tab_is_opened_again(page: LessonPage):
    page.choice("Speed").select_option("0.25×")
    page.run()
    page.open(LOGISTIC)
    page.expect_no_run()
    page.set_theta(1.5, -1)
    page.open(LINEAR)
    expect(page.scrubber).to_be_enabled()
    page.scrubber.press("End")
    shows(page, trained(), 500)
    expect(page.status).to_contain_text("after 500 steps")
    page.open(LOGISTIC)
    page.expect_theta(1.5, -1)
    page.open(LINEAR)
    shows(page, trained(), 500)
    page.scrubber.press("Home")
    shows(page, trained(), 0)
    expect(page.scrubber).to_have_value("0")


# --- from a marked start ---


def start_of(page: LessonPage) -> tuple[float, float]:
    """Where the start is marked on the surface."""
    start = page.drawn("start")
    return start["w"][0], start["b"][0]


def ghost_of(page: LessonPage) -> list[tuple[float, float]]:
    """The path of the run before, as far as it is inside of the surface."""
    ghost = page.drawn("ghost")
    return [*zip(ghost["w"], ghost["b"], strict=True)]


def test_run_again_starts_from_the_same_start_and_the_old_run_stays(shared_page: LessonPage):
    page = shared_page
    page.set_theta(-5, 3)
    page.run_to_the_end()
    first = trained(-5, 3)
    shows(page, first, 500)
    assert start_of(page) == (-5, 3)
    assert ghost_of(page) == []
    page.type(STEP_SIZE, 0.05)
    page.run_to_the_end()
    second = trained(-5, 3, step_size=0.05)
    shows(page, second, 500)
    is_the_librarys(page, second)
    assert start_of(page) == (-5, 3)
    assert ghost_of(page)[0] == (-5, 3)
    assert ghost_of(page)[-1] == pytest.approx(tuple(first.theta[-1]), rel=1e-9)
    assert page.drawn("ghost_log")["loss"] == pytest.approx(list(first.loss))
    page.scrubber.press("Home")
    shows(page, second, 0)
    assert ghost_of(page)[0] == (-5, 3)
    page.run_to_the_end()  # the ghost is the run before, always
    assert ghost_of(page)[-1] == pytest.approx(tuple(second.theta[-1]), rel=1e-9)
    page.w.press("ArrowRight")  # moves the start
    page.expect_no_run()
    assert ghost_of(page) == []
    page.run_to_the_end()
    assert ghost_of(page) == []
    assert page.watch.runs()[-1].theta[0][0] == pytest.approx(second.theta[-1][0], abs=0.11)


def test_continue_from_here_makes_the_shown_step_the_start(shared_page: LessonPage):
    page = shared_page
    expect(page.button(CONTINUE)).to_be_disabled()
    page.run()
    page.scrubber.press("End")
    page.scrubber.press("Home")
    expect(page.button(CONTINUE)).to_be_disabled()  # that is *Run*
    for _ in range(3):
        page.button("Step forward").click()
    first = trained()
    page.type(STEP_SIZE, 0.02)
    page.button(CONTINUE).click()
    page.wait_for_run()
    page.scrubber.press("End")
    second = trained(*first.theta[3], step_size=0.02)
    shows(page, second, 500)
    assert start_of(page) == pytest.approx(tuple(first.theta[3]), rel=1e-9)
    assert ghost_of(page)[0] == (0, 0)
    assert ghost_of(page)[-1] == pytest.approx(tuple(first.theta[-1]), rel=1e-9)
    page.run_to_the_end()  # from the new start
    shows(page, second, 500)


def test_after_divergence_nothing_is_left_blown_up(shared_page: LessonPage):
    page = shared_page
    page.set_theta(-5, 3)
    page.type(STEP_SIZE, 0.13)
    page.run_to_the_end()
    expect(page.status).to_contain_text("Diverged")
    expect(page.button(CONTINUE)).to_be_disabled()
    slope = float(page.box(SLOPE).input_value())
    assert abs(slope) > 100
    page.w.press("ArrowLeft" if slope > 0 else "ArrowRight")  # its slider stands at its end
    page.expect_no_run()
    assert float(page.box(INTERCEPT).input_value()) == 3  # what was not touched is where the run began
    assert abs(float(page.box(SLOPE).input_value())) <= 10
    page.set_theta(-5, 3)
    page.run_to_the_end()
    page.choose("Loss function", "Mean absolute error")
    page.expect_no_run()
    page.expect_theta(-5, 3)
    page.choose("Loss function", "Mean squared error")
    page.run_to_the_end()
    page.type(STEP_SIZE, 0.01)
    page.run_to_the_end()  # from the same start
    shows(page, trained(-5, 3), 500)


def test_a_run_that_leaves_the_picture_leaves_a_mark_at_its_edge(shared_page: LessonPage):
    page = shared_page
    page.type(STEP_SIZE, 0.13)
    page.run_to_the_end()
    expect(page.status).to_contain_text("Diverged")
    assert page.drawn("head")["w"] == []
    mark = page.drawn("edge_mark")
    [w], [b] = mark["w"], mark["b"]
    assert abs(w) == pytest.approx(10) or b == pytest.approx(-10) or b == pytest.approx(30)
    theta = trained(step_size=0.13).theta
    inside = np.nonzero((np.abs(theta[:, 0]) <= 10) & (np.abs(theta[:, 1] - 10) <= 20))[0].max()
    before, after = theta[inside], theta[inside + 1]
    share = (w - before[0]) / (after[0] - before[0])
    assert 0 <= share <= 1
    assert before + share * (after - before) == pytest.approx((w, b))
    page.scrubber.press("Home")
    assert page.drawn("edge_mark")["w"] == []
    assert page.drawn("head")["w"] == [0]


def test_a_click_on_the_loss_curve_goes_to_a_step(shared_page: LessonPage):
    page = shared_page
    page.run_to_the_end()
    for axis in ("logarithmic", "linear"):
        page.checkbox("log axis").set_checked(axis == "logarithmic")
        curve = page.figure(f"The loss over the steps of the run, {axis} axis. A click goes to a step.")
        box = curve.bounding_box()
        assert box is not None
        ends = []
        for share in (0.3, 0.7):
            curve.click(position={"x": share * box["width"], "y": box["height"] / 3})
            expect(page.button("Play")).to_be_visible()
            shows(page, trained(), page.step)
            ends.append(page.step)
        # the steps' axis takes nearly the whole width
        assert ends[1] - ends[0] == pytest.approx(0.4 * 500, rel=0.15)
        assert 80 < ends[0] < 180


# --- long runs ---


def order_a_long_run(page: LessonPage, steps: int) -> None:
    """Sets up a run whose steps take long, each with a shuffling of its own, and plays it fast."""
    page.unfold_data()
    page.type("Points", 500)
    page.type("Batch size", 499)
    page.type("Steps", steps)
    page.choice("Speed").select_option("4×")


def test_playing_waits_for_what_is_not_there_yet(page: LessonPage):
    order_a_long_run(page, 1000)
    with page.watch.holding_runs_after(3):
        page.button(RUN).click()
        page.watch.wait_until_held()
        expect(page.button("Step forward")).to_be_disabled()  # it has come to the end of what is there
        at = page.step
        assert 0 < at < 1000
        expect(page.button("Pause")).to_be_visible()
        page.expect_step(at, 1000)
    page.wait_for_run()
    page.expect_step(1000, 1000)
    expected = trained(data=simulate_line(n=500), batch_size=499, n_steps=1000)
    is_the_librarys(page, expected)


def test_running_in_one_lesson_does_not_touch_another(page: LessonPage):
    page.type("Steps", 3000)
    page.type("Batch size", 10)
    page.choice("Speed").select_option("4×")
    page.button(RUN).click()
    page.open(LOGISTIC)
    page.type("Steps", 40)
    page.run_to_the_end()
    page.expect_step(40, 40)
    page.set_theta(1, 1)
    page.button(RUN).click()
    page.open(LINEAR)
    page.wait_for_run()
    page.scrubber.press("End")
    expected = trained(batch_size=10, n_steps=3000)
    shows(page, expected, 3000)
    page.open(LOGISTIC)
    page.wait_for_run()
    page.scrubber.press("End")
    page.expect_step(40, 40)
    assert page.watch.runs()[-1].theta[0] == pytest.approx([1, 1])


def test_a_long_run_is_watched_while_it_is_made_and_can_be_cancelled(page: LessonPage):
    order_a_long_run(page, 3000)
    with page.watch.holding_runs_after(0):
        page.button(RUN).click()
        expect(page.button("Pause")).to_be_visible()  # it plays
        expect(page.lesson).to_contain_text("/ 3000")
        expect(page.button(RUN)).to_have_attribute("aria-busy", "true")
        page.watch.wait_until_held()
        page.button("Pause").click()
        page.scrubber.press("End")  # the last step that is there
        at = page.step
        assert 0 < at < 3000
        page.expect_step(at, 3000)
        page.scrubber.press("Home")
        page.expect_step(0, 3000)
        page.button("Step forward").click()
        page.expect_step(1, 3000)
        expect(page.status).to_have_text(f"Training: step {at} of 3000")
        page.button("Cancel").click()
        expect(page.button(RUN)).to_have_attribute("aria-busy", "false")
        expect(page.button("Cancel")).to_be_hidden()
        expect(page.status).to_contain_text(f"Cancelled at step {at}")
    page.scrubber.press("End")
    page.page.wait_for_timeout(300)
    expected = trained(data=simulate_line(n=500), batch_size=499, n_steps=3000)
    page.expect_step(at, at)  # what was there is the whole run now
    assert page.theta() == pytest.approx(tuple(expected.theta[at]), rel=1e-9)
    page.type("Steps", 30)
    page.run_to_the_end()
    page.expect_step(30, 30)
