"""The formulas that the browser runs, as JavaScript modules: lowered from the one JAX definition, once per process."""

import json
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

import jax

from app.lessons import LESSONS
from app.lessons.architecture import Architecture
from app.lessons.network import TASKS
from app.lessons.regression import Regression
from dl_workshop.javascript import symbolic, to_javascript
from dl_workshop.losses import LOSSES
from dl_workshop.models import MODELS, Model, mlp_units
from dl_workshop.optimizers import OPTIMIZERS, Optimizer
from dl_workshop.toy_data import FEATURES, feature_function
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
    tables = {
        key: _model_table(MODELS[lesson.model], functions)
        for key, lesson in LESSONS.items()
        if issubclass(lesson, Regression)
    }
    tables["network"] = {"loss": _loss_table(functions), "features": _feature_table(functions)}
    return "\n".join([*functions, f"export const formulas = {_literal(tables)}", ""])


@lru_cache(maxsize=256)
def network_module(path: str) -> str | None:
    """The source of one network's formula.

    It exports `units(theta, x)`: what every unit makes of every example, a list of layers of flat `(n, units)`, the
    last being the output, with theta a list of layers {b, w} and x the data's own columns, flat, row by row.

    Args:
        path: as `Architecture.path`.

    Returns:
        JavaScript, or None where there is no such architecture within the lesson's limits.
    """
    architecture = Architecture.at(path)
    if architecture is None:
        return None
    features, sizes, activation = architecture
    inputs_of, units_of = feature_function(features) if features else None, mlp_units(sizes, activation)

    def units(theta: Any, x: jax.Array) -> list[jax.Array]:
        def of_one(row: jax.Array) -> list[jax.Array]:
            return units_of(theta, row if inputs_of is None else inputs_of(row[0], row[1]))

        return jax.vmap(of_one)(x)

    theta = jax.tree.map(lambda leaf: symbolic(*leaf.shape), jax.eval_shape(architecture.model.init))
    return "export " + to_javascript(units, theta, symbolic("n", 2 if features else sizes[0]), name="units") + "\n"


def _loss_table(functions: list[str]) -> dict[str, str]:
    """Lowers the losses themselves: (y, prediction) -> loss."""
    names = [name for task in TASKS.values() for name in task]
    functions += [to_javascript(LOSSES[name].function, Y, X, name=f"network_{name}") for name in names]
    return {name: f"network_{name}" for name in names}


def _feature_table(functions: list[str]) -> dict[str, str]:
    """Lowers the features: coordinates, flat `(n, 2)` -> values."""
    for name, feature in FEATURES.items():
        of_one = jax.vmap(lambda row, feature=feature: feature.function(row[0], row[1]))
        functions.append(to_javascript(of_one, symbolic("n", 2), name=f"feature_{name}"))
    return {name: f"feature_{name}" for name in FEATURES}


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
                optimizer_step(model, loss, key),
                theta, state, X, Y, NUMBER, hyperparameters,
                name=f"{name}_{loss}_step",
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
