"""Whether a learner's formula is right, and if not, what became of it: judged by its values, not by its spelling."""

import math
from decimal import ROUND_HALF_UP, Context
from typing import Any, NamedTuple

import numpy as np

from dl_workshop import checks
from dl_workshop.expressions import Expression, ExpressionError, evaluate, parse
from dl_workshop.grammar import GRAMMAR, SENTENCES
from dl_workshop.tasks import TASKS, Sample, Task

__all__ = ["TASKS", "Task", "Verdict", "table", "verdict"]

RELATIVE, ABSOLUTE = 1e-9, 1e-12  # how far apart equal values are: those of a sum near 0 by rounding only

JUDGED = {
    "right": "Right.",
    "examples": "This is one value for each example, and a single number is asked for, such as their mean.",
    "scalar": "This is a single number for all examples, and each of them needs a value of its own.",
    "differs": "For {inputs} yours gives {given}, and {right} is right.",
    "nan": "no number",
    "infinite": "infinity",
}


class Verdict(NamedTuple):
    """What came of a learner's formula.

    Attributes:
        right: whether it has the values of the reference.
        sentence: what to tell the learner.
        example: one input on which it differs, {"inputs", "given", "right"}; None where it is right or no formula.
    """

    right: bool
    sentence: str
    example: dict[str, Any] | None


def verdict(task: str | Task, text: str) -> Verdict:
    """Judge a learner's formula by its values on the samples of a task.

    Args:
        task: a key in `TASKS`, or an entry.
        text: what the learner wrote.

    Raises:
        ValueError: there is no such task, or the text is none.
    """
    task = checks.registered("task", task, TASKS)
    try:
        given = _values(task, parse(text, task.names))
    except ExpressionError as error:
        return Verdict(False, str(error), None)
    right = _values(task, parse(task.reference, task.names))
    wrong = next((k for k in range(len(right)) if not _agree([given[k]], [right[k]])), None)
    if wrong is None:
        return Verdict(True, JUDGED["right"], None)
    example: dict[str, Any] = {
        "inputs": task.samples[wrong],
        "given": _plain(given[wrong]),
        "right": _plain(right[wrong]),
    }
    for known, sentence in task.known:
        if _agree(given, _values(task, parse(known, task.names))):
            return Verdict(False, sentence, example)
    if np.shape(given[wrong]) != np.shape(right[wrong]):
        return Verdict(False, JUDGED["scalar" if task.result == "examples" else "examples"], example)
    return Verdict(False, _differs(**example), example)


def table() -> dict[str, Any]:
    """Return all that a browser needs to parse and judge as it is done here, as data for JSON."""
    return {
        "sentences": SENTENCES | JUDGED,
        "grammar": GRAMMAR,
        "tolerance": {"relative": RELATIVE, "absolute": ABSOLUTE},
        "tasks": {
            key: task._asdict() | {"known": [{"text": text, "sentence": sentence} for text, sentence in task.known]}
            for key, task in TASKS.items()
        },
    }


def _values(task: Task, expression: Expression) -> list[Any]:
    return [evaluate(expression, sample) for sample in task.samples]


def _plain(value: Any) -> float | list[float]:
    return np.asarray(value).tolist()


def _agree(ones: list[Any], others: list[Any]) -> bool:
    """Whether values are the same, in form too, but for rounding."""
    return all(
        np.shape(one) == np.shape(other)
        and np.allclose(one, other, rtol=0.0, atol=ABSOLUTE + RELATIVE * _size(other), equal_nan=True)
        for one, other in zip(ones, others, strict=True)
    )


def _size(value: Any) -> float:
    """Return the largest size of a value that is finite."""
    sizes = np.abs(np.asarray(value))
    return float(np.max(sizes[np.isfinite(sizes)], initial=0.0))


def _differs(inputs: Sample, given: Any, right: Any) -> str:
    """Return the sentence of an input on which a formula is wrong, with as many digits as tell the values apart."""
    parts = [f"{name} = {_shown(value, 6)}" for name, value in inputs.items()]
    listed = (" and " if len(parts) == 2 else ", ").join(parts)
    digits = next((d for d in (4, 6, 9, 12) if _shown(given, d) != _shown(right, d)), 12)
    return JUDGED["differs"].format(inputs=listed, given=_shown(given, digits), right=_shown(right, digits))


def _shown(value: Any, digits: int) -> str:
    """Return a number as in `format(value, "g")`, or a list; the list of a single example as its number."""
    if isinstance(value, list):
        parts = [_shown(part, digits) for part in value]
        return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"
    if math.isnan(value):
        return JUDGED["nan"]
    if math.isinf(value):
        return f"{'-' if value < 0 else ''}{JUDGED['infinite']}"
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(value)  # ties as JavaScript breaks them
    return f"{float(rounded) + 0.0:.{digits}g}"
