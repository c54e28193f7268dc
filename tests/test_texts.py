"""What the course's texts claim with a number: each claim computed with the library, and its sentence in the text.

Settings are those of the text's own links: `linked` finds a link by its words, and a changed text fails.
"""

import html
import json
import re
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest

from app import course
from app.lessons import LESSONS
from dl_workshop import answers
from dl_workshop.data import Dataset
from dl_workshop.functions import FUNCTIONS, minima
from dl_workshop.losses import binary_cross_entropy
from dl_workshop.metrics import accuracy
from dl_workshop.minima import best_fit
from dl_workshop.models import ACTIVATIONS, MODELS, boundary, mlp, mlp_init
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.parameters import flatten, unflatten
from dl_workshop.surfaces import largest_stable_step_size
from dl_workshop.tasks import TASKS
from dl_workshop.toy_data import expand, simulate_split
from dl_workshop.training import Run, objective, train, value_and_gradient
from dl_workshop.written import written_model
from tests.lesson_data import data_of, shown_data


@cache
def text(key: str) -> str:
    return (course.TEXTS / f"{key}.md").read_text(encoding="utf-8")


def says(key: str, *sentences: str) -> None:
    """Fails unless the chapter has these words."""
    for sentence in sentences:
        assert sentence in text(key), f"{key}.md does not say any more: {sentence}"


def linked(key: str, words: str) -> dict[str, Any]:
    """The settings of the one link with these words, and the defaults of those that it leaves alone."""
    [deed] = {deed for said, deed in re.findall(r"\[([^\[\]]+)\]\(do:([^)]+)\)", text(key)) if said == words}
    rows = LESSONS[key].declaration()["settings"]
    return {row["name"]: row["default"] for row in rows} | course._Writer(key).deed(deed)["settings"]


