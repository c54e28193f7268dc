"""Where a network's weights start: one function a scheme, for a layer of any width; JAX can trace them."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.random import BIASES, WEIGHTS, Key, Scalar, in_64_bits, key, normal, padded_index, uniform


class InitScheme(NamedTuple):
    """A distribution of initial weights.

    Attributes:
        name: its key in `INIT_SCHEMES`.
        weights: (key, index, layer, fan_in, fan_out) -> a weight for each index.
        biases: (key, index, layer) -> a bias for each index.
    """

    name: str
    weights: Callable[[Key, Array, Scalar, Scalar, Scalar], Array]
    biases: Callable[[Key, Array, Scalar], Array]


def _glorot(key: Key, index: Array, layer: Scalar, fan_in: Scalar, fan_out: Scalar) -> Array:
    """Uniform in +-sqrt(6 / (fan_in + fan_out)).

    References:
        Glorot, Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks",
        equation 16.
    """
    return (2.0 * uniform(key, index, layer) - 1.0) * jnp.sqrt(6.0 / (fan_in + fan_out))


def _he(key: Key, index: Array, layer: Scalar, fan_in: Scalar, fan_out: Scalar) -> Array:
    """Normal with standard deviation sqrt(2 / fan_in).

    References:
        He et al. (2015), "Delving deep into rectifiers", equation 10.
    """
    return normal(key, index, layer) * jnp.sqrt(2.0 / fan_in)


def _standard_normal(key: Key, index: Array, layer: Scalar, *fans: Scalar) -> Array:
    """Standard normal, the workshop's."""
    return normal(key, index, layer)


def _zeros(key: Key, index: Array, layer: Scalar) -> Array:
    return jnp.zeros(index.shape)


INIT_SCHEMES = {
    scheme.name: scheme
    for scheme in (
        InitScheme("glorot", _glorot, _zeros),
        InitScheme("he", _he, _zeros),
        InitScheme("standard_normal", _standard_normal, _standard_normal),
    )
}


@lru_cache(maxsize=16)
def initial_layer(scheme: str) -> Callable[..., Array]:
    """Return what draws the weights of one layer.

    Args:
        scheme: a key of `INIT_SCHEMES`.

    Returns:
        (seed, layer, index, fan_in, fan_out) -> weights of the shape of index, row by row: layer is 0 for the
        first, index 0, 1, ..., fan_in * fan_out - 1, and each weight depends on its own index alone.

    Raises:
        ValueError: an unknown scheme.
    """
    weights = _registered(scheme).weights

    def initial_weights(seed: Scalar, layer: Scalar, index: ArrayLike, fan_in: Scalar, fan_out: Scalar) -> Array:
        return weights(key(seed, WEIGHTS), jnp.asarray(index), layer, fan_in, fan_out)

    return initial_weights


@lru_cache(maxsize=16)
def initial_biases(scheme: str) -> Callable[..., Array]:
    """Return what draws the biases of one layer.

    Args:
        scheme: a key of `INIT_SCHEMES`.

    Returns:
        (seed, layer, index) -> biases of the shape of index, 0, 1, ..., fan_out - 1.

    Raises:
        ValueError: an unknown scheme.
    """
    biases = _registered(scheme).biases

    def initial_biases(seed: Scalar, layer: Scalar, index: ArrayLike) -> Array:
        return biases(key(seed, BIASES), jnp.asarray(index), layer)

    return initial_biases


def draw_layer(scheme: str, *, seed: int, layer: int, fan_in: int, fan_out: int) -> dict[str, np.ndarray]:
    """Return {"w": `(fan_in, fan_out)`, "b": `(fan_out,)`} in 64 bits whatever JAX's mode, from checked arguments."""
    weights, biases = _compiled(scheme)
    count, place = fan_in * fan_out, (np.uint32(seed), np.uint32(layer))
    with in_64_bits():
        w = weights(*place, padded_index(count), float(fan_in), float(fan_out))
        b = biases(*place, padded_index(fan_out))
    return {"w": np.asarray(w)[:count].reshape(fan_in, fan_out), "b": np.asarray(b)[:fan_out]}


@lru_cache(maxsize=16)
def _compiled(scheme: str) -> tuple[Callable[..., Array], Callable[..., Array]]:
    return jax.jit(initial_layer(scheme)), jax.jit(initial_biases(scheme))


def _registered(scheme: str) -> InitScheme:
    return checks.registered("scheme", scheme, INIT_SCHEMES)
