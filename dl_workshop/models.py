"""Models: what is predicted from one example, given the parameters theta. `jax.vmap` makes the batch."""

import itertools
import operator
from collections.abc import Callable, Sequence
from functools import lru_cache, partial, reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks
from dl_workshop.initial_weights import INIT_SCHEMES, draw_layer
from dl_workshop.losses import LOSSES
from dl_workshop.random import check_seed

Theta = Any  # a pytree of arrays: a vector `(p,)` for models with names, a list of layers {"w", "b"} for networks


class Model(NamedTuple):
    """A family of functions of x, one for each theta.

    Attributes:
        name: its key in `MODELS`.
        label: what to call it on screen.
        init: () -> theta, where training starts unless told otherwise.
        apply: (theta, x) -> output for ONE example, the quantity that the model's losses take.
        predict: output -> prediction in the units of y (a value, or the probability of class 1).
        tasks: what it is for, as the losses say it: "regression", "classification"; the usual one first.
        names: what the numbers of theta, a vector `(p,)`, are called; biases begin with b. Empty for networks,
            whose theta is a list of layers, and whose names `parameters.parameter_names` gives.
        linear: whether the output is a sum of functions of x, each times a number of theta, the last function 1.
    """

    name: str
    label: str
    init: Callable[[], Theta]
    apply: Callable[[Theta, ArrayLike], Array]
    predict: Callable[[ArrayLike], Array]
    tasks: tuple[str, ...]
    names: tuple[str, ...] = ()
    linear: bool = False


def line(theta: ArrayLike, x: ArrayLike) -> Array:
    """Return w * x + b: the value of linear regression, and the logit of logistic regression.

    The probability of class 1 is sigmoid(w * x + b) = 1 / (1 + exp(-(w * x + b))), Cox (1958), "The regression
    analysis of binary sequences". Losses take the logit, which loses nothing where the probability rounds to 0
    or 1.

    Args:
        theta: w and b, `(2,)`.
        x: the input of one example, a scalar (an array broadcasts).

    Returns:
        The value or the logit, of the shape of x.
    """
    w, b = jnp.asarray(theta)
    return w * jnp.asarray(x) + b


def polynomial(theta: ArrayLike, x: ArrayLike) -> Array:
    """Return w1 * x + w2 * x^2 + b: linear regression on x and its square.

    Args:
        theta: w1, w2 and b, `(3,)`.
        x: the input of one example, a scalar (an array broadcasts).

    Returns:
        The predicted value, of the shape of x.

    References:
        Gergonne (1815), "Application de la methode des moindres quarres a l'interpolation des suites".
    """
    (w_1, w_2, b), x = jnp.asarray(theta), jnp.asarray(x)
    return w_1 * x + w_2 * x**2 + b


def boundary(theta: ArrayLike) -> Array:
    """Return -b / w, the x at which logistic regression says 1/2; not finite where w is 0.

    Args:
        theta: w and b, `(2,)`.

    Returns:
        A scalar, in the unit of x.
    """
    w, b = jnp.asarray(theta)
    return -b / w


def linear_model(theta: Theta, x: ArrayLike) -> Array:
    """Linear regression as the notebooks write it: w * x + b, with theta a dict.

    Args:
        theta: {"w": scalar, "b": scalar}.
        x: the input of one example, a scalar (an array broadcasts).

    Returns:
        The predicted value, of the shape of x.
    """
    return theta["w"] * jnp.asarray(x) + theta["b"]


@lru_cache(maxsize=16)
def parameters_of(model: Model) -> Theta:
    """Return the model's parameters as a pytree of shapes and types without values."""
    return jax.eval_shape(model.init)


