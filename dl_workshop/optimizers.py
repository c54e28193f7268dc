"""Optimizers: how a gradient becomes the next theta. Each is a value: a named pair of pure functions.

`init(theta) -> opt_state`, and
`update(gradient, opt_state, *, step_size, **hyperparameters) -> (updates, opt_state)`, after which the new
theta is theta + updates. Gradient, updates and theta are pytrees of one structure; opt_state is a pytree of
arrays. Where books disagree on a constant, the convention is that of optax, and the other is named.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from dl_workshop import checks, small
from dl_workshop.models import Theta

OptState = Any  # a pytree of arrays
Scalar = Array | float


class Hyperparameter(NamedTuple):
    """A number that an optimizer takes beside the step size; its bounds `low` and `high` are included."""

    default: float
    low: float
    high: float
    label: str
    doc: str


class Optimizer(NamedTuple):
    """A rule for the next step.

    Attributes:
        name: its key in `OPTIMIZERS`.
        label: its name on screen.
        init: theta -> opt_state.
        update: (gradient, opt_state, *, step_size, **hyperparameters) -> (updates, opt_state); takes the
            keyword `hessian` too where `needs_hessian`.
        hyperparameters: those beyond the step size, by keyword.
        step_size: the one to begin with.
        needs_hessian: whether `update` takes the Hessian, `(p, p)`, of a theta that is a vector `(p,)`.
        stability: (**hyperparameters) -> the largest step size times curvature for which the optimizer
            settles on a quadratic, or None where no such number is known.
        replaces: whether `update` takes the keyword `theta` too, and returns the next theta in place of what is
            added to it.
    """

    name: str
    label: str
    init: Callable[[Theta], OptState]
    update: Callable[..., tuple[Theta, OptState]]
    hyperparameters: Mapping[str, Hyperparameter]
    step_size: float
    needs_hessian: bool = False
    stability: Callable[..., float] | None = None
    replaces: bool = False

    def __hash__(self) -> int:
        """Hash what never changes, so that what is compiled for an optimizer can be kept."""
        return hash((self.name, self.init, self.update))

    def step(
        self,
        theta: Theta,
        gradient: Theta,
        opt_state: OptState,
        step_size: Scalar,
        hyperparameters: Mapping[str, Scalar],
        hessian: Array | None = None,
    ) -> tuple[Theta, OptState]:
        """Return the next theta and opt_state; JAX can trace it.

        Args:
            theta: a vector `(p,)`, or another pytree.
            gradient: at theta, of the same structure.
            opt_state: as `init` or the last step returned it.
            step_size: the learning rate.
            hyperparameters: all of them, by name.
            hessian: at theta, `(p, p)`, where `needs_hessian`.
        """
        known = {"hessian": hessian} if self.needs_hessian else {"theta": theta} if self.replaces else {}
        updates, opt_state = self.update(gradient, opt_state, step_size=step_size, **known, **hyperparameters)
        return (updates if self.replaces else jax.tree.map(jnp.add, theta, updates)), opt_state


def _no_state(theta: Theta) -> OptState:
    return ()


def _zeros(theta: Theta) -> OptState:
    return jax.tree.map(jnp.zeros_like, theta)


def _gradient_descent(gradient: Theta, opt_state: OptState, *, step_size: Scalar) -> tuple[Theta, OptState]:
    """Gradient descent: -step_size * g.

    References:
        Cauchy (1847), "Methode generale pour la resolution des systemes d'equations simultanees".
    """
    return jax.tree.map(lambda g: -step_size * g, gradient), opt_state


def _momentum(gradient: Theta, opt_state: OptState, *, step_size: Scalar, momentum: Scalar) -> tuple[Theta, OptState]:
    """Momentum (heavy ball): m = momentum * m + g, then -step_size * m.

    References:
        Polyak (1964), "Some methods of speeding up the convergence of iteration methods", equation 9. Some
        books weigh g by 1 - momentum, which makes steps smaller by that factor.
    """
    velocity = jax.tree.map(lambda m, g: momentum * m + g, opt_state, gradient)
    return jax.tree.map(lambda m: -step_size * m, velocity), velocity


def _nesterov(gradient: Theta, opt_state: OptState, *, step_size: Scalar, momentum: Scalar) -> tuple[Theta, OptState]:
    """Nesterov momentum: m = momentum * m + g, then -step_size * (momentum * m + g).

    References:
        Nesterov (1983), "A method of solving a convex programming problem with convergence rate O(1/k^2)";
        in the form of Sutskever et al. (2013), "On the importance of initialization and momentum in deep
        learning", equations 3 and 4, with theta taken at the point that looks ahead.
    """
    velocity = jax.tree.map(lambda m, g: momentum * m + g, opt_state, gradient)
    return jax.tree.map(lambda m, g: -step_size * (momentum * m + g), velocity, gradient), velocity


ADAGRAD_EPSILON = 1e-7  # inside the root, as optax; Duchi et al. add delta outside it


def _adagrad(gradient: Theta, opt_state: OptState, *, step_size: Scalar) -> tuple[Theta, OptState]:
    """AdaGrad: s = s + g^2, then -step_size * g / sqrt(s + epsilon), each parameter on its own.

    References:
        Duchi, Hazan, Singer (2011), "Adaptive subgradient methods for online learning and stochastic
        optimization", figure 1 (diagonal). s starts at 0, as there; optax starts it at 0.1 by default.
    """
    total = jax.tree.map(lambda s, g: s + g**2, opt_state, gradient)
    return jax.tree.map(lambda g, s: -step_size * g / jnp.sqrt(s + ADAGRAD_EPSILON), gradient, total), total


RMSPROP_EPSILON = 1e-8  # inside the root, as optax; PyTorch adds it outside, and the lecture has none


def _rmsprop(gradient: Theta, opt_state: OptState, *, step_size: Scalar, decay: Scalar) -> tuple[Theta, OptState]:
    """RMSProp: s = decay * s + (1 - decay) * g^2, then -step_size * g / sqrt(s + epsilon).

    References:
        Tieleman, Hinton (2012), "Neural Networks for Machine Learning", lecture 6e.
    """
    average = jax.tree.map(lambda s, g: decay * s + (1.0 - decay) * g**2, opt_state, gradient)
    return jax.tree.map(lambda g, s: -step_size * g / jnp.sqrt(s + RMSPROP_EPSILON), gradient, average), average


ADAM_EPSILON = 1e-8  # outside the root, as the paper and optax


class AdamState(NamedTuple):
    """What Adam remembers: how many steps it has made, and running means of g and of g^2."""

    steps: Array
    mean: Theta
    square: Theta


def _init_adam(theta: Theta) -> AdamState:
    return AdamState(jnp.zeros(()), _zeros(theta), _zeros(theta))


def _adam(
    gradient: Theta, opt_state: AdamState, *, step_size: Scalar, beta_1: Scalar, beta_2: Scalar
) -> tuple[Theta, AdamState]:
    """Adam: -step_size * mean / (sqrt(square) + epsilon), from running means of g and g^2 that started at 0.

    mean = beta_1 * mean + (1 - beta_1) * g, square = beta_2 * square + (1 - beta_2) * g^2, and at step t each
    is divided by 1 - beta^t, which makes up for the start at 0.

    References:
        Kingma, Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.
    """
    steps = opt_state.steps + 1.0
    mean = jax.tree.map(lambda m, g: beta_1 * m + (1.0 - beta_1) * g, opt_state.mean, gradient)
    square = jax.tree.map(lambda v, g: beta_2 * v + (1.0 - beta_2) * g**2, opt_state.square, gradient)
    mean_scale, square_scale = 1.0 / (1.0 - beta_1**steps), 1.0 / (1.0 - beta_2**steps)
    updates = jax.tree.map(
        lambda m, v: -step_size * (m * mean_scale) / (jnp.sqrt(v * square_scale) + ADAM_EPSILON), mean, square
    )
    return updates, AdamState(steps, mean, square)


def _newton(gradient: Array, opt_state: OptState, *, step_size: Scalar, hessian: Array) -> tuple[Array, OptState]:
    """Newton's method for a few parameters in one vector: -step_size * H^-1 g.

    Not finite where H has no inverse, and uphill where H is not positive definite.

    References:
        Nocedal, Wright (2006), "Numerical Optimization", equation 2.15.
    """
    return -step_size * small.solved(hessian, gradient), opt_state


def _stability_of_gradient_descent() -> float:
    """Return 2: theta_t = (1 - a) theta_(t-1) shrinks while |1 - a| < 1."""
    return 2.0


def _stability_of_momentum(momentum: float) -> float:
    """Return 2 (1 + momentum), Polyak (1964), section 2.

    With a = step size times curvature, theta_t = (1 + momentum - a) theta_(t-1) - momentum theta_(t-2);
    beyond the bound one root of its characteristic equation is outside the unit circle.
    """
    return 2.0 * (1.0 + momentum)


def _stability_of_nesterov(momentum: float) -> float:
    """Return 2 (1 + momentum) / (1 + 2 momentum).

    With a = step size times curvature, theta_t = (1 - a) ((1 + momentum) theta_(t-1) - momentum theta_(t-2));
    beyond the bound one root of its characteristic equation is outside the unit circle.
    """
    return 2.0 * (1.0 + momentum) / (1.0 + 2.0 * momentum)


MOMENTUM = Hyperparameter(0.9, 0.0, 0.99, "Momentum", "How much of the last step's velocity is kept, 0 to 0.99.")
DECAY = Hyperparameter(0.9, 0.0, 0.999, "Decay", "How much of the running mean of g² is kept, 0 to 0.999.")
BETA_1 = Hyperparameter(0.9, 0.0, 0.99, "β₁", "How much of the running mean of g is kept, 0 to 0.99.")
BETA_2 = Hyperparameter(0.999, 0.0, 0.9999, "β₂", "How much of the running mean of g² is kept, 0 to 0.9999.")

# Step sizes to begin with: tried were factors of about 3 from 0.001 to 3, on the workshop's line (mean squared error
# and Huber, 500 steps from 0), on two classes (both losses, 500 steps), and on networks for moons, circles and spirals
# (cross-entropy, 1,000 steps of three seeds). With these all end near the minimum, and three times the size (ten times
# for momentum, Nesterov and Adam) diverges or jumps about somewhere, but for Newton's method, whose own is 1. The
# parabola, whose curvature is 30 times that of the line, needs less where the gradient sets the length of steps:
# 0.005, 0.01 and 0.003 for the first three.
OPTIMIZERS = {
    optimizer.name: optimizer
    for optimizer in (
        Optimizer(
            "gradient_descent",
            "Gradient descent",
            _no_state,
            _gradient_descent,
            {},
            0.1,
            stability=_stability_of_gradient_descent,
        ),
        Optimizer(
            "momentum",
            "Momentum",
            _zeros,
            _momentum,
            {"momentum": MOMENTUM},
            0.03,
            stability=_stability_of_momentum,
        ),
        Optimizer(
            "nesterov",
            "Nesterov",
            _zeros,
            _nesterov,
            {"momentum": MOMENTUM},
            0.03,
            stability=_stability_of_nesterov,
        ),
        Optimizer("adagrad", "AdaGrad", _zeros, _adagrad, {}, 1.0),
        Optimizer("rmsprop", "RMSProp", _zeros, _rmsprop, {"decay": DECAY}, 0.1),
        Optimizer("adam", "Adam", _init_adam, _adam, {"beta_1": BETA_1, "beta_2": BETA_2}, 0.1),
        Optimizer("newton", "Newton", _no_state, _newton, {}, 1.0, needs_hessian=True),
    )
}


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """Return the optimizer of that name, or the optimizer itself; ValueError names those there are."""
    return checks.registered("optimizer", optimizer, OPTIMIZERS)


def fill_hyperparameters(optimizer: str | Optimizer, given: Mapping[str, Any]) -> dict[str, float]:
    """Return all hyperparameters of `optimizer`: those given, and its defaults for the rest.

    Raises:
        ValueError: one that the optimizer does not have, or a value outside its bounds; no mapping, or no optimizer.
    """
    optimizer = get_optimizer(optimizer)
    checks.instance("hyperparameters", given, Mapping, "a mapping from names to numbers")
    own = optimizer.hyperparameters
    if unknown := ", ".join(str(name) for name in given if name not in own):
        has = ", ".join(own) or "none"
        raise ValueError(f"{optimizer.name!r} has no hyperparameter {unknown}; it has: {has}")
    return {
        name: checks.number(name, given.get(name, entry.default), low=entry.low, high=entry.high)
        for name, entry in own.items()
    }
