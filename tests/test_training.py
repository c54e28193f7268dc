from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import optax
import pytest

from dl_workshop import training
from dl_workshop.data import simulate_classes, simulate_line, simulate_parabola
from dl_workshop.losses import LOSSES, Loss, mse
from dl_workshop.models import MODELS, Model, losses_of
from dl_workshop.optimizers import ADAGRAD_EPSILON, OPTIMIZERS
from dl_workshop.surfaces import largest_stable_step_size
from dl_workshop.training import (
    Run,
    batch_indices,
    converged_at,
    hessian,
    objective,
    penalised,
    train,
    value_and_gradient,
)
from tests.compilations import compilations

ZERO = [0.0, 0.0]
CHUNK = 1024  # steps of a call of the compiled loop
LINE = simulate_line()
CLASSES = simulate_classes(seed=1, noise=4.0, labels="rounded")
TASKS = [(model, loss) for model in MODELS for loss in losses_of(model)]
PARABOLA = simulate_parabola()
DATA = {"linear": LINE, "logistic": CLASSES, "polynomial": PARABOLA}
START = {"linear": [0.3, -0.4], "logistic": [0.3, -0.4], "polynomial": [0.3, 0.1, -0.4]}
THEIRS = {
    "gradient_descent": optax.sgd,
    "momentum": lambda step_size: optax.sgd(step_size, momentum=0.9),
    "nesterov": lambda step_size: optax.sgd(step_size, momentum=0.9, nesterov=True),
    "adagrad": lambda step_size: optax.adagrad(step_size, 0.0, ADAGRAD_EPSILON),
    "rmsprop": optax.rmsprop,
    "adam": optax.adam,
}


def plain_loss(name, theta, x, y):
    """The losses once more, in the plainest form."""
    *slopes, b = theta
    z = sum(w * x ** (k + 1) for k, w in enumerate(slopes)) + b
    p = 1.0 / (1.0 + jax.numpy.exp(-z))
    error = jax.numpy.abs(z - y)
    return {
        "mse": lambda: error**2,
        "mae": lambda: error,
        "huber": lambda: jax.numpy.where(error < 1.0, error**2 / 2.0, error - 0.5),
        "binary_cross_entropy": lambda: -jax.numpy.log(jax.numpy.where(y == 1.0, p, 1.0 - p)),
        "squared_error_on_probabilities": lambda: (p - y) ** 2,
    }[name]().mean()


def assert_same(one, other, **tolerance):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **tolerance), tuple(one), tuple(other))


@pytest.mark.parametrize(("model", "loss", "batch_size"), [*((*task, None) for task in TASKS), ("linear", "mse", 10)])
def test_the_numbers_on_all_data_belong_to_the_theta_beside_them(model, loss, batch_size):
    data, start = DATA[model], START[model]
    run = train(start, model, loss, data, step_size=0.002, n_steps=600, batch_size=batch_size)
    assert run.diverged_at is None
    assert run.theta.shape == (601, len(start))
    assert run.loss.shape == run.minimised.shape == run.gradient_norm.shape == (601,)
    assert run.test_loss is None
    np.testing.assert_array_equal(run.steps, np.arange(601))
    np.testing.assert_array_equal(run.loss_steps, run.steps)
    np.testing.assert_array_equal(run.theta[0], start)
    plain = jax.jit(jax.vmap(jax.value_and_grad(lambda theta: plain_loss(loss, theta, *data))))
    losses, gradients = plain(run.theta)
    np.testing.assert_allclose(run.loss, losses, rtol=1e-11)
    np.testing.assert_array_equal(run.minimised, run.loss)
    np.testing.assert_allclose(run.gradient_norm, np.linalg.norm(gradients, axis=1), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("penalty", "l1", "l2"), [("l1", 0.3, 0.0), ("l2", 0.0, 0.3)])
