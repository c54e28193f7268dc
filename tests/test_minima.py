import numpy as np
import pytest
import scipy.optimize
import sklearn.linear_model
from hypothesis import given, settings
from hypothesis import strategies as st

from dl_workshop import minima
from dl_workshop.data import Dataset, simulate_classes, simulate_line, simulate_parabola
from dl_workshop.javascript import symbolic
from dl_workshop.losses import LOSSES
from dl_workshop.minima import best_fit
from dl_workshop.models import MODELS
from tests.compilations import compilations
from tests.lowered import check

VALUES = st.integers(-6, 6).map(float) | st.floats(-100.0, 100.0).map(lambda value: round(value, 3))
POINTS = st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=12).map(lambda points: Dataset(*np.array(points).T))
LABELLED = st.lists(st.tuples(VALUES, st.sampled_from([0.0, 1.0])), min_size=2, max_size=12).map(
    lambda points: Dataset(*np.array(points).T)
)


def linear_programme(data):
    """The least mean absolute error: minimise sum(u + v) with w x + b + u - v = y and u, v >= 0."""
    n = len(data.x)
    equations = np.hstack([np.stack([data.x, np.ones(n)], axis=1), np.eye(n), -np.eye(n)])
    bounds = [(None, None)] * 2 + [(0.0, None)] * (2 * n)
    cost = np.concatenate([np.zeros(2), np.full(2 * n, 1.0 / n)])
    return scipy.optimize.linprog(cost, A_eq=equations, b_eq=data.y, bounds=bounds)


def huber_by_scipy(data):
    def loss(v):
        return scipy.special.huber(1.0, v[0] * data.x + v[1] - data.y).mean()

    start = np.array([0.0, np.median(data.y)])
    for _ in range(3):
        start = scipy.optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}).x
    return start, loss(start)


def separable(data):
    """By brute force: does a threshold between, or at, the points leave no label on its wrong side?"""
    sides = [np.sign(data.x - t) for t in [*data.x, *(data.x + 1e-4), *(data.x - 1e-4)]]
    signs = 2.0 * data.y - 1.0
    by_threshold = any((s * signs >= 0).all() or (-s * signs >= 0).all() for s in sides)
    return len(set(data.y)) == 1 or (by_threshold and np.ptp(data.x) > 0)


@pytest.mark.parametrize("seed", range(5))
def test_the_least_squares_line_is_that_of_scikit_learn(seed):
    data = simulate_line(seed=seed, n=50, noise=5.0)
    theirs = sklearn.linear_model.LinearRegression().fit(data.x[:, None], data.y)
    fit = best_fit("linear", "mse", data)
    np.testing.assert_allclose(fit.theta, [theirs.coef_[0], theirs.intercept_], rtol=1e-12)
    assert fit.loss == pytest.approx(np.mean((theirs.predict(data.x[:, None]) - data.y) ** 2), rel=1e-12)
    assert fit.reason is None


@pytest.mark.parametrize("seed", range(5))
def test_the_least_absolute_line_is_that_of_a_linear_programme(seed):
    data = simulate_line(seed=seed, n=81, noise=5.0)
    theirs, fit = linear_programme(data), best_fit("linear", "mae", data)
    np.testing.assert_allclose(fit.theta, theirs.x[:2], rtol=1e-9)
    assert fit.loss == pytest.approx(theirs.fun, rel=1e-12)


