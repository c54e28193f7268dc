"""The code of a lesson: the pieces that the browser assembles into scripts with the learner's own numbers.

Formulas are the library's own source where it reads like the workshop. Where it is too general for that, they are
written out here once more, for a vector theta or for a network's layers; a test runs every script, and holds it to
the numbers of the library. In these texts $name is a place to be filled in.
"""

import re
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

from app.lessons.base import Lesson
from app.lessons.descent import GradientDescent
from app.lessons.network import NeuralNetwork
from app.lessons.one_input import OneInput
from app.library_source import source_of
from dl_workshop.data import (
    drawn_recipe,
    line_recipe,
    parabola_recipe,
    rounded_recipe,
    simulate_classes,
    simulate_line,
    simulate_parabola,
)
from dl_workshop.functions import FUNCTIONS
from dl_workshop.losses import LOSSES, mae, mse, squared_error_on_probabilities
from dl_workshop.models import ACTIVATIONS, MODELS, line
from dl_workshop.optimizers import ADAGRAD_EPSILON, ADAM_EPSILON, OPTIMIZERS, RMSPROP_EPSILON
from dl_workshop.toy_data import TOY_DATASETS
from dl_workshop.written import LOSS_NAMES, MODEL_NAMES, OWN, UPDATE_NAMES

WIDTH = 100  # of a script
MOST_EXAMPLES = 200  # whose numbers stand in a script; more are drawn by the library
MOST_WEIGHTS = 400  # likewise, where the learner has changed none of those that were drawn


def plain(function: Callable[..., Any], name: str) -> str:
    """Return a function's source without docstring, types, and what is checked at its door.

    Args:
        function: of the library.
        name: what to call it.
    """
    lines = source_of(function, name, without="same_shape(").splitlines()
    return re.sub(r"jnp\.asarray\((\w+)\)", r"\1", "\n".join(map(_wrapped, lines)))


def _wrapped(line: str) -> str:
    """Return a line, as several where it is a comment that is longer than the lines of a script."""
    code, mark, comment = line.partition("# ")
    return (
        line
        if len(line) <= WIDTH
        else textwrap.fill(comment, WIDTH, initial_indent=code + mark, subsequent_indent=code + mark)
    )


MODEL_CODE = {
    "linear": plain(line, "model"),
    "logistic": plain(line, "model"),
    "polynomial": """\
def model(theta, x):
    w1, w2, b = theta
    return w1 * x + w2 * x**2 + b""",
}

NETWORK = """\
def model(theta, x):
    h = $inputs
    for layer in theta[:-1]:
        h = $activation
    return (h @ theta[-1]["w"] + theta[-1]["b"])[0]"""

FEATURES = """\
def features(x):
    x1, x2 = x
    return jnp.stack([$features])


"""

FEATURE_CODE = {
    "x1": "x1",
    "x2": "x2",
    "x1_squared": "x1**2",
    "x2_squared": "x2**2",
    "x1_x2": "x1 * x2",
    "sin_x1": "jnp.sin(x1)",
    "sin_x2": "jnp.sin(x2)",
}

AFFINE = 'h @ layer["w"] + layer["b"]'
ACTIVATION_CODE = {
    "tanh": f"jnp.tanh({AFFINE})",
    "relu": f"jax.nn.relu({AFFINE})",
    "logistic": f"jax.nn.sigmoid({AFFINE})",
    "identity": AFFINE,
}

LOSS_CODE = {
    "mse": plain(mse, "mse"),
    "mae": plain(mae, "mae"),
    "huber": """\
def huber(y_true, y_pred):
    error = y_pred - y_true
    size = jnp.abs(error)
    return jnp.mean(jnp.where(size <= 1.0, 0.5 * error**2, size - 0.5))""",
    "binary_cross_entropy": """\
def binary_cross_entropy(y_true, logits):
    # log(1 - sigmoid(z)) = log_sigmoid(-z), which stays finite where sigmoid(z) rounds to 1
    log_p, log_1_minus_p = jax.nn.log_sigmoid(logits), jax.nn.log_sigmoid(-logits)
    return -jnp.mean(y_true * log_p + (1.0 - y_true) * log_1_minus_p)""",
    "squared_error_on_probabilities": "\n\n\n".join(
        (plain(mse, "mse"), plain(squared_error_on_probabilities, "squared_error_on_probabilities"))
    ),
}

