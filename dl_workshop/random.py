"""Random numbers that are the same everywhere: counter-based bits, and what is made of them.

Threefry-2x32 turns a key and a counter into 64 bits that look random, by additions, rotations and exclusive ors
of 32-bit words. Nothing is carried from one number to the next, so each can be computed alone and in any order,
and the arithmetic is exact: the same bits in every version of Python and JAX, and in JavaScript.

References:
    Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks

Scalar = Any  # a number, or what JAX traces in its place

LARGEST_SEED = 2**32 - 1
# What is drawn from one seed for different ends is independent: each has a stream of its own.
POINTS, NOISE, SPLIT, WEIGHTS, BIASES, BATCHES = range(6)

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))  # Salmon et al. (2011), table 1
_PARITY = 0x1BD11BDA  # Salmon et al. (2011), section 4.2: keys of zeros are as good as others


class Key(NamedTuple):
    """What random numbers depend on beside their counter: two words, uint32 scalars."""

    seed: Array
    stream: Array


def key(seed: Scalar, stream: int) -> Key:
    """Return the key of a stream of a seed.

    Args:
        seed: a whole number from 0 to 2^32 - 1.
        stream: the end that the numbers are for, as `NOISE`.
    """
    return Key(jnp.asarray(seed, dtype=jnp.uint32), jnp.uint32(stream))


def check_seed(seed: Any, name: str = "seed") -> int:
    """Return `seed` as an int.

    Raises:
        ValueError: it is not a whole number from 0 to 2^32 - 1.
    """
    return checks.whole_number(name, seed, low=0, high=LARGEST_SEED)


def padded_index(n: int, *, least: int = 1024) -> np.ndarray:
    """Return 0, 1, 2, ... as floats, n and `least` or more of them, of few lengths, so that few are ever compiled."""
    return np.arange(float(max(least, 1 << (n - 1).bit_length())))


@contextmanager
def in_64_bits() -> Iterator[None]:
    """Compute in 64 bits whatever JAX's mode, and compute numbers even where JAX is tracing what asks for them."""
    with jax.enable_x64(True), jax.ensure_compile_time_eval():
        yield


def bits(key: Key, index: ArrayLike, block: Scalar = 0) -> tuple[Array, Array]:
    """Return 64 random bits for each index: Threefry-2x32 with 20 rounds, of the counter (index, block).

    Args:
        key: as `key` returns.
        index: whole numbers from 0 to 2^32 - 1, integers or floats, of any shape.
        block: numbers of another block are others; a scalar.

    Returns:
        The two words, uint32, each of the shape of index.

    References:
        Salmon et al. (2011), section 4.2.
    """
    words = (*key, key.seed ^ key.stream ^ jnp.uint32(_PARITY))
    first = jnp.asarray(index, dtype=jnp.uint32) + words[0]
    second = jnp.asarray(block, dtype=jnp.uint32) + words[1]
    for group in range(5):
        for distance in _ROTATIONS[group % 2]:
            first = first + second
            second = _rotated(second, distance) ^ first
        first = first + words[(group + 1) % 3]
        second = second + (words[(group + 2) % 3] + jnp.uint32(group + 1))
    return first, second


def _rotated(word: Array, distance: int) -> Array:
    """Return the word with its bits moved to the left, those that fall out back on the right."""
    return (word << jnp.uint32(distance)) | (word >> jnp.uint32(32 - distance))


def uniform(key: Key, index: ArrayLike, block: Scalar = 0) -> Array:
    """Return numbers that are uniform on [0, 1): multiples of 2^-53, exact in 64-bit floats.

    Args:
        key: as `key` returns.
        index: as in `bits`.
        block: as in `bits`.

    Returns:
        Floats of the shape of index, 53 random bits each; rounded where JAX's floats have 32 bits.
    """
    first, second = bits(key, index, block)
    return (_number(first >> jnp.uint32(5)) * 2.0**26 + _number(second >> jnp.uint32(6))) * 2.0**-53


def normal(key: Key, index: ArrayLike, block: Scalar = 0) -> Array:
    """Return standard normal numbers: sqrt(-2 log u) cos(2 pi v), with u and v uniform.

    Args:
        key: as `key` returns.
        index: as in `bits`.
        block: as in `bits`.

    Returns:
        Floats of the shape of index, none beyond +-6.8. Those of two machines may differ by a few times 1e-16,
        as their logarithms and cosines do.

    References:
        Box, Muller (1958), "A note on the generation of random normal deviates", equation 1.
    """
    first, second = bits(key, index, block)
    u = (_number(first) + 0.5) * 2.0**-32  # not 0, which has no logarithm
    return jnp.sqrt(-2.0 * jnp.log(u)) * jnp.cos(2.0 * math.pi * 2.0**-32 * _number(second))


def permutation(key: Key, index: ArrayLike, block: Scalar = 0) -> Array:
    """Return the indices in random order: they are sorted by random bits.

    Args:
        key: as `key` returns.
        index: 0, 1, ..., n - 1, integers or floats.
        block: a permutation of another block is another; a scalar.

    Returns:
        Integers of shape `(n,)`. The order of the first k among them is that of `permutation` with n = k.
    """
    return jnp.argsort(bits(key, index, block)[0])


def _number(word: Array) -> Array:
    return word.astype(float)
