"""The first lesson without a browser: its data, its surface, its runs and how they end."""

from typing import Any

import numpy as np
import pytest

from app.lessons.base import Ending
from app.lessons.linear import LinearRegression
from app.lessons.regression import GRID, PREVIEW_STEPS
from dl_workshop.data import simulate_line
from dl_workshop.surfaces import best_fit
from dl_workshop.training import Trajectory, batch_indices, train
from tests.compilations import compilations


def committed(**settings: Any) -> LinearRegression:
    """A lesson with these settings, all of which it takes."""
    lesson = LinearRegression()
    assert lesson.commit(settings) == []
    return lesson


def ending(lesson: LinearRegression) -> Ending:
    """How the lesson's run ends."""
    [(kind, message)] = lesson.train({}, lambda step: None)
    assert kind == "run"
    assert len(message["w"]) == len(message["b"]) == len(message["loss"])
    return Ending(**message["ending"])


def test_the_defaults_are_the_workshops_with_a_step_size_that_arrives():
    lesson = LinearRegression()
    assert (lesson.w_true, lesson.b_true, lesson.noise, lesson.n) == (2, 20, 1, 100)
    assert (lesson.w, lesson.b) == (0, 0)
    assert (lesson.step_size, lesson.n_steps, lesson.optimizer) == (0.01, 500, "gradient_descent")
    assert lesson.bad_guess == {"w": -5, "b": 3}
    workshop = committed(**lesson.workshop)
    assert (workshop.step_size, workshop.n_steps) == (0.001, 3000)


def test_the_default_run_reaches_the_minimum():
    trajectory = LinearRegression().trajectory()
    best = best_fit("linear", "mse", simulate_line())
    assert trajectory.loss[-1] == pytest.approx(best.loss, rel=0.01)
    assert best.theta is not None
    assert trajectory.theta["w"][-1] == pytest.approx(best.theta["w"], abs=0.01)
    assert trajectory.theta["b"][-1] == pytest.approx(best.theta["b"], abs=0.01)


# --- the landscape ---


def test_the_landscape_is_the_loss_over_the_workshops_ranges():
    landscape = LinearRegression().landscape()
    data = simulate_line()
    assert np.array_equal(landscape["x"], data.x)
    assert np.array_equal(landscape["y"], data.y)
    assert (landscape["w"], landscape["b"]) == ([-10, 10], [-10, 30])
    surface = landscape["surface"]
    assert surface.shape == (GRID, GRID)
    w, b = np.linspace(-10, 10, GRID), np.linspace(-10, 30, GRID)
    for row, column in [(0, 0), (60, 100), (120, 3)]:
        expected = np.mean((w[column] * data.x + b[row] - data.y) ** 2)
        assert surface[row, column] == pytest.approx(expected, rel=1e-6)
    low, high = landscape["limits"]
    assert low == pytest.approx(surface.min(), rel=1e-6)
    assert high == pytest.approx(surface.max(), rel=1e-6)
    assert landscape["truth"] == {"w": 2, "b": 20}


def test_contour_lines_are_cut_at_their_ends():
    landscape = LinearRegression().landscape()
    ends = landscape["contour_ends"]
    assert (np.diff(ends) > 1).all()
    assert ends[-1] == len(landscape["contour_w"]) == len(landscape["contour_b"])
    assert len(ends) >= 12


@pytest.mark.parametrize(("w_true", "b_true"), [(8, 40), (-8, -40), (2, 20), (0, 0), (7.5, -9)])
def test_the_truth_and_the_best_fit_are_always_inside(w_true: float, b_true: float):
    landscape = committed(w_true=w_true, b_true=b_true).landscape()
    for name, truth in (("w", w_true), ("b", b_true)):
        low, high = landscape[name]
        assert low < truth < high
        assert low < landscape["best"][name] < high
    assert landscape["w"][0] <= -10 < 10 <= landscape["w"][1]


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_the_best_fit_is_where_the_surface_is_lowest(loss: str):
    landscape = committed(loss=loss).landscape()
    row, column = np.unravel_index(landscape["surface"].argmin(), landscape["surface"].shape)
    assert landscape["best"]["w"] == pytest.approx(np.linspace(-10, 10, GRID)[column], abs=0.2)
    assert landscape["best"]["b"] == pytest.approx(np.linspace(-10, 30, GRID)[row], abs=0.4)


def test_equal_settings_are_computed_once_for_all_learners():
    settings = {"seed": 77, "w": 1.25, "n_steps": 30}
    one, other = committed(**settings), committed(**settings)
    assert one.landscape() is other.landscape()
    assert one.trajectory() is other.trajectory()
    assert one.trajectory() is not committed(**settings | {"seed": 78}).trajectory()


# --- runs ---


