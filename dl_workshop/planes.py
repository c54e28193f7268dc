"""Planes through the space of a model's parameters, and the loss on them."""

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
from dl_workshop.data import Dataset, check_dataset, check_examples
from dl_workshop.losses import Loss, get_loss
from dl_workshop.models import Model, get_model
from dl_workshop.parameters import check_count, flat_model, network_inputs
from dl_workshop.training import objective, penalised, penalty_strengths

ITERATIONS = 200  # of the power iteration
STRAIGHT = 1e-12  # what lies off a line by less of its length is rounding


class Plane(NamedTuple):
    """The points origin + u * directions[0] + v * directions[1] of a space of p parameters.

    Attributes:
        origin: where u = v = 0, `(p,)`.
        directions: two orthogonal rows of length 1, `(2, p)`.
        share: the share, 0 to 1, of a path's squared distances from the origin that lie in the plane; NaN
            where the plane was not made from a path, or the path does not move.
    """

    origin: Any
    directions: Any
    share: Any = np.nan


def plane_of_path(path: Array) -> Plane:
    """Return the plane through the start and the end of a path that holds most of the path; for JAX to trace.

    u runs from the start to the end, which is the origin: the start is at u <= 0 and v = 0. v runs along the
    first principal component of what is left of the path across that line, by power iteration from the point
    that is farthest from the line, which is at v >= 0. Where start and end are one point, u runs to it from the
    point of the path that is farthest from it. Where the path is straight, or does not move, the missing
    directions are those of parameters that are as orthogonal as possible.

    Args:
        path: flat parameters along the path, `(k, p)`, k >= 1, p >= 2.

    References:
        Li, Xu, Taylor, Studer, Goldstein (2018), "Visualizing the loss landscape of neural nets", section 7,
        where both directions are principal components: then neither the start nor the end need be on the plane.
    """
    end = path[-1]
    moved = path - end
    distances = jnp.sum(moved**2, axis=1)
    rounding = STRAIGHT**2 * jnp.max(distances) + 1e-31 * jnp.max(jnp.sum(path**2, axis=1))
    away = jnp.where(distances[0] > rounding, moved[0], moved[jnp.argmax(distances)])
    axes = jnp.arange(path.shape[1])
    length = jnp.sqrt(jnp.sum(away**2))
    first = jnp.where(length > 0.0, -away / jnp.where(length > 0.0, length, 1.0), (axes == 0).astype(float))
    rest = moved - (moved @ first)[:, None] * first
    off = jnp.sum(rest**2, axis=1)
    farthest = jnp.argmax(off)

    def iterated(_: Array, direction: Array) -> Array:
        return _unit((rest @ direction) @ rest)

    most = lax.fori_loop(0, ITERATIONS, iterated, _unit(rest[farthest]))
    across = jnp.where(off[farthest] > rounding, most, (axes == jnp.argmin(jnp.abs(first))).astype(float))
    second = _unit(across - jnp.sum(across * first) * first)
    held = jnp.sum((moved @ first) ** 2) + jnp.sum((moved @ second) ** 2)
    total = jnp.sum(distances)
    share = jnp.where(total > 0.0, held / jnp.where(total > 0.0, total, 1.0), jnp.nan)
    return Plane(end, jnp.stack([first, second]), share)


def _unit(vector: Array) -> Array:
    size = jnp.sqrt(jnp.sum(vector**2))
    return vector / jnp.where(size > 0.0, size, 1.0)


def plane_of_parameters(theta: Array, i: ArrayLike, j: ArrayLike) -> Plane:
    """Return the plane on which two parameters vary and all others are held; for JAX to trace.

    u and v are the values of the two: they are 0 at the origin, whatever they are in `theta`. For the two
    parameters of a line, that is w and b themselves.

    Args:
        theta: flat parameters, `(p,)`, p >= 2.
        i: which parameter u is, 0 to p - 1.
        j: which v is; not i.
    """
    axes = jnp.arange(theta.shape[0])
    directions = jnp.stack([(axes == i).astype(float), (axes == j).astype(float)])
    return Plane(theta * (1.0 - directions[0] - directions[1]), directions, jnp.nan)


def project(plane: Plane, theta: ArrayLike) -> Array:
    """Return u and v where points fall when they are projected onto the plane; for JAX to trace.

    Args:
        plane: a `Plane` in a space of p parameters.
        theta: flat parameters, `(p,)` or `(k, p)`.

    Returns:
        `(2,)` or `(k, 2)`.
    """
    return (jnp.asarray(theta) - plane.origin) @ jnp.asarray(plane.directions).T


def point_on(plane: Plane, at: ArrayLike) -> Array:
    """Return the parameters at a point of the plane; for JAX to trace.

    The loss there, at = `project(plane, theta)`, is what a picture of the plane shows under theta: how far the
    loss of theta itself is from it says how much the picture hides.

    Args:
        plane: a `Plane` in a space of p parameters.
        at: u and v, `(2,)` or `(k, 2)`.

    Returns:
        Flat parameters, `(p,)` or `(k, p)`.
    """
    return plane.origin + jnp.asarray(at) @ jnp.asarray(plane.directions)


