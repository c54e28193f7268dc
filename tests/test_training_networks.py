import threading

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

from dl_workshop import training
from dl_workshop.batches import batch_indices
from dl_workshop.data import Dataset, Split
from dl_workshop.models import MODELS, mlp, mlp_init
from dl_workshop.parameters import flatten, unflatten
from dl_workshop.toy_data import TOY_DATASETS, simulate_split
from dl_workshop.training import PENALTIES, Run, objective, snapshot_steps, train
from tests.compilations import compilations
from tests.test_mlp import batch, theirs

SIZES = (2, 4, 2, 1)
MODEL = mlp(SIZES, "tanh")
THETA = mlp_init(SIZES, "tanh", key=1)
MOONS = simulate_split("moons", n=100)
BCE = "binary_cross_entropy"
OPTAX = {
    "gradient_descent": optax.sgd,
    "momentum": lambda step_size: optax.sgd(step_size, momentum=0.9),
    "nesterov": lambda step_size: optax.sgd(step_size, momentum=0.9, nesterov=True),
    "adagrad": lambda step_size: optax.adagrad(step_size, initial_accumulator_value=0.0),
    "rmsprop": optax.rmsprop,
    "adam": optax.adam,
}


def run(theta=THETA, model=MODEL, loss=BCE, split=MOONS, *, n_steps=50, **settings):
    settings = {"optimizer": "adam", "step_size": 0.03} | settings
    return train(theta, model, loss, split[0], test=split[1], n_steps=n_steps, **settings)


def assert_same(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


def their_penalty(theta, penalty):
    weights = jnp.concatenate([layer["w"].ravel() for layer in theta])
    return {"none": 0.0, "l1": jnp.abs(weights).sum(), "l2": optax.l2_loss(weights).sum()}[penalty]


@pytest.mark.parametrize(
    ("optimizer", "batch_size", "penalty"),
    [
        ("gradient_descent", None, "none"),
        ("gradient_descent", 7, "l1"),
        ("momentum", 7, "l2"),
        ("nesterov", None, "l1"),
        ("adagrad", 7, "none"),
        ("rmsprop", None, "l2"),
        ("adam", 7, "none"),
    ],
)
def test_every_step_is_that_of_optax(optimizer, batch_size, penalty):
    n_steps, rule, (x, y) = 30, OPTAX[optimizer](0.05), MOONS.train
    rows = np.tile(np.arange(len(y)), (n_steps, 1))
    if batch_size is not None:
        rows = batch_indices(seed=5, n=len(y), batch_size=batch_size, n_steps=n_steps)

    def loss(theta, x, y):
        h = jnp.tanh(jnp.tanh(x @ theta[0]["w"] + theta[0]["b"]) @ theta[1]["w"] + theta[1]["b"])
        logits = (h @ theta[2]["w"] + theta[2]["b"])[:, 0]
        return optax.sigmoid_binary_cross_entropy(logits, y).mean()

    def step(carry, rows):
        theta, opt_state = carry
        data = jnp.asarray(x)[rows], jnp.asarray(y)[rows]
        gradient = jax.grad(lambda theta: loss(theta, *data) + 0.02 * their_penalty(theta, penalty))(theta)
        updates, opt_state = rule.update(gradient, opt_state, theta)
        history = jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(theta)])
        whole, slope = jax.value_and_grad(
            lambda theta: loss(theta, *MOONS.train) + 0.02 * their_penalty(theta, penalty)
        )(theta)
        history = (
            history,
            loss(theta, *MOONS.train),
            loss(theta, *MOONS.test),
            whole,
            jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(slope))),
        )
        return (optax.apply_updates(theta, updates), opt_state), history

    path, *expected = jax.jit(lambda theta: jax.lax.scan(step, (theta, rule.init(theta)), rows)[1])(THETA)
    ours = run(
        n_steps=n_steps, optimizer=optimizer, batch_size=batch_size, seed=5, step_size=0.05,
        penalty=penalty, penalty_strength=0.02,
    )  # fmt: skip
    np.testing.assert_allclose(ours.theta[:-1], path, rtol=1e-7, atol=1e-9)
    found = ours.loss, ours.test_loss, ours.minimised, ours.gradient_norm
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one[:-1], other, rtol=1e-7)