def check_theta(model: Model, theta: Theta) -> Theta:
    """Return `theta` as NumPy arrays in JAX's float type, of the structure and shapes that `model` has.

    Raises:
        ValueError: another structure, another shape, or a value that is not finite.
    """
    if model.names:
        vector = checks.finite_vector("theta", theta, least=1)
        if len(vector) != len(model.names):
            names = ", ".join(model.names)
            raise ValueError(f"theta has {len(vector)} numbers, but the parameters of {model.name!r} are {names}")
        theta = vector
    arrays, expected = checks.finite_tree("theta", theta), parameters_of(model)
    given, own = ([*jax.tree.leaves_with_path(tree)] for tree in (arrays, expected))
    if [(path, leaf.shape) for path, leaf in given] != [(path, leaf.shape) for path, leaf in own]:
        shapes = jax.tree.map(lambda leaf: leaf.shape, expected)
        raise ValueError(f"theta is {theta!r}, but parameters of {model.name!r} have the shapes {shapes}")
    return arrays


def _identity(value: ArrayLike) -> Array:
    return jnp.asarray(value)


class Activation(NamedTuple):
    """What a hidden unit makes of its input.

    Attributes:
        name: its key in `ACTIVATIONS`.
        label: what to call it on screen.
        function: input -> output, elementwise.
        init_scheme: the key in `INIT_SCHEMES` that suits it.
        outputs: between which numbers its output lies; None where it has no bounds.
    """

    name: str
    label: str
    function: Callable[[ArrayLike], Array]
    init_scheme: str
    outputs: tuple[float, float] | None = None


MOST_WEIGHTS = 100_000_000  # 0.8 GB in 64 bits

ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("tanh", "tanh", jnp.tanh, "glorot", (-1.0, 1.0)),
        Activation("relu", "ReLU", jax.nn.relu, "he"),
        Activation("logistic", "Logistic", jax.nn.sigmoid, "glorot", (0.0, 1.0)),
        Activation("identity", "Identity", _identity, "glorot"),
    )
}


def get_activation(activation: str | Activation) -> Activation:
    """Return the activation of that name, or the activation itself; ValueError names those there are."""
    return checks.registered("activation", activation, ACTIVATIONS)