PENALTY_CODE = {
    "l1": """\
def penalty(theta):
    # |w| as w sign(w), whose slope at 0 is 0; biases are left alone
    return $strength * sum(jnp.sum(layer["w"] * jnp.sign(layer["w"])) for layer in theta)""",
    "l2": """\
def penalty(theta):
    # biases are left alone
    return $strength / 2 * sum(jnp.sum(layer["w"] ** 2) for layer in theta)""",
}


FUNCTION_CODE = {
    "parabola": """\
def f(w):
    return w**2 + 3 * w - 5""",
    "two_valleys": """\
def f(w):
    return 0.02 * w**4 - 0.6 * w**2 + 0.6 * w""",
    "plateau": """\
def f(w):
    return 10 * (1 - jnp.exp(-(w**2) / 8))""",
}


class Rule(NamedTuple):
    """An optimizer in a script: what it remembers, from which beginning, and the body of its step.

    Attributes:
        state: names of what is remembered between steps.
        zeros: how many of them, the last ones, are zeros of the form of theta; those before are the number 0.
        vector: the body of a step for a theta that is one array; its gradient is there.
        layers: the same for a list of layers; none where the optimizer is not for networks.
        before: what is defined before the step.
        one: the body of a step for a theta that is one number w, where it is not that for an array.
        before_one: what is defined before it.
    """

    state: tuple[str, ...]
    zeros: int
    vector: str
    layers: str = ""
    before: str = ""
    one: str = ""
    before_one: str = ""


RULES = {
    "gradient_descent": Rule(
        (),
        0,
        "return theta - step_size * gradient",
        "return jax.tree.map(lambda t, g: t - step_size * g, theta, gradient)",
    ),
    "momentum": Rule(
        ("velocity",),
        1,
        """\
velocity = momentum * velocity + gradient
return theta - step_size * velocity, velocity""",
        """\
velocity = jax.tree.map(lambda m, g: momentum * m + g, velocity, gradient)
return jax.tree.map(lambda t, m: t - step_size * m, theta, velocity), velocity""",
    ),
    "nesterov": Rule(
        ("velocity",),
        1,
        """\
velocity = momentum * velocity + gradient
return theta - step_size * (momentum * velocity + gradient), velocity""",
        """\
velocity = jax.tree.map(lambda m, g: momentum * m + g, velocity, gradient)
ahead = jax.tree.map(lambda m, g: momentum * m + g, velocity, gradient)
return jax.tree.map(lambda t, a: t - step_size * a, theta, ahead), velocity""",
    ),
    "adagrad": Rule(
        ("total",),
        1,
        f"""\
total = total + gradient**2
return theta - step_size * gradient / jnp.sqrt(total + {ADAGRAD_EPSILON}), total""",
        f"""\
total = jax.tree.map(lambda s, g: s + g**2, total, gradient)
scaled = jax.tree.map(lambda g, s: g / jnp.sqrt(s + {ADAGRAD_EPSILON}), gradient, total)
return jax.tree.map(lambda t, u: t - step_size * u, theta, scaled), total""",
    ),
    "rmsprop": Rule(
        ("square",),
        1,
        f"""\
square = decay * square + (1 - decay) * gradient**2
return theta - step_size * gradient / jnp.sqrt(square + {RMSPROP_EPSILON}), square""",
        f"""\
square = jax.tree.map(lambda s, g: decay * s + (1 - decay) * g**2, square, gradient)
scaled = jax.tree.map(lambda g, s: g / jnp.sqrt(s + {RMSPROP_EPSILON}), gradient, square)
return jax.tree.map(lambda t, u: t - step_size * u, theta, scaled), square""",
    ),
    "adam": Rule(
        ("i", "mean", "square"),
        2,
        f"""\
i = i + 1
mean = beta_1 * mean + (1 - beta_1) * gradient
square = beta_2 * square + (1 - beta_2) * gradient**2
# both began at 0, which is made up for
m, s = mean / (1 - beta_1**i), square / (1 - beta_2**i)
return theta - step_size * m / (jnp.sqrt(s) + {ADAM_EPSILON}), i, mean, square""",
        f"""\
i = i + 1
mean = jax.tree.map(lambda m, g: beta_1 * m + (1 - beta_1) * g, mean, gradient)
square = jax.tree.map(lambda s, g: beta_2 * s + (1 - beta_2) * g**2, square, gradient)

def moved(t, m, s):
    # both began at 0, which is made up for
    m, s = m / (1 - beta_1**i), s / (1 - beta_2**i)
    return t - step_size * m / (jnp.sqrt(s) + {ADAM_EPSILON})

return jax.tree.map(moved, theta, mean, square), i, mean, square""",
    ),
    "newton": Rule(
        (),
        0,
        "return theta - step_size * jnp.linalg.solve(d2loss(theta, x, y), gradient)",
        before="d2loss = jax.hessian(loss)\n",
        one="return w - step_size * gradient / d2f(w)",
        before_one="d2f = jax.grad(df)\n",
    ),
}