@settings(deadline=None)
@given(data=POINTS)
def test_the_least_absolute_error_of_any_points_is_that_of_a_linear_programme(data):
    assert best_fit("linear", "mae", data).loss == pytest.approx(linear_programme(data).fun, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("noise", [0.3, 3.0, 30.0])
def test_the_least_huber_line_is_that_of_scikit_learn_and_scipy(noise):
    data = simulate_line(seed=3, n=80, noise=noise)
    theirs, least = huber_by_scipy(data)
    fit = best_fit("linear", "huber", data)
    np.testing.assert_allclose(fit.theta, theirs, rtol=1e-5)
    assert fit.loss <= least + 1e-12


@settings(deadline=None, max_examples=25)
@given(data=POINTS)
def test_no_line_has_a_lower_huber_loss(data):
    assert best_fit("linear", "huber", data).loss <= huber_by_scipy(data)[1] * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("noise", [2.0, 8.0])
def test_the_most_likely_sigmoid_is_that_of_scikit_learn(noise):
    data = simulate_classes(seed=1, noise=noise, labels="rounded")
    theirs = sklearn.linear_model.LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000)
    theirs.fit(data.x[:, None], data.y)
    fit = best_fit("logistic", "binary_cross_entropy", data)
    np.testing.assert_allclose(fit.theta, [theirs.coef_[0, 0], theirs.intercept_[0]], rtol=1e-5)
    assert fit.reason is None


@settings(deadline=None)
@given(data=LABELLED)
def test_any_labels_have_a_most_likely_sigmoid_unless_a_threshold_separates_them(data):
    fit = best_fit("logistic", "binary_cross_entropy", data)
    if separable(data):
        assert fit.theta is None
        assert fit.reason.endswith("without end.")
    else:
        probability = 1.0 / (1.0 + np.exp(-(fit.theta[0] * data.x + fit.theta[1])))
        error = probability - data.y
        assert abs(error.mean()) < 1e-7
        assert abs((error * data.x).mean()) < 1e-7 * (1 + np.abs(data.x).max())


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error_on_probabilities"])
@pytest.mark.parametrize(
    ("y", "bound", "reason"),
    [
        ([0, 0, 1, 1], 0.0, "A threshold on x separates the classes"),
        ([1, 1, 1, 0], 0.0, "A threshold on x separates the classes"),
        ([1, 1, 1, 1], 0.0, "All labels are 1: the larger b is"),
        ([0, 0, 0, 0], 0.0, "All labels are 0: the smaller b is"),
    ],
)
def test_separable_classes_have_no_best_fit_and_a_sentence_says_why(loss, y, bound, reason):
    fit = best_fit("logistic", loss, ([1.0, 2.0, 3.0, 4.0], y))
    assert (fit.theta, fit.loss) == (None, bound)
    assert fit.reason.startswith(reason)


@pytest.mark.parametrize(
    ("loss", "bound"), [("binary_cross_entropy", np.log(2) / 2), ("squared_error_on_probabilities", 0.125)]
)
def test_classes_that_meet_at_one_x_are_separable_but_for_it(loss, bound):
    fit = best_fit("logistic", loss, ([1.0, 2.0, 2.0, 3.0], [0.0, 0.0, 1.0, 1.0]))
    assert fit.theta is None
    assert fit.loss == pytest.approx(bound)
    assert fit.reason.startswith("A threshold on x separates the classes")


@settings(deadline=None, max_examples=30)
@given(data=LABELLED)
def test_no_sigmoid_has_a_lower_brier_score(data):
    fit = best_fit("logistic", "squared_error_on_probabilities", data)
    centre, spread = np.median(data.x), np.ptp(data.x) + 1e-3
    slopes = np.concatenate([-np.geomspace(1e-2, 1e4, 60), [0.0], np.geomspace(1e-2, 1e4, 60)]) / spread
    places = np.concatenate([np.linspace(-1.2, 1.2, 49) * spread + centre, data.x])
    w, place = (a.ravel() for a in np.meshgrid(slopes, places))
    b = np.where(w == 0.0, (place - centre) / spread * 5.0, -w * place)
    z = np.clip(w[:, None] * data.x + b[:, None], -700.0, 700.0)
    least = ((1.0 / (1.0 + np.exp(-z)) - data.y) ** 2).mean(axis=1).min()
    assert fit.loss <= least + 1e-9
    assert (fit.theta is None) == (fit.reason is not None)


