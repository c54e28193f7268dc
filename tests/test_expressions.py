"""Formulas: what they mean, what is refused and where, and what JAX and the lowering make of them."""

import ast
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dl_workshop import losses
from dl_workshop.expressions import (
    Call,
    Expression,
    ExpressionError,
    Name,
    Number,
    Operation,
    evaluate,
    normal_form,
    parse,
    to_function,
)
from dl_workshop.grammar import FORMS, SENTENCES
from dl_workshop.javascript import symbolic, to_javascript

NAMES = ("w", "x", "b", "y_true", "y_pred")
VALUES = {"w": 1.5, "x": [-2.0, 0.5, 3.0], "b": -0.25, "y_true": [1.0, 0.0, 2.0], "y_pred": [0.5, 0.25, 4.0]}

# texts of what is in formulas, and of what learners and others may try instead
PIECES = [
    *NAMES, "1", "0.5", ".5", "2.", "1e3", "1e400", "9" * 30, "+", "-", "*", "/", "**", "<", ">=", "(", ")", ",",
    ".", "[", "]", "exp", "where(", "mean(", "np.", "jnp.", "math.pi", ".mean()", ".shape[0]", "len(", " ", "\n",
    "return ", "e", "^", "=", "==", "//", "%", "'", '"', "lambda x:", " for x in ", " if ", " else ", "import os",
    "__import__", ".__class__", "eval", "()", "{}", ":=", "2j", "\u0445", "\u03c3", "\u00b2", "\u2212", "\uff57",
    "\U0001d465", "\x00", "\ud800", "0,5", "#", "\\",
]  # fmt: skip
OPERATIONS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=",
    ast.GtE: ">=",
}  # fmt: skip

trees = st.recursive(
    st.sampled_from([*map(Name, NAMES), Number(2.0), Number(0.5), Number(1e-7), Number(1e9), Number(np.pi)]),
    lambda parts: (
        st.builds(lambda s, *ab: Operation(s, ab), st.sampled_from([*"+-*/<>", "<=", ">="]), parts, parts)
        | st.builds(lambda a: Operation("-", (a,)), parts)
        | st.builds(lambda a, k: Operation("**", (a, Number(k))), parts, st.sampled_from([0.0, 1.0, 2.0, 0.5]))
        | st.builds(lambda a, b: Operation("**", (a, Name(b))), parts, st.sampled_from(NAMES))
        | st.builds(lambda a: Call("mean", (a,)), parts)
        | st.builds(lambda *abc: Call("where", abc), parts, parts, parts)
    ),
    max_leaves=12,
)


def plain(tree: Expression) -> str:
    """The text of a tree with parentheses around everything."""
    if isinstance(tree, Number):
        return repr(tree.value)
    if isinstance(tree, Name):
        return tree.name
    if isinstance(tree, Call):
        return f"{tree.function}({', '.join(map(plain, tree.arguments))})"
    *first, last = map(plain, tree.operands)
    return f"({''.join(first)} {tree.sign} {last})"


def of_python(node: ast.expr) -> Any:
    """The tree that Python's own parser makes of a text."""
    match node:
        case ast.Constant():
            return Number(float(node.value))
        case ast.Name():
            return Name(node.id)
        case ast.UnaryOp():
            operand = of_python(node.operand)
            return Operation("-", (operand,)) if isinstance(node.op, ast.USub) else operand
        case ast.BinOp():
            return Operation(OPERATIONS[type(node.op)], (of_python(node.left), of_python(node.right)))
        case ast.Compare():
            return Operation(OPERATIONS[type(node.ops[0])], (of_python(node.left), of_python(node.comparators[0])))
        case ast.Call():
            return Call(ast.unparse(node.func).removeprefix("np."), tuple(map(of_python, node.args)))
    raise AssertionError(ast.dump(node))


def outcome_of(text: str) -> Expression | ExpressionError:
    try:
        return parse(text, NAMES)
    except ExpressionError as error:
        return error


def refusal(text: Any, names: Any = NAMES) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text, names)
    return caught.value


