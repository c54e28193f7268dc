"""The demonstrations: each can be made, and shows what its sentence says."""

import json
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from app import demonstrations
from app.demonstrations import DEMONSTRATIONS, Demonstration, settings
from app.lessons import LESSONS
from dl_workshop.data import Dataset
from dl_workshop.functions import FUNCTIONS, minima
from dl_workshop.metrics import accuracy
from dl_workshop.minima import best_fit
from dl_workshop.models import ACTIVATIONS, MODELS, Model, mlp, mlp_init
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.parameters import unflatten
from dl_workshop.surfaces import largest_stable_step_size
from dl_workshop.toy_data import expand, simulate_split
from dl_workshop.training import Run, objective, train
from tests.lesson_data import data_of, shown_data


class Shown(NamedTuple):
    """What a demonstration shows.

    Attributes:
        of: all settings of its lesson.
        run: its training.
        model: what was trained.
        data: what on.
        test: other data, for networks.
    """

    of: dict[str, Any]
    run: Run
    model: Model
    data: Dataset
    test: Dataset | None = None

    def accuracy(self, theta: np.ndarray) -> float:
        """The share of the training points that are on their side."""
        with jax.enable_x64(True):
            logits = jax.vmap(self.model.apply, in_axes=(None, 0))(unflatten(self.model, theta), self.data.x)
            return float(accuracy(self.data.y, logits))


@lru_cache(maxsize=64)
def shown(title: str, *, beside: bool = False) -> Shown:
    """The demonstration of that title, at its very settings; or what stands side by side with it."""
    [demonstration] = [one for one in DEMONSTRATIONS if one.title == title]
    if beside:
        demonstration = demonstration._replace(link=demonstration.beside)
    rows = LESSONS[demonstration.lesson].declaration()["settings"]
    of = {row["name"]: row["default"] for row in rows} | settings(demonstration)
    how = {name: of[name] for name in ("optimizer", "step_size", "n_steps")}
    how |= {name: of[name] for name in OPTIMIZERS[of["optimizer"]].hyperparameters}
    with jax.enable_x64(True):
        if demonstration.lesson == "network":
            return _network(of, how)
        how |= {"batch_size": of["batch_size"] or None, "seed": of["seed"]}
        data = data_of(demonstration.lesson, of)
        theta = np.array([of[name] for name in MODELS[demonstration.lesson].names], float)
        return Shown(
            of, train(theta, demonstration.lesson, of["loss"], data, **how), MODELS[demonstration.lesson], data
        )


def _network(of: dict[str, Any], how: dict[str, Any]) -> Shown:
    split = simulate_split(of["dataset"], seed=of["seed"], n=of["n"], noise=of["noise"], train_share=of["train_share"])
    data, test = (Dataset(expand(part.x, of["features"]), part.y) for part in (split.train, split.test))
    sizes = (len(of["features"]), *of["hidden"], 1)
    model = mlp(sizes, of["activation"])
    theta = mlp_init(sizes, of["activation"], key=of["weights_seed"], scheme=of["scheme"] or None)
    penalty = {"penalty": of["penalty"], "penalty_strength": of["penalty_strength"] if of["penalty"] != "none" else 0.0}
    run = train(theta, model, of["loss"], data, test=test, **how, **penalty)
    return Shown(of, run, model, data, test)


def walked(title: str) -> tuple[dict[str, Any], np.ndarray]:
    """The settings of a demonstration on a function, and where each step of its run is."""
    [demonstration] = [one for one in DEMONSTRATIONS if one.title == title]
    rows = LESSONS["descent"].declaration()["settings"]
    of = {row["name"]: row["default"] for row in rows} | settings(demonstration)
    assert of["optimizer"] == "gradient_descent"
    with jax.enable_x64(True):
        slope = jax.jit(jax.grad(FUNCTIONS[of["loss"]].apply))
        w = [float(of["w"])]
        for _ in range(of["n_steps"]):
            w.append(w[-1] - of["step_size"] * float(slope(w[-1])))
    return of, np.array(w)


# --- what the sentences say ---


