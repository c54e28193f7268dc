"""What learners write themselves, as entries like those of the library: a model, a loss, and an optimizer."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from dl_workshop.expressions import Expression, ExpressionError, evaluate, parse, to_function
from dl_workshop.losses import Loss
from dl_workshop.models import Model, Theta
from dl_workshop.optimizers import OPTIMIZERS, Optimizer, Scalar
from dl_workshop.parsing import Call, Name, Number

OWN = "own"  # the key of what a learner has written
LOSS_NAMES = {"regression": ("y_true", "y_pred"), "classification": ("y_true", "p")}
MODEL_NAMES = ("w", "b", "c")  # of a model's parameters; the last one is there if the model uses it
MODEL_START = (0.0, 0.0, 1.0)  # most formulas of a c of 0 have no slope there
UPDATE_NAMES = ("theta", "g", "step_size", "m", "v", "t")
REDUCTIONS = ("mean", "sum", "len")
SENTENCES = {
    "examples": "This is one number for each example. A loss is one number for all of them: take their mean.",
    "unused": "{name} does not occur: a loss compares it with y_true.",
    "each_example": "A model predicts one example at a time: leave {name} out.",
    "constant": "x does not occur: this predicts the same for all examples.",
    "nothing": "Neither w nor b occurs: a model has a parameter to be found.",
    "each": "Each parameter is moved by itself: leave {name} out.",
    "step": "theta does not occur: this gives the new theta itself, as theta - step_size * g does.",
    "blind": "The gradient g does not occur, neither here nor in an m or v that is used: it says which way is down.",
    "no_number": "With theta = {theta:g} and g = {g:g}, step {t} leads to no number.",
    "within": "In {name}: {sentence}",
}


def written_model(text: str, task: str = "regression") -> Model:
    """Return the model that a learner has written.

    Args:
        text: the output for one example, a formula in Python notation, as `expressions.parse` takes it, of its input
            x, the parameters w and b, and, where there is to be a third one, c. For values it is the prediction; for
            classes the logit z, which losses take as it is: the probability of class 1 is sigmoid(z).
        task: "regression" or "classification".

    Returns:
        A `Model` called `OWN`. Its theta is w, b and c, `(3,)`, or w and b, `(2,)`, where c does not occur.

    Raises:
        ExpressionError: the text is no formula of these names, looks at all examples together, does not look at x, or
            has neither w nor b.
    """
    tree = parse(text, ("x", *MODEL_NAMES))
    used = _names(tree)
    _refuse_reductions(tree, text, "each_example")
    if "x" not in used:
        raise _refusal("constant", text)
    if not used & {"w", "b"}:
        raise _refusal("nothing", text)
    names = MODEL_NAMES if "c" in used else MODEL_NAMES[:2]
    formula = to_function(tree, ("x", *names))

    def apply(theta: ArrayLike, x: ArrayLike) -> Array:
        return formula(x, *jnp.asarray(theta))

    start = partial(np.array, MODEL_START[: len(names)])
    predict = jax.nn.sigmoid if task == "classification" else jnp.asarray
    return Model(OWN, "My model", start, apply, predict, (task,), names)


def written_loss(text: str, task: str) -> Loss:
    """Return the loss that a learner has written.

    Args:
        text: a formula in Python notation, as `expressions.parse` takes it: of y_true and y_pred for values, of y_true
            and the probabilities p for classes.
        task: "regression" or "classification".

    Returns:
        A `Loss` called `OWN`. Its best fit is found by descent; whether it is smooth nobody knows, and it is taken to
        be so.

    Raises:
        ExpressionError: the text is no formula of these names, no single number, or does not look at the prediction.
    """
    names = LOSS_NAMES[task]
    tree = parse(text, names)
    for name in names[1:]:
        if name not in _names(tree):
            raise _refusal("unused", text, name=name)
    formula = to_function(tree, names)
    examples = jax.ShapeDtypeStruct((3,), jnp.result_type(float))
    if jax.eval_shape(formula, examples, examples).shape != ():
        raise _refusal("examples", text)

    def on_values(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        return formula(y_true, y_pred)

    def on_logits(y_true: ArrayLike, logits: ArrayLike) -> Array:
        return formula(y_true, jax.nn.sigmoid(jnp.asarray(logits)))

    function = on_logits if task == "classification" else on_values
    return Loss(OWN, "My loss", "loss", function, task, "descent", text)


class WrittenState(NamedTuple):
    """What a written optimizer remembers: how many steps it has made, and m and v, which have the form of theta."""

    steps: Array
    m: Theta
    v: Theta


def written_optimizer(theta: str, m: str = "m", v: str = "v") -> Optimizer:
    """Return the optimizer that a learner has written.

    At every step m is worked out, then v, then theta; each formula sees what those before it have given, and of the
    others what they were. m and v are 0 at first. All are for each parameter by itself.

    Args:
        theta: the new theta, a formula in Python notation, as `expressions.parse` takes it, of theta, the gradient g,
            step_size, m, v and t, the number of the step from 1 on: "theta - step_size * m".
        m: the new m, of the same names: "0.9 * m + g".
        v: the new v, of the same names.

    Returns:
        An `Optimizer` called `OWN`, without hyperparameters.

    Raises:
        ExpressionError: a text is no formula of these names, looks at all parameters together, or leads to no number;
            the new theta does not depend on theta, or not on g.
    """
    texts = {"m": m, "v": v, "theta": theta}
    trees = {name: _each(name, text) for name, text in texts.items()}
    used = used_names(trees)
    for name, sentence in (("theta", "step"), ("g", "blind")):
        if name not in (used if name == "g" else _names(trees["theta"])):
            raise _refusal(sentence, theta)
    _check_numbers(trees, theta)
    functions = {name: to_function(tree, UPDATE_NAMES) for name, tree in trees.items()}

    def update(
        gradient: Theta, opt_state: WrittenState, *, step_size: Scalar, theta: Theta
    ) -> tuple[Theta, WrittenState]:
        t = opt_state.steps + 1.0

        def new(name: str, m: Theta, v: Theta) -> Theta:
            def of_one(theta: Array, g: Array, m: Array, v: Array) -> Array:
                value = functions[name](theta, g, step_size, m, v, t)
                return value if value.shape == g.shape else jnp.broadcast_to(value, g.shape)

            return jax.tree.map(of_one, theta, gradient, m, v)

        m = new("m", opt_state.m, opt_state.v)
        v = new("v", m, opt_state.v)
        return new("theta", m, v), WrittenState(t, m, v)

    step_size = OPTIMIZERS["gradient_descent"].step_size
    return Optimizer(OWN, "My optimizer", _at_first, update, {}, step_size, replaces=True)


def used_names(trees: Mapping[str, Expression]) -> set[str]:
    """Return the names on which the new theta depends, directly or by an m or v that it depends on.

    Args:
        trees: of the new theta, m and v, by these names.
    """
    used = _names(trees["theta"])
    for _ in range(2):
        used |= {name for state in ("m", "v") if state in used for name in _names(trees[state])}
    return used


def _at_first(theta: Theta) -> WrittenState:
    zeros = jax.tree.map(jnp.zeros_like, theta)
    return WrittenState(jnp.zeros(()), zeros, zeros)


def _each(name: str, text: str) -> Expression:
    """Return the tree of a formula that is for each parameter by itself; what is wrong in m and v says so."""
    try:
        tree = parse(text, UPDATE_NAMES)
        _refuse_reductions(tree, text, "each")
    except ExpressionError as error:
        if name == "theta":
            raise
        sentence = SENTENCES["within"].format(name=name, sentence=error)
        raise ExpressionError(sentence, error.start, error.end) from error
    return tree


def _refuse_reductions(tree: Expression, text: str, sentence: str) -> None:
    """Refuse a formula that looks at all of something together."""
    for name in REDUCTIONS:
        if name in _calls(tree):
            raise _refusal(sentence, text, name=name)


def _check_numbers(trees: Mapping[str, Expression], text: str) -> None:
    """Refuse formulas whose first two steps from some usual places do not lead to numbers."""
    values: dict[str, Any] = {
        "theta": np.repeat([1.0, -2.0], 3), "g": np.tile([3.0, -0.5, 0.0], 2), "step_size": 0.1,
        "m": np.zeros(6), "v": np.zeros(6),
    }  # fmt: skip
    start, slope = values["theta"], values["g"]
    for t in (1, 2):
        for name in ("m", "v", "theta"):
            values[name] = np.broadcast_to(evaluate(trees[name], values | {"t": float(t)}), (6,))
        lost = ~np.isfinite(values["theta"])
        if lost.any():
            k = int(np.argmax(lost))
            raise _refusal("no_number", text, theta=start[k], g=slope[k], t=t)


def _refusal(sentence: str, text: str, **words: object) -> ExpressionError:
    """Return an error about all of a text."""
    return ExpressionError(SENTENCES[sentence].format(**words), 0, len(text))


def _names(tree: Expression) -> set[str]:
    """Return the names that occur in a formula."""
    return {part.name for part in _parts(tree) if isinstance(part, Name)}


def _calls(tree: Expression) -> set[str]:
    """Return the functions that occur in a formula."""
    return {part.function for part in _parts(tree) if isinstance(part, Call)}


def _parts(tree: Expression) -> list[Expression]:
    """Return a formula and all that it is made of."""
    if isinstance(tree, Name | Number):
        return [tree]
    within = tree.arguments if isinstance(tree, Call) else tree.operands
    return [tree, *(part for one in within for part in _parts(one))]