@given(st.lists(st.sampled_from(["w", "x", "b", "2", "0.5"]), min_size=2, max_size=8), st.data())
def test_signs_bind_as_in_python(leaves: list[str], data: st.DataObject):
    text = leaves[0]
    for leaf in leaves[1:]:
        sign = data.draw(st.sampled_from([" + ", " - ", "*", " / ", "**", "** -", "* -", " - +", " + -"]))
        wrap = data.draw(st.sampled_from(["{}{}{}", "({}){}{}", "-{}{}{}", "np.sin({}){}{}", "{}{}({})", "(-{}){}{}"]))
        text = wrap.format(text, sign, leaf)
    assert parse(text, NAMES) == of_python(ast.parse(text, mode="eval").body), text


def test_comparisons_bind_weaker_than_sums():
    text = "where(w + 1 < x * 2, w, b)"
    assert parse(text, NAMES) == of_python(ast.parse(text, mode="eval").body)


@given(trees)
def test_the_normal_form_is_a_formula_of_the_same_values_and_its_own_normal_form(tree: Expression):
    text = normal_form(tree)
    back = parse(text, NAMES)
    assert normal_form(back) == text == normal_form(parse(plain(tree), NAMES))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(evaluate(back, VALUES), evaluate(tree, VALUES), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "texts",
    [
        ("w * x + b", "b + x*w", "(w*x)+(b)", " return b+ x * w\n", "+w*x + b"),
        ("np.mean((y_true - y_pred) ** 2)", "((y_true-y_pred)**2.0).mean()", "jnp.mean(np.square(y_true - y_pred))"),
        ("np.sigmoid(x)", "logistic(x)"),
        ("x + w + b", "b + (x + w)", "w + (b + x)"),
        ("w / x * b", "b * (w / x)"),
        ("len(x)", "x.size", "x.shape[0]"),
        ("abs(x)", "math.absolute(x)"),
        ("np.e", "math.e", "e", "2.718281828459045"),
        ("1000000", "1e6", "1.0e+06"),
        ("power(x, w)", "x ** w"),
    ],
)
def test_spellings_of_one_formula_have_one_normal_form(texts: tuple[str, ...]):
    assert len({normal_form(parse(text, NAMES)) for text in texts}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("w - x", "x - w"), ("w / x", "x / w"), ("-x ** 2", "(-x) ** 2"), ("w - (x - b)", "w - x - b"),
        ("w / (x / b)", "w / x / b"), ("w ** x ** b", "(w ** x) ** b"), ("w + x * b", "(w + x) * b"),
        ("exp(-10 * x)", "exp(-10 * x) + b"), ("mean(x)", "sum(x)"), ("-(w + x)", "-w + x"),
        ("(w < x) < b", "w < (x < b)"),
    ],
)  # fmt: skip
def test_other_formulas_have_other_normal_forms(one: str, other: str):
    assert normal_form(parse(one, NAMES)) != normal_form(parse(other, NAMES))


def test_names_come_before_constants_and_letters_keep_their_case():
    assert parse("e + W", ["e", "W"]) == Operation("+", (Name("e"), Name("W")))
    assert parse("e", NAMES) == parse("np.e", ["e"]) == Number(np.e)
    assert refusal("w", ["W"]).args == (SENTENCES["case"].format(name="w", right="W"),)