# What simulates the data of each recipe, and which argument says that it is this recipe.
SIMULATIONS: dict[Callable[..., Any], tuple[Callable[..., Any], dict[str, str]]] = {
    line_recipe: (simulate_line, {}),
    parabola_recipe: (simulate_parabola, {}),
    drawn_recipe: (simulate_classes, {"labels": "drawn"}),
    rounded_recipe: (simulate_classes, {"labels": "rounded"}),
}

REAL = {
    "breast_cancer": {
        "loader": "load_breast_cancer",
        "load": "x, y = load_breast_cancer(return_X_y=True)",
    },
    "digits": {
        "loader": "load_digits",
        "load": """\
pixels, digit = load_digits(return_X_y=True)
chosen = (digit == 3) | (digit == 8)
x = pixels[chosen].reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)).reshape(-1, 16)
y = (digit[chosen] == 8).astype(float)""",
    },
}

# Which rows are trained on, in the order of the lesson, of each class the same share; then all is standardised.
SHUFFLED = """\
order = np.array(permutation(key($seed, SPLIT), np.arange(len(y))))
trained = np.zeros(len(y), dtype=bool)
"""
STANDARDISED = """
mean, spread = x[trained].mean(axis=0), x[trained].std(axis=0)
x = (x - mean) / np.where(spread > 0, spread, 1.0)
"""
PARTS = "x, x_test, y, y_test = x[trained], x[~trained], y[trained], y[~trained]"
SPLITS = {
    "classification": f"""\
{SHUFFLED}for label in (0, 1):
    rows = order[y[order] == label]
    trained[rows[: round($share * len(rows))]] = True{STANDARDISED}{PARTS}""",
    "regression": f"""\
{SHUFFLED}trained[order[: round($share * len(y))]] = True{STANDARDISED}\
y = (y - y[trained].mean()) / (y[trained].std() or 1.0)
{PARTS}""",
}

SCRATCH = """\
# $title, from scratch

$imports

jax.config.update("jax_enable_x64", True)

# data: $what
$data


# model: $model_label
$model


# loss: $loss_label
$loss


def loss(theta, x, y):
    $prediction = jax.vmap(model, in_axes=(None, 0))(theta, x)
    return $loss_name(y, $prediction)


${penalty}dloss = jax.grad($minimised)
$before
# optimizer: $optimizer_label
$numbers


@jax.jit
def step($carried, x, y):
    gradient = dloss(theta, x, y)
$update


# run: $n_steps steps from the start
$start
$loop
$told
"""

