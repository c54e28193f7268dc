"""A network's parameters as one vector, as its training, its path and its planes take them."""

import itertools
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dl_workshop import checks
from dl_workshop.models import Model, Theta, get_model, parameters_of


def flatten(theta: Theta) -> np.ndarray:
    """Return all parameters as one vector `(p,)`: layer after layer, b and then w row by row."""
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(theta)])


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
def flat_model(model: Model) -> Model:
    """Return the model with its parameters in one vector, in the order of `flatten`."""
    return model._replace(
        name=f"flat {model.name}",
        init=lambda: flatten(model.init()),
        apply=lambda theta, x: model.apply(_theta_of(model, theta), x),
    )
