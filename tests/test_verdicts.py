"""Verdicts: what is right however it is written, and what is said where it is not."""

import json
from typing import Any

import jax
import numpy as np
import pytest

from dl_workshop import answers, losses, models
from dl_workshop.expressions import evaluate, parse
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.verdicts import JUDGED, TASKS, table, verdict

RIGHT = [
    ("linear_model", "b + x*w"), ("linear_model", "return w * x + b"),
    ("mse", "np.mean(np.square(y_pred - y_true))"), ("mse", "((y_true - y_pred) ** 2).sum() / len(y_true)"),
    ("mse", "mean(y_true**2 - 2*y_true*y_pred + y_pred**2)"), ("mse", "mean(abs(y_true - y_pred) ** 2)"),
    ("logistic", "sigmoid(z)"), ("logistic", "exp(z) / (1 + exp(z))"), ("logistic", "1 / (1 + np.e ** -z)"),
    ("logistic", "(1 + tanh(z / 2)) / 2"), ("logistic_model", "sigmoid(w*x + b)"),
    ("logistic_model", "1 / (1 + exp(-w*x - b))"), ("derivative", "3 + w + w"),
    ("gradient_step", "w + -gradient*step_size"), ("update", "theta + -g*step_size"), ("velocity", "m - m/10 + g"),
    ("binary_cross_entropy", "mean(-log(where(y_true > 0, p, 1 - p)))"),
    ("mse_slope_w", "mean(2 * x * (y_pred - y_true))"),
    ("binary_cross_entropy", "-(y_true*log(p) + (1 - y_true)*log(1 - p)).mean()"),
]  # fmt: skip

PAIR = "For y_true = [3, 5] and y_pred = [1, 6]"

WRONG = [
    ("mse", "mean((y_true-y_pred)**2)/2", "half"), ("mse", "0.5 * ((y_pred - y_true)**2).mean()", "half"),
    ("mse", "sum((y_pred - y_true)**2)", "sum"), ("mse", "mean(abs(y_pred - y_true))", "absolute"),
    ("mse", "y_true - y_pred", "single"), ("mse", "(y_pred - y_true)**2", "each example"),
    ("mse", "sqrt(mean(square(y_true - y_pred)))", "root"), ("linear_model", "x*w", "intercept"),
    ("linear_model", "w + b*x", "changed places"), ("linear_model", "w*b", "of its own"),
    ("logistic", "1/(1+exp(z))", "minus"), ("logistic_model", "1/(1+exp(-x*w))", "intercept"),
    ("derivative", "w*2", "3 * w"), ("logistic", "1/(1+2.718**-z)", "close to e"),
    ("gradient_step", "step_size*gradient + w", "uphill"), ("update", "step_size*g + theta", "uphill"),
    ("update", "theta - g", "step size"), ("velocity", "0.9*(g + m)", "whole"),
    ("binary_cross_entropy", "sum(y_true*log(p)+(1-y_true)*log(1-p))", "not negated"),
    ("binary_cross_entropy", "-mean(log(p)*y_true)", "label 0"),
    ("mse_slope_w", "2*mean((y_true-y_pred)*x)", "sign"),
]  # fmt: skip


def stepped(name: str, theta: float, gradient: float, state: Any = (), *, step_size: float, **more: float) -> Any:
    """The next theta and the next state of one of the library's optimizers."""
    return OPTIMIZERS[name].step(theta, gradient, state, step_size, more)


def library(task: str, v: dict) -> object:
    theta = {"w": v.get("w"), "b": v.get("b")}
    logit = {"y_true": v.get("y_true"), "logits": np.log(v["p"] / (1 - v["p"]))} if "p" in v else {}
    return {
        "linear_model": lambda: models.linear_model(theta, v["x"]),
        "mse": lambda: losses.mse(v["y_true"], v["y_pred"]),
        "logistic": lambda: answers.logistic(v["z"]),
        "logistic_model": lambda: answers.logistic_model(theta, v["x"]),
        "middle_logit": lambda: models.linear_model(theta, v["x"] ** 2),
        "binary_cross_entropy": lambda: losses.binary_cross_entropy(**logit),
        "derivative": lambda: jax.grad(answers.f)(v["w"]),
        "gradient_step": lambda: stepped("gradient_descent", v["w"], v["gradient"], step_size=v["step_size"])[0],
        "update": lambda: stepped("gradient_descent", v["theta"], v["g"], step_size=v["step_size"])[0],
        "velocity": lambda: stepped("momentum", 0.0, v["g"], v["m"], step_size=1.0, momentum=0.9)[1],
        "mse_slope_w": lambda: jax.grad(lambda w: losses.mse(v["y_true"], v["y_pred"] + w * v["x"]))(0.0),
    }[task]()