def too_large_a_step() -> None:
    of, run, _, data, _ = shown("Too large a step")
    assert of["step_size"] > largest_stable_step_size("linear", of["loss"], data)
    jumps = np.diff(run.theta[:, 0])
    assert (np.abs(jumps[1:]) > np.abs(jumps[:-1])).all()
    assert (jumps[1:] * jumps[:-1] < 0).all()  # across the valley
    assert run.diverged_at is not None


def zig_zag_below_the_limit() -> None:
    of, run, _, data, _ = shown("Zig-zag below the limit")
    assert of["step_size"] < largest_stable_step_size("linear", of["loss"], data)
    jumps = np.diff(run.theta[:, 0])
    assert (jumps[1:] * jumps[:-1] < 0).all()
    assert (np.diff(run.loss) < 0).all()


def a_small_step() -> None:
    of, run, _, data, _ = shown("A small step goes straight, and slowly")
    best = best_fit("linear", of["loss"], data).theta
    assert abs(run.theta[50, 0] - best[0]) < 0.1
    assert best[1] - run.theta[-1, 1] > 2.0


def momentum_overshoots() -> None:
    of, run, _, data, _ = shown("Momentum overshoots")
    best = best_fit("linear", of["loss"], data).theta
    assert run.theta[:, 1].max() > best[1] + 1.0
    assert abs(run.theta[-1, 1] - best[1]) < 0.1


def newton_in_one_step() -> None:
    of, run, _, data, _ = shown("Newton in one step")
    assert run.theta[1] == pytest.approx(best_fit("linear", of["loss"], data).theta, abs=1e-6)


def seven_optimizers() -> None:
    of, _, model, data, _ = shown("Seven optimizers, one start")
    best = best_fit("linear", of["loss"], data)

    def raced(name: str) -> Run:
        rule = OPTIMIZERS[name]
        start = np.array([of["w"], of["b"]])
        return train(start, model, of["loss"], data, optimizer=name, step_size=rule.step_size, n_steps=of["n_steps"])

    [demonstration] = [one for one in DEMONSTRATIONS if one.title == "Seven optimizers, one start"]
    assert all(f".optimizer={name};" in demonstration.link for name in OPTIMIZERS if name != of["optimizer"])
    assert raced("newton").loss[1] == pytest.approx(best.loss, rel=1e-9)
    momentum = raced("momentum")
    assert momentum.theta[:, 1].max() > best.theta[1] + 5
    assert momentum.theta[-1] == pytest.approx(best.theta, abs=1e-3)
    rmsprop = raced("rmsprop").loss
    assert 1.01 * best.loss < rmsprop.min()
    assert rmsprop[-1] < 1.05 * best.loss


def mini_batch_noise() -> None:
    of, run, _, data, _ = shown("Mini-batch noise")
    assert of["batch_size"] == 5
    late = run.loss[-100:]
    assert late.max() < 0.01 * run.loss[0]
    assert 20 < np.sum(np.diff(late) > 0) < 80
    assert late.min() > best_fit("linear", of["loss"], data).loss


def an_outlier_pulls_the_line() -> None:
    of, run, _, data, _ = shown("An outlier pulls the line")
    rest = Dataset(data.x[:-1], data.y[:-1])
    assert len(data.x) == 12
    assert best_fit("linear", of["loss"], rest).theta[0] == pytest.approx(2, abs=0.05)
    assert run.theta[-1, 0] == pytest.approx(1, abs=0.1)


def the_same_under_huber() -> None:
    of, run, *_ = shown("The same under the Huber loss")
    assert of["loss"] == "huber"
    assert of["points"] == shown("An outlier pulls the line").of["points"]
    assert run.theta[-1, 0] == pytest.approx(2, abs=0.1)


def inputs_in_other_units() -> None:
    of, run, _, data, _ = shown("Inputs in other units")
    assert (data.x.min(), data.x.max()) == (0, 90)
    assert run.diverged_at is None
    assert largest_stable_step_size("linear", of["loss"], data) < 1.2 * of["step_size"]
    assert run.theta[-1, 1] < 0.1 * best_fit("linear", of["loss"], data).theta[1]