PENALISED = """\
# penalty: $label
$function


def minimised(theta, x, y):
    return loss(theta, x, y) + penalty(theta)


"""

LIBRARY = """\
# $title, with dl_workshop

$imports

jax.config.update("jax_enable_x64", True)

# data
$data

# model, loss and optimizer
$start
$run
$told
"""

SCRATCH_OF_ONE = """\
# $title, from scratch

$imports

jax.config.update("jax_enable_x64", True)


# function: $label
$function


df = jax.grad(f)
$before
# optimizer: $optimizer_label
$numbers


@jax.jit
def step($carried):
    gradient = df(w)
$update


# run: $n_steps steps from the start
$start
$loop
$told
"""

LIBRARY_OF_ONE = """\
# $title, with dl_workshop

$imports

jax.config.update("jax_enable_x64", True)

# function and optimizer: these take a theta that is an array, here of the one number w
function = FUNCTIONS["$name"]
$optimizer
$numbers


def f(theta):
    return function.apply(theta[0])


@jax.jit
def step(theta, state):
    gradient = jax.grad(f)(theta)
    return $step


# run: $n_steps steps from the start
theta = jnp.array([$w])
state = optimizer.init(theta)
for _ in range(n_steps):
    theta, state = step(theta, state)
$told
"""


def pieces(lesson: type[Lesson]) -> dict[str, Any]:
    """Return what the scripts of a lesson are assembled from, ready for JSON.

    Returns:
        Templates, and a text or a table for each name that a setting can have: `optimizers`, and those that the kind
        of the lesson has. The typedef `Pieces` of browser/code.js names them all.
    """
    network, descent = issubclass(lesson, NeuralNetwork), issubclass(lesson, GradientDescent)
    zeros = "0.0" if descent else "jax.tree.map(jnp.zeros_like, theta)" if network else "jnp.zeros_like(theta)"
    rules = {name: RULES[name] for name in lesson.param["optimizer"].names.values()}
    return {
        "title": lesson.title,
        "kind": lesson.kind,
        "mostExamples": MOST_EXAMPLES,
        "mostWeights": MOST_WEIGHTS,
        "optimizers": {
            name: {
                "label": OPTIMIZERS[name].label,
                "hyperparameters": list(OPTIMIZERS[name].hyperparameters),
                "hessian": OPTIMIZERS[name].needs_hessian,
                "state": rule.state,
                "begin": _begin(rule, zeros),
                "update": textwrap.indent(
                    _of_one(rule) if descent else rule.layers if network else rule.vector, "    "
                ),
                "before": rule.before_one if descent else rule.before,
            }
            for name, rule in rules.items()
        }
        | {OWN: _own_optimizer(zeros, "w" if descent else "theta", layers=network)},
        **(_descent() if descent else _learning(lesson)),
    }


def _own_optimizer(zeros: str, theta: str, *, layers: bool) -> dict[str, Any]:
    """Return what scripts say of an optimizer that the learner has written: the browser puts its formulas in.

    Args:
        zeros: what m and v are at first.
        theta: what the parameters are called.
        layers: whether they are a list of layers.
    """
    own = {"names": UPDATE_NAMES, "zeros": zeros, "called": {"theta": theta, "g": "gradient"}, "layers": layers}
    none: list[str] = []
    texts = {"begin": "", "update": "", "before": ""}
    return {"label": "My optimizer", "hyperparameters": none, "hessian": False, "state": none, "own": own} | texts


def _of_one(rule: Rule) -> str:
    """Return the body of a step for one number w."""
    return rule.one or re.sub(r"\btheta\b", "w", rule.vector)


def _descent() -> dict[str, Any]:
    """Return what the scripts on a function of one number have beyond the optimizers."""
    return {
        "shown": "This function and optimizer, with the numbers that are set now. It ends with the f(w) that the run "
        "here ends with.",
        "templates": {"scratch": SCRATCH_OF_ONE, "library": LIBRARY_OF_ONE},
        "functions": {
            name: {"label": function.label, "code": FUNCTION_CODE[name]} for name, function in FUNCTIONS.items()
        },
    }


