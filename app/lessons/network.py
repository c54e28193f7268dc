"""A neural network: layers of the model of the first lessons, trained the same way."""

from typing import Any

from app import theme
from app.lessons.base import SCALABLE, Lesson, losses_for, optimizer_choice, step_size_control, steps_control
from app.lessons.settings import Choice, Integer, Names, Number, Table, options
from dl_workshop.losses import LOSSES
from dl_workshop.models import ACTIVATIONS, INIT_SCHEMES
from dl_workshop.toy_data import FEATURES, TOY_DATASETS
from dl_workshop.written import OWN

MAX_LAYERS = 6
MAX_UNITS = {"simulated": 8, "real": 32}  # of a layer, by the kind of the data
LARGEST_WEIGHT = 1e3
MOST_ROWS, MOST_COLUMNS, LARGEST_CELL = 2000, 30, 1e9  # of a table of one's own

SCHEMES = {
    "Fits the activation": "",
    "Glorot": "glorot",
    "He": "he",
    "Standard normal (workshop)": "standard_normal",
}
PENALTIES = {"None": "none", "L1": "l1", "L2": "l2"}
NOISY = tuple(name for name, entry in TOY_DATASETS.items() if entry.has_noise)

assert set(SCHEMES.values()) - {""} == set(INIT_SCHEMES)


class NeuralNetwork(Lesson):
    """Settings of the lesson on networks."""

    # --- data ---
    dataset: Any = Choice(
        default="moons", objects=options(TOY_DATASETS) | {"Own data": OWN}, card="data", changes="data",
        label="Data set", doc="What to learn.",
    )  # fmt: skip
    noise = Number(
        0.15, bounds=(0, 0.5), step=0.01, card="data", changes="data", only=("dataset", NOISY),
        label="Noise", doc="Size of the noise in the data.",
    )  # fmt: skip
    n = Integer(
        200, bounds=(20, 500), step=10, card="data", changes="data", only=("dataset", NOISY),
        label="Points", doc="Number of data points.",
    )  # fmt: skip
    train_share = Number(
        0.7, bounds=(0.1, 0.9), step=0.05, card="data", changes="data",
        label="Training share", doc="The rest is held back, to test on.",
    )  # fmt: skip
    seed = Integer(
        0, bounds=(0, 999), step=1, card="data", changes="data", label="Seed", doc="Same seed, same data and batches."
    )
    table = Table(
        None, allow_None=True, most=MOST_ROWS, columns=MOST_COLUMNS, largest=LARGEST_CELL, changes="data",
        label="Own data", doc="A table of your own.",
    )  # fmt: skip
    # --- model ---
    features = Names(["x1", "x2"], item_type=str, changes="data", label="Inputs", doc="Made from the coordinates.")
    hidden = Names([4, 3], item_type=int, changes="model", label="Hidden layers", doc="Units of each hidden layer.")
    activation: Any = Choice(
        default="tanh", objects=options(ACTIVATIONS), card="model", changes="model",
        label="Activation", doc="What a hidden unit makes of its input.",
    )  # fmt: skip
    scheme: Any = Choice(
        default="", objects=SCHEMES, card="model", changes="model",
        label="Initial weights", doc="From which distribution the weights are drawn.",
    )  # fmt: skip
    weights_seed = Integer(
        0,
        bounds=(0, 999),
        step=1,
        card="model",
        changes="model",
        label="Weights' seed",
        doc="Same seed, same weights.",
    )
    # The numbers of theta that the diagram has chosen: the weight of one connection, the bias of one unit.
    w = Number(
        0.0, bounds=(-LARGEST_WEIGHT, LARGEST_WEIGHT), span=(-6, 6), step=0.05, card="model", changes="theta",
        label="w (weight)", doc="Weight of the chosen connection.",
    )  # fmt: skip
    b = Number(
        0.0, bounds=(-LARGEST_WEIGHT, LARGEST_WEIGHT), span=(-6, 6), step=0.05, card="model", changes="theta",
        label="b (bias)", doc="Bias of the chosen unit.",
    )  # fmt: skip
    # --- loss ---
    loss: Any = Choice(
        default="binary_cross_entropy", objects=options(LOSSES, losses_for("classification", "regression")),
        card="loss", changes="loss", label="Loss function", doc="What is to become small.",
    )  # fmt: skip
    penalty: Any = Choice(
        default="none", objects=PENALTIES, card="loss", changes="loss",
        label="Regularization", doc="Keeps the weights small: a price on their size.",
    )  # fmt: skip
    penalty_strength = Number(
        0.01, bounds=(1e-4, 1), log=True, card="loss", changes="loss", only=("penalty", ("l1", "l2")),
        label="Strength", doc="How much the regularization weighs.",
    )  # fmt: skip
    # --- optimizer ---
    optimizer: Any = optimizer_choice("adam", SCALABLE)
    step_size = step_size_control(0.03)
    n_steps = steps_control(400, most=10000)

    key = "network"
    title = "Neural network"
    kind = "network"
    figures = ("decision", "curve", "surface", "loss")
    has_test = True

    @classmethod
    def facts(cls) -> dict[str, Any]:
        """Return what this lesson tells the browser beyond what all tell."""
        return {
            "datasets": {
                name: {
                    "task": entry.task,
                    "inputs": entry.inputs,
                    "simulated": entry.has_noise,
                    "classes": list(entry.classes),
                    "columns": list(entry.columns),
                }
                for name, entry in TOY_DATASETS.items()
            },
            # the formulas that the defaults need
            "first": f"formulas/network-{len(cls.param['hidden'].default)}-{cls.param['activation'].default}.js",
            "colors": theme.DIVERGING,
            "features": {name: feature.label for name, feature in FEATURES.items()},
            "schemes": {name: activation.init_scheme for name, activation in ACTIVATIONS.items()},
            "outputs": {name: activation.outputs for name, activation in ACTIVATIONS.items()},
            "maxLayers": MAX_LAYERS,
            "maxUnits": MAX_UNITS,
        }
