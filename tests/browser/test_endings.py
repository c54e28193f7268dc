"""What is said of how a run ended is true, where it once was not: real settings, judged by the library's own run."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from dl_workshop.data import simulate_classes, simulate_line
from dl_workshop.training import CONVERGED, converged_at, train
from tests.browser.lesson_page import LOGISTIC, STEP_SIZE, LessonPage

BRIER = "Squared error on probabilities"


def test_where_there_is_no_minimum_no_run_converges_and_none_should_start_nearer(page: LessonPage):
    page.open(LOGISTIC)
    page.unfold_data()
    page.choose("Labels", "rounded (workshop)")
    page.type("Noise", 0)
    page.choose("Optimizer", "Newton")
    for steps in (20, 300, 500):
        page.type("Steps", steps)
        page.run_to_the_end()
        expect(page.status).to_contain_text("A threshold on x separates the classes")
        expect(page.status).not_to_contain_text(re.compile("Converged|nearer to|[Ss]tart nearer"))


@pytest.mark.parametrize("b", [13, 15, 20])
def test_a_gradient_that_vanishes_on_a_plateau_is_neither_an_arrival_nor_too_large_a_step(page: LessonPage, b: int):
    page.open(LOGISTIC)
    page.choose("Loss function", BRIER)
    page.set_theta(0, b)
    page.run_to_the_end()
    page.expect_loss("Brier: 0.4")  # as at the start: where it could be a tenth of it
    run = train(np.array([0.0, b]), "logistic", "squared_error_on_probabilities", simulate_classes(), step_size=1.0)
    assert run.loss[-1] > 0.4
    expect(page.status).to_contain_text("plateau")
    expect(page.status).not_to_contain_text(re.compile("Converged|smaller step"))


@pytest.mark.parametrize(("step_size", "seed"), [(0.121, 5), (0.125, 0), (0.01, 0)])
def test_runs_with_mini_batches_are_judged_by_their_tail(page: LessonPage, step_size: float, seed: int):
    page.unfold_data()
    page.type("Seed", seed)
    page.type("Batch size", 5)
    page.type(STEP_SIZE, step_size)
    for steps in (2980, 2990, 3000):
        run = train(
            np.zeros(2), "linear", "mse", simulate_line(seed=seed), step_size=step_size, n_steps=steps, batch_size=5,
            seed=seed,
        )  # fmt: skip
        page.type("Steps", steps)
        page.run_to_the_end()
        if run.diverged_at is not None:
            expect(page.status).to_contain_text(f"Diverged at step {run.diverged_at}")
        elif np.median(run.loss[-steps // 5 :]) > run.loss[0]:
            expect(page.status).to_contain_text("mostly higher than at the start")
        else:
            expect(page.status).to_contain_text(re.compile("Still going down|still push the point about"))
        if run.diverged_at is None:
            expect(page.status).not_to_contain_text("iverged")


@pytest.mark.parametrize("steps", [100, 300, 500])
def test_a_run_has_converged_only_where_its_gradient_stays_small_to_the_end(shared_page: LessonPage, steps: int):
    page = shared_page
    page.choose("Loss function", "Huber")
    page.choose("Optimizer", "Adam")
    page.type(STEP_SIZE, 1)
    page.type("Steps", steps)
    page.run_to_the_end()
    run = train(
        np.zeros(2), "linear", "huber", simulate_line(), optimizer="adam", step_size=1.0, n_steps=steps,
    )  # fmt: skip
    converged = converged_at(run)
    if converged is None:
        assert run.gradient_norm[-1] >= CONVERGED
        expect(page.status).not_to_be_empty()
        expect(page.status).not_to_contain_text("Converged")
    else:
        assert (run.gradient_norm[converged:] < CONVERGED).all()
        expect(page.status).to_contain_text(f"Converged at step {converged}")


def test_a_best_fit_that_does_not_exist_can_neither_be_shown_nor_hidden(page: LessonPage):
    page.button("Show best fit").click()
    expect(page.button("Hide best fit")).to_be_visible()
    page.open(LOGISTIC)
    page.unfold_data()
    page.choose("Labels", "rounded (workshop)")
    page.type("Noise", 0)
    page.button("Show best fit").click()
    page.expect_sentence(
        re.compile("There is no best fit to show. A threshold on x separates the classes.*without end")
    )
    expect(page.button("Show best fit")).to_have_attribute("aria-pressed", "false")
    expect(page.button("Hide best fit")).to_have_count(0)
    page.type("Noise", 6)  # and where there is one again, so it is
    page.button("Show best fit").click()
    expect(page.status).to_contain_text("Best fit: w = ")
    page.type("Noise", 0)  # shown until it is no more
    expect(page.button("Show best fit")).to_have_attribute("aria-pressed", "false")
    assert page.drawn("best_curve")["x"] == []
    page.run_to_the_end()
    expect(page.status).to_contain_text("without end")
