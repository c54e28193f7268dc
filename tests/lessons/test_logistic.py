"""The second lesson without a browser."""

from typing import Any

import numpy as np
import pytest

from app.lessons.logistic import LogisticRegression
from app.lessons.regression import GRID
from dl_workshop.data import simulate_classes
from dl_workshop.surfaces import best_fit


def committed(**settings: Any) -> LogisticRegression:
    """A lesson with these settings, all of which it takes."""
    lesson = LogisticRegression()
    assert lesson.commit(settings) == []
    return lesson


def ending(lesson: LogisticRegression) -> dict[str, str]:
    """How the lesson's run ends."""
    [(_, message)] = lesson.train({}, lambda step: None)
    return message["ending"]


def test_the_labels_are_classes():
    landscape = LogisticRegression().landscape()
    assert {*landscape["y"]} == {0.0, 1.0}
    assert LogisticRegression().facts()["classes"] is True


def test_the_default_run_reaches_the_minimum_inside_of_the_picture():
    lesson = LogisticRegression()
    landscape = lesson.landscape()
    best = best_fit("logistic", "binary_cross_entropy", (landscape["x"], landscape["y"]))
    assert best.theta is not None
    assert lesson.trajectory().loss[-1] == pytest.approx(best.loss, rel=1e-3)
    for name in ("w", "b"):
        low, high = landscape[name]
        assert low < best.theta[name] < high


def test_the_landscape_is_the_cross_entropy_over_the_workshops_ranges():
    landscape = LogisticRegression().landscape()
    assert (landscape["w"], landscape["b"]) == ([-5, 5], [-5, 5])
    x, y = landscape["x"], landscape["y"]
    for row, column in [(60, 60), (10, 90), (119, 2)]:
        z = np.linspace(-5, 5, GRID)[column] * x + np.linspace(-5, 5, GRID)[row]
        expected = np.mean(np.logaddexp(0, z) - y * z)
        assert landscape["surface"][row, column] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_separable_classes_have_no_finite_best_fit_and_it_says_so(noise: float):
    lesson = committed(noise=noise)
    landscape = lesson.landscape()
    assert landscape["best"] is None
    assert "without end" in landscape["best_reason"]
    result = ending(lesson)
    assert result["kind"] == "descending"
    assert "without end" in result["text"]


def test_classes_that_are_all_the_same_are_no_reason_to_fail():
    lesson = committed(w_true=0, b_true=8, noise=0, n=10)
    assert {*lesson.landscape()["y"]} == {1.0}
    assert lesson.landscape()["best"] is None
    assert np.isfinite(lesson.landscape()["surface"]).all()
    assert ending(lesson)["kind"] == "descending"


def test_the_workshops_settings_are_the_summed_loss_on_the_mean():
    """5,000 steps of 0.0001 on the sum over 100 points; it does not converge, and says so."""
    lesson = committed(**LogisticRegression.workshop)
    assert (lesson.n_steps, lesson.step_size) == (5000, 0.01)
    assert len(lesson.trajectory().loss) == 5001
    assert ending(lesson)["kind"] == "descending"


def test_the_squared_error_on_probabilities_can_be_chosen():
    lesson = committed(loss="squared_error_on_probabilities", optimizer="adam", step_size=0.1)
    data = simulate_classes(noise=6.0)
    trajectory = lesson.trajectory()
    p = 1 / (1 + np.exp(-(trajectory.theta["w"][-1] * data.x + trajectory.theta["b"][-1])))
    assert trajectory.loss[-1] == pytest.approx(np.mean((p - data.y) ** 2), rel=1e-9)
    assert lesson.facts()["losses"] == {"binary_cross_entropy": "BCE", "squared_error_on_probabilities": "Brier"}


def test_runs_from_far_away_stay_finite():
    for optimizer in ("gradient_descent", "newton", "adam"):
        lesson = committed(w=1e6, b=-1e6, optimizer=optimizer, step_size=1.0, n_steps=50)
        try:
            trajectory = lesson.trajectory()
        except ValueError:
            continue  # a sentence for the learner
        assert np.isfinite(trajectory.loss).all()
