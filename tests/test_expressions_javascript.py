"""The browser's parser and judge beside those of Python: the same values, sentences and places."""

import json
import random
import re
import subprocess
from typing import Any

import numpy as np
import pytest

from dl_workshop.expressions import ExpressionError, evaluate, parse
from dl_workshop.grammar import SENTENCES
from dl_workshop.verdicts import TASKS, table, verdict
from tests.find_node import executable
from tests.serving import ROOT

NAMES = ["w", "x", "b", "y_true"]
VALUES = {"w": 1.7, "x": [-2.0, 0.0, 0.5, 3.0], "b": -0.4, "y_true": [1.0, 0.0, 1.0, 2.0]}

PROGRAM = """
import {readFileSync} from "node:fs"
import {evaluate, ExpressionError, parse, verdict} from "./app/browser/expressions.js"

const {table, names, values, texts, answers} = JSON.parse(readFileSync(0, "utf8"))
const typed = ([name, value]) => [name, typeof value === "number" ? value : Float64Array.from(value)]
const inputs = Object.fromEntries(Object.entries(values).map(typed))
const listed = (v) => (typeof v === "number" ? String(v) : Array.from(v, String))
const parsed = (text) => {
  try {
    return {value: listed(evaluate(parse(text, names, table), inputs))}
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return {sentence: error.message, start: error.start, end: error.end}
  }
}
const judged = ([task, text]) => {
  const {right, sentence, example} = verdict(task, text, table)
  return {right, sentence, example: example && {...example, given: listed(example.given), right: listed(example.right)}}
}
console.log(JSON.stringify({texts: texts.map(parsed), answers: answers.map(judged)}))
"""

MISTAKES = [
    "", "   ", "return", "2x", "2 x", "x^2", "ac(x+1)", "w(x+1)", "wx", "x2", "(w*x", "w*x)", "w*", "*w", "()",
    "exp()", "exp", "exp x", "Exp(x)", "X", "\u0445", "\u0435\u0445\u0440(x)", "\uff57*x", "\uff12*w", "w\u2212x",
    "w\u00d7x", "x\u00b2", "x\u2074", "0,5", "mean(0,5*x)", "exp(x,)", "where(x)", "w=3", "x==1", "x != 1", "x//2",
    "x%2", "x[0]", "[x]", "'a'", "lambda x: x", "[x for x in y_true]", "mean(x for x in y_true)", "x if w else b",
    "import os", "from os import *", "__import__('os')", "x.__class__", "x.__class__.__bases__[0]", "x.T",
    "np.dot(w, x)", "np.foo", "np", "np.", "math.Sqrt(x)", "np.Pi", "mean(x, axis=0)", "x.mean(axis=0)", "2j",
    "2J * x", "1e400", "1e101", "x**100", "x**-100", "power(x, 65)", "square(x, 2)", "(" * 40, "-" * 40 + "x",
    "(" * 5000, "w" * 10_000, "w<x<b", "w, x", "(w, x)", "max(x,w)", "ln(x)", "np.average(x)", "x and w", "not x",
    "x;", "x:", "(x+1)(x-1)", "exp(x)exp(w)", "x |w|", "|x|", "\u03c3(x)", "2\u03c0", "\u0177 - x", "\U0001d465 + w",
    "\U0001f600 + x", "w + \U0001f600", "w\u00e9", "\u221ax", "+".join("x" * 140), "1" * 300, "1.2.3", "x..mean()",
    "x.mean", "\u201cx\u201d", "x\u00a0y", "w * (x + b", "constructor", "toString(x)", "np.constructor",
    "np.hasOwnProperty(x)", "hasOwnProperty", "valueOf + x", "{x}", "x # note", "1_000", "None", "True * x",
    "def f(x): return x", "return return x", "\ud800", "x\x00", "x `w`", "w * \U0001d465(x + 1)", "exp(1,5 * x)",
    "1.5,2", "maximum(0,5)", "maximum(0,5, x)", "0,5x", "where(x > 0, 1, 0",
    "w * (x + b * (w + x * (b + w)) + (x + b) * w * x * b + x * w) (x)",
    "abcdefghij" * 10 + "(" + "x + " * 20 + "x)",
]  # fmt: skip

ANSWERS = [
    *((task.key, text) for task in TASKS.values() for text, _ in task.known),
    *((task.key, task.reference) for task in TASKS.values()),
    ("linear_model", "return b + x*w"), ("linear_model", "w*x+b+1e-8"), ("linear_model", "x/w"), ("linear_model", "3"),
    ("linear_model", "w*x.mean()+b"), ("linear_model", "wx+b"), ("linear_model", "w*x + b / 3"), ("linear_model", "b"),
    ("mse", "mean(y_true**2-2*y_true*y_pred+y_pred**2)"), ("mse", "((y_pred-y_true)**2).sum()/len(y_true)"),
    ("mse", "y_true - y_pred"), ("mse", "mean(abs(y_true-y_pred)**3)"), ("mse", "0"), ("mse", "1/0"), ("mse", "0/0"),
    ("mse", "mean(log(y_true - y_pred))"), ("mse", "mean(1e9 * y_true)"), ("mse", "mean(y_true / 3e7)"),
    ("mse", "mean(square(y_true-y_pred))*1.0000001"), ("mse", "mean(x)"), ("mse", "mean((y_true-y_pred)^2)"),
    ("logistic", "exp(z)/(1+exp(z))"), ("logistic", "1/(1+np.e**(-z))"), ("logistic", "log(z)"), ("logistic", "-z/0"),
    ("logistic", "0.5*(1+tanh(z/2))"), ("logistic", "exp(-10*z)"), ("logistic", "exp(-10*z)+c"), ("logistic", "1/2"),
    ("logistic_model", "sigmoid(w*x+b)"), ("logistic_model", "sigmoid(w*x+b)/3"), ("logistic_model", "sigmoid(x)"),
    ("binary_cross_entropy", "-mean(where(y_true > 0.5, log(p), log(1-p)))"), ("binary_cross_entropy", "-log(p)"),
    ("binary_cross_entropy", "mean(y_true-p)"), ("binary_cross_entropy", "-mean(log(where(y_true > 0, p, 1 - p)))"),
    ("derivative", "3 + w + w"), ("derivative", "(w**2+3*w-5)/w"), ("derivative", "2w+3"), ("derivative", "2,0*w+3"),
    ("gradient_step", "w-2*gradient*step_size"), ("gradient_step", "w - step_size * grad"),
    ("mse_slope_w", "mean(2*x*(y_pred-y_true))"), ("mse_slope_w", "mean(x*y_true)"), ("mse_slope_w", "mean(x)*1e-7"),
]  # fmt: skip


