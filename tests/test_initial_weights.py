"""Initial weights of layers and networks, and as the browser draws them."""

import jax
import numpy as np
import pytest

from dl_workshop import random
from dl_workshop.initial_weights import INIT_SCHEMES, initial_biases, initial_layer
from dl_workshop.javascript import symbolic
from dl_workshop.models import ACTIVATIONS, check_theta, get_activation, mlp, mlp_init
from tests.compilations import compilations
from tests.lowered import check

every_scheme = pytest.mark.parametrize("scheme", INIT_SCHEMES)
activations = pytest.mark.parametrize("activation", ACTIVATIONS)
SIZES = (3, 5, 4, 1)
WEIGHTS_OF_KEY_7 = [0.8066612894654643, 0.5070904323317718, -0.5689095862848282]


def test_the_registry_knows_every_scheme_by_its_name():
    assert [*INIT_SCHEMES] == ["glorot", "he", "standard_normal"]
    assert all(entry.name == name for name, entry in INIT_SCHEMES.items())


@every_scheme
def test_a_network_starts_with_what_is_drawn_layer_by_layer(scheme):
    weights, biases = jax.jit(initial_layer(scheme)), jax.jit(initial_biases(scheme))
    for layer, parameters in enumerate(mlp_init(SIZES, key=8, scheme=scheme)):
        fan_in, fan_out = SIZES[layer : layer + 2]
        w = weights(8, layer, np.arange(fan_in * fan_out), fan_in, fan_out)
        np.testing.assert_allclose(np.reshape(w, (fan_in, fan_out)), parameters["w"], rtol=1e-15)
        np.testing.assert_allclose(biases(8, layer, np.arange(fan_out)), parameters["b"], rtol=1e-15)


def test_the_formulas_are_those_of_their_papers():
    index, key = np.arange(12), random.key(5, random.WEIGHTS)
    w = {scheme: np.asarray(initial_layer(scheme)(5, 2, index, 4.0, 3.0)) for scheme in INIT_SCHEMES}
    u, z = random.uniform(key, index, 2), random.normal(key, index, 2)
    np.testing.assert_allclose(w["glorot"], (2.0 * u - 1.0) * np.sqrt(6.0 / 7.0), rtol=1e-15)
    np.testing.assert_allclose(w["he"], z * np.sqrt(0.5), rtol=1e-15)
    np.testing.assert_allclose(w["standard_normal"], z, rtol=1e-15)


@activations
@pytest.mark.parametrize("scheme", [*INIT_SCHEMES, None])
def test_initial_weights_are_spread_as_their_scheme_says(activation, scheme):
    fan_in, fan_out = 200, 300
    first, last = mlp_init((fan_in, fan_out, 1), activation, key=5, scheme=scheme)
    assert (first["w"].shape, first["b"].shape, last["w"].shape) == (
        (fan_in, fan_out),
        (fan_out,),
        (fan_out, 1),
    )
    spreads = {
        "glorot": np.sqrt(2.0 / (fan_in + fan_out)),
        "he": np.sqrt(2.0 / fan_in),
        "standard_normal": 1.0,
    }
    used = scheme or get_activation(activation).init_scheme
    assert used == ("he" if activation == "relu" else "glorot") or scheme
    assert first["w"].std() == pytest.approx(spreads[used], rel=0.01)
    assert abs(first["w"].mean()) < 0.02 * spreads[used]
    if used == "glorot":
        assert np.abs(first["w"]).max() == pytest.approx(np.sqrt(3.0) * spreads[used], rel=1e-3)
    if used == "standard_normal":
        assert 0.9 < first["b"].std() < 1.1
    else:
        assert not first["b"].any()


def test_initial_weights_are_those_of_the_key():
    theta = mlp_init((2, 3, 1), "tanh", key=7)
    assert [layer["w"].dtype for layer in theta] == [np.float64] * 2
    np.testing.assert_array_equal(theta[0]["w"][0], WEIGHTS_OF_KEY_7)
    jax.tree.map(np.testing.assert_array_equal, theta, mlp_init((2, 3, 1), "tanh", key=7))
    assert not np.array_equal(theta[0]["w"], mlp_init((2, 3, 1), "tanh", key=8)[0]["w"])
    for one, same, other in [
        (jax.random.key(1), jax.random.key(1), jax.random.key(2)),
        (jax.random.PRNGKey(1), jax.random.PRNGKey(1), jax.random.PRNGKey(2)),
    ]:
        first = mlp_init((2, 3, 1), key=one)[0]["w"]
        np.testing.assert_array_equal(first, mlp_init((2, 3, 1), key=same)[0]["w"])
        assert not np.array_equal(first, mlp_init((2, 3, 1), key=other)[0]["w"])
    same = mlp_init((2, 3, 1), key=1)[0]["w"]
    np.testing.assert_array_equal(mlp_init((2, 3, 1), key=jax.random.key(1))[0]["w"], same)
    model = mlp((2, 3, 1))
    check_theta(model, model.init())


def test_another_architecture_compiles_nothing():
    mlp_init((2, 3, 1))
    with compilations() as compiled:
        mlp_init((30, 32, 8, 8, 1), key=9)
    assert compiled == []


def test_initial_weights_are_those_of_64_bits_in_32():
    with jax.enable_x64(False):
        layers = mlp_init((2, 3, 1), "relu", key=4, scheme="standard_normal")
    expected = mlp_init((2, 3, 1), "relu", key=4, scheme="standard_normal")
    assert layers[0]["w"].dtype == np.float32
    jax.tree.map(lambda a, b: np.testing.assert_array_equal(a, b.astype(np.float32)), layers, expected)


def test_layers_are_unrelated_and_weights_and_biases_too():
    first, second, _ = mlp_init((50, 50, 50, 1), key=3, scheme="standard_normal")
    assert abs(np.corrcoef(first["w"].ravel(), second["w"].ravel())[0, 1]) < 0.1
    assert abs(np.corrcoef(first["w"][0], first["b"])[0, 1]) < 0.5


def test_an_unknown_scheme_is_refused():
    for function in (initial_layer, initial_biases):
        with pytest.raises(ValueError, match="unknown scheme 'lecun': choose one of glorot, he, standard_normal"):
            function("lecun")
    with pytest.raises(ValueError, match="unknown scheme 'lecun': choose one of glorot, he, standard_normal"):
        mlp_init((2, 1), scheme="lecun")
    for key in (-1, 0.5, "a", None, 2**32):
        with pytest.raises(ValueError, match="key is"):
            mlp_init((2, 1), key=key)


@every_scheme
def test_the_browser_draws_the_same_weights(chromium_page, scheme):
    shapes = [(1, 1), (2, 4), (30, 32), (8, 1)]
    calls = [
        (np.uint32(seed), np.uint32(layer), np.arange(float(fan_in * fan_out)), float(fan_in), float(fan_out))
        for seed in (0, 7, 999)
        for layer, (fan_in, fan_out) in enumerate(shapes)
    ]
    zero, tolerance = np.uint32(0), {"rtol": 0.0, "atol": 0.0} if scheme == "glorot" else {"rtol": 1e-12}
    check(chromium_page, [(initial_layer(scheme), (zero, zero, symbolic("n"), 1.0, 1.0), calls)], **tolerance)
    biases = [call[:3] for call in calls]
    check(chromium_page, [(initial_biases(scheme), (zero, zero, symbolic("n")), biases)], rtol=1e-12)
