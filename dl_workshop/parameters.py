"""Parameters as one vector, as training, paths and planes take them: their order, and what each is called."""

import itertools
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dl_workshop import checks
from dl_workshop.models import Model, Theta, get_model, parameters_of


def flatten(theta: Theta) -> np.ndarray:
    """Return all parameters as one vector `(p,)`: layer after layer, b and then w row by row.

    Raises:
        ValueError: no numbers, or none at all.
    """
    leaves = [np.ravel(checks.real_array("theta", leaf)) for leaf in jax.tree.leaves(theta)]
    if not leaves:
        raise ValueError(f"theta must hold numbers, but is {checks.shown(theta)}")
    return np.concatenate(leaves)


def unflatten(model: str | Model, theta: Any) -> Theta:
    """Return the parameters of `model` that `flatten` made a vector of, as NumPy arrays in JAX's float type.

    Raises:
        ValueError: not a finite vector of as many numbers as the model has parameters.
    """
    model = get_model(model)
    flat = checks.finite_vector("theta", theta, least=1).astype(jnp.result_type(float))
    check_count(model, len(flat))
    return _theta_of(model, flat)


def check_count(model: Model, count: int) -> None:
    """Raise a ValueError unless `model` has `count` parameters."""
    own = sum(leaf.size for leaf in jax.tree.leaves(parameters_of(model)))
    if count != own:
        raise ValueError(f"theta has {count} numbers, but {model.name!r} has {own} parameters")


def _theta_of(model: Model, flat: Any) -> Theta:
    """Return the parts of `flat` as the model's parameters, of the kind that `flat` is."""
    leaves, structure = jax.tree.flatten(parameters_of(model))
    ends = [*itertools.accumulate(leaf.size for leaf in leaves)]
    parts = [flat[end - leaf.size : end].reshape(leaf.shape) for leaf, end in zip(leaves, ends, strict=True)]
    return jax.tree.unflatten(structure, parts)


def network_inputs(model: Model) -> int:
    """Return how many inputs the network `model` has.

    Raises:
        ValueError: it is no network with one output.
    """
    layers = parameters_of(model)
    if not isinstance(layers, list):
        raise ValueError(f"the model {model.name!r} is no network: make one with mlp(sizes, activation)")
    if (outputs := layers[-1]["w"].shape[1]) != 1:
        raise ValueError(f"the model {model.name!r} has {outputs} outputs, but must have one")
    return layers[0]["w"].shape[0]


@lru_cache(maxsize=64)
def parameter_names(model: str | Model) -> tuple[str, ...]:
    """Return what each number of `flatten(theta)` is called, in its order.

    For a network these are "b of unit 1 of layer 2" and "w from unit 3 of layer 1 to unit 1 of layer 2", with
    layer 0 the inputs.
    """
    model = get_model(model)
    if model.names:
        return model.names
    names = []
    for k, layer in enumerate(parameters_of(model), start=1):
        fan_in, fan_out = (range(1, width + 1) for width in layer["w"].shape)
        names += [f"b of unit {j} of layer {k}" for j in fan_out]
        names += [f"w from unit {i} of layer {k - 1} to unit {j} of layer {k}" for i in fan_in for j in fan_out]
    return tuple(names)


def weights_of(model: Model, theta: Any) -> list[Any]:
    """Return the parts of theta that are weights and not biases, as arrays; JAX may be tracing theta.

    Args:
        model: any, also the `flat_model` of a network.
        theta: its parameters.
    """
    if not model.names:
        return [layer["w"] for layer in theta]
    return [theta * np.array([not name.startswith("b") for name in model.names], dtype=float)]


def flat_model(model: str | Model) -> Model:
    """Return the model with its parameters in one vector, in the order of `flatten`; one with names is that already.

    Raises:
        ValueError: no model, and no name of one.
    """
    model = get_model(model)
    return model if model.names else _flattened(model)


@lru_cache(maxsize=64)
def _flattened(model: Model) -> Model:
    return model._replace(
        name=f"flat {model.name}",
        names=parameter_names(model),
        init=lambda: flatten(model.init()),
        apply=lambda theta, x: model.apply(_theta_of(model, theta), x),
    )