def _learning(lesson: type[Lesson]) -> dict[str, Any]:
    """Return what the scripts of a lesson with data have beyond the optimizers."""
    return {
        "shown": "This data, model, loss and optimizer, with the numbers that are set now. It ends with the loss that "
        "the run here ends with.",
        "templates": {"scratch": SCRATCH, "library": LIBRARY},
        "losses": {
            name: {
                "label": LOSSES[name].label,
                "code": LOSS_CODE[name],
                "prediction": "logits" if LOSSES[name].classifies else "y_pred",
            }
            for name in lesson.param["loss"].names.values()
        }
        | ({OWN: _own_loss(LOSSES[lesson.param["loss"].default].task)} if lesson.param["loss"].own else {}),
        **(_network() if issubclass(lesson, NeuralNetwork) else _one_input(lesson)),
    }


def _own_loss(task: str) -> dict[str, Any]:
    """Return what scripts say of a loss that the learner has written."""
    classifies = task == "classification"
    head = "def own(y_true, logits):\n    p = jax.nn.sigmoid(logits)" if classifies else "def own(y_true, y_pred):"
    return {
        "label": "My loss",
        "code": f"{head}\n    return $formula",
        "prediction": "logits" if classifies else "y_pred",
        "names": LOSS_NAMES[task],
        "task": task,
    }


def _begin(rule: Rule, zeros: str) -> str:
    """Return what a script says before the first step of what the optimizer remembers."""
    if not rule.state:
        return ""
    if len(rule.state) == 1:
        return f"{rule.state[0]} = {zeros}"
    values = ["0"] * (len(rule.state) - rule.zeros) + ["zeros"] * rule.zeros
    return f"zeros = {zeros}\n{', '.join(rule.state)} = {', '.join(values)}"


def _one_input(lesson: type[Lesson]) -> dict[str, Any]:
    """Return what the scripts of a lesson with one input have beyond the others."""
    assert issubclass(lesson, OneInput)
    simulations = {name: SIMULATIONS[recipe] for name, recipe in lesson.recipes.items()}
    return {
        "model": {
            "name": lesson.model,
            "label": MODELS[lesson.model].label,
            "names": MODELS[lesson.model].names,
            "code": MODEL_CODE[lesson.model],
        },
        "ownModel": {
            "label": "My model",
            "code": "def model(theta, x):\n    $names = theta\n    return $formula",
            "names": MODEL_NAMES,
            "task": MODELS[lesson.model].tasks[0],
        },
        "recipes": {
            name: {
                "function": simulate.__name__,
                "settings": ["seed", "n", *lesson.truths(), *([] if name == "drawn" else ["noise"])],
                "chosen": chosen,
            }
            for name, (simulate, chosen) in simulations.items()
        },
    }


def _network() -> dict[str, Any]:
    """Return what the scripts of the lesson on networks have beyond the others."""
    labels = {value: label for label, value in NeuralNetwork.param["penalty"].names.items()}
    return {
        "model": {"code": NETWORK, "features": FEATURES},
        "activations": {
            name: {"label": activation.label, "code": ACTIVATION_CODE[name], "scheme": activation.init_scheme}
            for name, activation in ACTIVATIONS.items()
        },
        "schemes": [name for name in NeuralNetwork.param["scheme"].names.values() if name],
        "features": FEATURE_CODE,
        "penalties": {name: {"label": labels[name], "code": code} for name, code in PENALTY_CODE.items()},
        "penalised": PENALISED,
        "splits": SPLITS,
        "datasets": {
            name: {"label": entry.label, "inputs": entry.inputs, "task": entry.task} | {"real": REAL.get(name)}
            for name, entry in TOY_DATASETS.items()
        },
    }
