from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import optax
import pytest

from dl_workshop import training
from dl_workshop.data import Dataset, simulate_classes, simulate_line
from dl_workshop.losses import LOSSES, Loss, mse
from dl_workshop.models import MODELS, Model
from dl_workshop.optimizers import ADAGRAD_EPSILON, OPTIMIZERS
from dl_workshop.surfaces import best_fit, largest_stable_step_size
from dl_workshop.training import (
    CHUNK,
    Trajectory,
    batch_indices,
    converged_at,
    loss_and_gradient,
    objective,
    optimizer_step,
    train,
)
from tests.compilations import compilations

ZERO = {"w": 0.0, "b": 0.0}
LINE = simulate_line()
CLASSES = simulate_classes(seed=1, noise=4.0)
TASKS = [(model.name, loss) for model in MODELS.values() for loss in model.losses]
DATA = {"linear": LINE, "logistic": CLASSES}
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
    z = theta["w"] * x + theta["b"]
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
def test_loss_and_gradient_on_all_data_belong_to_the_theta_beside_them(model, loss, batch_size):
    data = DATA[model]
    start = {"w": 0.3, "b": -0.4}
    path = train(start, model, loss, data, step_size=0.03, n_steps=600, batch_size=batch_size)
    assert path.diverged_at is None
    assert path.loss.shape == path.theta["w"].shape == path.gradient["b"].shape == (601,)
    assert (path.theta["w"][0], path.theta["b"][0]) == (0.3, -0.4)
    plain = jax.jit(jax.vmap(jax.value_and_grad(lambda theta: plain_loss(loss, theta, *data))))
    losses, gradients = plain(path.theta)
    np.testing.assert_allclose(path.loss, losses, rtol=1e-11)
    assert_same([path.gradient], [gradients], rtol=1e-8, atol=1e-10)


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

    theta = jax.tree.map(jax.numpy.asarray, ZERO)
    opt_state = rule.init(theta)
    for t in range(n_steps + 1):
        assert_same([{k: v[t] for k, v in path.theta.items()}], [theta], rtol=1e-9, atol=1e-12)
        if t < n_steps:
            theta, opt_state = step(theta, opt_state, LINE.x[batches[t]], LINE.y[batches[t]])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_reaches_the_best_line(name):
    step_size = {"newton": 1.0, "adagrad": 8.0, "adam": 0.1, "rmsprop": 0.01}.get(name, 0.02)
    path = train(ZERO, "linear", "mse", LINE, optimizer=name, step_size=step_size, n_steps=3000)
    slope, intercept = np.polyfit(*LINE, 1)
    # RMSProp's steps do not shrink with the gradient: it stays within a step size of the minimum
    near = 0.02 if name == "rmsprop" else 1e-5
    assert abs(path.theta["w"][-1] - slope) < near
    assert abs(path.theta["b"][-1] - intercept) < near


def test_newtons_method_needs_one_step_for_a_quadratic():
    path = train(ZERO, "linear", "mse", LINE, optimizer="newton", step_size=1.0, n_steps=1)
    np.testing.assert_allclose([path.theta["w"][1], path.theta["b"][1]], np.polyfit(*LINE, 1), rtol=1e-10)
    assert converged_at(path) == 1


