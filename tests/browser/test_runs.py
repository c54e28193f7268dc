"""Runs: what the server computes is what the page plays, and two runs are never mixed."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from app.lessons import LESSONS
from dl_workshop.data import simulate_classes, simulate_line
from dl_workshop.surfaces import largest_stable_step_size
from dl_workshop.training import Trajectory, converged_at, train
from tests.browser.lesson_page import FIT, HISTORY, LINEAR, LOGISTIC, RUN, STEP_SIZE, SURFACE, LessonPage, value_of
from tests.browser.pixels import MODEL, changed, of_colour, pixels, settle

LINE = simulate_line()


def trained(w: float = 0.0, b: float = 0.0, **options: Any) -> Trajectory:
    """The run that the page should play, with the first lesson's defaults."""
    options = {"step_size": 0.01, "n_steps": 500} | options
    return train({"w": w, "b": b}, "linear", "mse", LINE, **options)


def shows(page: LessonPage, trajectory: Trajectory, step: int) -> None:
    """The page shows one step of a trajectory, and nothing of another."""
    w, b = (float(trajectory.theta[name][step]) for name in ("w", "b"))
    page.expect_step(step, len(trajectory.loss) - 1)
    page.expect_theta(w, b)
    page.expect_loss(f"MSE: {trajectory.loss[step]:.2f}")
    assert page.theta() == pytest.approx((w, b), rel=1e-9, abs=1e-9)


# --- playing ---


def test_a_run_plays_to_its_end_and_leaves_the_sliders_there(shared_timed_page: LessonPage):
    page, expected = shared_timed_page, trained()
    page.watch.forget_when_quiet()
    page.run()
    expect(page.button("Pause")).to_be_visible()
    page.let_pass(8)
    shows(page, expected, 500)
    expect(page.button("Play")).to_be_visible()
    expect(page.status).to_have_text(re.compile(r"after 500 steps.*\.$"))
    # Everything in one message: three columns of 501 numbers, and little beside them.
    page.watch.wait_for_commits(1)
    assert len(page.watch.sent("run")) == 1
    assert page.watch.sent("commit") == [{"w": expected.theta["w"][-1], "b": expected.theta["b"][-1]}]
    assert page.watch.binary_bytes_received == 3 * 8 * 501
    assert page.watch.text_bytes_received <= 2048


def test_nothing_is_sent_while_a_run_plays(shared_timed_page: LessonPage):
    page = shared_timed_page
    page.run()
    page.watch.forget_when_quiet()
    page.let_pass(3)
    assert page.step > 0
    assert page.watch.stays_silent()


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
    page.button("Step back").click()
    shows(page, expected, 0)
    page.scrubber.press("End")
    page.button("Step forward").click()
    shows(page, expected, 500)
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
    page.type(STEP_SIZE, 1)
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
    page.run_to_the_end()
    shows(page, trained(n_steps=120, **options), 120)


def test_a_run_with_mini_batches_is_seeded(shared_page: LessonPage):
    page = shared_page
    expected = trained(batch_size=8, n_steps=200)
    page.type("Batch size", 8)
    page.type("Steps", 200)
    for _ in range(2):
        page.run_to_the_end()
        shows(page, expected, 200)
        page.button("Reset").click()
        page.expect_theta(0, 0)
    page.type("Batch size", "all")
    expect(page.box("Batch size")).to_have_value("all")
    page.run_to_the_end()
    shows(page, trained(n_steps=200), 200)


def test_the_logistic_lesson_runs_as_it_does_in_python(shared_page: LessonPage):
    page = shared_page
    page.open(LOGISTIC)
    page.run_to_the_end()
    defaults = LESSONS["logistic"]().settings
    data = simulate_classes(**{name: defaults[name] for name in ("seed", "n", "w_true", "b_true", "noise")})
    expected = train(
        {"w": defaults["w"], "b": defaults["b"]}, "logistic", defaults["loss"], data,
        step_size=defaults["step_size"], n_steps=defaults["n_steps"],
    )  # fmt: skip
    page.expect_step(defaults["n_steps"], defaults["n_steps"])
    assert page.theta() == pytest.approx((expected.theta["w"][-1], expected.theta["b"][-1]), rel=1e-9)
    page.expect_loss(f"BCE: {expected.loss[-1]:.2f}")
    expect(page.status).not_to_be_empty()


def test_separable_classes_have_no_best_fit_and_the_page_says_so(page: LessonPage):
    page.open(LOGISTIC)
    page.unfold_data()
    page.type("Noise", 0)
    expect(page.card("Data")).to_contain_text("noise 0")
    page.watch.forget_when_quiet()
    page.button("Show best fit").click()
    page.expect_sentence(re.compile("threshold on x separates the classes.*without end"))
    expect(page.button("Show best fit")).to_have_attribute("aria-pressed", "false")
    page.run_to_the_end()
    expect(page.status).to_contain_text("without end")


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
    w, b = (float(trained().theta[name][at]) for name in ("w", "b"))
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


def test_a_new_run_during_playback_starts_where_the_old_one_was(shared_timed_page: LessonPage):
    page = shared_timed_page
    page.run()
    page.let_pass(3)
    at = page.step
    w, b = (float(trained().theta[name][at]) for name in ("w", "b"))
    page.type("Steps", 50)
    page.run()
    expected = trained(w, b, n_steps=50)
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


def test_another_step_size_during_playback_leaves_the_run_alone(shared_timed_page: LessonPage):
    page = shared_timed_page
    page.run()
    page.let_pass(1)
    page.type(STEP_SIZE, 0.05)
    page.let_pass(7)
    shows(page, trained(), 500)


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
    assert value_of(page.scrubber) == 0
