"""The network in `dl_workshop.models`, against scikit-learn's, and in the browser."""

import itertools
import warnings
from functools import partial

import jax
import numpy as np
import optax
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from dl_workshop.javascript import symbolic
from dl_workshop.losses import LOSSES, of_each
from dl_workshop.models import (
    ACTIVATIONS,
    MODELS,
    losses_of,
    mlp,
    mlp_init,
    network,
    network_chain,
    network_units,
)
from dl_workshop.training import objective, value_and_gradient
from tests.lowered import check

activations = pytest.mark.parametrize("activation", ACTIVATIONS)
SIZES = [(2, 1), (2, 4, 2, 1), (3, 5, 4, 1), (1, 1, 1, 1, 1), (30, 32, 1), (2, 8, 8, 8, 8, 8, 8, 1)]
RANDOM = np.random.default_rng(1)


def random_theta(sizes, activation="tanh", seed=3):
    return mlp_init(sizes, activation, key=seed, scheme="standard_normal")


def batch(model, theta, x):
    return np.asarray(jax.jit(jax.vmap(model.apply, in_axes=(None, 0)))(theta, x))


def theirs(kind, theta, x, y, activation, *, alpha, step_size, n_steps=1):
    """scikit-learn's network after steps of plain gradient descent from theta: its layers, and its loss."""
    network = kind(
        hidden_layer_sizes=tuple(layer["w"].shape[1] for layer in theta[:-1]),
        activation=activation,
        solver="sgd",
        alpha=alpha,
        batch_size=len(x),
        learning_rate_init=step_size,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged, and is not meant to
        network.partial_fit(x, y, **({"classes": [0.0, 1.0]} if kind is MLPClassifier else {}))
        for own, layer in zip(network.coefs_, theta, strict=True):
            own[:] = layer["w"]
        for own, layer in zip(network.intercepts_, theta, strict=True):
            own[:] = layer["b"]
        for _ in range(n_steps):
            network.partial_fit(x, y)
    layers = [{"w": w, "b": b} for w, b in zip(network.coefs_, network.intercepts_, strict=True)]
    return layers, network.loss_, network


@activations
@pytest.mark.parametrize("sizes", [(2, 1), (2, 4, 2, 1), (30, 32, 1)], ids=str)
def test_a_network_predicts_what_scikit_learns_does(activation, sizes):
    theta, x = random_theta(sizes), RANDOM.normal(size=(20, sizes[0]))
    layers, _, network = theirs(MLPRegressor, theta, x, x[:, 0], activation, alpha=0.0, step_size=1e-12, n_steps=0)
    np.testing.assert_array_equal(layers[0]["w"], theta[0]["w"])
    np.testing.assert_allclose(batch(mlp(sizes, activation), theta, x), network.predict(x), rtol=1e-9, atol=1e-12)


@activations
@pytest.mark.parametrize(
    ("kind", "loss", "scale"), [(MLPClassifier, "binary_cross_entropy", 1.0), (MLPRegressor, "mse", 2.0)]
)
def test_loss_and_gradient_are_scikit_learns(activation, kind, loss, scale):
    sizes = (2, 4, 2, 1)
    # theirs is half of the mean squared error, and clips probabilities of less than 2e-16
    theta, x = jax.tree.map(lambda leaf: leaf / 2.0, random_theta(sizes)), RANDOM.normal(size=(20, sizes[0]))
    y = np.asarray(x[:, 0] > 0.0, float)
    (ours, _), gradient = jax.jit(value_and_gradient(mlp(sizes, activation), loss))(theta, x, y, 0.0, 0.0)
    moved, value, _ = theirs(kind, theta, x, y, activation, alpha=0.0, step_size=1.0)
    assert float(ours) == pytest.approx(scale * value, rel=1e-9)
    slopes = jax.tree.map(lambda new, old: scale * (old - new), moved, theta)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-10), gradient, slopes)


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("tanh", "squared_error_on_probabilities"),
        ("relu", "huber"),
        ("logistic", "mae"),
        ("identity", "huber"),
    ],
)
def test_the_gradient_is_that_of_finite_differences(activation, loss):
    sizes = (2, 3, 2, 1)
    theta, x, y = random_theta(sizes), RANDOM.normal(size=(9, 2)), RANDOM.integers(0, 2, 9).astype(float)
    (_, value), gradient = jax.jit(value_and_gradient(mlp(sizes, activation), loss))(theta, x, y, 0.0, 0.0)
    function = jax.jit(objective(mlp(sizes, activation), loss))
    direction = jax.tree.map(lambda leaf: RANDOM.normal(size=leaf.shape), theta)

    def at(distance):
        moved = jax.tree.map(lambda a, d: a + distance * d, theta, direction)
        return float(function(moved, x, y))

    slope = sum(jax.tree.leaves(jax.tree.map(lambda g, d: np.sum(g * d), gradient, direction)))
    assert slope == pytest.approx((at(1e-6) - at(-1e-6)) / 2e-6, rel=1e-6, abs=1e-9)
    assert float(value) == pytest.approx(at(0.0))


