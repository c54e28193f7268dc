"""The formulas that the browser runs, as JavaScript modules: lowered from the one JAX definition, once.

formulas/common.js              what does not depend on the lesson: optimizers, batches, planes, metrics
formulas/descent.js             functions of one number, and their derivatives
formulas/<lesson>.js            all of a lesson with one input: data, predictions, losses, derivatives, best fits
formulas/network.js             data sets, features and initial weights of networks
formulas/network-<depth>-<activation>.js    networks with that many hidden layers, of any widths

Scalars are numbers, arrays flat Float64Arrays, row by row; a result is valid until the next call of its function.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from app.lessons import LESSONS, Lesson
from app.lessons.descent import GradientDescent
from app.lessons.network import MAX_LAYERS
from app.lessons.one_input import OneInput
from dl_workshop import batches, metrics, minima, planes, scaling
from dl_workshop.components import principal_directions
from dl_workshop.expressions import ExpressionError, normal_form, parse
from dl_workshop.functions import FUNCTIONS
from dl_workshop.initial_weights import INIT_SCHEMES, initial_biases, initial_layer
from dl_workshop.javascript import symbolic, to_javascript
from dl_workshop.losses import LOSSES, Loss, of_each
from dl_workshop.models import ACTIVATIONS, MODELS, Model, boundary, network, network_chain, network_units
from dl_workshop.optimizers import OPTIMIZERS, Optimizer
from dl_workshop.planes import Plane
from dl_workshop.small import largest_eigenvalue
from dl_workshop.toy_data import FEATURES, TOY_DATASETS, real_data, split_function, standardised_split
from dl_workshop.training import hessian, objective, value_and_gradient
from dl_workshop.written import (
    LOSS_NAMES,
    MODEL_NAMES,
    OWN,
    UPDATE_NAMES,
    written_loss,
    written_model,
    written_optimizer,
)

Tables = dict[str, Any]


class _Module:
    """A module on its way: functions, and the tables through which they are exported."""

    def __init__(self) -> None:
        self.functions: list[str] = []
        self.tables: Tables = {}

    def add(self, path: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Lowers a function; it is exported as `path`, whose parts are separated by points."""
        *folders, last = path.split(".")
        table = self.tables
        for folder in folders:
            table = table.setdefault(folder, {})
        name = f"f{len(self.functions)}_{last}".replace("-", "_")
        table[last] = name
        self.functions.append(to_javascript(function, *arguments, name=name, reuse_buffers=True))

    def source(self, base: str = "") -> str:
        """The module as JavaScript.

        Args:
            base: where another module is; this one then has all that the other has, and its own beside it.
        """
        if base == "":
            exports = [f"export const {name} = {_literal(table)}" for name, table in self.tables.items()]
            return "\n".join([*self.functions, *exports, ""])
        place = json.dumps(base)
        imports = [f"import * as base from {place}", f"export * from {place}"]
        exports = [f"export const {name} = {_beside(name, table)}" for name, table in self.tables.items()]
        return "\n".join([*imports, *self.functions, *exports, ""])


def _beside(name: str, table: Any) -> str:
    """What a module exports under a name that another one has too: both tables in one, or its own function."""
    return _literal(table) if isinstance(table, str) else f"{{...base.{name}, ...{_literal(table)}}}"


def _literal(table: Any) -> str:
    """A nested table of function names as a JavaScript literal."""
    if isinstance(table, str):
        return table
    return "{" + ", ".join(f"{json.dumps(key)}: {_literal(value)}" for key, value in table.items()) + "}"


def modules() -> dict[str, str]:
    """Return the source of every module, by its path in the site."""
    with jax.enable_x64(True):
        made = {"formulas/common.js": _common(), "formulas/network.js": _network_data()}
        for lesson in LESSONS.values():
            if issubclass(lesson, OneInput):
                made[f"formulas/{lesson.key}.js"] = _one_input(lesson)
            elif issubclass(lesson, GradientDescent):
                made[f"formulas/{lesson.key}.js"] = _descent()
        for depth in range(MAX_LAYERS + 1):
            for activation in ACTIVATIONS:
                made[f"formulas/network-{depth}-{activation}.js"] = _network(depth, activation)
        return {path: module.source() for path, module in made.items()}


