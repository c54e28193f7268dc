"""What learners write themselves, as entries like those of the library: a loss."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from dl_workshop.expressions import Expression, ExpressionError, parse, to_function
from dl_workshop.losses import Loss
from dl_workshop.parsing import Call, Name, Number

OWN = "own"  # the key of what a learner has written
LOSS_NAMES = {"regression": ("y_true", "y_pred"), "classification": ("y_true", "p")}
SENTENCES = {
    "examples": "This is one number for each example. A loss is one number for all of them: take their mean.",
    "unused": "{name} does not occur: a loss compares it with y_true.",
}


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
            raise ExpressionError(SENTENCES["unused"].format(name=name), 0, len(text))
    formula = to_function(tree, names)
    examples = jax.ShapeDtypeStruct((3,), jnp.result_type(float))
    if jax.eval_shape(formula, examples, examples).shape != ():
        raise ExpressionError(SENTENCES["examples"], 0, len(text))

    def on_values(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        return formula(y_true, y_pred)

    def on_logits(y_true: ArrayLike, logits: ArrayLike) -> Array:
        return formula(y_true, jax.nn.sigmoid(jnp.asarray(logits)))

    function = on_logits if task == "classification" else on_values
    return Loss(OWN, "My loss", "loss", function, task, "descent", text)


def _names(tree: Expression) -> set[str]:
    """Return the names that occur in a formula."""
    if isinstance(tree, Name):
        return {tree.name}
    if isinstance(tree, Number):
        return set()
    parts = tree.arguments if isinstance(tree, Call) else tree.operands
    return {name for part in parts for name in _names(part)}