def the_same_standardised() -> None:
    of, run, _, data, _ = shown("The same, standardised")
    assert of["points"] == shown("Inputs in other units").of["points"]
    assert (len(run.theta) - 1, of["standardise"]) == (10, True)
    assert run.theta[-1] == pytest.approx(best_fit("linear", of["loss"], data).theta, abs=1e-6)
    assert shown_data("linear", of).x.max() == 90


def the_start_decides() -> None:
    of, w = walked("The start decides")
    lowest, other = minima(of["loss"])
    assert abs(w[-1] - other.w) < 1e-3
    assert abs(of["w"] - other.w) < abs(of["w"] - lowest.w)


def stuck_on_a_plateau() -> None:
    of, w = walked("Stuck on a plateau")
    assert of["n_steps"] == 50
    assert abs(w[-1] - w[0]) < 0.01


def to_and_fro() -> None:
    of, w = walked("To and fro for ever")
    [lowest] = minima(of["loss"])
    away = w - lowest.w
    assert (away[1:] * away[:-1] < 0).all()
    assert 0.5 * abs(away[0]) < abs(away[-1]) < abs(away[0])


def a_long_narrow_valley() -> None:
    of, run, _, data, _ = shown("A long, narrow valley")
    best = best_fit("polynomial", of["loss"], data).theta
    assert abs(run.theta[len(run.theta) // 2, 0] - best[0]) < 0.01
    assert 0.5 < run.theta[-1, 2] / best[2] < 0.65


def newton_three_parameters() -> None:
    of, run, _, data, _ = shown("Newton, three parameters at once")
    valley = shown("A long, narrow valley")
    assert (data.y == valley.data.y).all()
    assert (run.theta[0] == valley.run.theta[0]).all()
    assert run.theta[1] == pytest.approx(best_fit("polynomial", of["loss"], data).theta, abs=1e-6)


def plateaus_of_squared_error() -> None:
    of, run, _, data, _ = shown("Plateaus of squared error")
    assert of["n_steps"] == 500
    assert run.loss[0] - run.loss[-1] < 1e-6
    assert best_fit("logistic", of["loss"], data).loss < 0.2 * run.loss[-1]


def cross_entropy_arrives() -> None:
    of, run, _, data, _ = shown("Cross-entropy from the same start")
    plateau = shown("Plateaus of squared error")
    assert (run.theta[0] == plateau.run.theta[0]).all()
    assert run.theta[-1] == pytest.approx(best_fit("logistic", of["loss"], data).theta, abs=1e-4)
    assert run.gradient_norm[0] > 1e4 * plateau.run.gradient_norm[0]


def separable_classes() -> None:
    of, run, _, data, _ = shown("Separable classes never converge")
    assert best_fit("logistic", of["loss"], data).theta is None
    assert (np.diff(run.loss) < 0).all()
    assert (np.diff(run.theta[:, 0]) > 0).all()


def xor_without_a_hidden_layer() -> None:
    shows = shown("XOR without a hidden layer")
    assert shows.of["hidden"] == []
    assert 0.5 <= shows.accuracy(shows.run.theta[-1]) < 0.6


def xor_with_hidden_units() -> None:
    shows = shown("XOR with four hidden units")
    assert shows.of["hidden"] == [4]
    assert shows.accuracy(shows.run.theta[-1]) == 1.0


def overfitting() -> None:
    run = shown("Overfitting").run
    assert run.loss[-1] < 0.01 * run.loss[0]
    turned = int(run.test_loss.argmin())
    assert turned < len(run.test_loss) // 4
    assert run.test_loss[-1] > 2 * run.test_loss[turned]
    coarse = run.loss[::100]
    assert (np.diff(coarse) < 0).all()


def l2_side_by_side() -> None:
    bare, shows = (shown("Without and with L2, side by side", beside=beside) for beside in (False, True))
    assert shows.run.test_loss[-1] < 0.5 * bare.run.test_loss[-1]
    assert np.linalg.norm(shows.run.theta[-1]) < 0.5 * np.linalg.norm(bare.run.theta[-1])  # so a smoother border
    assert {name for name in bare.of if bare.of[name] != shows.of[name]} == {"penalty", "penalty_strength"}
    assert shows.of["penalty"] == "l2"


def vanishing_gradient() -> None:
    shows = shown("Vanishing gradient")
    assert shows.run.loss[-1] == pytest.approx(np.log(2), abs=1e-3)
    with jax.enable_x64(True):
        gradient = jax.grad(objective(shows.model, shows.of["loss"]))(
            unflatten(shows.model, shows.run.theta[0]), shows.data.x, shows.data.y
        )
    first, last = (float(np.linalg.norm(gradient[k]["w"])) for k in (0, -1))
    assert first < 1e-3 * last


def the_same_depth_with_tanh() -> None:
    bare, shows = shown("Vanishing gradient"), shown("The same depth with tanh")
    assert shows.run.loss[-1] < 0.05
    assert {name for name in bare.of if bare.of[name] != shows.of[name]} == {"activation"}
    steepest = [float(jax.grad(ACTIVATIONS[of["activation"]].function)(0.0)) for of in (bare.of, shows.of)]
    assert steepest[1] == pytest.approx(4 * steepest[0])


CLAIMS = {
    "Too large a step": too_large_a_step,
    "Zig-zag below the limit": zig_zag_below_the_limit,
    "A small step goes straight, and slowly": a_small_step,
    "Momentum overshoots": momentum_overshoots,
    "Newton in one step": newton_in_one_step,
    "Seven optimizers, one start": seven_optimizers,
    "Mini-batch noise": mini_batch_noise,
    "An outlier pulls the line": an_outlier_pulls_the_line,
    "The same under the Huber loss": the_same_under_huber,
    "Inputs in other units": inputs_in_other_units,
    "The same, standardised": the_same_standardised,
    "The start decides": the_start_decides,
    "Stuck on a plateau": stuck_on_a_plateau,
    "To and fro for ever": to_and_fro,
    "A long, narrow valley": a_long_narrow_valley,
    "Newton, three parameters at once": newton_three_parameters,
    "Plateaus of squared error": plateaus_of_squared_error,
    "Cross-entropy from the same start": cross_entropy_arrives,
    "Separable classes never converge": separable_classes,
    "XOR without a hidden layer": xor_without_a_hidden_layer,
    "XOR with four hidden units": xor_with_hidden_units,
    "Overfitting": overfitting,
    "Without and with L2, side by side": l2_side_by_side,
    "Vanishing gradient": vanishing_gradient,
    "The same depth with tanh": the_same_depth_with_tanh,
}


@pytest.mark.parametrize("title", [one.title for one in DEMONSTRATIONS])
def test_a_demonstration_shows_what_its_sentence_says(title: str):
    CLAIMS[title]()


def test_they_stand_in_the_order_of_the_lessons_and_every_lesson_has_some():
    lessons = [one.lesson for one in DEMONSTRATIONS]
    assert {*lessons} == {*LESSONS}
    assert lessons == sorted(lessons, key=[*LESSONS].index)


def test_the_page_gets_links_that_can_be_written_down():
    made = json.loads(demonstrations.demonstrations_json())
    assert len(made) == len(DEMONSTRATIONS)
    for one in made:
        links = one["link"].removeprefix("ab=").split("~")
        assert len(links) == (2 if one["link"].startswith("ab=") else 1)
        for link in links:
            assert link.startswith(f"1;{one['lesson']};")
            assert link.endswith(";run")
            assert all(character.isalnum() or character in ";=.,_-:" for character in link)
            assert len(link) < 200


@pytest.mark.parametrize(
    ("link", "figures", "problem"),
    [
        ("linea;run", ("fit", "surface"), "no lesson"),
        ("linear;stepsize=1;run", ("fit", "surface"), "does not have"),
        ("linear;step_size=2;run", ("fit", "surface"), "outside"),
        ("linear;optimizer=sgd;run", ("fit", "surface"), "no choice"),
        ("linear;step_size=0.1", ("fit", "surface"), "run"),
        ("linear;run", ("fit", "decision"), "figures"),
        ("linear;run", ("fit", "fit"), "figures"),
    ],
)
def test_one_that_cannot_be_shown_is_refused(link: str, figures: tuple[str, str], problem: str):
    with pytest.raises(ValueError, match=problem):
        settings(Demonstration("This one", "", link, figures))
