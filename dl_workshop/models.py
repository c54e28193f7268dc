"""Models: what is predicted from one example, given the parameters theta. `jax.vmap` makes the batch."""

import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop import checks

Theta = Any  # a pytree of arrays; {"w": scalar, "b": scalar} for the models here


class Model(NamedTuple):
    """A family of functions of x, one for each theta.

    Attributes:
        name: its key in `MODELS`.
        label: what to call it on screen.
        init: () -> theta, where training starts unless told otherwise.
        apply: (theta, x) -> output for ONE example, the quantity that the model's losses take.
        predict: output -> prediction in the units of y (a value, or the probability of class 1).
        losses: keys of `LOSSES` that fit the model, the usual one first.
    """

    name: str
    label: str
    init: Callable[[], Theta]
    apply: Callable[[Theta, ArrayLike], Array]
    predict: Callable[[ArrayLike], Array]
    losses: tuple[str, ...]


def init_line() -> Theta:
    """Return {"w": 0, "b": 0}, the flat line through the origin, as scalar JAX arrays."""
    return {"w": jnp.zeros(()), "b": jnp.zeros(())}


def linear_model(theta: Theta, x: ArrayLike) -> Array:
    """Linear regression: w * x + b.

    Args:
        theta: {"w": scalar, "b": scalar}.
        x: the input of one example, a scalar (an array broadcasts).

    Returns:
        The predicted value, of the shape of x.
    """
    return theta["w"] * jnp.asarray(x) + theta["b"]


def logistic_model(theta: Theta, x: ArrayLike) -> Array:
    """Logistic regression: the logit w * x + b of the probability of class 1.

    The probability is sigmoid(w * x + b) = 1 / (1 + exp(-(w * x + b))), Cox (1958), "The regression analysis
    of binary sequences". Losses take the logit, which loses nothing where the probability rounds to 0 or 1.

    Args:
        theta: {"w": scalar, "b": scalar}.
        x: the input of one example, a scalar (an array broadcasts).

    Returns:
        The logit, of the shape of x.
    """
    return linear_model(theta, x)


@lru_cache(maxsize=16)
def parameters_of(model: Model) -> Theta:
    """Return the model's parameters as a pytree of shapes and types without values."""
    return jax.eval_shape(model.init)


def check_theta(model: Model, theta: Theta) -> Theta:
    """Return `theta` as NumPy arrays in JAX's float type, of the structure and shapes that `model` has.

    Raises:
        ValueError: another structure, another shape, or a value that is not finite.
    """
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
    """

    name: str
    label: str
    function: Callable[[ArrayLike], Array]
    init_scheme: str


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("tanh", "tanh", jnp.tanh, "glorot"),
        Activation("relu", "ReLU", jax.nn.relu, "he"),
        Activation("logistic", "Logistic", jax.nn.sigmoid, "glorot"),
        Activation("identity", "Identity", _identity, "glorot"),
    )
}

INIT_SCHEMES = ("glorot", "he", "standard_normal")


def get_activation(activation: str | Activation) -> Activation:
    """Return the activation of that name, or the activation itself; ValueError names those there are."""
    return checks.registered("activation", activation, ACTIVATIONS)


def check_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the widths of a network's layers as a tuple: inputs, hidden layers, outputs.

    Raises:
        ValueError: fewer than two, or one that is not a whole number of at least 1.
    """
    try:
        widths = tuple(sizes)
    except TypeError:
        widths = ()
    if len(widths) < 2 or isinstance(sizes, str):
        raise ValueError(f"sizes must be the inputs, any hidden layers and the outputs, but is {sizes!r}")
    return tuple(checks.whole_number(f"sizes[{i}]", width, low=1) for i, width in enumerate(widths))


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

    return Model(
        f"mlp {'-'.join(map(str, sizes))} {activation.name}",
        "Neural network",
        init=partial(mlp_init, sizes, activation, key=0),
        apply=apply,
        predict=_identity,
        losses=("binary_cross_entropy", "squared_error_on_probabilities", "mse", "mae", "huber"),
    )


