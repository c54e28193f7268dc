"""A network's parameters as one vector, as its training, its path and its planes take them."""

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

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
    leaves, structure = jax.tree.flatten(parameters_of(model))
    ends = np.cumsum([leaf.size for leaf in leaves])
    flat = checks.finite_vector("theta", theta, least=1).astype(jnp.result_type(float))
    if len(flat) != ends[-1]:
        raise ValueError(f"theta has {len(flat)} numbers, but {model.name!r} has {ends[-1]} parameters")
    parts = zip(np.split(flat, ends[:-1]), leaves, strict=True)
    return jax.tree.unflatten(structure, [part.reshape(leaf.shape) for part, leaf in parts])


def network_inputs(model: Model) -> int:
    """Return how many inputs the network `model` has.

    Raises:
        ValueError: it is no network with one output.
    """
    layers = parameters_of(model)
    if not isinstance(layers, list):
        raise ValueError(f"the model {model.name!r} is no network: make one with mlp(sizes, activation)")
    if layers[-1]["w"].shape[1] != 1:
        raise ValueError(
            f"the model {model.name!r} has {layers[-1]['w'].shape[1]} outputs, but must have one"
        )
    return layers[0]["w"].shape[0]


@lru_cache(maxsize=64)
def flat_model(model: Model) -> Model:
    """Return the model with its parameters in one vector, in the order of `flatten`."""
    zeros = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), parameters_of(model))
    theta_of = ravel_pytree(zeros)[1]
    return model._replace(
        name=f"flat {model.name}",
        init=lambda: flatten(model.init()),
        apply=lambda theta, x: model.apply(theta_of(theta), x),
    )