@pytest.mark.parametrize("key", TASKS)
def test_the_reference_is_what_the_library_computes(key: str):
    rng = np.random.default_rng(3)
    ranges = {"y_true": (lambda: rng.integers(0, 2, 20).astype(float)), "p": (lambda: rng.uniform(0.01, 0.99, 20))}
    ranges |= {} if key == "binary_cross_entropy" else {"y_true": lambda: rng.standard_normal(20)}
    task = TASKS[key]
    for _ in range(5):
        values = {
            name: ranges.get(name, lambda: rng.standard_normal(20))() if shape == "examples" else float(rng.normal())
            for name, shape in task.names.items()
        }
        tree = parse(task.reference, task.names)
        np.testing.assert_allclose(evaluate(tree, values), library(key, values), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("key", TASKS)
def test_the_samples_fit_their_task_and_the_reference_has_a_value_on_each(key: str):
    task = TASKS[key]
    for sample in task.samples:
        assert {
            name: "examples" if isinstance(value, list) else "scalar" for name, value in sample.items()
        } == task.names
        value = evaluate(parse(task.reference, task.names), sample)
        lengths = {len(value) for value in sample.values() if isinstance(value, list)}
        assert np.isfinite(value).all()
        assert np.shape(value) == (() if task.result == "scalar" else (*lengths,))
        assert len(lengths) <= 1


@pytest.mark.parametrize(("key", "known", "sentence"), [(t.key, *known) for t in TASKS.values() for known in t.known])
def test_each_known_mistake_has_its_own_sentence_and_an_example(key: str, known: str, sentence: str):
    judged = verdict(key, known)
    assert (judged.right, judged.sentence) == (False, sentence)
    assert judged.example is not None
    assert judged.example["given"] != judged.example["right"]
    assert sentence.endswith(".")


@pytest.mark.parametrize(("key", "text"), [*RIGHT, *((task.key, task.reference) for task in TASKS.values())])
def test_what_has_the_right_values_is_right_however_it_is_written(key: str, text: str):
    assert verdict(key, text) == (True, JUDGED["right"], None)


@pytest.mark.parametrize(("key", "text", "word"), WRONG)
def test_a_known_mistake_is_known_however_it_is_written(key: str, text: str, word: str):
    judged = verdict(key, text)
    assert not judged.right
    assert word in judged.sentence


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        ("linear_model", "x / w + b", "For w = 2, x = 3, b = 1 yours gives 2.5, and 7 is right."),
        ("linear_model", "w*x + b + 1e-8", "For w = 2, x = 3, b = 1 yours gives 7.00000001, and 7 is right."),
        ("mse", "mean(abs(y_true - y_pred) ** 3)", f"{PAIR} yours gives 4.5, and 2.5 is right."),
        ("logistic", "log(z)", "For z = 0 yours gives -infinity, and 0.5 is right."),
        ("logistic", "z / z", "For z = 0 yours gives no number, and 0.5 is right."),
        ("mse", "1e9 * mean((y_true - y_pred) ** 2)", f"{PAIR} yours gives 2.5e+09, and 2.5 is right."),
    ],
)  # fmt: skip
def test_another_mistake_is_shown_on_an_input(key: str, text: str, sentence: str):
    assert verdict(key, text).sentence == sentence


def test_a_text_that_is_no_formula_gets_its_sentence():
    assert verdict("linear_model", "wx + b") == (False, "Write the product out: w * x.", None)


def test_no_sentence_shows_the_reference():
    for task in TASKS.values():
        for text in (known for known, _ in task.known):
            assert task.reference not in verdict(task, text).sentence


def test_a_task_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="unknown task 'moon': choose one of linear_model, mse"):
        verdict("moon", "1")


def test_the_table_is_data():
    data = table()
    assert json.loads(json.dumps(data, allow_nan=False))["tasks"].keys() == TASKS.keys()
    assert {"sentences", "grammar", "tolerance", "tasks"} == data.keys()
