"""Planes through the space of a network's parameters, and the loss on them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.batches import padded
from dl_workshop.data import Dataset, check_examples
from dl_workshop.losses import Loss, get_loss
from dl_workshop.models import Model, get_model
from dl_workshop.parameters import check_count, flat_model, network_inputs
from dl_workshop.training import objective


class Plane(NamedTuple):
    """The points origin + u * directions[0] + v * directions[1] of a space of p parameters.

    Attributes:
        origin: where u = v = 0, `(p,)`.
        directions: two orthogonal rows of length 1, `(2, p)`.
        share: the share, 0 to 1, of a path's squared distances from the origin that lie in the plane; None
            where the plane was not made from a path, or the path does not move.
        labels: what u and v are called.
    """

    origin: np.ndarray
    directions: np.ndarray
    share: float | None
    labels: tuple[str, str]


def trajectory_plane(theta: ArrayLike) -> Plane:
    """Return the plane through the end of a path that holds most of the path.

    Its directions are the first two principal components of the differences between every point of the path
    and the last one, which is the origin: the two right singular vectors with the largest singular values.
    Both point so that the path starts at u <= 0 and v <= 0. Where the path is straight, or does not move, the
    missing directions are any that are orthogonal to the others.

    Args:
        theta: flat parameters along the path, `(k, p)`, k >= 1, p >= 2.

    Raises:
        ValueError: theta is not of that shape, or not finite.

    References:
        Li, Xu, Taylor, Studer, Goldstein (2018), "Visualizing the loss landscape of neural nets", section 7.
    """
    path = checks.finite_matrix("theta", theta)
    if path.shape[1] < 2:
        raise ValueError(f"theta has shape {path.shape}, but a plane needs at least two parameters")
    moved = path - path[-1]
    padding = np.zeros((max(0, 2 - len(moved)), path.shape[1]))
    _, values, rows = np.linalg.svd(np.concatenate([moved, padding]), full_matrices=False)
    directions = rows[:2] * np.where(rows[:2] @ moved[0] > 0.0, -1.0, 1.0)[:, None]
    total = float(np.sum(values**2))
    share = float(np.sum(values[:2] ** 2)) / total if total > 0.0 else None
    return Plane(path[-1], directions, share, ("1st principal component", "2nd principal component"))


def parameter_plane(theta: ArrayLike, i: int, j: int) -> Plane:
    """Return the plane on which two parameters vary and all others are held.

    u and v are the values of the two: they are 0 at the origin, whatever they are in `theta`.

    Args:
        theta: flat parameters, `(p,)`, p >= 2.
        i: which parameter u is, 0 to p - 1.
        j: which v is; not i.

    Raises:
        ValueError: an argument is not as above.
    """
    origin = checks.finite_vector("theta", theta, least=2).copy()
    i, j = (checks.whole_number(name, k, low=0, high=len(origin) - 1) for name, k in (("i", i), ("j", j)))
    if i == j:
        raise ValueError(f"i and j are both {i}, but a plane needs two different parameters")
    origin[[i, j]] = 0.0
    return Plane(origin, np.eye(len(origin))[[i, j]], None, (f"theta[{i}]", f"theta[{j}]"))


def plane_coordinates(plane: Plane, theta: ArrayLike) -> np.ndarray:
    """Return u and v of points, `(k, 2)`: where each falls when it is projected onto the plane.

    Args:
        plane: a `Plane` in a space of p parameters.
        theta: flat parameters, `(k, p)`.

    Raises:
        ValueError: theta is not of that shape, or not finite.
    """
    path = checks.finite_matrix("theta", theta, columns=len(plane.origin))
    return (path - plane.origin) @ plane.directions.T


def plane_surface(
    model: str | Model, loss: str | Loss, dataset: Dataset, plane: Plane, u: ArrayLike, v: ArrayLike
) -> np.ndarray:
    """Return the loss at every point of a grid on a plane.

    Compiled once for each model, loss and grid size, and each power of two that holds the examples.

    Args:
        model: a `Model`, as `mlp` returns.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x of shape `(n, d)` and y of shape `(n,)`, finite; y from 0 to 1 for a classifier.
        plane: a `Plane` in the space of the model's flat parameters.
        u: coordinates along the first direction, `(a,)`.
        v: coordinates along the second, `(b,)`.

    Returns:
        The losses, a NumPy array of shape `(b, a)`: row i belongs to v[i], column j to u[j].

    Raises:
        ValueError: an argument is not as above.
    """
    model, loss = get_model(model), get_loss(loss)
    dataset = check_examples("the dataset", dataset, inputs=network_inputs(model))
    loss.check_targets(dataset.y)
    number = jnp.result_type(float)
    u, v = (checks.finite_vector(name, a, least=1).astype(number) for name, a in (("u", u), ("v", v)))
    check_count(model, len(plane.origin))
    origin, directions = (np.asarray(a, dtype=number) for a in (plane.origin, plane.directions))
    return np.asarray(_compiled_surface(model, loss)(u, v, origin, directions, *padded(dataset)))


@lru_cache(maxsize=64)
def _compiled_surface(model: Model, loss: Loss) -> Callable[..., Array]:
    function = objective(flat_model(model), loss)

    def surface(u: Array, v: Array, origin: Array, directions: Array, *examples: Any) -> Array:
        def at(u: Array, v: Array) -> Array:
            return function(origin + u * directions[0] + v * directions[1], *examples)

        return lax.map(lambda v: jax.vmap(at, in_axes=(0, None))(u, v), v)  # a row at a time, to stay small

    return jax.jit(surface)
