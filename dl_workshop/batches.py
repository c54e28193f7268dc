"""Which examples a step sees, padded to few lengths so that few lengths are ever compiled."""

import jax.numpy as jnp
import numpy as np

from dl_workshop import checks
from dl_workshop.data import Dataset


def batch_indices(*, seed: int, n: int, batch_size: int, n_steps: int) -> np.ndarray:
    """Return which examples each step sees: consecutive slices of one seeded permutation after another.

    Every example is seen once before any is seen again, and the first k rows do not depend on `n_steps`.

    Args:
        seed: which shuffling, 0 or more.
        n: number of examples, 2 or more.
        batch_size: examples per step, 1 to n.
        n_steps: number of steps, 1 or more.

    Returns:
        Integers from 0 to n - 1, of shape `(n_steps, batch_size)`.

    Raises:
        ValueError: an argument is out of the range above.
    """
    random = np.random.default_rng(checks.whole_number("seed", seed, low=0))
    n = checks.whole_number("n", n, low=2)
    batch_size = checks.whole_number("batch_size", batch_size, low=1, high=n)
    seen = checks.whole_number("n_steps", n_steps, low=1) * batch_size
    epochs = [random.permutation(n) for _ in range(-(-seen // n))]
    return np.concatenate(epochs)[:seen].reshape(-1, batch_size)


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
