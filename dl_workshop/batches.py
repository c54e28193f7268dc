"""Which examples a step sees, padded to few lengths so that few lengths are ever compiled."""

from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.data import MOST_EXAMPLES, Dataset
from dl_workshop.random import BATCHES, Scalar, check_seed, in_64_bits, key, padded_index, permutation

MOST_SEEN = 100_000_000  # examples in all batches together: 800 MB


def epoch_permutation(seed: Scalar, epoch: Scalar, index: ArrayLike) -> Array:
    """Return the order in which an epoch sees the examples; for JAX to trace.

    Args:
        seed: which shuffling.
        epoch: 0 for the first.
        index: 0, 1, ..., n - 1.

    Returns:
        Integers from 0 to n - 1, `(n,)`.
    """
    return permutation(key(seed, BATCHES), index, epoch)


def batch_indices(*, seed: int, n: int, batch_size: int, n_steps: int) -> np.ndarray:
    """Return which examples each step sees: consecutive slices of one seeded permutation after another.

    Every example is seen once before any is seen again, and the first k rows do not depend on `n_steps`. A batch
    that reaches beyond a permutation's end goes on with the next, and can so hold an example twice.

    Args:
        seed: which shuffling, 0 to 2^32 - 1.
        n: number of examples, 2 to 1,000,000.
        batch_size: examples per step, 1 to n.
        n_steps: number of steps, 1 or more; all batches together hold at most 100 million examples.

    Returns:
        Integers from 0 to n - 1, of shape `(n_steps, batch_size)`.

    Raises:
        ValueError: an argument is out of the range above.
    """
    seed, n = check_seed(seed), checks.whole_number("n", n, low=2, high=MOST_EXAMPLES)
    batch_size = checks.whole_number("batch_size", batch_size, low=1, high=n)
    seen = checks.whole_number("n_steps", n_steps, low=1, high=MOST_SEEN // batch_size) * batch_size
    permutations, index = _compiled_permutations(), padded_index(n, least=16)
    epochs: list[np.ndarray] = []
    together = max(1, 2048 // len(index))  # a call takes as long as the shuffling of some 2,000 examples
    for first in range(0, -(-seen // n), together):
        numbers = np.arange(first, first + together, dtype=np.uint32)
        with in_64_bits():
            orders = np.asarray(permutations(np.uint32(seed), numbers, index))
        epochs.append(orders[orders < n].astype(int))  # the others are in the order that they have without the padding
    return np.concatenate(epochs)[:seen].reshape(-1, batch_size)


@lru_cache(maxsize=1)
def _compiled_permutations() -> Callable[[np.uint32, np.ndarray, np.ndarray], Array]:
    """Return the compiled (seed, epochs `(k,)`, index `(n,)`) -> permutations `(k, n)`."""
    return jax.jit(jax.vmap(epoch_permutation, in_axes=(None, 0, None)))


def padded(dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and weights of one of few lengths, so that few numbers of points compile anything.

    The weights are 1/n for the n examples and 0 for the copies of the last one behind them.
    """
    n = len(dataset.x)
    missing = _power_of_two(n, least=128) - n
    x, y = (np.concatenate([values, np.repeat(values[-1:], missing, axis=0)]) for values in dataset)
    weights = np.pad(np.full(n, 1.0 / n), (0, missing))
    number = jnp.result_type(float)
    return x.astype(number), y.astype(number), weights.astype(number)


def padded_batches(batches: np.ndarray, *, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return indices and weights of shape `(steps, size)`, the size one of few.

    The weights are 1 / batch_size for the batch and 0 for the zeros behind it; rows beyond those of `batches`
    are for steps that nobody keeps.
    """
    rows, size = batches.shape
    missing = padded_size(size) - size
    indices = np.pad(batches, ((0, steps - rows), (0, missing))).astype(np.int32)
    weights = np.pad(np.full((steps, size), 1.0 / size), ((0, 0), (0, missing)))
    return indices, weights.astype(jnp.result_type(float))


def padded_size(batch_size: int) -> int:
    """Return the length of a padded batch: the power of two that holds it, at least 8."""
    return _power_of_two(batch_size, least=8)


def _power_of_two(size: int, *, least: int) -> int:
    return max(least, 1 << (size - 1).bit_length())