def test_where_no_sigmoid_beats_a_step_a_sentence_says_so():
    # one mistake of a hundred: pushing the slope up pays, as the mistake costs 1 at most
    data = simulate_classes(noise=0.0, labels="rounded")
    y = data.y.copy()
    y[2] = 1.0 - y[2]
    fit = best_fit("logistic", "squared_error_on_probabilities", Dataset(data.x, y))
    assert fit.theta is None
    assert fit.loss == pytest.approx(0.01)
    assert fit.reason.startswith("No sigmoid beats a step")
    assert best_fit("logistic", "binary_cross_entropy", Dataset(data.x, y)).theta is not None


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_points_above_each_other_have_a_level_best_line(loss):
    fit = best_fit("linear", loss, ([2.0, 2.0, 2.0], [1.0, 1.5, 2.0]))
    assert 2.0 * fit.theta[0] + fit.theta[1] == pytest.approx(1.5)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error_on_probabilities"])
def test_labels_above_each_other_have_the_share_as_probability(loss):
    fit = best_fit("logistic", loss, ([2.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.0, 0.0]))
    assert 2.0 * fit.theta[0] + fit.theta[1] == pytest.approx(np.log(3.0))


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_a_line_without_noise_is_found_exactly(loss):
    fit = best_fit("linear", loss, simulate_line(noise=0.0))
    np.testing.assert_allclose(fit.theta, [2.0, 20.0], rtol=1e-12)
    assert fit.loss < 1e-14


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("scale", "offset"), [(1.0, 2000.0), (3.0, 2005.0), (1e5, 0.0), (1e-5, 0.0), (1e-3, -7.0)])
def test_the_units_of_x_make_no_difference(loss: str, scale: float, offset: float):
    classify = LOSSES[loss].classifies
    model, data = (
        ("logistic", simulate_classes(noise=8.0, labels="rounded"))
        if classify
        else ("linear", simulate_line(noise=4.0))
    )
    usual = best_fit(model, loss, data)
    fit = best_fit(model, loss, Dataset(scale * data.x + offset, data.y))
    assert usual.theta is not None
    assert fit.theta is not None
    assert fit.loss == pytest.approx(usual.loss, rel=1e-9)
    assert scale * fit.theta[0] == pytest.approx(usual.theta[0], rel=1e-6)