def sketched(key: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is to be drawn in an exercise, and all settings of the run that shows it."""
    of = rf'data-exercise="{name}" data-kind="sketch">.*?data-sketch="([^"]+)"'
    [found] = re.findall(of, "".join(course.chapter(key).sections), re.DOTALL)
    wanted = json.loads(html.unescape(found))
    return wanted, {row["name"]: row["default"] for row in LESSONS[key].declaration()["settings"]} | wanted["run"]


def optimized(settings: dict[str, Any]) -> dict[str, Any]:
    """The optimizer's arguments of `train`."""
    more = OPTIMIZERS[settings["optimizer"]].hyperparameters
    return {name: settings[name] for name in ("optimizer", "step_size", "n_steps", *more)}


def run(key: str, settings: dict[str, Any]) -> Run:
    """The run of a lesson with one input."""
    model = MODELS[LESSONS[key].model]
    theta = np.array([settings[name] for name in model.names], dtype=float)
    return train(theta, model, settings["loss"], data_of(key, settings), **optimized(settings))


def above_the_lowest(key: str, settings: dict[str, Any]) -> float:
    """How far a run ends above the lowest loss, as a share of it."""
    lowest = best_fit(LESSONS[key].model, settings["loss"], data_of(key, settings)).loss
    return float(run(key, settings).loss[-1] / lowest) - 1


def descent(settings: dict[str, Any]) -> np.ndarray:
    """The steps of w on a function of one number."""
    function, rule = FUNCTIONS[settings["loss"]], OPTIMIZERS[settings["optimizer"]]

    @jax.jit
    def derivatives(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        value = lambda theta: function.apply(theta[0])  # noqa: E731
        return jax.grad(value)(theta), jax.hessian(value)(theta)

    theta = np.array([float(settings["w"])])
    state, path = rule.init(theta), [theta[0]]
    for _ in range(settings["n_steps"]):
        gradient, second = derivatives(theta)
        theta, state = rule.step(theta, gradient, state, settings["step_size"], {}, second)
        path.append(float(theta[0]))
    return np.array(path)


def network(settings: dict[str, Any]) -> dict[str, Any]:
    """What `train` takes of a network."""
    split = simulate_split(
        settings["dataset"], **{name: settings[name] for name in ("seed", "n", "noise", "train_share")}
    )
    parts = [Dataset(expand(part.x, settings["features"]), part.y) for part in (split.train, split.test)]
    sizes = (parts[0].x.shape[1], *settings["hidden"], 1)
    weights = {"key": settings["weights_seed"], "scheme": settings["scheme"] or None}
    given = {
        "theta": mlp_init(sizes, settings["activation"], **weights),
        "model": mlp(sizes, settings["activation"]),
        "loss": settings["loss"], "data": parts[0], "test": parts[1],
    }  # fmt: skip
    if settings["penalty"] != "none":
        given |= {name: settings[name] for name in ("penalty", "penalty_strength")}
    return given


def trained(settings: dict[str, Any]) -> tuple[float, float, float]:
    """Training loss, test loss and the share of test points that are right, at the end of a network's run."""
    given = network(settings)
    made = train(**given, **optimized(settings))
    assert made.test_loss is not None
    theta = unflatten(given["model"], made.theta[-1])
    logits = jax.vmap(given["model"].apply, in_axes=(None, 0))(theta, given["test"].x)
    return float(made.loss[-1]), float(made.test_loss[-1]), float(accuracy(given["test"].y, logits))


# --- gradient descent ---

PARABOLA = minima("parabola")[0].w


def test_the_parabola_and_its_slope():
    says("descent", "$f(w) = w^2 + 3w - 5$ it is $f'(w) = 2w + 3$", "$2w + 3 = 0$ at [w = −1.5]")
    for w in (-4.0, 0.5, 10.0):
        assert answers.df(w) == float(jax.grad(answers.f)(w))
    assert pytest.approx(-1.5) == PARABOLA
    assert linked("descent", "w = −1.5")["w"] == -1.5


def test_steps_that_are_too_small_and_just_right():
    says("descent", "come *not* nearer than $w = 5$")
    assert descent(linked("descent", "With 0.005")).min() >= 5
    says("descent", "to within 0.01 in at most 10 steps", "each step leaves a fifth of the distance")
    right = linked("descent", "With 0.4")
    distance = descent(right) - PARABOLA
    assert right["n_steps"] <= 10
    assert abs(distance[-1]) < 0.01
    np.testing.assert_allclose(distance[1:5] / distance[:4], 1 / 5, rtol=1e-6)
    says("descent", "With the step size 0.5 a single step is enough")
    assert descent({**right, "step_size": 0.5, "n_steps": 1})[-1] == pytest.approx(PARABOLA)


def test_the_sketch_of_a_fall():
    wanted, settings = sketched("descent", "fall")
    says("descent", "50 steps from $w = 10$, each with the step size 0.1")
    assert (settings["w"], settings["step_size"], settings["n_steps"]) == (10, 0.1, 50)
    w = descent(settings)
    value = w**2 + 3 * w - 5
    assert value[0] == wanted["first"]
    assert wanted["low"] < value.min()
    assert value.max() < wanted["high"]
    says("descent", "each step leaves four fifths of the distance")
    np.testing.assert_allclose(w[1:] + 1.5, 0.8 * (w[:-1] + 1.5))


def test_from_a_step_size_of_one_on_the_parabola_is_not_descended():
    says(
        "descent",
        "multiplies the distance from the minimum by $1 - 2\\\\eta$",
        "$|1 - 2\\\\eta| < 1$ as long as $\\\\eta < 1$",
    )
    above, below = (linked("descent", words) for words in ("Just above", "just below"))
    assert below["step_size"] < 1 < above["step_size"] < 1.01 * below["step_size"]
    for settings, grows in ((above, True), (below, False)):
        distance = descent(settings) - PARABOLA
        np.testing.assert_allclose(distance[1:] / distance[:-1], 1 - 2 * settings["step_size"], rtol=1e-9)
        assert bool(abs(distance[-1]) > abs(distance[0])) is grows
    values = answers.f(descent(linked("descent", "see it")))
    assert (np.diff(values) > 0).all()
    says("descent", "each step lands higher than the last")


def test_two_valleys_and_a_plateau():
    says("descent", "*Two valleys* has two minima")
    lower, other = minima("two_valleys")
    assert descent(linked("descent", "From w = −1"))[-1] == pytest.approx(lower.w, abs=1e-3)
    assert descent({**linked("descent", "From w = −1"), "w": 6.5})[-1] == pytest.approx(other.w, abs=1e-3)
    says("descent", "50 steps of gradient descent move by less than 0.01")
    far = descent(linked("descent", "From w = 11"))
    assert len(far) == 51
    assert abs(far[-1] - far[0]) < 0.01


def test_newton_s_method_arrives_in_one_step():
    says("descent", "Let it arrive on the parabola in a single step")
    full = linked("descent", "A full step")
    assert full["n_steps"] == 1
    assert descent(full)[-1] == pytest.approx(PARABOLA)


# --- linear regression ---


def test_the_line_has_the_truth_that_is_told():
    says("linear", "another slope and another intercept than 2 and 20")
    rows = {row["name"]: row["default"] for row in LESSONS["linear"].declaration()["settings"]}
    assert (rows["w_true"], rows["b_true"]) == (2, 20)


def test_a_bad_guess_is_above_500():
    says("linear", "the mean squared error is above 500")
    guess = linked("linear", "w = −5 and b = 3")
    assert float(objective("linear", "mse")([guess["w"], guess["b"]], *data_of("linear", guess))) > 500


def test_gradient_descent_comes_within_a_percent_on_the_line():
    says("linear", "come within 1 % of the lowest loss")
    assert above_the_lowest("linear", linked("linear", "From w = −5, b = 3 with the step size 0.05")) < 0.01


def test_the_slope_comes_first_then_the_intercept():
    says("linear", "quickly to the right slope, then slowly to the right intercept")
    settings = linked("linear", "run it")
    path = run("linear", settings).theta
    best = best_fit("linear", "mse", data_of("linear", settings)).theta
    w, b = (np.flatnonzero(np.abs(path - best)[:, k] < 0.1 * np.abs(path[0] - best)[k])[0] for k in (0, 1))
    assert 0 < 5 * w < b


def test_the_limit_of_the_step_size_is_two_over_the_largest_eigenvalue():
    says("linear", "$\\eta < 2 / \\lambda_{\\max}$")
    settings = linked("linear", "From w = −5, b = 3 with the step size 0.05")
    data = data_of("linear", settings)
    limit = largest_stable_step_size("linear", "mse", data)
    hessian = jax.hessian(objective("linear", "mse"))(np.zeros(2), *data)
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(hessian).max())
    for factor, settles in ((0.99, True), (1.01, False)):
        made = run("linear", {**settings, "step_size": factor * limit})
        assert bool(made.diverged_at is None and made.loss[-1] < made.loss[0]) is settles


def test_momentum_overshoots():
    says("linear", "overshoots as a ball does")
    settings = linked("linear", "overshoots as a ball does")
    best = best_fit("linear", "mse", data_of("linear", settings)).theta
    assert (run("linear", settings).theta.max(axis=0) > best + 0.5).all()
    assert (run("linear", {**settings, "optimizer": "gradient_descent"}).theta[:, 1] < best[1]).all()


def test_one_outlier_pulls_the_squared_error_and_hardly_the_others():
    says("linear", "takes one half of its slope", "under the other two the slope stays within a tenth of 2")
    settings = linked("linear", "eleven points near a line, and one far below")
    data = shown_data("linear", settings)
    assert len(data.x) == 12
    rest = Dataset(data.x[:-1], data.y[:-1])
    assert best_fit("linear", "mse", rest).theta[0] == pytest.approx(2, abs=0.05)
    assert best_fit("linear", "mse", data).theta[0] == pytest.approx(1, abs=0.1)
    for loss in ("mae", "huber"):
        assert best_fit("linear", loss, data).theta[0] == pytest.approx(2, abs=0.1)


def test_inputs_in_other_units_need_tiny_steps_and_standardised_ones_do_not():
    says("linear", "the largest stable step size is 0.00035", "3,000 steps do not arrive", "10 steps are enough")
    settings = linked("linear", "ten points whose x goes from 0 to 90")
    data = data_of("linear", settings)
    assert (data.x.min(), data.x.max(), len(data.x)) == (0, 90, 10)
    assert largest_stable_step_size("linear", "mse", data) == pytest.approx(0.00035, abs=0.000005)
    assert above_the_lowest("linear", {**settings, "step_size": 0.00035, "n_steps": 3000, "w": 0, "b": 0}) > 1
    answer = linked("linear", "Standardised, and a step of 0.5")
    assert answer["points"] == settings["points"]
    assert answer["standardise"]
    assert answer["n_steps"] == 10
    assert above_the_lowest("linear", answer) < 0.01


def test_adam_with_many_small_steps_finds_the_least_absolute_error():
    says("linear", "noise at 8 or more", "within 2 % of its lowest loss")
    settings = linked("linear", "Adam with many small steps")
    assert settings["noise"] >= 8
    assert above_the_lowest("linear", settings) < 0.02


# --- polynomial regression ---


def test_a_line_comes_below_27_and_a_curve_further():
    says("polynomial", "so that the loss is below 27")
    settings = linked("polynomial", "Near the best line")
    data = data_of("polynomial", settings)
    assert settings["w2"] == 0
    assert float(objective("polynomial", "mse")([settings["w1"], 0, settings["b"]], *data)) < 27
    assert best_fit("polynomial", "mse", data).loss < float(objective("linear", "mse")([1, 5.7], *data)) / 2
    says("polynomial", "$x^2$ reaches 25")
    assert np.max(data.x**2) == 25


@pytest.mark.parametrize("words", ["Many steps", "one of Newton's", "Newton"])
def test_the_curve_is_within_two_percent(words):
    says("polynomial", "come within 2 % of the lowest loss", "Come within 2 % of the lowest loss in at most 60 steps")
    settings = linked("polynomial", words)
    assert above_the_lowest("polynomial", settings) < 0.02
    assert words != "Newton" or settings["n_steps"] <= 60


def test_the_bottom_of_a_slice_is_not_the_minimum():
    says("polynomial", "In the slice of $w_1$ and $w_2$ the point lies at the bottom of the bowl")
    settings = linked("polynomial", "Here is such a point")
    data, at = data_of("polynomial", settings), np.array([settings[name] for name in ("w1", "w2", "b")], dtype=float)
    loss = objective("polynomial", "mse")
    here = float(loss(at, *data))
    around = [at + np.array([dw1, dw2, 0]) for dw1, dw2 in ((0.5, 0), (-0.5, 0), (0, 0.1), (0, -0.1))]
    assert all(float(loss(theta, *data)) > here for theta in around)
    assert here > 2 * best_fit("polynomial", "mse", data).loss


# --- logistic regression ---


def test_the_cross_entropy_of_not_knowing_and_of_a_sure_mistake():
    says("logistic", "$\\log 2 \\approx 0.69$", "about 6.9", "$-\\\\log 0.001 \\\\approx 6.9$")
    y = np.array([0.0, 1.0, 1.0])
    assert float(binary_cross_entropy(y, np.zeros(3))) == pytest.approx(0.69, abs=0.005)
    logit = np.log(0.001 / 0.999)
    assert float(binary_cross_entropy(np.ones(1), np.array([logit]))) == pytest.approx(6.9, abs=0.05)


def test_where_the_boundary_is_and_how_it_moves():
    says("logistic", "its boundary at $x = 2$")
    placed = linked("logistic", "w = 2, b = −4")
    assert float(boundary([placed["w"], placed["b"]])) == 2
    says("logistic", "With $w < 0$, a smaller $b$ makes that smaller; with $w > 0$ it makes it larger")
    here, there = (linked("logistic", words) for words in ("look here", "and here"))
    assert here["w"] == there["w"] < 0
    assert here["b"] > there["b"]
    for sign, left in ((1, True), (-1, False)):
        ends = [float(boundary([sign * one["w"], one["b"]])) for one in (here, there)]
        assert (ends[1] < ends[0]) is left


def test_gradient_descent_comes_within_a_percent_on_the_classes():
    says("logistic", "come within 1 % of the lowest binary cross-entropy")
    assert above_the_lowest("logistic", linked("logistic", "With step size 1")) < 0.01


def test_squared_errors_have_a_plateau_where_the_cross_entropy_has_none():
    says("logistic", "start at $w = 0$ and $b = 15$")
    stays, goes = (run("logistic", linked("logistic", words)) for words in ("Squared error", "cross-entropy"))
    assert stays.theta[0].tolist() == goes.theta[0].tolist() == [0, 15]
    assert np.abs(stays.theta[-1] - stays.theta[0]).max() < 0.1
    assert goes.loss[-1] < goes.loss[0] / 5
    assert goes.gradient_norm[0] > 1000 * stays.gradient_norm[0]


def test_separable_labels_let_w_grow_past_4_and_on():
    says("logistic", "it has to pass 4", "$w$ grows without end; there is no best fit")
    settings = linked("logistic", "Like this")
    path = run("logistic", settings).theta[:, 0]
    assert path[-1] > 4
    assert (np.diff(path[len(path) // 2 :]) > 0).all()
    assert best_fit("logistic", settings["loss"], data_of("logistic", settings)).theta is None


def test_a_logit_with_a_square_has_two_boundaries():
    says("logistic", "A line crosses 0 once at most", "in the middle are mostly of class 1", "and those on both sides")
    given = np.array(linked("logistic", "Of these points")["points"]).reshape(-1, 2)
    data = Dataset(given[:, 0], given[:, 1])
    inside = np.abs(data.x) < 2.4
    assert data.y[inside].mean() > 0.75
    assert data.y[~inside].mean() < 0.25
    says("logistic", "brings the boundaries to about −2.4 and 2.4")
    model = written_model(TASKS["middle_logit"].reference, "classification")
    settings = linked("logistic", "a run from w = 0 and b = 0")
    w, b = train([0, 0], model, settings["loss"], data, **optimized(settings)).theta[-1]
    assert np.sqrt(-b / w) == pytest.approx(2.4, abs=0.05)
    assert w < 0


# --- networks ---


def test_the_sketch_of_a_test_loss():
    wanted, settings = sketched("network", "overfit")
    says("network", "16 hidden units learn 42 noisy points, 500 steps long; their training loss falls to 0.02")
    given = network(settings)
    made = train(**given, **optimized(settings))
    assert made.test_loss is not None
    assert (sum(settings["hidden"]), len(given["data"].x), settings["n_steps"]) == (16, 42, 500)
    assert f"{made.loss[-1]:.2f}" == "0.02"
    assert wanted["first"] == pytest.approx(float(made.test_loss[0]), abs=0.005)
    assert wanted["low"] < made.test_loss.min()
    assert made.test_loss.max() < wanted["high"]
    says("network", "It falls with the training loss, turns, and rises while the training loss goes on falling")
    lowest = int(made.test_loss.argmin())
    assert 0 < lowest < 250
    assert made.test_loss[-1] > 2 * made.test_loss[lowest]
    assert made.loss[-1] < 0.2 * made.loss[lowest]


def test_the_settings_at_first_separate_the_moons():
    says("network", "at least 95 % of the test points right", "The settings that are there at first do it")
    settings = linked("network", "Adam, 400 steps")
    rows = {row["name"]: row["default"] for row in LESSONS["network"].declaration()["settings"]}
    assert settings == rows
    assert settings["n_steps"] == 400
    assert trained(settings)[2] >= 0.95


def test_without_bending_the_boundary_stays_a_line():
    says("network", "no better than one straight line")
    settings = linked("network", "Try it")
    given = network(settings)
    theta = unflatten(given["model"], train(**given, **optimized(settings)).theta[-1])
    of = jax.vmap(given["model"].apply, in_axes=(None, 0))
    origin, *corners = (of(theta, np.array([at]))[0] for at in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)))
    assert float(corners[2] - origin) == pytest.approx(float(corners[0] + corners[1] - 2 * origin))
    assert trained(settings)[2] < 0.75


def test_four_units_separate_xor_and_with_other_weights_three():
    says("network", "at least 95 % of the test points right, with 4 units or fewer")
    settings = linked("network", "Four tanh units")
    assert settings["hidden"] == [4]
    assert trained(settings)[2] >= 0.95
    says("network", "with other weights three do too")
    assert any(trained({**settings, "hidden": [3], "weights_seed": seed})[2] >= 0.95 for seed in range(20))


def test_a_network_overfits_and_a_penalty_holds_it_back():
    says(
        "network",
        "at least twice its training loss",
        "less than 1.5 times its training loss",
        "at least 16 hidden units",
    )
    found = re.findall(r"\[For example\]\(do:([^)]+)\)", text("network"))
    rows = {row["name"]: row["default"] for row in LESSONS["network"].declaration()["settings"]}
    free, held = (rows | course._Writer("network").deed(deed)["settings"] for deed in found)
    assert sum(held["hidden"]) >= 16
    assert (free["penalty"], held["penalty"]) == ("none", "l2")
    loss, test, _ = trained(free)
    assert test >= 2 * loss
    loss, test, _ = trained(held)
    assert test < 1.5 * loss


def test_slopes_of_activations():
    says("network", "The slope of the logistic function is at most 1/4, that of tanh at most 1, that of ReLU 0 or 1")
    z = np.linspace(-20, 20, 4001)
    slopes = {name: np.asarray(jax.vmap(jax.grad(one.function))(z)) for name, one in ACTIVATIONS.items()}
    assert slopes["logistic"].max() == pytest.approx(1 / 4, abs=1e-12)
    assert slopes["tanh"].max() == pytest.approx(1)
    assert {*slopes["relu"].tolist()} == {0.0, 1.0}
    says("network", "its derivative there is 0")
    assert (slopes["relu"][z < 0] == 0).all()
    says("network", "after six of them at most 1/4,096 is left")
    assert 4**6 == 4096


def gradients(settings: dict[str, Any]) -> list[float]:
    """The size of each layer's gradient before any step."""
    given = network(settings)
    [*layers] = value_and_gradient(given["model"], given["loss"])(given["theta"], *given["data"], 0.0, 0.0)[1]
    return [float(np.linalg.norm(flatten([layer]))) for layer in layers]


def test_six_logistic_layers_make_the_gradient_vanish_and_others_do_not():
    says("network", "six hidden layers of 8 *logistic* units", "far smaller: less than a twentieth")
    logistic = linked("network", "six logistic layers")
    assert logistic["hidden"] == [8] * 6
    for seed in range(10):  # what is drawn anew may be any draw
        first, *_, last = gradients({**logistic, "weights_seed": seed})
        assert 20 * first < last
    says("network", "where it is over 2,000 times smaller")
    first, *_, last = gradients(logistic)
    assert 2000 * first < last
    says("network", "With the last two it is no less than a twentieth")
    for words, activation, scheme in (
        ("six of tanh with Glorot's weights", "tanh", "glorot"),
        ("six of ReLU with He's", "relu", "he"),
    ):
        settings = linked("network", words)
        assert (settings["hidden"], settings["activation"], settings["scheme"]) == ([8] * 6, activation, scheme)
        first, *_, last = gradients(settings)
        assert 20 * first >= last
