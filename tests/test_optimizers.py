from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import lax

from dl_workshop.javascript import symbolic
from dl_workshop.optimizers import (
    ADAGRAD_EPSILON,
    OPTIMIZERS,
    fill_hyperparameters,
    get_optimizer,
)
from tests.lowered import check

X = np.linspace(-5.0, 5.0, 40)
Y = 2.0 * X + 20.0 + np.random.default_rng(0).normal(size=40)
LABELS = (2.0 * X + 1.0 + 8.0 * np.random.default_rng(1).normal(size=40) > 0.0).astype(float)
LINE = np.polyfit(X, Y, 1)


def round_bowl(theta):
    return (theta[0] - 3.0) ** 2 + (theta[1] + 1.0) ** 2


def narrow_valley(theta):
    along, across = theta[0] + theta[1], theta[0] - theta[1] - 2.0
    return 0.05 * along**2 + 2.0 * across**2


def line_fit(theta):
    return jnp.mean((theta[0] * X + theta[1] - Y) ** 2)


def logistic_fit(theta):
    logits = theta[0] * X + theta[1]
    return jnp.mean(jnp.logaddexp(0.0, logits) - LABELS * logits)


def logistic_minimum():
    w = b = 0.0
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-(w * X + b)))
        design = np.stack([X, np.ones(40)])
        w, b = (w, b) - np.linalg.solve((design * (p * (1 - p))) @ design.T, design @ (p - LABELS))
    return w, b


# name: (function, its minimum as (w, b))
PROBLEMS = {
    "round bowl": (round_bowl, (3.0, -1.0)),
    "narrow valley": (narrow_valley, (1.0, -1.0)),
    "line fit": (line_fit, tuple(LINE)),
    "logistic fit": (logistic_fit, logistic_minimum()),
}
THEIRS = {
    "gradient_descent": optax.sgd,
    "momentum": lambda step_size: optax.sgd(step_size, momentum=0.9),
    "nesterov": lambda step_size: optax.sgd(step_size, momentum=0.9, nesterov=True),
    "adagrad": lambda step_size: optax.adagrad(step_size, 0.0, ADAGRAD_EPSILON),
    "rmsprop": optax.rmsprop,
    "adam": optax.adam,
}
# where the step is not proportional to the gradient, only smaller and smaller steps settle
STEP_SIZES = {"gradient_descent": 0.1, "momentum": 0.02, "nesterov": 0.02, "newton": 0.5}
SHRINKING = {"adagrad": 3.0, "rmsprop": 0.3, "adam": 0.5}


def cases(optimizers):
    return pytest.mark.parametrize(
        ("name", "problem"), [(name, problem) for name in optimizers for problem in PROBLEMS]
    )


def run(name, function, step_sizes, **hyperparameters):
    """The path of (w, b) from (0, 0) through one step for each step size, `(steps, 2)`."""
    return np.asarray(path(name, function, step_sizes, fill_hyperparameters(OPTIMIZERS[name], hyperparameters)))


@partial(jax.jit, static_argnames=("name", "function"))
def path(name, function, step_sizes, settings):
    optimizer = OPTIMIZERS[name]

    def body(carry, step_size):
        theta, opt_state = carry
        second = [jax.hessian(function)(theta)] if optimizer.needs_hessian else []
        theta, opt_state = optimizer.step(theta, jax.grad(function)(theta), opt_state, step_size, settings, *second)
        return (theta, opt_state), theta

    start = jnp.zeros(2)
    return lax.scan(body, (start, optimizer.init(start)), step_sizes)[1]


@cases(OPTIMIZERS)
def test_every_optimizer_finds_every_known_minimum(name, problem):
    function, minimum = PROBLEMS[problem]
    steps = np.arange(6000)
    sizes = SHRINKING[name] * 0.998**steps if name in SHRINKING else np.full(6000, STEP_SIZES[name])
    np.testing.assert_allclose(run(name, function, sizes)[-1], minimum, atol=2e-5)


@cases(THEIRS)
def test_every_step_is_that_of_optax(name, problem):
    function, _ = PROBLEMS[problem]
    step_size = 0.02
    rule = THEIRS[name](step_size)

    def body(carry, _):
        theta, opt_state = carry
        updates, opt_state = rule.update(jax.grad(function)(theta), opt_state, theta)
        theta = optax.apply_updates(theta, updates)
        return (theta, opt_state), theta

    # few steps: where gradients are tiny, RMSProp's are so long that they magnify rounding errors
    start = jnp.zeros(2)
    theirs = lax.scan(body, (start, rule.init(start)), length=100)[1]
    ours = run(name, function, np.full(100, step_size))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "theirs", "hyperparameters"),
    [
        ("momentum", lambda: optax.sgd(0.02, momentum=0.3), {"momentum": 0.3}),
        ("nesterov", lambda: optax.sgd(0.02, momentum=0.3, nesterov=True), {"momentum": 0.3}),
        ("rmsprop", lambda: optax.rmsprop(0.02, decay=0.5), {"decay": 0.5}),
        ("adam", lambda: optax.adam(0.02, b1=0.5, b2=0.7), {"beta_1": 0.5, "beta_2": 0.7}),
    ],
)
def test_hyperparameters_mean_what_they_mean_in_optax(name, theirs, hyperparameters):
    rule = theirs()
    theta = jnp.zeros(2)
    opt_state = rule.init(theta)
    for ours in run(name, narrow_valley, np.full(20, 0.02), **hyperparameters):
        updates, opt_state = rule.update(jax.grad(narrow_valley)(theta), opt_state, theta)
        theta = optax.apply_updates(theta, updates)
        np.testing.assert_allclose(ours, theta, rtol=1e-12)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_newton_step_solves_the_linear_system(problem):
    function, _ = PROBLEMS[problem]
    theta = jnp.array([0.3, -0.2])
    gradient, hessian = jax.jit(jax.grad(function))(theta), jax.jit(jax.hessian(function))(theta)
    updates, _ = OPTIMIZERS["newton"].update(gradient, (), step_size=0.7, hessian=hessian)
    np.testing.assert_allclose(updates, -0.7 * np.linalg.solve(hessian, gradient), rtol=1e-12)


