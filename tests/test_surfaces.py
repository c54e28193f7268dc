import jax
import numpy as np
import pytest

from dl_workshop.data import simulate_classes, simulate_line
from dl_workshop.losses import mse
from dl_workshop.models import MODELS, Model
from dl_workshop.surfaces import best_fit, largest_stable_step_size, loss_surface
from dl_workshop.training import objective
from tests.compilations import compilations

TASKS = [(model.name, loss) for model in MODELS.values() for loss in model.losses]
DATA = {"linear": simulate_line(n=60), "logistic": simulate_classes(n=60, seed=1, noise=20.0)}
W, B = np.linspace(-4.0, 4.0, 5), np.linspace(-3.0, 25.0, 4)


@pytest.mark.parametrize(("model", "loss"), TASKS)
def test_a_surface_holds_the_loss_at_each_row_b_and_column_w(model, loss):
    surface = loss_surface(model, loss, DATA[model], W, B)
    assert surface.shape == (4, 5)
    assert surface.dtype == np.float64
    function = jax.jit(objective(model, loss))
    brute_force = [[function({"w": w, "b": b}, *DATA[model]) for w in W] for b in B]
    np.testing.assert_allclose(surface, brute_force, rtol=1e-11, atol=1e-300)


def test_a_surface_compiles_once_for_all_data_and_ranges():
    loss_surface("linear", "mse", DATA["linear"], W, B)
    with compilations() as compiled:
        for n in (50, 100, 128):
            loss_surface("linear", "mse", simulate_line(seed=n, n=n), W + n, B - n)
    assert not compiled


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"w": [[1.0]]}, r"w has shape \(1, 1\)"),
        ({"b": []}, r"b has shape \(0,\)"),
        ({"b": [np.nan]}, r"b\[0\] is nan"),
        ({"model": "cubic"}, "unknown model"),
        ({"loss": "hinge"}, "unknown loss"),
        ({"loss": "binary_cross_entropy"}, "does not fit"),
        ({"dataset": ([1.0], [1.0])}, "x has shape"),
        (
            {"model": "logistic", "loss": "squared_error_on_probabilities", "dataset": ([1.0, 2.0], [0.0, 2.0])},
            "y must be from 0 to 1, but holds 2",
        ),
    ],
)
def test_bad_arguments_of_a_surface_are_named(changed, message):
    arguments = {"model": "linear", "loss": "mse", "dataset": DATA["linear"], "w": W, "b": B} | changed
    with pytest.raises(ValueError, match=message):
        loss_surface(**arguments)


CURVE = Model("curve", "Curve", lambda: [np.zeros(2)], lambda t, x: t[0][0] * x + t[0][1], abs, ("mse",))
BENT = MODELS["linear"]._replace(name="bent", apply=lambda theta, x: theta["w"] * x**2 + theta["b"])


def test_a_model_without_w_and_b_has_no_surface_and_one_that_is_not_a_line_no_best_fit():
    with pytest.raises(ValueError, match="'curve' must have two scalar parameters, w and b"):
        loss_surface(CURVE, "mse", DATA["linear"], W, B)
    assert loss_surface(BENT, "mse", DATA["linear"], W, B).shape == (4, 5)
    for refuse in (best_fit, largest_stable_step_size):
        with pytest.raises(ValueError, match=r"'bent' must have the output w \* x \+ b"):
            refuse(BENT, "mse", DATA["linear"])


def test_the_largest_stable_step_size_of_the_workshop():
    assert largest_stable_step_size("linear", "mse", simulate_line()) == pytest.approx(0.1176, abs=5e-5)


SMOOTH = [task for task in TASKS if task[1] != "mae"]
FACTORS = {"gradient_descent": 2.0, "momentum": 3.0, "nesterov": 1.5}


@pytest.mark.parametrize(("model", "loss"), SMOOTH)
def test_the_largest_stable_step_size_is_a_factor_over_the_largest_eigenvalue(model, loss):
    fit = best_fit(model, loss, DATA[model]).theta
    function = objective(model, loss)
    hessian = jax.jit(jax.hessian(lambda v: function({"w": v[0], "b": v[1]}, *DATA[model])))
    for theta in (None, {"w": fit["w"] + 0.1, "b": fit["b"]}):
        at = theta or fit
        largest = np.linalg.eigvalsh(hessian(np.array([at["w"], at["b"]])))[-1]
        for optimizer, factor in FACTORS.items():
            settings = {"momentum": 0.5} if optimizer != "gradient_descent" else {}
            ours = largest_stable_step_size(model, loss, DATA[model], optimizer, theta, **settings)
            assert ours == pytest.approx(factor / largest, rel=1e-8)


def test_there_is_no_bound_where_none_is_known():
    line, classes = DATA["linear"], DATA["logistic"]
    for optimizer in ("adagrad", "rmsprop", "adam", "newton"):
        assert largest_stable_step_size("linear", "mse", line, optimizer) is None
    assert largest_stable_step_size("linear", "mae", line) is None
    separable = simulate_classes(noise=0.0)
    assert largest_stable_step_size("logistic", "binary_cross_entropy", separable) is None
    # at a certain mistake the squared error on probabilities curves down in every direction
    brier = ("logistic", "squared_error_on_probabilities", ([0.0, 1.0], [1.0, 1.0]))
    assert largest_stable_step_size(*brier, theta={"w": 0.0, "b": -3.0}) is None
    assert largest_stable_step_size(*("logistic", "binary_cross_entropy", classes)) > 0


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (("linear", "mse", DATA["linear"], "magic"), {}, "unknown optimizer"),
        (("linear", "mse", DATA["linear"], "adam"), {"momentum": 0.5}, "no hyperparameter momentum"),
        (("linear", "mae", DATA["linear"], "adam", {"w": np.nan, "b": 0.0}), {}, "theta must be finite"),
        (("linear", "huber", ([1.0, 2.0], [1.0, np.nan])), {}, r"y\[1\] is nan"),
        (("logistic", "mse", DATA["logistic"]), {}, "does not fit"),
    ],
)
def test_bad_arguments_of_the_step_size_are_named(arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        largest_stable_step_size(*arguments, **settings)


def test_the_surface_is_least_at_the_best_fit():
    for model, loss in TASKS:
        fit = best_fit(model, loss, DATA[model])
        around = np.linspace(-0.5, 0.5, 11)
        surface = loss_surface(model, loss, DATA[model], fit.theta["w"] + around, fit.theta["b"] + around)
        assert surface[5, 5] == surface.min() == pytest.approx(fit.loss, rel=1e-12)
    assert float(mse([1.0], [1.0])) == 0.0