@pytest.mark.parametrize(("kind", "loss", "scale"), [(MLPClassifier, BCE, 1.0), (MLPRegressor, "mse", 2.0)])
def test_a_training_with_l2_is_scikit_learns(kind, loss, scale):
    # theirs: half of the mean squared error, and alpha / 2 sum w^2 / n
    x, y = MOONS.train
    layers, _, _ = theirs(kind, THETA, x, y, "tanh", alpha=3.0, step_size=0.1, n_steps=20)
    ours = run(
        loss=loss, optimizer="gradient_descent", step_size=0.1 / scale, n_steps=20,
        penalty="l2", penalty_strength=scale * 3.0 / len(y),
    )  # fmt: skip
    np.testing.assert_allclose(ours.theta[-1], flatten(layers), rtol=1e-9, atol=1e-12)


def test_a_run_begins_at_the_guess_and_its_losses_are_those_of_its_snapshots():
    ours = run(batch_size=10, penalty="l1", penalty_strength=0.1)
    assert isinstance(ours, Run)
    np.testing.assert_array_equal(ours.steps, np.arange(51))
    np.testing.assert_array_equal(ours.loss_steps, np.arange(51))
    np.testing.assert_array_equal(ours.theta[0], flatten(THETA))
    assert ours.diverged_at is None
    for part, losses in ((MOONS.train, ours.loss), (MOONS.test, ours.test_loss)):
        for t in (0, 17, 50):
            value = objective(MODEL, BCE)(unflatten(MODEL, ours.theta[t]), *part)
            assert losses[t] == pytest.approx(float(value), rel=1e-12)
    assert {a.dtype for a in ours if isinstance(a, np.ndarray)} == {np.dtype(float), np.dtype(int)}


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    settings = {"batch_size": 8, "n_steps": 100}
    one = run(seed=3, **settings)
    assert_same(one, run(seed=3, **settings))
    assert not np.array_equal(one.theta[-1], run(seed=4, **settings).theta[-1])
    np.testing.assert_array_equal(one.loss[:51], run(seed=3, batch_size=8, n_steps=50).loss)


def test_a_batch_of_all_examples_is_no_batch():
    assert_same(run(batch_size=len(MOONS.train.y)), run())