@pytest.mark.parametrize(("model", "loss"), TASKS)
def test_a_penalty_weighs_what_is_no_bias(model, loss, penalty, l1, l2):
    data, start = DATA[model], START[model]

    def plain(theta):
        bare = plain_loss(loss, theta, *data)
        return bare + l1 * jax.numpy.abs(theta[:-1]).sum() + l2 / 2.0 * (theta[:-1] ** 2).sum(), bare

    run = train(start, model, loss, data, step_size=0.002, n_steps=50, penalty=penalty, penalty_strength=0.3)
    (whole, bare), gradients = jax.jit(jax.vmap(jax.value_and_grad(plain, has_aux=True)))(run.theta)
    np.testing.assert_allclose(run.minimised, whole, rtol=1e-11)
    np.testing.assert_allclose(run.loss, bare, rtol=1e-11)
    np.testing.assert_allclose(run.theta[1:], run.theta[:-1] - 0.002 * gradients[:-1], rtol=1e-9)
    both, gradient = jax.jit(value_and_gradient(model, loss))(np.array(start), *data, l1, l2)
    np.testing.assert_allclose(both, [whole[0], bare[0]], rtol=1e-11)
    np.testing.assert_allclose(gradient, gradients[0], rtol=1e-9)
    assert_same(penalised(model, loss)(np.array(start), *data, l1, l2), both, rtol=1e-12)
    if LOSSES[loss].smooth:
        found = jax.jit(hessian(model, loss))(np.array(start), *data, l1, l2)
        np.testing.assert_allclose(found, jax.hessian(lambda t: plain(t)[0])(np.array(start)), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("batch_size", [None, 10])
@pytest.mark.parametrize("name", THEIRS)
def test_a_run_is_that_of_a_plain_loop_over_optax(name, batch_size):
    rule, n_steps = THEIRS[name](0.02), 40
    path = train(
        ZERO,
        "linear",
        "mse",
        LINE,
        optimizer=name,
        step_size=0.02,
        n_steps=n_steps,
        batch_size=batch_size,
        seed=3,
    )
    batches = (
        batch_indices(seed=3, n=100, batch_size=batch_size, n_steps=n_steps)
        if batch_size
        else np.tile(np.arange(100), (n_steps, 1))
    )

    @jax.jit
    def step(theta, opt_state, x, y):
        gradient = jax.grad(lambda theta: plain_loss("mse", theta, x, y))(theta)
        updates, opt_state = rule.update(gradient, opt_state, theta)
        return optax.apply_updates(theta, updates), opt_state

    theta = jax.numpy.zeros(2)
    opt_state = rule.init(theta)
    for t in range(n_steps + 1):
        np.testing.assert_allclose(path.theta[t], theta, rtol=1e-9, atol=1e-12)
        if t < n_steps:
            theta, opt_state = step(theta, opt_state, LINE.x[batches[t]], LINE.y[batches[t]])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_reaches_the_best_line(name):
    step_size = {"newton": 1.0, "adagrad": 8.0, "adam": 0.1, "rmsprop": 0.01}.get(name, 0.02)
    path = train(ZERO, "linear", "mse", LINE, optimizer=name, step_size=step_size, n_steps=3000)
    slope, intercept = np.polyfit(*LINE, 1)
    # RMSProp's steps do not shrink with the gradient: it stays within a step size of the minimum
    near = 0.02 if name == "rmsprop" else 1e-5
    np.testing.assert_allclose(path.theta[-1], [slope, intercept], rtol=0, atol=near)


def test_newtons_method_needs_one_step_for_a_quadratic():
    path = train(ZERO, "linear", "mse", LINE, optimizer="newton", step_size=1.0, n_steps=1)
    np.testing.assert_allclose(path.theta[1], np.polyfit(*LINE, 1), rtol=1e-10)
    assert converged_at(path) == 1
    path = train([0.0] * 3, "polynomial", "mse", PARABOLA, optimizer="newton", step_size=1.0, n_steps=1)
    w_2, w_1, b = np.polyfit(*PARABOLA, 2)
    np.testing.assert_allclose(path.theta[1], [w_1, w_2, b], rtol=1e-9)
    assert converged_at(path) == 1


def test_changing_a_control_compiles_nothing():
    def run(**changed):
        settings = {"n_steps": 500, "optimizer": "momentum", "batch_size": 10} | changed
        seed, n = settings.pop("data_seed", 0), settings.pop("n", 100)
        theta = [settings.pop("w", 0.0), 1.0]
        return train(theta, "linear", "huber", simulate_line(seed=seed, n=n), **settings)

    run()
    with compilations() as compiled:
        for changed in (
            {"step_size": 0.5},
            {"momentum": 0.1},
            {"n_steps": 10},
            {"n_steps": 3000},
            {"data_seed": 5},
            {"n": 90},
            {"n": 128},
            {"batch_size": 16},
            {"batch_size": 9},
            {"seed": 4},
            {"w": -5.0},
            {"w": -5},
            {"step_size": np.float32(0.25)},
            {"penalty": "l1", "penalty_strength": 0.1},
            {"penalty": "l2", "penalty_strength": 0.2},
            {"record_every": 7, "n_snapshots": 5},
            {"progress": lambda step: None},
        ):
            run(**changed)
    assert not compiled
    with compilations() as compiled:
        run(n=129)
    assert [name for name in compiled if "run" in name] == ["jit(run)"]


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize("n_steps", [1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_a_run_has_the_steps_asked_for_and_a_longer_one_begins_the_same(n_steps, batch_size):
    long = train(ZERO, "linear", "mse", LINE, n_steps=3 * CHUNK, batch_size=batch_size)
    path = train(ZERO, "linear", "mse", LINE, n_steps=n_steps, batch_size=batch_size)
    assert len(path.loss) == n_steps + 1
    np.testing.assert_array_equal(path.theta, long.theta[: n_steps + 1])
    np.testing.assert_array_equal(path.loss, long.loss[: n_steps + 1])


def test_a_batch_of_all_is_the_whole_data():
    whole = train(ZERO, "linear", "mse", LINE, n_steps=50)
    np.testing.assert_array_equal(train(ZERO, "linear", "mse", LINE, n_steps=50, batch_size=100).theta, whole.theta)


def test_the_seed_decides_the_batches():
    one, again, other = (train(ZERO, "linear", "mse", LINE, n_steps=50, batch_size=5, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(again.theta, one.theta)
    assert not np.array_equal(other.loss, one.loss)


def test_arrays_are_numpy_in_64_bits():
    run = train(ZERO, "linear", "mse", LINE, n_steps=5)
    for array in (run.theta, run.loss, run.minimised, run.gradient_norm):
        assert type(array) is np.ndarray
        assert array.dtype == np.float64


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov"])
def test_a_step_size_above_the_stable_one_diverges_and_one_below_converges(name):
    bound = largest_stable_step_size("linear", "mse", LINE, name)
    assert converged_at(train(ZERO, "linear", "mse", LINE, optimizer=name, step_size=0.98 * bound, n_steps=3000))
    path = train(ZERO, "linear", "mse", LINE, optimizer=name, step_size=1.02 * bound, n_steps=3000)
    assert path.diverged_at is not None
    assert converged_at(path) is None


@pytest.mark.parametrize("step_size", [0.13, 1.0, 1e6, 1e150, 1e300])
def test_a_diverged_run_ends_before_the_step_that_left(step_size):
    path = train(ZERO, "linear", "mse", LINE, step_size=step_size, n_steps=3000)
    k = path.diverged_at
    assert len(path.loss) == len(path.theta) == len(path.gradient_norm) == k
    assert all(np.isfinite(array).all() for array in path[:5])
    limit = 1e6 * max(path.loss[0], 1.0)
    assert (path.loss <= limit).all()
    gradient = jax.grad(lambda theta: plain_loss("mse", theta, *LINE))(path.theta[-1])
    with np.errstate(over="ignore"):
        assert not plain_loss("mse", path.theta[-1] - step_size * gradient, *LINE) <= limit


def test_a_diverged_run_stops_computing(monkeypatch):
    calls = []
    compiled = training._compiled_chunk

    def counted(*key):
        return lambda *arguments: calls.append(1) or compiled(*key)(*arguments)

    monkeypatch.setattr(training, "_compiled_chunk", counted)
    assert train(ZERO, "linear", "mse", LINE, step_size=1.0, n_steps=3000).diverged_at < CHUNK
    assert len(calls) == 1
    train(ZERO, "linear", "mse", LINE, step_size=0.01, n_steps=3000)
    assert len(calls) == 1 + -(-3001 // CHUNK)


def test_divergence_in_a_later_chunk_is_found():
    path = train(ZERO, "linear", "mse", LINE, step_size=0.1179, n_steps=6000)
    assert path.diverged_at > CHUNK
    assert len(path.loss) == path.diverged_at


def test_converged_at_is_the_step_from_which_on_the_gradient_is_small():
    path = train(ZERO, "linear", "mse", LINE, step_size=0.01, n_steps=2000)
    k = converged_at(path)
    assert path.gradient_norm[k] < 1e-6 <= path.gradient_norm[k - 1]
    assert converged_at(path, tolerance=1e-2) == np.argmax(path.gradient_norm < 1e-2) < k
    assert converged_at(train(ZERO, "linear", "mse", LINE, step_size=0.01, n_steps=100)) is None
    with pytest.raises(ValueError, match="tolerance is 0, but must be a finite number and above 0"):
        converged_at(path, tolerance=0)


def test_a_gradient_that_is_small_only_for_a_while_has_not_converged():
    norms = np.array([1.0, 1e-7, 1.0, 1e-8, 1e-9])
    run = Run(np.arange(5), np.zeros((5, 2)), 10 * np.arange(5), norms, norms, None, norms)
    assert converged_at(run) == 30
    assert converged_at(run._replace(gradient_norm=norms[::-1])) is None
    assert converged_at(run._replace(diverged_at=50)) is None
    # Adam's steps of 1 carry it over the minimum and away again
    run = train(ZERO, "linear", "huber", LINE, optimizer="adam", step_size=1.0, n_steps=300)
    assert (converged_at(run) is None) == (run.gradient_norm[-1] >= 1e-6)


def test_a_perfect_fit_stays_where_it_is():
    data = simulate_line(noise=0.0)
    for loss in losses_of("linear"):
        path = train([2.0, 20.0], "linear", loss, data, n_steps=20)
        assert (path.loss == 0.0).all()
        assert converged_at(path) == 0


def test_many_threads_get_what_one_gets():
    jobs = [
        {"optimizer": name, "batch_size": size, "seed": size or 0}
        for name in ("gradient_descent", "adam")
        for size in (None, 3, 70)
    ]

    def run(job):
        return train([1.0, 1.0], "linear", "mae", LINE, n_steps=700, **job)

    with ThreadPoolExecutor(8) as pool:
        together = [*pool.map(run, jobs * 4)]
    alone = [run(job) for job in jobs]
    for one, other in zip(together, alone * 4, strict=True):
        np.testing.assert_array_equal(one.theta, other.theta)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_loop_makes_the_steps_that_the_browser_makes(name):
    rule, evaluate = OPTIMIZERS[name], jax.jit(value_and_gradient("polynomial", "mse"))
    start, path = (
        np.ones(3),
        train([1.0] * 3, "polynomial", "mse", PARABOLA, optimizer=name, step_size=0.002, n_steps=10),
    )
    settings = {key: entry.default for key, entry in rule.hyperparameters.items()}
    theta, opt_state = start, rule.init(start)
    for t in range(11):
        np.testing.assert_allclose(path.theta[t], theta, rtol=1e-10)
        second = [hessian("polynomial", "mse")(theta, *PARABOLA, 0.0, 0.0)] if rule.needs_hessian else []
        gradient = evaluate(theta, *PARABOLA, 0.0, 0.0)[1]
        theta, opt_state = rule.step(theta, gradient, opt_state, 0.002, settings, *second)


@pytest.mark.parametrize(("model", "loss"), TASKS)
def test_weights_of_one_nth_are_the_mean(model, loss):
    theta, (x, y) = np.array(START[model]), DATA[model]
    both = jax.jit(value_and_gradient(model, loss))
    assert_same(both(theta, x, y, 0.1, 0.2, np.full(100, 0.01)), both(theta, x, y, 0.1, 0.2), rtol=1e-12)
    np.testing.assert_allclose(both(theta, x, y, 0.0, 0.0)[0][1], plain_loss(loss, theta, x, y), rtol=1e-12)


def test_the_same_names_are_the_same_function():
    for function in (objective, penalised, value_and_gradient, hessian):
        assert function("linear", "mse") is function(MODELS["linear"], LOSSES["mse"])


def test_a_model_a_loss_and_an_optimizer_of_ones_own_are_trained():
    line = Model(
        "through_zero",
        "Line through zero",
        lambda: np.zeros(1),
        lambda theta, x: theta[0] * x,
        abs,
        ("regression",),
        ("a",),
    )
    half = Loss("half", "Half", "H", lambda y, z: 0.5 * mse(y, z), "regression", "none", "half of it")
    sign = OPTIMIZERS["gradient_descent"]._replace(
        name="sign",
        update=lambda g, state, *, step_size: (
            jax.tree.map(lambda g: -step_size * jax.numpy.sign(g), g),
            state,
        ),
    )
    path = train([0.0], line, half, ([1.0, 2.0], [2.0, 4.0]), optimizer=sign, step_size=0.5, n_steps=4)
    np.testing.assert_allclose(path.theta[:, 0], [0.0, 0.5, 1.0, 1.5, 2.0])
    np.testing.assert_allclose(path.loss[0], 5.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": "cubic"}, "unknown model 'cubic'"),
        ({"loss": "hinge"}, "unknown loss 'hinge'"),
        ({"loss": "binary_cross_entropy"}, "does not fit the model 'linear': choose one of mse, mae, huber"),
        ({"optimizer": "magic"}, "unknown optimizer 'magic'"),
        ({"theta": [np.nan, 0.0]}, "theta"),
        ({"theta": [0.0]}, "theta has 1 numbers, but the parameters of 'linear' are w, b"),
        ({"theta": {"w": 0.0, "b": 0.0}}, "theta must hold numbers"),
        ({"theta": [1e200, 0.0]}, "not finite at the initial guess"),
        ({"data": ([1.0, 2.0], [1.0])}, "y has shape"),
        ({"data": ([1.0, 2.0], [1.0, np.inf])}, r"y\[1\] is inf"),
        (
            {"model": "logistic", "loss": "binary_cross_entropy", "data": ([1.0, 2.0, 3.0], [0.0, 5.0, 1.0])},
            "Binary cross-entropy compares with classes: y must be from 0 to 1, but holds 5",
        ),
        ({"step_size": 0.0}, "step_size is 0.0"),
        ({"step_size": -1.0}, "step_size is -1.0"),
        ({"step_size": np.inf}, "step_size is inf"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"n_steps": 1.5}, "n_steps is 1.5"),
        ({"n_steps": 10**400}, "n_steps is 1000.*, but must be a whole number from 1 to 10000000"),
        ({"batch_size": 0}, "batch_size is 0, but must be a whole number from 1 to 100"),
        ({"batch_size": 101}, "batch_size is 101"),
        ({"seed": -1}, "seed is -1"),
        ({"momentum": 0.5}, "'gradient_descent' has no hyperparameter momentum"),
        ({"optimizer": "momentum", "momentum": 1.5}, "momentum is 1.5"),
        (
            {"optimizer": "newton", "loss": "mae"},
            "Newton needs second derivatives, .* mean absolute error are zero",
        ),
        ({"optimizer": "newton", "batch_size": 10}, "Newton needs the curvature .* choose batch_size=100"),
    ],
)
def test_bad_arguments_are_named(changed, message):
    arguments = {"theta": ZERO, "model": "linear", "loss": "mse", "data": LINE} | changed
    with pytest.raises(ValueError, match=message):
        train(**arguments)


def test_what_32_bits_cannot_hold_is_refused():
    with jax.enable_x64(False):
        assert train(ZERO, "linear", "mse", LINE, n_steps=5).theta.dtype == np.float32
        for changed, name in (
            ({"step_size": 1e-50}, "step_size"),
            ({"step_size": 1e50}, "step_size"),
            ({"penalty": "l2", "penalty_strength": 1e50}, "penalty_strength"),
            ({"data": ([1e200, 1.0], [0.0, 1.0])}, "x holds .* 32-bit floats cannot hold"),
            ({"data": ([1.0, 2.0], [0.0, 1e39])}, "y holds .* 32-bit floats cannot hold"),
            ({"theta": [1e39, 0.0]}, "theta"),
        ):
            with pytest.raises(ValueError, match=name):
                train(**({"theta": ZERO, "model": "linear", "loss": "mse", "data": LINE} | changed))


def test_without_a_step_size_it_is_that_of_the_optimizer():
    for name, rule in OPTIMIZERS.items():
        named = train(ZERO, "linear", "mse", LINE, optimizer=name, step_size=rule.step_size, n_steps=20)
        np.testing.assert_array_equal(train(ZERO, "linear", "mse", LINE, optimizer=name, n_steps=20).theta, named.theta)