def test_the_cross_entropy_of_a_network_is_optaxs():
    theta, x, y = random_theta((2, 4, 1)), RANDOM.normal(size=(9, 2)), RANDOM.integers(0, 2, 9).astype(float)
    model = mlp((2, 4, 1), "relu")
    theirs = optax.sigmoid_binary_cross_entropy(batch(model, theta, x), y).mean()
    assert float(objective(model, "binary_cross_entropy")(theta, x, y)) == pytest.approx(float(theirs), rel=1e-12)


@activations
def test_a_units_output_is_what_the_next_layer_sees(activation):
    sizes = (2, 4, 3, 1)
    theta, x = random_theta(sizes), RANDOM.normal(size=2)
    units = network_units(activation)(theta, x)
    assert [unit.shape for unit in units] == [(4,), (3,), (1,)]
    function = ACTIVATIONS[activation].function
    np.testing.assert_allclose(units[0], function(x @ theta[0]["w"] + theta[0]["b"]), rtol=1e-12)
    np.testing.assert_allclose(units[1], function(units[0] @ theta[1]["w"] + theta[1]["b"]), rtol=1e-12)
    np.testing.assert_allclose(units[2][0], mlp(sizes, activation).apply(theta, x), rtol=1e-12)


def test_an_example_gives_a_scalar_and_several_outputs_an_array():
    assert mlp((2, 3, 1)).apply(random_theta((2, 3, 1)), np.ones(2)).shape == ()
    assert mlp((2, 3, 2)).apply(random_theta((2, 3, 2)), np.ones(2)).shape == (2,)


def test_the_same_arguments_give_the_same_network():
    assert mlp([2, 4, 1], "tanh") is mlp((np.int64(2), 4, 1), ACTIVATIONS["tanh"])
    assert mlp((2, 4, 1), "tanh") != mlp((2, 4, 1), "relu")
    assert network_units("tanh") is network_units(ACTIVATIONS["tanh"])
    assert network("tanh") is network(ACTIVATIONS["tanh"])
    assert mlp((2, 4, 1)).name not in MODELS
    assert set(losses_of(mlp((2, 4, 1)))) == set(LOSSES)
    np.testing.assert_array_equal(mlp((2, 1)).predict(np.ones(3)), np.ones(3))


@pytest.mark.parametrize("sizes", [(2,), (), (2, 0, 1), (2, 2.5, 1), (2, True, 1), 3, None, "21", ("2", 1)])
def test_what_is_no_network_is_refused(sizes):
    for function in (mlp, mlp_init):
        with pytest.raises(ValueError, match="sizes"):
            function(sizes)


def test_unknown_choices_are_named():
    for function in (partial(mlp, (2, 1)), partial(mlp_init, (2, 1)), network, network_units):
        with pytest.raises(ValueError, match="unknown activation 'selu': choose one of tanh, relu, logistic, identity"):
            function("selu")


def test_a_network_of_any_widths_has_no_parameters_to_begin_with():
    with pytest.raises(ValueError, match="make one with mlp"):
        network("tanh").init()