def check_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the widths of a network's layers as a tuple: inputs, hidden layers, outputs.

    Raises:
        ValueError: fewer than two, one that is not a whole number of at least 1, or more weights than `MOST_WEIGHTS`.
    """
    try:
        widths = tuple(sizes)
    except TypeError:
        widths = ()
    if len(widths) < 2 or isinstance(sizes, str):
        raise ValueError(f"sizes must be the inputs, any hidden layers and the outputs, but is {sizes!r}")
    widths = tuple(checks.whole_number(f"sizes[{i}]", width, low=1) for i, width in enumerate(widths))
    if (weights := sum(a * b for a, b in itertools.pairwise(widths))) > MOST_WEIGHTS:
        raise ValueError(
            f"sizes {checks.shown(widths)} make {checks.shown(weights)} weights: more than {MOST_WEIGHTS:,}"
        )
    return widths


def mlp(sizes: Sequence[int], activation: str | Activation = "tanh") -> Model:
    """Return a multilayer perceptron: affine layers, with an activation behind each but the last.

    h_0 = x, h_l = activation(h_(l-1) w_l + b_l), and the output is h_(L-1) w_L + b_L: the logit of class 1
    for classification, the value for regression.

    Args:
        sizes: inputs, units of each hidden layer, outputs: (2, 4, 2, 1).
        activation: a name in `ACTIVATIONS`, or an `Activation`.

    Returns:
        A `Model`; the same arguments return the same object. Its theta is a list of layers
        {"w": `(fan_in, fan_out)`, "b": `(fan_out,)`}; its `apply` takes one example of shape `(inputs,)` and
        returns a scalar where there is one output, else `(outputs,)`; its `predict` changes nothing, and
        `jax.nn.sigmoid` makes probabilities of logits.

    Raises:
        ValueError: sizes that are no network's, or an unknown activation.
    """
    return _mlp(check_sizes(sizes), get_activation(activation))


@lru_cache(maxsize=256)
def _mlp(sizes: tuple[int, ...], activation: Activation) -> Model:
    def apply(theta: Theta, x: ArrayLike) -> Array:
        return _layers(activation, theta, x)[-1].reshape(sizes[-1:] if sizes[-1] > 1 else ())

    return network(activation)._replace(
        name=f"mlp {'-'.join(map(str, sizes))} {activation.name}",
        init=partial(mlp_init, sizes, activation, key=0),
        apply=apply,
    )


def network(activation: str | Activation = "tanh") -> Model:
    """Return the networks with one output, of any depth and any widths: their theta says which.

    It is what the browser trains: the number of layers is that of the traced theta, and their widths may be
    symbolic there. What needs a theta to begin with takes `mlp`.

    Args:
        activation: a name in `ACTIVATIONS`, or an `Activation`.

    Returns:
        A `Model`; the same arguments return the same object. Its theta is a list of layers
        {"w": `(fan_in, fan_out)`, "b": `(fan_out,)`}, the last fan_out being 1; its `apply` takes one example of
        shape `(inputs,)` and returns a scalar. It has no `init`.

    Raises:
        ValueError: an unknown activation.
    """
    return _network(get_activation(activation))


@lru_cache(maxsize=16)
def _network(activation: Activation) -> Model:
    def apply(theta: Theta, x: ArrayLike) -> Array:
        return _layers(activation, theta, x)[-1].reshape(())

    return Model(
        f"network {activation.name}",
        "Neural network",
        init=_no_theta,
        apply=apply,
        predict=_identity,
        tasks=("classification", "regression"),
    )


def _no_theta() -> Theta:
    raise ValueError("a network of any widths has no parameters to begin with: make one with mlp(sizes, activation)")


class Chain(NamedTuple):
    """The numbers of a network's diagram for one example, layer by layer.

    Attributes:
        sums: what each unit's weighted sum and bias come to, `(units,)`; the output's is the last one.
        outputs: what the units give, `(units,)`: the activation of the sum, and of the output the sum itself.
        slopes: derivatives of the activation at the sums, `(units,)`, of the hidden layers.
        gradient: derivatives of the example's loss by theta, of its form: each summed over all paths to the output.
    """

    sums: list[Array]
    outputs: list[Array]
    slopes: list[Array]
    gradient: Theta


def network_units(activation: str | Activation = "tanh") -> Callable[[Theta, ArrayLike], list[Array]]:
    """Return what every unit of a network makes of one example.

    Args:
        activation: a name in `ACTIVATIONS`, or an `Activation`.

    Returns:
        (theta, x) -> a list of arrays, one a layer: the hidden layers' activations `(units,)`, then the
        output (logit or value) `(outputs,)`, with x of shape `(inputs,)` and theta the list of layers. The same
        arguments return the same function.

    Raises:
        ValueError: an unknown activation.
    """
    return _network_units(get_activation(activation))


@lru_cache(maxsize=16)
def _network_units(activation: Activation) -> Callable[[Theta, ArrayLike], list[Array]]:
    def units(theta: Theta, x: ArrayLike) -> list[Array]:
        return _layers(activation, theta, x)

    return units


def network_chain(activation: str | Activation = "tanh") -> Callable[[Theta, ArrayLike, ArrayLike], Chain]:
    """Return what the chain rule multiplies: for one example, the numbers that a network's diagram holds.

    The derivative of the loss by a weight is, along each path from it to the output, a product: what comes in over
    the connection, the slope of the unit's activation, and for each further connection of the path its weight and the
    slope of the unit behind it, the output's being that of the loss. Summed over all paths it is the gradient.

    Args:
        activation: a name in `ACTIVATIONS`, or an `Activation`.

    Returns:
        (theta, x, slope) -> `Chain`, with theta the list of layers, x of shape `(inputs,)`, and slope the derivative
        of the example's loss by the one output, as `losses.of_each` gives it. The same arguments return the same
        function.

    Raises:
        ValueError: an unknown activation.

    References:
        Rumelhart, Hinton, Williams (1986), "Learning representations by back-propagating errors".
    """
    return _network_chain(get_activation(activation))


@lru_cache(maxsize=16)
def _network_chain(activation: Activation) -> Callable[[Theta, ArrayLike, ArrayLike], Chain]:
    slope_of = jax.vmap(jax.grad(activation.function))

    def chain(theta: Theta, x: ArrayLike, slope: ArrayLike) -> Chain:
        sums, outputs = _forward(activation, theta, x)
        _, backward = jax.vjp(lambda theta: _layers(activation, theta, x)[-1], theta)
        [gradient] = backward(jnp.broadcast_to(slope, outputs[-1].shape))
        return Chain(sums, outputs, [slope_of(z) for z in sums[:-1]], gradient)

    return chain


def _layers(activation: Activation, theta: Theta, x: ArrayLike) -> list[Array]:
    """Return every layer's output for one example, the last without an activation."""
    return _forward(activation, theta, x)[1]