@pytest.mark.parametrize(
    ("text", "part", "words"),
    [
        ("x^2", "^", "written **"), ("2x", "2x", "2 * x"), ("ac(x+1)", "ac", "ac * (x+1)"),
        ("w(x + 1)", "w(x + 1)", "w * (x + 1)"), ("wx + b", "wx", "w * x"), ("2 * (w + x", "(", "never closed"),
        ("w + x)", ")", "closes nothing"), ("w *", "*", "after *"), ("* w", "*", "before *"),
        ("X + 1", "X", "written x"), ("w\u0445", "w\u0445", "no w\u0445"), ("\u0445", "\u0445", "alphabet"),
        ("\uff57 * x", "\uff57", "alphabet"), ("\u0435xp(x)", "\u0435xp", "alphabet"),
        ("Exp(x)", "Exp", "written exp"), ("foo + 1", "foo", "w, x, b, y_true, y_pred"), ("y = w * x", "y", "no y"),
        ("w = 3", "=", "right of ="), ("0,5 * x", "0,5", "0.5"), ("w, x", ",", "arguments"),
        ("w \u2212 x", "\u2212", "write -"), ("w \u00d7 x", "\u00d7", "write *"),
        ("x\u00b2", "\u00b2", "write ** 2"), ("x.T", ".T", ".mean()"), ("x.__class__", ".__class__", ".mean()"),
        ("x[0]", "[", "leave [ out"), ("lambda x: x", "lambda", "after the colon"),
        ("mean(w for w in x)", "for", "No for"), ("'x'", "'", "no texts"), ("import os", "import", "No import"),
        ("__import__(x)", "__import__", "no function"), ("mean(x, axis=0)", "axis=", "no names"),
        ("2j", "2j", "imaginary"), ("w if x else b", "if", "where("),
        ("where(x)", "where(x)", "where(condition, a, b)"), ("exp x", "exp", "exp(a)"),
        ("np.dot(w, x)", "dot", "in np"), ("w < x < b", "<", "two things"), ("x ** 65", "65", "64"),
        ("x ** -65", "-65", "64"), ("1e101", "1e101", "1e100"), ("x == 1", "==", "<= or >="), ("ln(x)", "ln", "log"),
        ("", "", "Write a formula"), ("\U0001d465 + \u0177", "\U0001d465", "like x"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, part: str, words: str):
    error = refusal(text)
    assert text[error.start : error.end] == part
    assert words in str(error)
    assert str(error).endswith(".")
    assert "{" not in str(error)


def test_a_product_of_names_is_one_and_a_name_before_parentheses_is_none():
    names = ["a", "c", "x"]
    assert evaluate(parse("a*c*(x+1)", names), {"a": 2, "c": 3, "x": 4}) == 30
    assert "ac * (x+1)" in str(refusal("ac(x+1)", names))


def test_formulas_have_bounds():
    assert "300" in str(refusal("w" * 301))
    assert "200" in str(refusal("+".join("w" * 101)))
    assert isinstance(parse("+".join("w" * 100), NAMES), Operation)
    assert parse("(" * 30 + "w" + ")" * 30, NAMES) == Name("w")
    for text in ("(" * 31 + "w" + ")" * 31, "-" * 31 + "w", "exp(" * 31 + "w" + ")" * 31):
        assert "30" in str(refusal(text))
    assert isinstance(parse("x**" * 90 + "x", NAMES), Operation)


@pytest.mark.parametrize(
    "text", ["w" * 10_000, "(" * 5_000, "-" * 10_000, "w+" * 5_000, "9" * 10_000, "\u0445" * 10_000]
)
def test_long_texts_are_answered_at_once(text: str):
    started = time.perf_counter()
    refusal(text)
    assert time.perf_counter() - started < 0.05


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60))
@example("w" * 10_000)
@example("(" * 150 + ")" * 150)
@example("x**-" * 75)
@example("().__class__.__bases__[0].__subclasses__()")
def test_whatever_is_written_is_a_formula_or_has_a_sentence(text: str):
    outcome = outcome_of(text)
    if isinstance(outcome, ExpressionError):
        assert 0 <= outcome.start <= outcome.end <= len(text)
    else:
        evaluate(outcome, VALUES)


def test_what_is_no_text_is_refused():
    with pytest.raises(ValueError, match="must be text"):
        parse(5, NAMES)  # type: ignore[arg-type]


def test_every_function_has_the_values_of_numpy():
    a, b = np.array([0.3, -0.7, 2.0]), np.array([0.5, -2.0, 1.5])
    own = {"sigmoid": lambda a: 1 / (1 + np.exp(-a)), "logistic": lambda a: 1 / (1 + np.exp(-a)), "len": np.size}
    with np.errstate(all="ignore"):
        for name, form in FORMS.items():
            arguments = [a, b, a * b][: form.count(",") + 1]
            tree = parse(f"{name}({', '.join(['x', 'w', 'b'][: len(arguments)])})", NAMES)
            expected = own.get(name, getattr(np, name, None))(*arguments)
            values = dict(zip(["x", "w", "b"], arguments, strict=False))
            np.testing.assert_allclose(evaluate(tree, values), expected, rtol=1e-14)
            np.testing.assert_allclose(to_function(tree, [*values])(*arguments), expected, rtol=1e-12)


