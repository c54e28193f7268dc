"""The formulas that the browser runs, as one JavaScript module: lowered from the one JAX definition, once per process."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jax

from app.lessons import LESSONS
from dl_workshop.javascript import symbolic, to_javascript
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS, Model
from dl_workshop.optimizers import OPTIMIZERS, Optimizer
from dl_workshop.training import loss_and_gradient, objective, optimizer_step

X, Y = symbolic("n"), symbolic("n")
NUMBER = symbolic()


@cache
def module() -> str:
    """The source of engine/formulas.js.

    It exports `formulas`, by lesson:
        predict(theta, x): what the model says, in units of y, for every x.
        loss[loss](theta, x, y) and gradient[loss](theta, x, y), the latter giving [loss, gradient].
        init[optimizer](theta) and step[optimizer][loss](theta, opt_state, x, y, step_size, hyperparameters).

    Returns:
        JavaScript.
    """
    functions: list[str] = []
    tables = {key: _model_table(MODELS[lesson.model], functions) for key, lesson in LESSONS.items()}
    return "\n".join([*functions, f"export const formulas = {_literal(tables)}", ""])


def _model_table(model: Model, functions: list[str]) -> dict[str, Any]:
    """Lowers all that one model needs; the table holds the functions' names."""

    def lower(function: Callable[..., Any], *arguments: Any, name: str) -> str:
        functions.append(to_javascript(function, *arguments, name=name))
        return name

    def predict(theta: Any, x: jax.Array) -> jax.Array:
        return model.predict(jax.vmap(model.apply, in_axes=(None, 0))(theta, x))

    theta = jax.tree.map(lambda _: NUMBER, jax.eval_shape(model.init))
    table: dict[str, Any] = {
        "predict": lower(predict, theta, X, name=f"{model.name}_predict"),
        "loss": {}, "gradient": {}, "init": {}, "step": {},
    }  # fmt: skip
    for loss in model.losses:
        name = f"{model.name}_{loss}"
        table["loss"][loss] = lower(objective(model, loss), theta, X, Y, name=name)
        table["gradient"][loss] = lower(loss_and_gradient(model, loss), theta, X, Y, name=f"{name}_gradient")
    for key, optimizer in OPTIMIZERS.items():
        name = f"{model.name}_{key}"
        table["init"][key] = lower(optimizer.init, theta, name=f"{name}_init")
        state = jax.eval_shape(optimizer.init, theta)
        hyperparameters = dict.fromkeys(optimizer.hyperparameters, NUMBER)
        table["step"][key] = {
            loss: lower(
                optimizer_step(model, loss, key), theta, state, X, Y, NUMBER, hyperparameters, name=f"{name}_{loss}_step"
            )
            for loss in _losses(model, optimizer)
        }  # fmt: skip
    return table


def _losses(model: Model, optimizer: Optimizer) -> Iterator[str]:
    """The losses under which the optimizer can step."""
    return (loss for loss in model.losses if LOSSES[loss].smooth or not optimizer.needs_hessian)


def _literal(table: Any) -> str:
    """A nested table of function names as a JavaScript literal."""
    if isinstance(table, str):
        return table
    return "{" + ", ".join(f"{json.dumps(key)}: {_literal(value)}" for key, value in table.items()) + "}"
