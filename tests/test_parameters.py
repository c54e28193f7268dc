import jax
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from dl_workshop.models import MODELS, mlp, mlp_init
from dl_workshop.parameters import flat_model, flatten, network_inputs, parameter_names, unflatten, weights_of

SIZES = (2, 4, 3, 1)
MODEL = mlp(SIZES, "tanh")
THETA = mlp_init(SIZES, "tanh", scheme="standard_normal", key=4)


def test_the_order_is_layer_by_layer_biases_then_weights_row_by_row():
    flat = flatten(THETA)
    np.testing.assert_array_equal(flat, ravel_pytree(THETA)[0])
    first = THETA[0]
    np.testing.assert_array_equal(flat[:12], [*first["b"], *first["w"][0], *first["w"][1]])


def test_a_vector_becomes_the_same_parameters_again():
    theta = unflatten(MODEL, flatten(THETA).tolist())
    jax.tree.map(np.testing.assert_array_equal, theta, THETA)
    assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(theta))


def test_the_flat_network_is_the_network():
    flat, x = flat_model(MODEL), np.array([0.3, -1.2])
    assert float(flat.apply(flatten(THETA), x)) == float(MODEL.apply(THETA, x))
    np.testing.assert_array_equal(flat.init(), flatten(MODEL.init()))
    assert flat_model(MODEL) is flat
    assert network_inputs(MODEL) == 2


def test_a_model_with_names_is_flat_already():
    for model in MODELS.values():
        assert flat_model(model) is model
        assert parameter_names(model.name) == model.names
        theta = np.arange(1.0, 1.0 + len(model.names))
        np.testing.assert_array_equal(weights_of(model, theta), [[*theta[:-1], 0.0]])


def test_every_parameter_of_a_network_has_a_name():
    names = parameter_names(MODEL)
    assert flat_model(MODEL).names == names
    assert len(set(names)) == len(names) == len(flatten(THETA))
    assert names[3] == "b of unit 4 of layer 1"
    assert names[4:6] == (
        "w from unit 1 of layer 0 to unit 1 of layer 1",
        "w from unit 1 of layer 0 to unit 2 of layer 1",
    )
    marked = [{"b": np.zeros_like(layer["b"]), "w": layer["w"].copy()} for layer in THETA]
    marked[1]["w"][3, 2] = 99.0
    assert names[int(np.argmax(flatten(marked)))] == "w from unit 4 of layer 1 to unit 3 of layer 2"
    flat = flatten(THETA)
    np.testing.assert_array_equal(weights_of(flat_model(MODEL), flat), [flat * [name[0] == "w" for name in names]])
    assert [w.shape for w in weights_of(MODEL, THETA)] == [(2, 4), (4, 3), (3, 1)]


@pytest.mark.parametrize(
    ("theta", "message"),
    [
        (np.ones(30), "theta has 30 numbers, but 'mlp 2-4-3-1 tanh' has 31 parameters"),
        (np.ones((31, 1)), r"theta has shape \(31, 1\)"),
        ([np.nan] * 31, r"theta\[0\] is nan"),
        ("abc", "must hold numbers"),
    ],
)
def test_another_vector_is_refused(theta, message):
    with pytest.raises(ValueError, match=message):
        unflatten(MODEL, theta)


def test_what_is_no_network_with_one_output_is_named():
    with pytest.raises(ValueError, match="'linear' is no network: make one with mlp"):
        network_inputs(MODELS["linear"])
    with pytest.raises(ValueError, match="has 2 outputs, but must have one"):
        network_inputs(mlp((2, 3, 2)))