def test_changing_a_control_compiles_nothing():
    def run(**changed):
        settings = {"n_steps": 500, "optimizer": "momentum", "batch_size": 10} | changed
        seed, n = settings.pop("data_seed", 0), settings.pop("n", 100)
        theta = {"w": settings.pop("w", 0.0), "b": 1.0}
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
        ):
            run(**changed)
    assert not compiled
    with compilations() as compiled:
        run(n=129)
    assert len(compiled) == 1


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize("n_steps", [1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_a_run_has_the_steps_asked_for_and_a_longer_one_begins_the_same(n_steps, batch_size):
    long = train(ZERO, "linear", "mse", LINE, n_steps=3 * CHUNK, batch_size=batch_size)
    path = train(ZERO, "linear", "mse", LINE, n_steps=n_steps, batch_size=batch_size)
    assert len(path.loss) == n_steps + 1
    assert_same(path[:3], jax.tree.map(lambda a: a[: n_steps + 1], long[:3]), rtol=0)


def test_a_batch_of_all_is_the_whole_data():
    whole = train(ZERO, "linear", "mse", LINE, n_steps=50)
    assert_same(train(ZERO, "linear", "mse", LINE, n_steps=50, batch_size=100)[:3], whole[:3], rtol=0)


def test_the_seed_decides_the_batches():
    one, again, other = (train(ZERO, "linear", "mse", LINE, n_steps=50, batch_size=5, seed=seed) for seed in (1, 1, 2))
    assert_same(again[:3], one[:3], rtol=0)
    assert not np.array_equal(other.loss, one.loss)


def test_arrays_are_numpy_in_64_bits():
    path = train(ZERO, "linear", "mse", LINE, n_steps=5)
    for leaf in jax.tree.leaves(path[:3]):
        assert type(leaf) is np.ndarray
        assert leaf.dtype == np.float64


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
    assert len(path.loss) == len(path.theta["w"]) == len(path.gradient["w"]) == k
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(path[:3]))
    limit = 1e6 * max(path.loss[0], 1.0)
    assert (path.loss <= limit).all()
    after = {name: path.theta[name][-1] - step_size * path.gradient[name][-1] for name in ("w", "b")}
    with np.errstate(over="ignore"):
        assert not plain_loss("mse", after, *LINE) <= limit


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
    path = train(ZERO, "linear", "mse", LINE, step_size=0.1181, n_steps=3000)
    assert path.diverged_at > CHUNK
    assert len(path.loss) == path.diverged_at


def test_converged_at_is_the_first_step_with_a_small_gradient():
    path = train(ZERO, "linear", "mse", LINE, n_steps=2000)
    norms = np.hypot(path.gradient["w"], path.gradient["b"])
    k = converged_at(path)
    assert norms[k] < 1e-6 <= norms[k - 1]
    assert converged_at(path, tolerance=1e-2) == np.argmax(norms < 1e-2) < k
    assert converged_at(train(ZERO, "linear", "mse", LINE, n_steps=100)) is None
    with pytest.raises(ValueError, match="tolerance is 0, but must be a finite number and above 0"):
        converged_at(path, tolerance=0)


def test_a_perfect_fit_stays_where_it_is():
    data = simulate_line(noise=0.0)
    for loss in MODELS["linear"].losses:
        path = train({"w": 2.0, "b": 20.0}, "linear", loss, data, n_steps=20)
        assert (path.loss == 0.0).all()
        assert converged_at(path) == 0


def test_many_threads_get_what_one_gets():
    jobs = [
        {"optimizer": name, "batch_size": size, "seed": size or 0}
        for name in ("gradient_descent", "adam")
        for size in (None, 3, 70)
    ]

    def run(job):
        return train({"w": 1.0, "b": 1.0}, "linear", "mae", LINE, n_steps=700, **job)

    with ThreadPoolExecutor(8) as pool:
        together = [*pool.map(run, jobs * 4)]
    alone = [run(job) for job in jobs]
    for one, other in zip(together, alone * 4, strict=True):
        assert_same(one[:3], other[:3], rtol=0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_scan_makes_the_step_that_the_browser_makes(name):
    step = optimizer_step("linear", "mse", name)
    path = train({"w": 1.0, "b": 1.0}, "linear", "mse", LINE, optimizer=name, n_steps=10)
    settings = {key: entry.default for key, entry in OPTIMIZERS[name].hyperparameters.items()}
    theta = {"w": np.float64(1.0), "b": np.float64(1.0)}
    opt_state = OPTIMIZERS[name].init(theta)
    compiled = jax.jit(step)
    for t in range(11):
        assert_same([{k: v[t] for k, v in path.theta.items()}], [theta], rtol=1e-11)
        theta, opt_state = compiled(theta, opt_state, *LINE, 0.01, settings)


@pytest.mark.parametrize(("model", "loss"), TASKS)
def test_weights_of_one_nth_are_the_mean(model, loss):
    theta, (x, y) = {"w": 0.7, "b": 0.2}, DATA[model]
    both = jax.jit(loss_and_gradient(model, loss))
    assert_same(both(theta, x, y, np.full(100, 0.01)), both(theta, x, y), rtol=1e-12)
    np.testing.assert_allclose(both(theta, x, y)[0], plain_loss(loss, theta, x, y), rtol=1e-12)


def test_the_same_names_are_the_same_function():
    assert objective("linear", "mse") is objective(MODELS["linear"], LOSSES["mse"])
    assert loss_and_gradient("linear", "mse") is loss_and_gradient(MODELS["linear"], "mse")
    step = optimizer_step("linear", "mse", "adam")
    assert step is optimizer_step("linear", "mse", OPTIMIZERS["adam"])


def test_a_model_a_loss_and_an_optimizer_of_ones_own_are_trained():
    line = Model(
        "through_zero",
        "Line through zero",
        lambda: {"a": np.zeros(())},
        lambda theta, x: theta["a"] * x,
        abs,
        ("half",),
    )
    half = Loss("half", "Half", "H", lambda y, z: 0.5 * mse(y, z), smooth=True)
    sign = OPTIMIZERS["gradient_descent"]._replace(
        name="sign",
        update=lambda g, state, *, step_size: (
            jax.tree.map(lambda g: -step_size * jax.numpy.sign(g), g),
            state,
        ),
    )
    path = train({"a": 0.0}, line, half, ([1.0, 2.0], [2.0, 4.0]), optimizer=sign, step_size=0.5, n_steps=4)
    np.testing.assert_allclose(path.theta["a"], [0.0, 0.5, 1.0, 1.5, 2.0])
    np.testing.assert_allclose(path.loss[0], 5.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": "cubic"}, "unknown model 'cubic'"),
        ({"loss": "hinge"}, "unknown loss 'hinge'"),
        ({"loss": "binary_cross_entropy"}, "does not fit the model 'linear': choose one of mse, mae, huber"),
        ({"optimizer": "magic"}, "unknown optimizer 'magic'"),
        ({"theta": {"w": np.nan, "b": 0.0}}, "theta must be finite"),
        ({"theta": {"w": 0.0}}, "theta is"),
        ({"theta": {"w": 1e200, "b": 0.0}}, "not finite at the initial guess"),
        ({"dataset": ([1.0, 2.0], [1.0])}, "y has shape"),
        ({"dataset": ([1.0, 2.0], [1.0, np.inf])}, r"y\[1\] is inf"),
        (
            {"model": "logistic", "loss": "binary_cross_entropy", "dataset": ([1.0, 2.0, 3.0], [0.0, 5.0, 1.0])},
            "Binary cross-entropy compares with classes: y must be from 0 to 1, but holds 5",
        ),
        ({"step_size": 0.0}, "step_size is 0.0"),
        ({"step_size": -1.0}, "step_size is -1.0"),
        ({"step_size": np.inf}, "step_size is inf"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"n_steps": 1.5}, "n_steps is 1.5"),
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
    arguments = {"theta": ZERO, "model": "linear", "loss": "mse", "dataset": LINE} | changed
    with pytest.raises(ValueError, match=message):
        train(**arguments)


def test_a_trajectory_has_diverged_nowhere_unless_it_says_so():
    assert Trajectory(ZERO, np.zeros(1), ZERO).diverged_at is None
    assert best_fit("linear", "mse", Dataset(*LINE)).reason is None