@activations
def test_the_browser_computes_the_same_network(chromium_page, activation):
    cases = []
    for sizes in SIZES:
        theta = random_theta(sizes)
        inputs = [3.0 * RANDOM.normal(size=sizes[0]) for _ in range(3)]
        cases.append((network_units(activation), (theta, inputs[0]), [(theta, x) for x in inputs]))
    check(chromium_page, cases, rtol=1e-9, atol=1e-12)


@activations
def test_the_browser_computes_the_same_loss(chromium_page, activation):
    cases, sizes = [], (3, 5, 4, 1)
    theta, x, y = random_theta(sizes), RANDOM.normal(size=(7, 3)), RANDOM.integers(0, 2, 7).astype(float)
    for loss in LOSSES:
        function = objective(mlp(sizes, activation), loss)
        cases.append((function, (theta, symbolic("n", 3), symbolic("n")), [(theta, x, y)]))
    check(chromium_page, cases, rtol=1e-9, atol=1e-12)


def symbolic_layers(depth):
    """Layers of a network with so many hidden ones, whose widths only the browser knows."""
    widths = ["d", *(f"h{k}" for k in range(depth)), 1]
    return [{"b": symbolic(b), "w": symbolic(a, b)} for a, b in itertools.pairwise(widths)]


@activations
@pytest.mark.parametrize("depth", [0, 1, 3, 6])
def test_the_browser_trains_networks_of_any_widths(chromium_page, activation, depth):
    number, x, y = symbolic(), symbolic("n", "d"), symbolic("n")
    function = value_and_gradient(network(activation), "binary_cross_entropy")
    calls = []
    for d, width, n in ((2, 1, 7), (3, 5, 4), (1, 8, 1)):
        theta = random_theta((d, *[width] * depth, 1))
        calls.append([theta, RANDOM.normal(size=(n, d)), RANDOM.integers(0, 2, n).astype(float), 0.01, 0.02])
    traced = [symbolic_layers(depth), x, y, number, number]
    check(chromium_page, [(function, traced, calls)], rtol=1e-9, atol=1e-12)
    for theta, *rest in calls:
        model = mlp((len(theta[0]["w"]), *(len(layer["b"]) for layer in theta)), activation)
        ours = value_and_gradient(model, "binary_cross_entropy")(theta, *rest)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), function(theta, *rest), ours)


def paths(sizes, layer, unit):
    """All ways from a unit to the output: units of the layers behind its own, the output's last."""
    return itertools.product(*map(range, sizes[layer + 2 :]))


@activations
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("sizes", [(2, 1), (1, 3, 1), (2, 3, 2, 1), (3, 2, 3, 2, 1)])
def test_the_products_along_all_paths_add_up_to_the_gradient(activation, loss, sizes):
    with jax.enable_x64(True):
        theta = random_theta(sizes, activation)
        x, y = RANDOM.normal(size=sizes[0]), np.array([1.0])
        model, chain = network(activation), network_chain(activation)
        _, slopes = of_each(loss)(y, model.apply(theta, x)[None])
        found = chain(theta, x, slopes[0])
        expected = jax.grad(lambda theta: LOSSES[loss].function(y, model.apply(theta, x)[None]))(theta)
        outputs = [x, *found.outputs]
        for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes)):
            for start, unit in itertools.product(range(fan_in), range(fan_out)):
                total = 0.0
                for path in paths(sizes, layer, unit):
                    product, at = outputs[layer][start], unit
                    for k, following in enumerate(path, start=layer):
                        product *= found.slopes[k][at] * theta[k + 1]["w"][at, following]
                        at = following
                    total += product * slopes[0]
                assert total == pytest.approx(float(expected[layer]["w"][start, unit]), rel=1e-9, abs=1e-13)
        jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-13), found.gradient, expected)
        for ours, units in zip(found.outputs, network_units(activation)(theta, x), strict=True):
            np.testing.assert_array_equal(ours, units)
        for z, h in zip(found.sums[:-1], found.outputs[:-1], strict=True):
            np.testing.assert_allclose(ACTIVATIONS[activation].function(z), h)
        np.testing.assert_array_equal(found.sums[-1], found.outputs[-1])