def row_on_plane(model: Model, loss: Loss) -> Callable[..., Array]:
    """Return the loss, with its penalty, along a row of a grid on a plane; for JAX to trace.

    Args:
        model: one with names, or the `flat_model` of a network.
        loss: one that fits it.

    Returns:
        (plane, u `(a,)`, v, x, y, l1, l2, weights=None) -> `(a,)`, with v a scalar and the rest as in `penalised`.
    """
    function = penalised(model, loss)

    def row(plane: Plane, u: Array, v: Array, *rest: Any) -> Array:
        return jax.vmap(lambda u: function(point_on(plane, jnp.stack([u, v])), *rest)[0])(u)

    return row


def run_plane(theta: ArrayLike) -> Plane:
    """Return `plane_of_path` of a path, as NumPy arrays, computed in 64 bits whatever JAX's mode.

    Args:
        theta: flat parameters along the path, `(k, p)`, k >= 1, p >= 2.

    Raises:
        ValueError: theta is not of that shape, or not finite.
    """
    path = checks.finite_matrix("theta", theta)
    if path.shape[1] < 2:
        raise ValueError(f"theta has shape {path.shape}, but a plane needs at least two parameters")
    missing = max(64, 1 << (len(path) - 1).bit_length()) - len(path)
    with jax.enable_x64(True):  # what waits at the end moves nothing, and few lengths are compiled
        plane = _compiled_plane()(np.concatenate([path, np.repeat(path[-1:], missing, axis=0)]))
    return Plane(path[-1], np.asarray(plane.directions), float(plane.share))


@lru_cache(maxsize=1)
def _compiled_plane() -> Callable[[np.ndarray], Plane]:
    return jax.jit(plane_of_path)


def parameter_plane(theta: ArrayLike, i: int, j: int) -> Plane:
    """Return `plane_of_parameters`, as NumPy arrays.

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
    return Plane(origin, np.eye(len(origin))[[i, j]])


def plane_surface(
    model: str | Model,
    loss: str | Loss,
    dataset: Dataset,
    plane: Plane,
    u: ArrayLike,
    v: ArrayLike,
    *,
    penalty: str = "none",
    penalty_strength: float = 0.0,
) -> np.ndarray:
    """Return what is minimised, the loss and its penalty, at every point of a grid on a plane.

    Compiled once for each model, loss and grid size, and each power of two that holds the examples.

    Args:
        model: a name in `MODELS`, or a `Model`: one with names, or a network, as `mlp` returns.
        loss: a name in `LOSSES`, or a `Loss`; one that fits the model.
        dataset: x of shape `(n,)`, for a network `(n, d)`, and y of shape `(n,)`, finite; y from 0 to 1 for a
            classifier.
        plane: a `Plane` in the space of the model's flat parameters.
        u: coordinates along the first direction, `(a,)`.
        v: coordinates along the second, `(b,)`.
        penalty: as in `train`.
        penalty_strength: as in `train`.

    Returns:
        A NumPy array of shape `(b, a)`: row i belongs to v[i], column j to u[j].

    Raises:
        ValueError: an argument is not as above, or the loss is not finite somewhere on the grid.
    """
    model, loss = get_model(model), get_loss(loss)
    objective(model, loss)  # says here what does not fit together
    if model.names:
        dataset = check_dataset(dataset)
    else:
        dataset = check_examples("the dataset", dataset, inputs=network_inputs(model))
    loss.check_targets(dataset.y)
    u, v = (checks.as_floats(name, checks.finite_vector(name, a, least=1)) for name, a in (("u", u), ("v", v)))
    strengths = penalty_strengths(penalty, penalty_strength)
    checks.instance("plane", plane, Plane, "a `Plane`, as `run_plane` returns")
    arrays = Plane(*(checks.as_floats("plane", a) for a in plane))
    check_count(model, arrays.origin.size)
    if arrays.directions.shape != (2, arrays.origin.size):
        raise ValueError(f"the plane's directions have shape {arrays.directions.shape}, but must be (2, p)")
    for name, values in zip(("x", "y"), dataset, strict=True):
        checks.as_floats(name, values)
    examples = padded(dataset)
    lengths = len(u), len(v), len(examples[1])
    compiled = _compiled_surface(flat_model(model), loss, lengths)
    surface = np.asarray(compiled(arrays, u, v, *examples[:2], *strengths, examples[2]))
    if not np.isfinite(surface).all():
        row, column = np.argwhere(~np.isfinite(surface))[0]
        raise ValueError(
            f"the loss is {surface[row, column]} at u = {u[column]:g}, v = {v[row]:g}: "
            "take a smaller grid, or smaller numbers in x and y"
        )
    return surface


@lru_cache(maxsize=64)
def _compiled_surface(model: Model, loss: Loss, lengths: tuple[int, ...]) -> Callable[..., Array]:
    """Return the compiled surface; the lengths of its arguments are part of the key of this bounded cache."""
    row = row_on_plane(model, loss)

    def surface(plane: Plane, u: Array, v: Array, *rest: Any) -> Array:
        return lax.map(lambda v: row(plane, u, v, *rest), v)  # a row at a time, to stay small

    return jax.jit(surface)