@pytest.mark.parametrize(
    "settings",
    [
        {}, {"w": -5, "b": 3, "step_size": 0.03, "n_steps": 70}, {"loss": "mae", "optimizer": "adam", "beta_1": 0.5},
        {"loss": "huber", "optimizer": "rmsprop", "decay": 0.7}, {"batch_size": 7, "n_steps": 50, "seed": 4, "n": 60},
        {"optimizer": "nesterov", "momentum": 0.6, "noise": 3, "w_true": -4},
    ],
    ids=str,
)  # fmt: skip
def test_a_run_is_that_of_the_library(settings: dict[str, Any]):
    lesson = committed(**settings)
    got = lesson.settings
    data = simulate_line(**{name: got[name] for name in ("seed", "n", "w_true", "b_true", "noise")})
    expected = train(
        {"w": got["w"], "b": got["b"]}, "linear", got["loss"], data,
        optimizer=got["optimizer"], step_size=got["step_size"], n_steps=got["n_steps"],
        batch_size=got["batch_size"] or None, seed=got["seed"], **lesson.chosen_hyperparameters,
    )  # fmt: skip
    trajectory = lesson.trajectory()
    assert np.array_equal(trajectory.theta["w"], expected.theta["w"])
    assert np.array_equal(trajectory.theta["b"], expected.theta["b"])
    assert np.array_equal(trajectory.loss, expected.loss)


def test_moving_a_number_compiles_nothing():
    committed(n_steps=20).trajectory()
    with compilations() as compiled:
        committed(n_steps=33, step_size=0.02, w=1.0, seed=9).trajectory()
        committed(n_steps=700, noise=0.5).trajectory()
    assert compiled == []


def test_a_batch_as_large_as_the_data_is_all_of_them():
    assert np.array_equal(committed(batch_size=100).trajectory().loss, LinearRegression().trajectory().loss)
    assert committed(batch_size=100).batches()["indices"] is None
    assert committed(batch_size=0).batches()["indices"] is None


def test_the_batches_of_the_preview_are_those_of_the_run():
    indices = committed(batch_size=7, seed=4, n=60).batches()["indices"]
    assert indices.shape == (PREVIEW_STEPS, 7)
    assert np.array_equal(indices, batch_indices(seed=4, n=60, batch_size=7, n_steps=PREVIEW_STEPS))


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({"seed"}, ["landscape", "batches"]), ({"n"}, ["landscape", "batches"]), ({"noise"}, ["landscape"]),
        ({"loss"}, ["landscape"]), ({"batch_size"}, ["batches"]),
        ({"w", "b", "step_size", "optimizer"}, []), (set(), []),
    ],
    ids=str,
)  # fmt: skip
def test_only_what_follows_from_a_change_is_sent(changed: set[str], kinds: list[str]):
    assert [kind for kind, _ in LinearRegression().consequences(changed)] == kinds


# --- endings ---


def test_a_diverging_run_names_the_largest_stable_step_size():
    lesson = committed(step_size=0.13)
    trajectory = lesson.trajectory()
    assert isinstance(trajectory, Trajectory)
    assert ending(lesson) == Ending(
        "diverged",
        f"Diverged at step {trajectory.diverged_at}: step size 0.13 is above 0.118, the largest stable one here.",
    )


def test_a_run_that_goes_up_without_end_names_it_too():
    result = ending(committed(step_size=0.1177))
    assert result.kind == "diverged"
    assert result.text == (
        "After 500 steps the loss is going up: step size 0.1177 is above 0.1176, the largest stable one here."
    )


def test_a_diverging_run_without_a_known_bound_says_what_to_try():
    lesson = committed(optimizer="momentum", momentum=0.99, step_size=1.0)
    assert ending(lesson).kind == "diverged"
    assert ending(lesson).text.startswith("Diverged at step ")


def test_no_run_has_a_number_that_is_none():
    for settings in (
        {"step_size": 1.0},
        {"step_size": 1.0, "w": 1e6, "b": -1e6},
        {"optimizer": "newton", "step_size": 1.0},
    ):
        trajectory = committed(**settings).trajectory()
        for column in (trajectory.loss, *trajectory.theta.values()):
            assert np.isfinite(column).all()


def test_newton_converges_in_a_step():
    assert ending(committed(optimizer="newton", step_size=1.0)) == Ending(
        "converged", "Converged at step 1: the gradient norm is below 10⁻⁶."
    )


def test_a_short_run_is_still_going_down():
    result = ending(committed(n_steps=20))
    assert result.kind == "descending"
    assert result.text.startswith("Still going down after 20 steps: ")
    assert "100 %" not in result.text


@pytest.mark.parametrize(
    "settings",
    [{"optimizer": "rmsprop", "step_size": 1.0}, {"loss": "mae", "step_size": 1.0, "n_steps": 3000}],
    ids=str,
)
def test_steps_that_jump_over_the_minimum_are_named(settings: dict[str, Any]):
    result = ending(committed(**settings))
    assert result.kind == "descending"
    assert "the steps jump over it. Try a smaller step size." in result.text
    assert "Still going down" not in result.text


def test_mini_batches_are_named_as_the_reason():
    assert "mini-batches" in ending(committed(batch_size=5, step_size=0.02)).text


def test_newton_on_a_loss_without_curvature_is_refused():
    with pytest.raises(ValueError, match="Newton"):
        list(committed(optimizer="newton", loss="mae").train({}, lambda step: None))


def test_newton_sees_all_data_whatever_the_batches_of_the_other_optimizers():
    newton = {"optimizer": "newton", "step_size": 0.5, "w": -5.0}
    in_batches, on_all = committed(batch_size=5, **newton), committed(**newton)
    assert np.array_equal(in_batches.trajectory().loss, on_all.trajectory().loss)
    assert ending(in_batches) == ending(on_all)
    assert in_batches.batches()["indices"] is not None  # for when another optimizer is chosen