def formulas(count: int) -> list[str]:
    """Random formulas with random spaces; the numbers in them stay small."""
    draw = random.Random(7)

    def formula(depth: int) -> str:
        if depth == 0 or draw.random() < 0.15:
            return draw.choice([*NAMES, *NAMES, "2", "0.5", "3.", ".25", "1e-2", "np.pi", "e", "len(x)", "y_true.size"])
        a, b, c = (formula(depth - 1) for _ in range(3))
        space = draw.choice(["", " "])
        return draw.choice([
            f"{a}{space}+{space}{b}", f"{a} - {b}", f"{a} * {b}", f"{a}/{b}", f"-{a}", f"+ {a}", f"({a})",
            f"({a} + {b})", f"({a})**2", f"abs({a}) ** {draw.choice(['0.5', '3', '-1', '-x', 'w'])}", f"np.sin({a})",
            f"tanh( {a} )", f"sigmoid({a})", f"({a}).mean()", f"np.sum({a})/4", f"where({a} < {b}, {b}, {c})",
            f"maximum({a}, {b})", f"clip({a}, -1, 1)", f"exp(-abs({a}))", f"log1p(square({a}))", f"2**-x ** 2 + {a}",
            f"sqrt(abs({a}))", f"({a} >= {b}) * {c}", f"expm1(sin({a}))", f"sign({a})", f"minimum({a}, {b})",
            f"cos({a})", f"mean({a})",
        ])  # fmt: skip

    return [formula(draw.randint(1, 4)) for _ in range(count)]


def broken(texts: list[str]) -> list[str]:
    """The formulas with one character taken out, put in or changed."""
    draw = random.Random(8)
    pieces = [*"()+-*/.,<>=[] xwe1", "**", " x", "np.", "\u00b2", "\u0445", "^", "'", "\U0001d465", " if ", ".mean()"]
    changed = []
    for text in texts:
        at = draw.randrange(len(text))
        changed.append(text[:at] + draw.choice(["", draw.choice(pieces)]) + text[at + draw.choice([0, 1]) :])
    return changed


TEXTS = [*MISTAKES, *(texts := formulas(300)), *broken(texts), *broken(texts)]


@pytest.fixture(scope="module")
def browser() -> Any:
    asked = {"table": table(), "names": NAMES, "values": VALUES, "texts": TEXTS, "answers": ANSWERS}
    done = subprocess.run(
        [executable(), "--input-type=module", "--eval", PROGRAM],
        cwd=ROOT, input=json.dumps(asked, allow_nan=False), capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def outcome_of(text: str) -> Any:
    try:
        return evaluate(parse(text, NAMES), VALUES)
    except ExpressionError as error:
        return error


def test_the_mistakes_are_all_that_there_are_sentences_for():
    said = [str(outcome_of(text)) for text in MISTAKES]
    for key, sentence in SENTENCES.items():
        pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(sentence))
        assert any(re.fullmatch(pattern, each, re.DOTALL) for each in said), key


def numbers(value: str | list[str]) -> np.ndarray:
    return np.asarray(value).astype(float)


def test_formulas_have_the_same_value_or_the_same_mistake_at_the_same_place(browser: Any):
    refused = 0
    for text, there in zip(TEXTS, browser["texts"], strict=True):
        here = outcome_of(text)
        if isinstance(here, ExpressionError):
            refused += 1
            assert there == {"sentence": str(here), "start": here.start, "end": here.end}, text
        else:
            value = numbers(there.get("value", there))
            assert value.shape == np.shape(here), text
            np.testing.assert_allclose(value, here, rtol=1e-12, atol=1e-12, err_msg=text)
    assert len(MISTAKES) < refused < len(TEXTS) - 300


def test_answers_have_the_same_verdict(browser: Any):
    for (task, text), there in zip(ANSWERS, browser["answers"], strict=True):
        here = verdict(task, text)
        assert (there["right"], there["sentence"]) == (here.right, here.sentence), (task, text)
        if here.example is None:
            assert there["example"] is None, (task, text)
            continue
        assert there["example"]["inputs"] == here.example["inputs"]
        for key in ("given", "right"):
            np.testing.assert_allclose(numbers(there["example"][key]), here.example[key], rtol=1e-12, err_msg=text)