def mlp_units(sizes: Sequence[int], activation: str | Activation = "tanh") -> Callable[[Theta, ArrayLike], list[Array]]:
    """Return what every unit of `mlp(sizes, activation)` makes of one example.

    Returns:
        (theta, x) -> a list of arrays, one a layer: the hidden layers' activations `(units,)`, then the
        output (logit or value) `(outputs,)`, with x of shape `(inputs,)`. The same arguments return the same
        function.

    Raises:
        ValueError: as `mlp`.
    """
    check_sizes(sizes)
    return _mlp_units(get_activation(activation))


@lru_cache(maxsize=256)
def _mlp_units(activation: Activation) -> Callable[[Theta, ArrayLike], list[Array]]:
    def units(theta: Theta, x: ArrayLike) -> list[Array]:
        return _layers(activation, theta, x)

    return units


def _layers(activation: Activation, theta: Theta, x: ArrayLike) -> list[Array]:
    """Return every layer's output for one example, the last without an activation."""
    outputs = [jnp.asarray(x)]
    for layer in theta[:-1]:
        outputs.append(activation.function(_affine(layer, outputs[-1])))
    return [*outputs[1:], _affine(theta[-1], outputs[-1])]


def _affine(layer: Theta, x: Array) -> Array:
    """Return x w + b, written out where w is tiny: XLA fuses sums with what is around them, products not."""
    w, b = layer["w"], layer["b"]
    if w.size <= 8 and len(w) <= 4:
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

    glorot: weights uniform in +-sqrt(6 / (fan_in + fan_out)), biases 0, Glorot, Bengio (2010), "Understanding
    the difficulty of training deep feedforward neural networks", equation 16.
    he: weights normal with standard deviation sqrt(2 / fan_in), biases 0, He et al. (2015), "Delving deep
    into rectifiers", equation 10.
    standard_normal: weights and biases standard normal, the workshop's.

    Args:
        sizes: inputs, units of each hidden layer, outputs.
        activation: a name in `ACTIVATIONS`, or an `Activation`.
        key: which draw: a whole number of at least 0, or a key of `jax.random`; the same on every machine.
        scheme: one of `INIT_SCHEMES`; None for the activation's own.

    Returns:
        A list of layers {"w": `(fan_in, fan_out)`, "b": `(fan_out,)`}, NumPy arrays in JAX's float type.

    Raises:
        ValueError: an argument is not as above.
    """
    sizes, activation = check_sizes(sizes), get_activation(activation)
    scheme = activation.init_scheme if scheme is None else scheme
    if scheme not in INIT_SCHEMES:
        raise ValueError(f"unknown scheme {scheme!r}: choose one of {', '.join(INIT_SCHEMES)}")
    random = np.random.default_rng(_entropy(key))
    number = jnp.result_type(float)
    theta = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        b = np.zeros(fan_out)
        if scheme == "glorot":
            w = random.uniform(-1.0, 1.0, (fan_in, fan_out)) * np.sqrt(6.0 / (fan_in + fan_out))
        elif scheme == "he":
            w = random.standard_normal((fan_in, fan_out)) * np.sqrt(2.0 / fan_in)
        else:
            w, b = random.standard_normal((fan_in, fan_out)), random.standard_normal(fan_out)
        theta.append({"w": w.astype(number), "b": b.astype(number)})
    return theta


def _entropy(key: int | Array) -> Any:
    """Return a seed for NumPy: drawing with `jax.random` would compile for every shape of a layer."""
    if isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        return np.asarray(jax.random.key_data(key))
    if isinstance(key, jax.Array) and key.dtype == jnp.uint32 and key.ndim == 1:
        return np.asarray(key)
    return checks.whole_number("key", key, low=0)


MODELS = {
    model.name: model
    for model in (
        Model(
            "linear",
            "Linear regression",
            init=init_line,
            apply=linear_model,
            predict=_identity,
            losses=("mse", "mae", "huber"),
        ),
        Model(
            "logistic",
            "Logistic regression",
            init=init_line,
            apply=logistic_model,
            predict=jax.nn.sigmoid,
            losses=("binary_cross_entropy", "squared_error_on_probabilities"),
        ),
    )
}


def get_model(model: str | Model) -> Model:
    """Return the model of that name, or the model itself; ValueError names those there are."""
    return checks.registered("model", model, MODELS)