@pytest.mark.parametrize("every", [1, 3, 7, 10, 50, 1000])
def test_recording_less_often_changes_no_number(every):
    dense, sparse = run(batch_size=8), run(batch_size=8, record_every=every)
    steps = [*range(0, 50, every), 50]
    np.testing.assert_array_equal(sparse.loss_steps, steps)
    np.testing.assert_array_equal(sparse.steps, steps)
    # compiled once, but fused with other things here and there
    np.testing.assert_allclose(sparse.loss, dense.loss[steps], rtol=1e-12)
    np.testing.assert_allclose(sparse.test_loss, dense.test_loss[steps], rtol=1e-12)
    np.testing.assert_allclose(sparse.theta, dense.theta[steps], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("first", [1, 2, 13, 64])
def test_how_a_run_is_cut_into_calls_changes_nothing(monkeypatch, first):
    settings = (
        {"batch_size": 8, "record_every": 3, "n_snapshots": 9},
        {"optimizer": "momentum", "loss": "mse", "step_size": 9.0},
    )
    expected = [run(**changed) for changed in settings]
    monkeypatch.setattr(training, "FIRST", first)
    monkeypatch.setattr(training, "BETWEEN", 0.0)
    told = []
    assert_same(expected, [run(progress=told.append, **changed) for changed in settings])
    assert len(told) > 50 // first


@given(n_steps=st.integers(1, 10_000), count=st.integers(2, 400), every=st.integers(1, 300))
def test_snapshots_are_dense_at_the_start_and_end_with_the_run(n_steps, count, every):
    steps = snapshot_steps(n_steps, count, every)
    assert steps[0] == 0
    assert steps[-1] == n_steps
    assert len(steps) <= count
    assert len(steps) == min(count, -(-n_steps // every) + 1)
    gaps = np.diff(steps)
    assert (gaps > 0).all()
    assert (steps[:-1] % every == 0).all()
    # each is as long as those before, but for rounding, and for the last
    assert (gaps[:-1] >= np.maximum.accumulate(gaps[:-1]) - every).all()


def test_a_long_run_keeps_400_snapshots_and_every_loss():
    ours = run(n_steps=3000)
    assert (len(ours.steps), len(ours.theta), len(ours.loss), len(ours.test_loss)) == (400, 400, 3001, 3001)
    np.testing.assert_array_equal(ours.steps, snapshot_steps(3000))
    assert ours.steps[50] == 50
    t = ours.steps[250]
    value = objective(MODEL, BCE)(unflatten(MODEL, ours.theta[250]), *MOONS.train)
    assert ours.loss[t] == pytest.approx(float(value), rel=1e-12)


def test_numbers_compile_nothing():
    model, theta = mlp((2, 3, 1), "relu"), mlp_init((2, 3, 1), "relu")
    settings = {"optimizer": "momentum", "penalty": "l2", "batch_size": 10}
    run(theta, model, split=MOONS, **settings)
    other = simulate_split("circles", seed=3, n=120, noise=0.3, train_share=0.6)
    theta = mlp_init((2, 3, 1), "relu", key=9, scheme="standard_normal")
    with compilations() as compiled:
        run(
            theta, model, split=other, n_steps=777, seed=5, step_size=0.2, penalty_strength=0.3, momentum=0.5,
            record_every=5, n_snapshots=17, progress=lambda t: None, **settings | {"batch_size": 15},
        )  # fmt: skip
    assert compiled == []


def test_an_architecture_compiles_one_loop():
    with compilations() as compiled:
        run(mlp_init((2, 5, 1)), mlp((2, 5, 1)), optimizer="gradient_descent")
    assert [name for name in compiled if "run" in name] == ["jit(run)"]
    assert len(compiled) <= 2


def test_progress_is_told_and_can_cancel():
    told = []
    complete = run(n_steps=2000, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 2000

    class CancelledError(Exception):
        pass

    def cancel(step):
        told.append(step)
        if step >= 300:
            raise CancelledError

    told.clear()
    with pytest.raises(CancelledError):
        run(n_steps=10_000, progress=cancel)
    assert told[-1] < 5000
    assert_same(complete, run(n_steps=2000))


def test_runs_in_threads_do_not_disturb_each_other():
    seeds = range(6)
    expected = [run(seed=seed, batch_size=8, n_steps=300) for seed in seeds]
    found = [None] * len(seeds)

    def work(seed):
        found[seed] = run(seed=seed, batch_size=8, n_steps=300)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in seeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(expected, found, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("every", [1, 4])
def test_a_diverging_run_is_cut_and_named(every):
    model, theta = mlp((2, 4, 2, 1), "relu"), mlp_init((2, 4, 2, 1), "relu")
    ours = run(theta, model, "mse", optimizer="gradient_descent", step_size=1e9, record_every=every)
    assert 0 < ours.diverged_at <= 8
    assert ours.diverged_at % every == 0
    assert ours.steps[-1] == ours.loss_steps[-1] == ours.diverged_at - every
    assert len(ours.theta) == len(ours.steps)
    assert len(ours.loss) == len(ours.test_loss) == len(ours.loss_steps)
    assert np.isfinite(ours.theta).all()
    assert (ours.loss <= 1e6 * max(ours.loss[0], 1.0)).all()


def test_a_run_that_diverges_late_ends_with_its_last_good_step(monkeypatch):
    settings = {"n_steps": 2000, "n_snapshots": 5, "optimizer": "gradient_descent", "step_size": 1.0}
    split = Split(Dataset(np.full((4, 1), 2.0), np.zeros(4)), MOONS_OF_ONE_INPUT)
    theta, model = [{"w": np.array([[1e-5]]), "b": np.zeros(1)}], mlp((1, 1), "identity")
    late = run(theta, model, "mse", split, **settings)
    assert 2 < late.diverged_at < 200
    assert late.steps[-1] == late.diverged_at - 1
    assert late.steps.tolist() == [0, late.diverged_at - 1]
    for first in (late.diverged_at, late.diverged_at - 1, 1):  # it diverges at the first step of a call, too
        monkeypatch.setattr(training, "FIRST", first)
        assert_same(late, run(theta, model, "mse", split, progress=lambda step: None, **settings))


MOONS_OF_ONE_INPUT = Dataset(MOONS.test.x[:, :1], MOONS.test.y)


# data, hidden layers, activation, steps, and the least accuracy (or R^2) on test data of five seeds
LEARNED = [
    ("gaussians", (), "tanh", 500, 0.98),
    ("circles", (4,), "tanh", 1000, 0.9),
    ("xor", (4,), "tanh", 1000, 0.9),
    ("moons", (4,), "tanh", 1000, 0.97),
    ("spirals", (8, 8), "tanh", 2000, 0.93),
    ("sine", (8,), "tanh", 2000, 0.93),
    ("step", (4,), "tanh", 1000, 0.93),
    ("absolute", (8,), "relu", 1000, 0.95),
    ("breast_cancer", (4,), "tanh", 300, 0.93),
    ("digits", (4,), "tanh", 300, 0.95),
]


@pytest.mark.parametrize(("name", "hidden", "activation", "n_steps", "least"), LEARNED, ids=lambda value: str(value))
def test_a_small_network_learns_every_set(name, hidden, activation, n_steps, least):
    entry = TOY_DATASETS[name]
    sizes, classes = (entry.inputs, *hidden, 1), entry.task == "classification"
    model = mlp(sizes, activation)
    for seed in range(5):
        split = simulate_split(name, seed=seed)
        theta = mlp_init(sizes, activation, key=seed)
        ours = run(theta, model, BCE if classes else "mse", split, n_steps=n_steps)
        outputs = batch(model, unflatten(model, ours.theta[-1]), split.test.x)
        score = accuracy_score(split.test.y, outputs > 0.0) if classes else r2_score(split.test.y, outputs)
        assert score >= least, (name, seed)


def test_every_set_has_a_network_that_learns_it():
    assert [name for name, *_ in LEARNED] == [*TOY_DATASETS]


def test_penalties_shrink_weights_and_l1_more_of_them_to_nothing():
    def weights(penalty):
        ours = run(optimizer="gradient_descent", step_size=0.1, n_steps=2000, penalty=penalty, penalty_strength=0.03)
        theta = unflatten(MODEL, ours.theta[-1])
        return np.concatenate([layer["w"].ravel() for layer in theta])

    none, l1, l2 = (np.abs(weights(penalty)) for penalty in PENALTIES)
    assert l1.sum() < none.sum()
    assert np.sum(l2**2) < np.sum(none**2)
    assert np.mean(l1 < 0.01) > np.mean(none < 0.01)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizer": "newton"}, "Newton's method needs .* choose another optimizer"),
        ({"optimizer": "lbfgs"}, "unknown optimizer 'lbfgs'"),
        ({"loss": "hinge"}, "unknown loss 'hinge'"),
        ({"penalty": "l3"}, "unknown penalty 'l3': choose one of none, l1, l2"),
        ({"penalty_strength": -1.0}, "penalty_strength is -1.0"),
        ({"step_size": 0.0}, "step_size is 0.0, but must be a finite number and above 0"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"n_steps": 2.5}, "n_steps is 2.5"),
        ({"batch_size": 71}, "batch_size is 71, but must be a whole number from 1 to 70"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"record_every": 0}, "record_every is 0"),
        ({"n_snapshots": 1}, "n_snapshots is 1"),
        ({"momentum": 0.5}, "'adam' has no hyperparameter momentum"),
        ({"beta_1": 2.0}, "beta_1 is 2.0"),
        ({"theta": THETA[:2]}, "have the shapes"),
        ({"theta": mlp_init((2, 3, 2, 1))}, "have the shapes"),
        ({"model": MODELS["linear"], "loss": "mse"}, r"x has shape \(70, 2\), but must be \(n,\)"),
        ({"n_steps": 10**400}, "n_steps is 1000.*, but must be a whole number from 1 to 10000000"),
        ({"model": mlp((2, 2)), "theta": mlp_init((2, 2))}, "has 2 outputs, but must have one"),
        ({"model": "mlp"}, "unknown model 'mlp'"),
        ({"split": (None, MOONS.test)}, "the training part must be a pair"),
        ({"split": (MOONS.train, 1)}, "the test part must be a pair"),
        (
            {"split": (MOONS_OF_ONE_INPUT, MOONS.test)},
            r"x of the training part has shape \(30, 1\), but .* \(n, 2\)",
        ),
        (
            {"split": (MOONS.train, (MOONS.test.x, MOONS.test.y[1:]))},
            "the test part must have a row of x for each y",
        ),
        (
            {"split": (MOONS.train, (MOONS.test.x[:0], MOONS.test.y[:0]))},
            r"x of the test part has shape \(0, 2\)",
        ),
        ({"split": (MOONS.train, (MOONS.test.x * np.nan, MOONS.test.y))}, "must be finite"),
        ({"split": ((MOONS.train.x, 2 * MOONS.train.y - 1), MOONS.test)}, "y must be from 0 to 1, but holds -1"),
        ({"split": (MOONS.train, (MOONS.test.x, 3 * MOONS.test.y))}, "y must be from 0 to 1, but holds 3"),
    ],
)
def test_what_does_not_fit_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        run(**settings)


def test_a_guess_whose_loss_is_not_finite_is_refused():
    huge = jax.tree.map(lambda leaf: np.full(leaf.shape, 1e200), THETA)
    with pytest.raises(ValueError, match="the loss or its gradient is not finite at the initial guess"):
        run(huge, loss="mse")
