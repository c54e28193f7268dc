import jax
import numpy as np
import pytest

from dl_workshop.data import simulate_classes, simulate_line, simulate_parabola
from dl_workshop.javascript import symbolic
from dl_workshop.losses import mse
from dl_workshop.models import Model, losses_of
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.surfaces import best_fit, largest_stable_step_size, loss_surface, stable_step_size
from dl_workshop.training import objective
from tests.compilations import compilations
from tests.lowered import check

TASKS = [(model, loss) for model in ("linear", "logistic") for loss in losses_of(model)]
DATA = {
    "linear": simulate_line(n=60),
    "logistic": simulate_classes(n=60, seed=1, noise=20.0, labels="rounded"),
    "polynomial": simulate_parabola(n=60),
}
W, B = np.linspace(-4.0, 4.0, 5), np.linspace(-3.0, 25.0, 4)


@pytest.mark.parametrize(("model", "loss"), TASKS)
def test_a_surface_holds_the_loss_at_each_row_b_and_column_w(model, loss):
    surface = loss_surface(model, loss, DATA[model], W, B)
    assert surface.shape == (4, 5)
    assert surface.dtype == np.float64
    function = jax.jit(objective(model, loss))
    brute_force = [[function(np.array([w, b]), *DATA[model]) for w in W] for b in B]
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


BENT = Model("bent", "Bent", lambda: np.zeros(2), lambda t, x: t[0] ** 2 * x + t[1], abs, ("regression",), ("w", "b"))


def test_a_model_without_w_and_b_has_no_surface_and_one_that_is_not_linear_no_best_fit():
    with pytest.raises(ValueError, match="'polynomial' must have two parameters, w and b"):
        loss_surface("polynomial", "mse", DATA["polynomial"], W, B)
    assert loss_surface(BENT, "mse", DATA["linear"], W, B).shape == (4, 5)
    for refuse in (best_fit, largest_stable_step_size):
        with pytest.raises(ValueError, match="'bent' must be linear in theta"):
            refuse(BENT, "mse", DATA["linear"])


@pytest.mark.parametrize("x", [[1.0, 1e200], [1e200, 1.0]])
def test_a_loss_that_is_not_finite_is_named(x):
    with pytest.raises(ValueError, match=r"the loss is (inf|nan) at u = -4, v = -3: take a smaller grid, or smaller"):
        loss_surface("linear", "mse", (x, [1.0, 2.0]), W, B)
    with pytest.raises(ValueError, match="the curvature is not finite"):
        largest_stable_step_size("linear", "mse", (x, [1.0, 2.0]), theta=[0.0, 0.0])


def test_the_largest_stable_step_size_of_the_workshop():
    assert largest_stable_step_size("linear", "mse", simulate_line()) == pytest.approx(0.1176, abs=5e-5)


SMOOTH = [task for task in TASKS if task[1] != "mae"]
FACTORS = {"gradient_descent": 2.0, "momentum": 3.0, "nesterov": 1.5}


@pytest.mark.parametrize(("model", "loss"), [*SMOOTH, ("polynomial", "mse"), ("polynomial", "huber")])
def test_the_largest_stable_step_size_is_a_factor_over_the_largest_eigenvalue(model, loss):
    fit = best_fit(model, loss, DATA[model]).theta
    function = objective(model, loss)
    hessian = jax.jit(jax.hessian(lambda theta: function(theta, *DATA[model])))
    for theta in (None, fit + 0.1 * np.eye(len(fit))[0]):
        curvature = np.asarray(hessian(fit if theta is None else theta))
        largest = np.linalg.eigvalsh(curvature)[-1]
        for optimizer, factor in FACTORS.items():
            settings = {"momentum": 0.5} if optimizer != "gradient_descent" else {}
            ours = largest_stable_step_size(model, loss, DATA[model], optimizer, theta, **settings)
            assert ours == pytest.approx(factor / largest, rel=1e-8)
            assert float(stable_step_size(OPTIMIZERS[optimizer])(curvature, settings)) == pytest.approx(ours, rel=1e-8)


def test_stable_step_sizes_agree_in_the_browser(chromium_page):
    hessians = [
        np.array(rows) for rows in ([[2.0, 0.3], [0.3, 1.0]], [[-2.0, 0.0], [0.0, -1.0]], [[0.0, 0.0], [0.0, 0.0]])
    ]
    for name in FACTORS:
        rule = OPTIMIZERS[name]
        settings = {key: entry.default for key, entry in rule.hyperparameters.items()}
        traced = [symbolic(2, 2), dict.fromkeys(settings, symbolic())]
        check(chromium_page, [(stable_step_size(rule), traced, [[hessian, settings] for hessian in hessians])])


def test_there_is_no_bound_where_none_is_known():
    line, classes = DATA["linear"], DATA["logistic"]
    for optimizer in ("adagrad", "rmsprop", "adam", "newton"):
        assert largest_stable_step_size("linear", "mse", line, optimizer) is None
    assert largest_stable_step_size("linear", "mae", line) is None
    separable = simulate_classes(noise=0.0, labels="rounded")
    assert largest_stable_step_size("logistic", "binary_cross_entropy", separable) is None
    # at a certain mistake the squared error on probabilities curves down in every direction
    brier = ("logistic", "squared_error_on_probabilities", ([0.0, 1.0], [1.0, 1.0]))
    assert largest_stable_step_size(*brier, theta=[0.0, -3.0]) is None
    assert largest_stable_step_size(*("logistic", "binary_cross_entropy", classes)) > 0


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (("linear", "mse", DATA["linear"], "magic"), {}, "unknown optimizer"),
        (("linear", "mse", DATA["linear"], "adam"), {"momentum": 0.5}, "no hyperparameter momentum"),
        (("linear", "mae", DATA["linear"], "adam", [np.nan, 0.0]), {}, "theta must be finite"),
        (("linear", "huber", ([1.0, 2.0], [1.0, np.nan])), {}, r"y\[1\] is nan"),
        (("logistic", "mse", DATA["logistic"]), {}, "does not fit"),
        (
            ("logistic", "binary_cross_entropy", ([1.0, 2.0], [0.0, 5.0]), "gradient_descent", [0.0, 0.0]),
            {},
            "y must be from 0 to 1, but holds 5",
        ),
    ],
)
def test_bad_arguments_of_the_step_size_are_named(arguments, settings, message):
    with pytest.raises(ValueError, match=message):
        largest_stable_step_size(*arguments, **settings)


def test_the_surface_is_least_at_the_best_fit():
    for model, loss in TASKS:
        fit = best_fit(model, loss, DATA[model])
        around = np.linspace(-0.5, 0.5, 11)
        surface = loss_surface(model, loss, DATA[model], fit.theta[0] + around, fit.theta[1] + around)
        assert surface[5, 5] == surface.min() == pytest.approx(fit.loss, rel=1e-12)
    assert float(mse([1.0], [1.0])) == 0.0