def test_sigmoid_is_stable_far_out_and_has_a_slope():
    tree = parse("sigmoid(x)", NAMES)
    np.testing.assert_allclose(evaluate(tree, {"x": [-800.0, -700.0, 800.0]}), [0.0, np.exp(-700), 1.0], rtol=1e-14)
    slope = jax.vmap(jax.grad(to_function(tree, ["x"])))
    np.testing.assert_allclose(slope(jnp.array([-800.0, 0.0, 800.0])), [0.0, 0.25, 0.0], atol=1e-300)


@pytest.mark.parametrize(
    ("text", "at", "slope"),
    [
        ("where(x > 0, log(x), 0)", 0.0, 0.0), ("where(x > 0, sqrt(x), x ** 2)", -2.0, -4.0),
        ("where(x < 1, log(1 - x), x)", 3.0, 1.0), ("where(x > 0, where(x > 1, log(x), 0), 2 * x)", -1.0, 2.0),
        ("x ** 2", 0.0, 0.0), ("x ** 3", -1.0, 3.0),
    ],
)  # fmt: skip
def test_slopes_are_numbers_where_the_other_branch_has_none(text: str, at: float, slope: float):
    assert jax.grad(to_function(parse(text, NAMES), ["x"]))(at) == slope


def test_functions_take_their_names_in_order_and_batch():
    line = to_function(parse("w * x + b", NAMES), ["b", "x", "w"])
    np.testing.assert_allclose(line(1.0, np.arange(3.0), 2), [1.0, 3.0, 5.0])
    assert jax.vmap(line, (None, 0, None))(1.0, jnp.arange(3.0), 2.0).tolist() == [1.0, 3.0, 5.0]
    assert jax.jit(line)(1.0, 2.0, 3.0) == 7.0
    with pytest.raises(ValueError, match="must hold numbers"):
        line("1", 2.0, 3.0)


HUBER = "mean(where(abs(y_true - y_pred) <= 1, 0.5 * (y_true - y_pred) ** 2, abs(y_true - y_pred) - 0.5))"


@pytest.mark.parametrize(("text", "loss"), [("mean((y_true - y_pred) ** 2)", losses.mse), (HUBER, losses.huber)])
def test_losses_have_the_values_and_slopes_of_the_library(text: str, loss: Any):
    y_true, y_pred = jax.random.normal(jax.random.key(0), (2, 50)) * 2
    own = to_function(parse(text, ["y_true", "y_pred"]), ["y_true", "y_pred"])
    np.testing.assert_allclose(own(y_true, y_pred), loss(y_true, y_pred), rtol=1e-12)
    np.testing.assert_allclose(jax.grad(own, 1)(y_true, y_pred), jax.grad(loss, 1)(y_true, y_pred), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "names", "shapes"),
    [
        ("mean((y_true - y_pred) ** 2)", ["y_true", "y_pred"], "nn"), (HUBER, ["y_true", "y_pred"], "nn"),
        ("w * x + b", ["w", "x", "b"], "1n1"), ("sigmoid(x)", ["x"], "n"), ("sum(x) / len(x)", ["x"], "n"),
        ("np.pi", ["x"], "n"),
    ],
)  # fmt: skip
def test_formulas_and_their_slopes_can_be_lowered(text: str, names: list[str], shapes: str):
    function = to_function(parse(text, names), names)
    arguments = [symbolic("n") if shape == "n" else symbolic() for shape in shapes]
    assert to_javascript(function, *arguments, name="f").startswith(f"function f({', '.join(names)})")
    assert "function" in to_javascript(jax.grad(lambda *a: jnp.sum(function(*a))), *arguments, name="slope")