def with_own(name: str, given: Mapping[str, str], base: str) -> str:
    """Return one of the modules with what a learner has written in it.

    Args:
        name: of the module: that of a lesson with one input, or "common", which has the optimizers.
        given: settings, by name: of a lesson own_model, own_loss, or both, and without own_loss the loss that is
            chosen; of "common" own_optimizer, own_m and own_v.
        base: where the module without it is, as the new one imports it.

    Raises:
        ExpressionError: as `dl_workshop.written` raises it.
        KeyError: no module of these can have what is given.
    """
    if name == "common":
        module = _Module()
        rule = written_optimizer(*(given[text] for text in ("own_optimizer", "own_m", "own_v")))
        _add_optimizer(module, rule)
        return module.source(base)
    lesson = LESSONS[name]
    assert issubclass(lesson, OneInput)
    task = _task(lesson)
    model = written_model(given["own_model"], task) if "own_model" in given else MODELS[lesson.model]
    loss = written_loss(given["own_loss"], task) if "own_loss" in given else LOSSES[given["loss"]]
    return _written(model, loss).source(base)


def normal_forms(name: str, given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return one key for all that learners write into a module that is the same but for spelling.

    Args:
        name: as in `with_own`.
        given: as in `with_own`.
    """
    names: dict[str, tuple[str, ...]] = {"own_model": ("x", *MODEL_NAMES)} | dict.fromkeys(
        ("own_optimizer", "own_m", "own_v"), UPDATE_NAMES
    )
    if "own_loss" in given:
        names["own_loss"] = LOSS_NAMES[_task(LESSONS[name])]
    return tuple(
        (setting, _normal_form(text, names[setting]) if setting in names else text)
        for setting, text in sorted(given.items())
    )


def _normal_form(text: str, names: tuple[str, ...]) -> str:
    """Return the normal form of a formula, and of what is none the text."""
    try:
        return normal_form(parse(text, names))
    except ExpressionError:
        return text


def _task(lesson: type[Lesson]) -> str:
    """Return what the losses of a lesson are for, as its first one says it."""
    return LOSSES[lesson.param["loss"].default].task


def _written(model: Model, loss: Loss) -> _Module:
    """Lowers a model and a loss of which the learner has written one or both."""
    module = _Module()
    theta, x, y = symbolic(len(model.names)), symbolic("n"), symbolic("n")
    _add_loss(module, model, loss)
    module.add(f"solve.descend.{loss.name}", minima.descent_step(model, loss), theta, x, y)
    if loss.classifies:
        module.add(f"solve.rest.{loss.name}", minima.newton_rest(model, loss), theta, x, y)
    if model.name == OWN:
        _add_model(module, model)
        if loss.classifies:
            module.add("whyNone", lambda x, y: jnp.zeros(()), x, y)  # which is known of w * x + b alone
    return module


def files() -> dict[str, bytes]:
    """Return the real data sets, by their path in the site: x row by row and then y, little-endian float64."""
    return {
        f"data/{name}.bin": b"".join(np.ascontiguousarray(values, dtype="<f8").tobytes() for values in real_data(name))
        for name, entry in TOY_DATASETS.items()
        if not entry.has_noise
    }


def _number() -> jax.ShapeDtypeStruct:
    return symbolic()


def _seed() -> jax.ShapeDtypeStruct:
    return symbolic(dtype=jnp.uint32)


def _common() -> _Module:
    """Lowers what all lessons have in common; p parameters, n examples."""
    module, number = _Module(), _number()
    theta, y, logits = symbolic("p"), symbolic("n"), symbolic("n")
    for optimizer in OPTIMIZERS.values():
        if not optimizer.needs_hessian:
            _add_optimizer(module, optimizer)
    for name, optimizer in OPTIMIZERS.items():
        if optimizer.stability is not None:
            module.add(f"stability.{name}", optimizer.stability, *[number] * len(optimizer.hyperparameters))
    module.add("permutation", batches.epoch_permutation, _seed(), _seed(), symbolic("n"))
    directions = symbolic(2, "p")
    module.add(
        "project", lambda origin, across, at: planes.project(Plane(origin, across), at), theta, directions, theta
    )
    module.add(
        "pointOn",
        lambda origin, across, u, v: planes.point_on(Plane(origin, across), jnp.stack([u, v])),
        theta, directions, number, number,
    )  # fmt: skip
    module.add("along", lambda across, vector: planes.project(Plane(0.0, across), vector), directions, theta)
    module.add("runPlane", lambda end, path: planes.plane_of_path(path), theta, symbolic("k", "p"))
    module.add("principalDirections", lambda row, x: principal_directions(x), theta, symbolic("n", "p"))
    module.add("coordinates", lambda across, x: planes.project(Plane(0.0, across), x), directions, symbolic("n", "p"))
    module.add("norm", jnp.linalg.norm, theta)
    module.add("probability", metrics.probability, logits)
    module.add("confusion", metrics.confusion_matrix, y, logits)
    module.add("accuracy", metrics.accuracy, y, logits)
    module.add("r2", metrics.r2, y, logits)
    return module


def _add_optimizer(module: _Module, optimizer: Optimizer) -> None:
    """Lowers an optimizer for p parameters."""
    theta, number = symbolic("p"), _number()
    state = jax.tree.map(lambda leaf: symbolic(*map(str, leaf.shape)), jax.eval_shape(optimizer.init, theta))
    hyperparameters = dict.fromkeys(optimizer.hyperparameters, number)
    module.add(f"optimizers.{optimizer.name}.init", optimizer.init, theta)
    module.add(f"optimizers.{optimizer.name}.step", optimizer.step, theta, theta, state, number, hyperparameters)


def _descent() -> _Module:
    """Lowers the functions of one number, as losses that look at no data."""
    module, number = _Module(), _number()
    theta, x, y = symbolic(1), symbolic("n"), symbolic("n")
    for name, function in FUNCTIONS.items():

        def apply(theta: jax.Array, *_: Any, function: Any = function) -> jax.Array:
            return function.apply(theta[0])

        def evaluate(theta: jax.Array, *rest: Any, apply: Any = apply) -> tuple[Any, Any]:
            value, slope = jax.value_and_grad(apply)(theta, *rest)
            return (value, value), slope

        module.add(f"curve.{name}", jax.vmap(function.apply), symbolic("k"))
        module.add(f"loss.{name}", apply, theta, x, y)
        module.add(f"evaluate.{name}", evaluate, theta, x, y, number, number)
        module.add(f"hessian.{name}", jax.hessian(apply), theta, x, y, number, number)
    _add_newton(module, 1)
    return module


def _add_newton(module: _Module, count: int) -> None:
    """Lowers Newton's step for `count` parameters."""
    newton = OPTIMIZERS["newton"]
    module.add(
        "newton",
        lambda theta, gradient, step_size, second: newton.step(theta, gradient, (), step_size, {}, second)[0],
        symbolic(count), symbolic(count), _number(), symbolic(count, count),
    )  # fmt: skip


def _one_input(lesson: type[OneInput]) -> _Module:
    """Lowers all of a lesson with one input."""
    module, number = _Module(), _number()
    model = MODELS[lesson.model]
    count = len(model.names)
    theta, x = symbolic(count), symbolic("n")
    truth = [number] * count
    for name, recipe in lesson.recipes.items():
        module.add(f"simulate.{name}", recipe, _seed(), x, number, *truth)
        module.add(f"truth.{name}", lesson.true_curves[name], x, number, *truth)
    _add_model(module, model)
    if lesson.classes:
        module.add("boundary", boundary, theta)
    for name in _losses(lesson):
        _add_loss(module, model, LOSSES[name])
    _add_best_fits(module, lesson, count)
    _add_scaling(module, model)
    return module


def _add_model(module: _Module, model: Model) -> None:
    """Lowers a model with one input, and what depends on the number of its parameters alone."""
    count = len(model.names)

    def predict(theta: jax.Array, x: jax.Array) -> jax.Array:
        return model.predict(jax.vmap(model.apply, in_axes=(None, 0))(theta, x))

    module.add("predict", predict, symbolic(count), symbolic("n"))
    module.add("largestEigenvalue", largest_eigenvalue, symbolic(count, count))
    _add_newton(module, count)


def _add_loss(module: _Module, model: Model, loss: Loss) -> None:
    """Lowers a loss of a model with one input, and its derivatives."""
    number, theta, x, y = _number(), symbolic(len(model.names)), symbolic("n"), symbolic("n")
    module.add(f"loss.{loss.name}", objective(model, loss), theta, x, y)
    module.add(f"evaluate.{loss.name}", value_and_gradient(model, loss), theta, x, y, number, number)
    if loss.smooth:
        module.add(f"hessian.{loss.name}", hessian(model, loss), theta, x, y, number, number)


def _add_scaling(module: _Module, model: Model) -> None:
    """Lowers what standardises x and what undoes it."""
    number, theta, x = _number(), symbolic(len(model.names)), symbolic("n")
    module.add("scaling.standardised", scaling.standardised, x)
    module.add("scaling.standardise", scaling.standardise, x, number, number)
    module.add("scaling.inUnitsOfX", scaling.in_units_of_x, x, number, number)
    module.add("scaling.inX", scaling.IN_X[model.name], theta, number, number)


def _add_best_fits(module: _Module, lesson: type[OneInput], count: int) -> None:
    """Lowers the steps that lead to the best fits."""
    x, y, functions, coefficients = symbolic("n"), symbolic("n"), symbolic("n", count), symbolic(count)
    module.add("basis", minima.basis(MODELS[lesson.model]), x)
    module.add("thetaOf", jnp.matmul, symbolic(count, count), coefficients)
    for loss in (LOSSES[name] for name in _losses(lesson)):
        if loss.classifies:
            module.add("whyNone", minima.why_none, x, y)
            module.add(f"leastLossOfAStep.{loss.name}", minima.least_loss_of_a_step(loss), x, y)
        if loss.smooth:
            module.add(f"solve.newtonStep.{loss.name}", minima.newton_step(loss), coefficients, functions, y)
        if loss.solver == "many_starts":
            module.add(f"solve.starts.{loss.name}", minima.starts(loss), functions, y)
        if not loss.smooth:
            module.add("solve.noExamples", minima.no_examples, functions)
            module.add("solve.perturbed", minima.perturbed, y)
            module.add("solve.absoluteStep", minima.absolute_step, coefficients, _number(), functions, y)
        if loss.solver == "least_squares":
            module.add("solve.leastSquares", minima.least_squares, functions, y)


def _losses(lesson: type[OneInput]) -> list[str]:
    return [*lesson.param["loss"].names.values()]


def _network_data() -> _Module:
    """Lowers data sets, features and initial weights of networks."""
    module, number = _Module(), _number()
    index = symbolic("n")
    for name, entry in TOY_DATASETS.items():
        if entry.has_noise:
            module.add(f"split.{name}", split_function(entry), _seed(), index, number, number)
    for task in ("classification", "regression"):  # of measured examples: real sets, and the learner's own
        module.add(f"splitMeasured.{task}", standardised_split(task), symbolic("n", "d"), index, _seed(), number)
    for name, feature in FEATURES.items():
        module.add(f"features.{name}", partial(_feature, feature.function), symbolic("n", 2))
    for scheme in INIT_SCHEMES:
        module.add(f"weights.{scheme}", initial_layer(scheme), _seed(), _seed(), symbolic("k"), number, number)
        module.add(f"biases.{scheme}", initial_biases(scheme), _seed(), _seed(), symbolic("k"))
    for loss in LOSSES:
        module.add(f"ofEach.{loss}", of_each(loss), index, index)
    return module


def _feature(function: Callable[..., Any], x: jax.Array) -> jax.Array:
    return jax.vmap(lambda row: function(row[0], row[1]))(x)


def _network(depth: int, activation: str) -> _Module:
    """Lowers the networks with `depth` hidden layers of any widths."""
    module, number = _Module(), _number()
    model = network(activation)
    widths: list[int | str] = ["d", *(f"h{k}" for k in range(depth)), 1]
    theta = [{"b": symbolic(b), "w": symbolic(a, b)} for a, b in itertools.pairwise(widths)]
    x, y = symbolic("n", "d"), symbolic("n")
    module.add("units", jax.vmap(network_units(activation), in_axes=(None, 0)), theta, x)
    module.add("chain", network_chain(activation), theta, symbolic("d"), number)
    for loss in LOSSES:
        module.add(f"loss.{loss}", objective(model, loss), theta, x, y)
        module.add(f"evaluate.{loss}", value_and_gradient(model, loss), theta, x, y, number, number)
    return module