def test_a_best_fit_compiles_once_for_all_data():
    for loss in LOSSES.values():
        classify = loss.name in ("binary_cross_entropy", "squared_error_on_probabilities")
        model, simulate = ("logistic", simulate_classes) if classify else ("linear", simulate_line)
        best_fit(model, loss, simulate(seed=1, noise=6.0))
        with compilations() as compiled:
            for n in (50, 100, 128):
                best_fit(model, loss, simulate(seed=n, n=n, noise=6.0))
        assert not compiled


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("linear", "mse", ([1.0], [1.0])), "x has shape"),
        (("linear", "binary_cross_entropy", ([1.0, 2.0], [0.0, 1.0])), "does not fit"),
        (("logistic", "binary_cross_entropy", ([1.0, 2.0], [0.0, 0.5])), r"labels y must be 0 or 1, .* \[0"),
        (("cubic", "mse", ([1.0, 2.0], [0.0, 0.5])), "unknown model"),
        (("linear", "hinge", ([1.0, 2.0], [0.0, 0.5])), "unknown loss"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        best_fit(*arguments)


def test_a_loss_without_a_solver_is_named():
    cubed = LOSSES["mse"]._replace(name="cubed", solver="guessing")
    with pytest.raises(ValueError, match="no solver for the loss 'cubed': its solver must be one of least_squares, "):
        best_fit("linear", cubed, ([1.0, 2.0], [0.0, 0.5]))


def test_the_steps_to_a_best_fit_agree_in_the_browser(chromium_page):
    number, x, y, q, c = symbolic(), symbolic("n"), symbolic("n"), symbolic("n", 2), symbolic(2)
    line, classes = simulate_line(n=30), simulate_classes(n=30, seed=3)
    functions, _ = minima.basis(MODELS["linear"])(line.x)
    functions, somewhere, none = np.asarray(functions), np.array([0.3, -0.4]), np.full(2, -1.0)
    cases = [
        (minima.basis(MODELS["linear"]), [x], [[line.x], [np.full(4, 3.0)], [1e6 + np.arange(3.0)]]),
        (minima.basis(MODELS["polynomial"]), [x], [[line.x]]),
        (minima.least_squares, [q, y], [[functions, line.y]]),
        (minima.no_examples, [q], [[functions]]),
        (minima.perturbed, [y], [[line.y]]),
        (
            minima.absolute_step,
            [c, number, q, y],
            [[at, k, functions, line.y] for at in (none, np.array([4.0, 17.0])) for k in (0.0, 1.0)],
        ),
        (minima.why_none, [x, y], [[line.x, labels] for labels in (classes.y, np.zeros(30), np.ones(30), line.x > 0)]),
    ]
    for name in ("huber", "binary_cross_entropy", "squared_error_on_probabilities"):
        loss, targets = LOSSES[name], classes.y if LOSSES[name].classifies else line.y
        cases.append(
            (minima.newton_step(loss), [c, q, y], [[at, functions, targets] for at in (somewhere, np.zeros(2))])
        )
        if loss.classifies:
            cases.append((minima.least_loss_of_a_step(loss), [x, y], [[np.round(line.x), targets], [line.x, targets]]))
    cases.append((minima.starts(LOSSES["squared_error_on_probabilities"]), [q, y], [[functions, classes.y]]))
    check(chromium_page, cases, atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(points=st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=3, max_size=14))
def test_the_least_absolute_parabola_is_that_of_a_linear_programme(points):
    data = Dataset(*np.array(points, dtype=float).T)
    n = len(data.x)
    equations = np.hstack([np.stack([data.x, data.x**2, np.ones(n)], axis=1), np.eye(n), -np.eye(n)])
    bounds = [(None, None)] * 3 + [(0.0, None)] * (2 * n)
    cost = np.concatenate([np.zeros(3), np.full(2 * n, 1.0 / n)])
    theirs = scipy.optimize.linprog(cost, A_eq=equations, b_eq=data.y, bounds=bounds)
    assert best_fit("polynomial", "mae", data).loss == pytest.approx(theirs.fun, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_parabolas_of_least_loss_are_those_of_numpy_and_scipy(seed):
    data = simulate_parabola(seed=seed, n=70, noise=3.0)
    w_2, w_1, b = np.polyfit(*data, 2)
    np.testing.assert_allclose(best_fit("polynomial", "mse", data).theta, [w_1, w_2, b], rtol=1e-11)
    fit = best_fit("polynomial", "huber", data)

    def loss(theta):
        return scipy.special.huber(1.0, theta[0] * data.x + theta[1] * data.x**2 + theta[2] - data.y).mean()

    options = {"xatol": 1e-10, "fatol": 1e-14, "maxiter": 5000, "maxfev": 5000}
    assert fit.loss <= scipy.optimize.minimize(loss, fit.theta + 0.1, method="Nelder-Mead", options=options).fun + 1e-12
    assert fit.loss == pytest.approx(loss(fit.theta), rel=1e-12)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_numbers_whose_squares_leave_the_floats_have_a_best_fit_while_it_is_finite(scale):
    fit = best_fit("linear", "mse", ([1.0 * scale, 2.0 * scale, 3.0 * scale], [1.0, 3.0, 4.0]))
    np.testing.assert_allclose(fit.theta * [scale, 1.0], [1.5, -1.0 / 3.0], rtol=1e-12)
    with pytest.raises(ValueError, match="the best fit is not finite"):
        best_fit("polynomial", "mse", ([1.0, 2.0, 1e200], [1.0, 2.0, 3.0]))
    with pytest.raises(ValueError, match="the best fit is not finite"):
        best_fit("linear", "mse", ([1.0, 2.0, 4.0], [1.0, 2.0, 1e200]))


def test_a_model_that_is_no_line_has_no_verdict_on_its_classes():
    bent = MODELS["polynomial"]._replace(name="bent", tasks=("classification",))
    with pytest.raises(ValueError, match=r"'bent' must be w \* x \+ b, to say whether its classes have a minimum"):
        best_fit(bent, "binary_cross_entropy", ([1.0, 2.0], [0.0, 1.0]))
