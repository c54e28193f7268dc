"""The formulas that learners are asked for, what each is judged on, and what is known to go wrong."""

import random
from typing import Any, NamedTuple

Sample = dict[str, Any]  # a number, or a list of numbers, for each name


class Task(NamedTuple):
    """A formula that a learner is asked for.

    Attributes:
        key: its key in `TASKS`.
        names: what the formula can use, and whether each is a "scalar" or has a value for each of the "examples".
        result: "scalar" or "examples".
        reference: a right formula, which no learner is shown.
        samples: the inputs it is judged on, the ones that read best first.
        known: formulas that are wrong in a way that has a name, with the sentence that says it; each sentence is
            for all formulas of the same values.
    """

    key: str
    names: dict[str, str]
    result: str
    reference: str
    samples: tuple[Sample, ...]
    known: tuple[tuple[str, str], ...]


def _samples(
    names: dict[str, str], *own: Sample, low: float = -4.0, high: float = 4.0, **ranges: list[float]
) -> tuple[Sample, ...]:
    """Return the samples of a task: its own, and four of one decimal drawn with a fixed seed.

    Args:
        names: as in `Task`.
        own: what to begin with.
        low, high: between which numbers to draw.
        ranges: what else to draw some names from, a list of numbers.
    """
    draw = random.Random(1)

    def number(name: str) -> float:
        if name in ranges:
            return ranges[name][int(draw.random() * len(ranges[name]))]
        return round(low + (high - low) * draw.random(), 1)

    drawn = [
        {
            name: [number(name) for _ in range(n)] if shape == "examples" else number(name)
            for name, shape in names.items()
        }
        for n in (1, 2, 3, 5)
    ]
    return (*own, *drawn)


def _gradient_step(key: str, at: str, slope: str) -> Task:
    """Return the task of one step of gradient descent.

    Args:
        key: of the task.
        at: what is moved.
        slope: what its gradient is called.
    """
    names = {at: "scalar", slope: "scalar", "step_size": "scalar"}
    samples = ((5.0, 4.0, 0.5), (2.0, -3.0, 0.1), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (-10.0, 2000.0, 0.01))
    known = (
        ("{at} + step_size * {slope}", "This is a step uphill: the gradient points to where the loss grows."),
        ("{at} - {slope}", "The step size is missing: this step is as long as the gradient."),
        ("{at} + {slope}", "The step size is missing, and this is a step uphill."),
        ("{at} - step_size", "The gradient is missing: it says which way to go, and how far."),
        ("step_size * {slope}", "This is the step alone: take it away from {at}."),
        ("-step_size * {slope}", "This is the step alone: add it to {at}."),
        ("{slope} - step_size * {at}", "{at} and the gradient have changed places."),
        ("step_size * {slope} - {at}", "The two are the wrong way around: the step is taken away from {at}."),
        ("{at} - {slope} / step_size", "The gradient is multiplied by the step size, and not divided by it."),
        ("({at} - step_size) * {slope}", "Leave {at} outside of the parentheses: only the gradient is multiplied."),
        ("step_size * ({at} - {slope})", "Leave {at} outside of the parentheses: only the gradient is multiplied."),
        ("{at} - step_size * abs({slope})", "Without its sign the gradient does not say which way is downhill."),
        ("{at} - step_size * sign({slope})", "The length of the gradient is missing: this has only its sign."),
        ("{at} - step_size * {slope} ** 2", "The gradient is not squared."),
    )
    return Task(
        key,
        names,
        "scalar",
        f"{at} - step_size * {slope}",
        _samples(
            names, *(dict(zip(names, sample, strict=True)) for sample in samples), step_size=[0.01, 0.2, 0.3, 2.0]
        ),
        tuple((text.format(at=at, slope=slope), sentence.format(at=at)) for text, sentence in known),
    )