@pytest.mark.parametrize("p", [1, 2, 3, 4, 5])
def test_a_newton_step_in_any_dimensions_solves_the_linear_system(p):
    random = np.random.default_rng(p)
    gradient, hessian = random.normal(size=p), random.normal(size=(p, p))
    theta, _ = OPTIMIZERS["newton"].step(np.ones(p), gradient, (), 0.7, {}, hessian + hessian.T)
    np.testing.assert_allclose(theta, 1.0 - 0.7 * np.linalg.solve(hessian + hessian.T, gradient), rtol=1e-9)


def shallow_bowl(theta):
    return 4.0 * (theta[0] - 1.0) ** 2 + 0.4 * (theta[1] - 1.0) ** 2


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if OPTIMIZERS[name].stability])
@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9, 0.99])
def test_the_stability_bound_is_where_a_quadratic_stops_settling(name, momentum):
    settings = {"momentum": momentum} if OPTIMIZERS[name].hyperparameters else {}
    bound = OPTIMIZERS[name].stability(**settings) / 8.0  # the largest curvature of the bowl
    inside = run(name, shallow_bowl, np.full(20_000, 0.99 * bound), **settings)
    outside = run(name, shallow_bowl, np.full(20_000, 1.01 * bound), **settings)
    assert np.abs(inside[-1] - 1.0).max() < 1e-6
    assert not np.abs(outside[-1] - 1.0).max() < 1e6


def test_adaptive_and_newton_steps_have_no_stability_bound():
    unknown = [name for name, optimizer in OPTIMIZERS.items() if optimizer.stability is None]
    assert unknown == ["adagrad", "rmsprop", "adam", "newton"]


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam"])
def test_a_gradient_of_zero_moves_nothing(name):
    optimizer = OPTIMIZERS[name]
    zero = {"w": jnp.zeros(()), "b": jnp.zeros(2)}
    settings = fill_hyperparameters(optimizer, {})
    updates, _ = optimizer.update(zero, optimizer.init(zero), step_size=1.0, **settings)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(updates))


def test_the_registry_is_in_the_order_of_teaching():
    assert [*OPTIMIZERS] == [
        "gradient_descent",
        "momentum",
        "nesterov",
        "adagrad",
        "rmsprop",
        "adam",
        "newton",
    ]
    assert all(get_optimizer(name) is entry is get_optimizer(entry) for name, entry in OPTIMIZERS.items())
    assert len({hash(entry) for entry in OPTIMIZERS.values()}) == len(OPTIMIZERS)
    with pytest.raises(ValueError, match="unknown optimizer 'magic': choose one of gradient_descent, momentum"):
        get_optimizer("magic")


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=lambda optimizer: optimizer.name)
def test_hyperparameters_have_defaults_inside_their_bounds(optimizer):
    filled = fill_hyperparameters(optimizer, {})
    assert filled == {name: entry.default for name, entry in optimizer.hyperparameters.items()}
    for name, entry in optimizer.hyperparameters.items():
        assert entry.low <= entry.default <= entry.high < 1.0
        assert entry.label
        assert entry.doc
        assert fill_hyperparameters(optimizer, {name: entry.high})[name] == entry.high
        for outside in (entry.low - 1e-9, entry.high + 1e-9, np.nan):
            with pytest.raises(ValueError, match=f"{name} is .*, but must be a finite number and at least 0"):
                fill_hyperparameters(optimizer, {name: outside})


def test_an_unknown_hyperparameter_is_named():
    with pytest.raises(ValueError, match="'adam' has no hyperparameter momentum; it has: beta_1, beta_2"):
        fill_hyperparameters(OPTIMIZERS["adam"], {"momentum": 0.9})
    with pytest.raises(ValueError, match="'newton' has no hyperparameter decay; it has: none"):
        fill_hyperparameters(OPTIMIZERS["newton"], {"decay": 0.9})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_on_a_vector_agree_in_the_browser(chromium_page, name):
    rule, number, random = OPTIMIZERS[name], symbolic(), np.random.default_rng(1)
    settings = {key: entry.default for key, entry in rule.hyperparameters.items()}
    for p in (2, 3, 31):
        if rule.needs_hessian and p > 3:
            continue
        size = p if rule.needs_hessian else "p"
        state = jax.eval_shape(rule.init, symbolic(size))
        second = [symbolic(p, p)] if rule.needs_hessian else []
        traced = [symbolic(size), symbolic(size), state, number, dict.fromkeys(settings, number), *second]
        curvature = [np.eye(p) + 0.1 * np.ones((p, p))] if rule.needs_hessian else []
        begun = jax.tree.map(lambda leaf: random.uniform(0.0, 3.0, leaf.shape), rule.init(np.zeros(p)))
        calls = [
            [random.normal(size=p), random.normal(size=p), state, 0.03, settings, *curvature]
            for state in (rule.init(np.zeros(p)), begun)
        ]
        check(chromium_page, [(rule.step, traced, calls), (rule.init, [symbolic(size)], [[np.ones(p)]])], atol=1e-15)