def _forward(activation: Activation, theta: Theta, x: ArrayLike) -> tuple[list[Array], list[Array]]:
    """Return every layer's weighted sums and outputs for one example; in the last layer they are the same."""
    sums, outputs = [], [jnp.asarray(x)]
    for layer in theta[:-1]:
        sums.append(_affine(layer, outputs[-1]))
        outputs.append(activation.function(sums[-1]))
    last = _affine(theta[-1], outputs[-1])
    return [*sums, last], [*outputs[1:], last]


def _affine(layer: Theta, x: Array) -> Array:
    """Return x w + b, written out where w is tiny: XLA fuses sums with what is around them, products not."""
    w, b = layer["w"], layer["b"]
    if all(isinstance(width, int) for width in w.shape) and w.size <= 8 and len(w) <= 4:
        return sum((x[i] * w[i] for i in range(len(w))), b)
    return x @ w + b


def mlp_init(
    sizes: Sequence[int],
    activation: str | Activation = "tanh",
    *,
    key: int | Array = 0,
    scheme: str | None = None,
) -> Theta:
    """Return random initial parameters for `mlp(sizes, activation)`.

    Args:
        sizes: inputs, units of each hidden layer, outputs.
        activation: a name in `ACTIVATIONS`, or an `Activation`.
        key: which draw: a whole number from 0 to 2^32 - 1, or a key of `jax.random`; the same on every machine.
        scheme: a name in `INIT_SCHEMES`, where each says its distribution; None for the activation's own.

    Returns:
        A list of layers {"w": `(fan_in, fan_out)`, "b": `(fan_out,)`}, NumPy arrays in JAX's float type.

    Raises:
        ValueError: an argument is not as above.
    """
    sizes, activation = check_sizes(sizes), get_activation(activation)
    name = checks.registered("scheme", activation.init_scheme if scheme is None else scheme, INIT_SCHEMES).name
    seed, number = _seed_of(key), jnp.result_type(float)
    layers = [
        draw_layer(name, seed=seed, layer=layer, fan_in=fan_in, fan_out=fan_out)
        for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes))
    ]
    return jax.tree.map(lambda leaf: leaf.astype(number), layers)


def _seed_of(key: int | Array) -> int:
    """Return the seed that a key stands for: that of `jax.random.key(7)` is 7."""
    if isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        key = jax.random.key_data(key)
    if isinstance(key, jax.Array) and key.dtype == jnp.uint32 and key.ndim == 1:
        return reduce(operator.xor, np.asarray(key).tolist())
    return check_seed(key, "key")


MODELS = {
    model.name: model
    for model in (
        Model(
            "linear",
            "Linear regression",
            init=partial(np.zeros, 2),
            apply=line,
            predict=_identity,
            tasks=("regression",),
            names=("w", "b"),
            linear=True,
        ),
        Model(
            "logistic",
            "Logistic regression",
            init=partial(np.zeros, 2),
            apply=line,
            predict=jax.nn.sigmoid,
            tasks=("classification",),
            names=("w", "b"),
            linear=True,
        ),
        Model(
            "polynomial",
            "Polynomial regression",
            init=partial(np.zeros, 3),
            apply=polynomial,
            predict=_identity,
            tasks=("regression",),
            names=("w1", "w2", "b"),
            linear=True,
        ),
    )
}


def losses_of(model: str | Model) -> tuple[str, ...]:
    """Return the keys of `LOSSES` that fit the model, those of its usual task first."""
    return tuple(loss.name for task in get_model(model).tasks for loss in LOSSES.values() if loss.task == task)


def get_model(model: str | Model) -> Model:
    """Return the model of that name, or the model itself; ValueError names those there are."""
    return checks.registered("model", model, MODELS)