PAIR = {"y_true": "examples", "y_pred": "examples"}
LABELS = {"y_true": "examples", "p": "examples"}
LINE = {"w": "scalar", "x": "examples", "b": "scalar"}
VELOCITY = {"m": "scalar", "g": "scalar"}
SLOPE = {"x": "examples", "y_true": "examples", "y_pred": "examples"}
LOGIT = {"z": "examples"}

LINES: tuple[Sample, ...] = (
    {"w": 2.0, "x": [3.0], "b": 1.0},
    {"w": 1.0, "x": [1.0, 2.0], "b": 5.0},
    {"w": 0.0, "x": [0.0], "b": 0.0},
    {"w": -1.0, "x": [-1.0, 0.0, 1.0], "b": -3.0},
)
TOO_SHORT = "2.72 and 2.718 are only close to e: write np.exp, or np.e."

TASKS = {
    task.key: task
    for task in (
        Task(
            "linear_model",
            LINE,
            "examples",
            "w * x + b",
            _samples(LINE, *LINES, {"w": 300.0, "x": [20.0, -10.0], "b": 1000.0}),
            (
                ("w * x", "The intercept b is missing: this line always goes through 0."),
                ("w * x - b", "The intercept b is taken away here, and should be added."),
                ("b * x + w", "w and b have changed places: w is the slope, and goes with x."),
                ("w * (x + b)", "The intercept b is multiplied by w here: leave it outside of the parentheses."),
                ("w + x + b", "w is added to x here, and a slope multiplies it."),
                ("-w * x + b", "The sign of the slope w is turned around."),
                ("x ** w + b", "x to the power of w is no line: the slope multiplies x."),
                ("w * x * b", "The intercept b is multiplied here, and should be added."),
            ),
        ),
        Task(
            "mse",
            PAIR,
            "scalar",
            "mean((y_true - y_pred) ** 2)",
            _samples(
                PAIR,
                {"y_true": [3.0, 5.0], "y_pred": [1.0, 6.0]},
                {"y_true": [4.0], "y_pred": [1.0]},
                {"y_true": [0.0, 0.0], "y_pred": [0.0, 0.0]},
                {"y_true": [1.0, 1.0, 1.0], "y_pred": [0.0, 1.0, 2.0]},
                {"y_true": [-2.0, -1.0, -3.0], "y_pred": [-4.0, -1.0, 2.0]},
                {"y_true": [1000.0, -500.0], "y_pred": [-200.0, 300.0]},
            ),
            (
                ("mean((y_true - y_pred) ** 2) / 2", "This is half of it: the mean of the squares is not halved here."),
                ("sum((y_true - y_pred) ** 2)", "This is the sum: divide by the number of examples, or take the mean."),
                ("sum((y_true - y_pred) ** 2) / 2", "This is half of the sum, and the mean is asked for."),
                ("mean(y_true - y_pred)", "The square is missing: errors up and down cancel each other."),
                ("mean(y_pred - y_true)", "The square is missing: errors up and down cancel each other."),
                ("sum(y_true - y_pred)", "The square is missing, and this is a sum: a mean is asked for."),
                ("sqrt(mean((y_true - y_pred) ** 2))", "This is the root of it (RMSE): leave the square root out."),
                ("mean(abs(y_true - y_pred))", "This is the mean absolute error: square in place of abs."),
                ("sum(abs(y_true - y_pred))", "This is the sum of absolute errors: square them, and take the mean."),
                ("-mean((y_true - y_pred) ** 2)", "The sign is turned around: a loss is small where the fit is good."),
                ("mean(y_true - y_pred) ** 2", "This squares the mean: square each error first, then take the mean."),
                ("mean((y_true + y_pred) ** 2)", "An error is a difference, and this is a sum."),
                ("mean(y_true ** 2 - y_pred ** 2)", "Take the difference first and square it then."),
                ("mean(y_true - y_pred ** 2)", "Only y_pred is squared here: put the difference in parentheses."),
                ("(y_true - y_pred) ** 2", "This is one square for each example: their mean is still to be taken."),
            ),
        ),
        Task(
            "logistic",
            LOGIT,
            "examples",
            "1 / (1 + exp(-z))",
            _samples(
                LOGIT, {"z": [0.0]}, {"z": [1.0]}, {"z": [-2.0, 0.0, 2.0]}, {"z": [0.0, 0.0]}, {"z": [-200.0, 200.0]}
            ),
            (
                ("1 / (1 + exp(z))", "The minus in front of z is missing: this falls where it should rise."),
                ("1 / 1 + exp(-z)", "This is what to divide 1 by: put 1 + exp(-z) in parentheses below the line."),
                ("1 / (1 - exp(-z))", "Below the line the two are added."),
                ("exp(-z)", "This is only a part of what is below the line, and has no upper bound."),
                ("exp(z)", "This is the odds, and has no upper bound: a probability stays below 1."),
                ("tanh(z)", "This goes from -1 to 1, and a probability from 0 to 1."),
                ("1 / (1 + 2.718 ** (-z))", TOO_SHORT),
                ("1 / (1 + 2.72 ** (-z))", TOO_SHORT),
                ("z", "This is the logit itself, which has no bounds: a probability stays between 0 and 1."),
            ),
        ),
        Task(
            "logistic_model",
            LINE,
            "examples",
            "1 / (1 + exp(-(w * x + b)))",
            _samples(LINE, *LINES, {"w": 20.0, "x": [5.0, -7.0], "b": 30.0}),
            (
                ("w * x + b", "This is the logit: the logistic function of it is still to be taken."),
                ("1 / (1 + exp(w * x + b))", "The minus in the exponent is missing: this falls where it should rise."),
                (
                    "1 / (1 + exp(-w * x + b))",
                    "The minus in the exponent is for w * x only: it is for all of w * x + b.",
                ),
                ("1 / (1 + exp(-w * x))", "The intercept b is missing: this is always 1/2 at 0."),
                ("1 / (1 + exp(w * x))", "The minus in the exponent is missing, and so is the intercept b."),
                ("1 / (1 + exp(-(b * x + w)))", "w and b have changed places: w is the slope, and goes with x."),
                (
                    "1 / 1 + exp(-(w * x + b))",
                    "This is what to divide 1 by: put all of it in parentheses below the line.",
                ),
                ("exp(-(w * x + b))", "This is only a part of what is below the line, and has no upper bound."),
                ("tanh(w * x + b)", "This goes from -1 to 1, and a probability from 0 to 1."),
            ),
        ),
        Task(
            "middle_logit",
            LINE,
            "examples",
            "w * x ** 2 + b",
            _samples(
                LINE,
                {"w": 2.0, "x": [3.0], "b": 1.0},
                {"w": -1.0, "x": [-2.0, 0.0, 2.0], "b": 3.0},
                {"w": 0.0, "x": [0.0], "b": 0.0},
                {"w": 1.0, "x": [1.0, -3.0], "b": -5.0},
                {"w": -300.0, "x": [20.0, -10.0], "b": 1000.0},
            ),
            (
                ("w * x + b", "This is a straight line, which crosses 0 only once: square x."),
                ("w * x ** 2", "The intercept b is missing: without it this is 0 at x = 0 alone."),
                ("x ** 2 + b", "w is missing: its sign says whether class 1 is in the middle or outside."),
                ("w * x ** 2 - b", "The intercept b is taken away here, and should be added."),
                ("(w * x) ** 2 + b", "Only x is squared: a square has lost the sign of w."),
                ("(w * x + b) ** 2", "Only x is squared: this is nowhere below 0."),
                ("w * (x + b) ** 2", "The intercept b is added last: this touches 0 in one place only."),
                ("w * (x ** 2 + b)", "The intercept b is multiplied by w here: leave it outside of the parentheses."),
                ("b * x ** 2 + w", "w and b have changed places: w goes with the square of x."),
                ("w * x * 2 + b", "This doubles x: its square is x ** 2."),
                ("w * abs(x) + b", "This has two boundaries, too; asked for is the square of x."),
                ("w + x ** 2 + b", "w is added here, and should multiply the square of x."),
                (
                    "1 / (1 + exp(-(w * x ** 2 + b)))",
                    "This is the probability: the sigmoid is taken of what you write, so write the logit alone.",
                ),
            ),
        ),
        Task(
            "binary_cross_entropy",
            LABELS,
            "scalar",
            "-mean(y_true * log(p) + (1 - y_true) * log(1 - p))",
            _samples(
                LABELS,
                {"y_true": [1.0, 0.0], "p": [0.8, 0.4]},
                {"y_true": [1.0], "p": [0.25]},
                {"y_true": [0.0], "p": [0.25]},
                {"y_true": [0.0, 0.0], "p": [0.5, 0.1]},
                {"y_true": [1.0, 1.0, 1.0], "p": [0.5, 0.999, 0.001]},
                low=0.1,
                high=0.9,
                y_true=[0.0, 1.0],
            ),
            (
                (
                    "mean(y_true * log(p) + (1 - y_true) * log(1 - p))",
                    "The minus is missing: this is the mean log-likelihood, which is large where the fit is good.",
                ),
                (
                    "sum(y_true * log(p) + (1 - y_true) * log(1 - p))",
                    "This is the log-likelihood, the sum that is not negated: the mean with a minus is asked for.",
                ),
                ("-sum(y_true * log(p) + (1 - y_true) * log(1 - p))", "This is the sum, and the mean is asked for."),
                ("-mean(y_true * log(p) + (1 - y_true) * log(1 - p)) / 2", "This is half of it."),
                (
                    "-mean(y_true * log(p))",
                    "The part for the label 0 is missing: (1 - y_true) times another logarithm.",
                ),
                ("-mean((1 - y_true) * log(1 - p))", "The part for the label 1 is missing: y_true times a logarithm."),
                ("-mean(y_true * log(p) + log(1 - p))", "The second logarithm counts for the label 0 only."),
                ("-mean(y_true * log(p) + (1 - y_true) * log(p))", "For the label 0 the probability is 1 - p."),
                ("-mean(y_true * log(p) - (1 - y_true) * log(1 - p))", "The two parts are added."),
                ("-mean((1 - y_true) * log(p) + y_true * log(1 - p))", "The labels 0 and 1 have changed places."),
                ("-mean(p * log(y_true) + (1 - p) * log(1 - y_true))", "y_true and p have changed places."),
                ("-mean(y_true * p + (1 - y_true) * (1 - p))", "The logarithms are missing."),
                ("mean((y_true - p) ** 2)", "This is the mean squared error: cross-entropy has logarithms."),
                ("mean(abs(y_true - p))", "This is the mean absolute error: cross-entropy has logarithms."),
                (
                    "-(y_true * log(p) + (1 - y_true) * log(1 - p))",
                    "This is one value for each example: their mean is still to be taken.",
                ),
            ),
        ),
        Task(
            "derivative",
            {"w": "scalar"},
            "scalar",
            "2 * w + 3",
            _samples({"w": "scalar"}, *({"w": w} for w in (1.0, 2.0, 0.0, -1.5, -3.0, 1000.0))),
            (
                ("w ** 2 + 3 * w - 5", "This is f itself, and its derivative is asked for."),
                ("2 * w", "The derivative of 3 * w is missing."),
                ("2 * w - 2", "The derivative of -5 is 0: a constant has no slope."),
                ("2 * w - 5", "The derivative of 3 * w is missing, and that of -5 is 0."),
                ("2 * w + 3 * w", "The derivative of 3 * w is no longer a multiple of w."),
                ("w + 3", "The derivative of w ** 2 is not w: the exponent comes in front."),
                ("w ** 2 + 3", "The derivative of w ** 2 is not w ** 2."),
                ("2 * w ** 2 + 3", "The exponent comes in front, and what is left of it is one less."),
                ("2 * w - 3", "The sign of 3 is turned around."),
                ("-(2 * w + 3)", "The sign is turned around: this is the way downhill."),
                ("2 * (w + 3)", "Only w is doubled: leave 3 outside of the parentheses."),
                ("2", "This is the second derivative."),
            ),
        ),
        _gradient_step("gradient_step", "w", "gradient"),
        _gradient_step("update", "theta", "g"),
        Task(
            "velocity",
            VELOCITY,
            "scalar",
            "0.9 * m + g",
            _samples(
                VELOCITY,
                {"m": 10.0, "g": 2.0},
                {"m": 0.0, "g": 1.0},
                {"m": 1.0, "g": -0.9},
                {"m": 0.0, "g": 0.0},
                {"m": -200.0, "g": 500.0},
            ),
            (
                ("m + g", "Nothing is forgotten here: nine tenths of m are kept."),
                ("0.9 * m - g", "The minus comes with the step: m gathers the gradients as they are."),
                ("0.9 * m", "The gradient g is missing: what is 0 at first would stay 0."),
                ("0.9 * (m + g)", "Only m is multiplied: the new gradient comes in whole."),
                ("0.9 * g + m", "m and g have changed places: it is m of which nine tenths are kept."),
                ("0.9 * m + 0.1 * g", "Some books weigh g by a tenth, for shorter steps: here it comes in whole."),
                ("0.1 * m + g", "This keeps one tenth of m, and forgets nine."),
                ("0.9 + m + g", "0.9 is added to m here: a share of m is a product."),
                ("g", "This is the gradient alone: nine tenths of m are still to be added."),
            ),
        ),
        Task(
            "mse_slope_w",
            SLOPE,
            "scalar",
            "-2 * mean(x * (y_true - y_pred))",
            _samples(
                SLOPE,
                {"x": [1.0, 2.0], "y_true": [3.0, 5.0], "y_pred": [1.0, 6.0]},
                {"x": [2.0], "y_true": [4.0], "y_pred": [1.0]},
                {"x": [0.0, 0.0], "y_true": [1.0, 1.0], "y_pred": [0.0, 2.0]},
                {"x": [1.0, 1.0, 1.0], "y_true": [0.0, 0.0, 0.0], "y_pred": [1.0, 1.0, 1.0]},
                {"x": [-1.0, -2.0], "y_true": [-3.0, -1.0], "y_pred": [-5.0, 2.0]},
                {"x": [100.0, -50.0], "y_true": [1000.0, 20.0], "y_pred": [-200.0, 300.0]},
            ),
            (
                ("2 * mean(x * (y_true - y_pred))", "The sign is turned around: y_pred has a minus in the difference."),
                ("-mean(x * (y_true - y_pred))", "This is half of it: the exponent 2 comes in front."),
                ("mean(x * (y_true - y_pred))", "The exponent 2 comes in front, and the sign is turned around."),
                ("-2 * sum(x * (y_true - y_pred))", "This is the sum, and the mean is asked for."),
                ("2 * sum(x * (y_true - y_pred))", "This is the sum, and its sign is turned around."),
                ("-2 * mean(y_true - y_pred)", "This is the slope along b: along w each error is multiplied by x."),
                ("2 * mean(y_true - y_pred)", "x is missing, and the sign is turned around."),
                ("-2 * mean(x) * mean(y_true - y_pred)", "Multiply each error by its x first, then take the mean."),
                ("-2 * mean(x * (y_true - y_pred) ** 2)", "The square is gone after the derivative."),
                ("mean((y_true - y_pred) ** 2)", "This is the loss itself, and its slope is asked for."),
                ("-2 * mean(x * abs(y_true - y_pred))", "The errors keep their signs."),
                ("-2 * x * (y_true - y_pred)", "This is one slope for each example: their mean is still to be taken."),
            ),
        ),
    )
}
