"""The types of numbers, and what each operation on them is in JavaScript.

All numbers are 64-bit floats there. Those of a smaller type are brought back to it after every operation that
can leave it: a float is rounded, an integer wraps around. An integer of 64 bits is exact up to 2^53, and
what would wrap an unsigned one around is refused.
"""

from typing import Any, NamedTuple

import numpy as np

from dl_workshop._lowering.values import ADD, AND, DIV, EQ, GE, GT, LE, LT, MAX, MIN, MUL, NE, NEG, OR, SUB

KINDS = ("bool", "float64", "float32", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8")
# What binds less than + comes last, so that an operation can stand in front of it as it is.
WRAPS = {
    "int8": " << 24 >> 24",
    "int16": " << 16 >> 16",
    "int32": " | 0",
    "uint8": " & 255",
    "uint16": " & 65535",
    "uint32": " >>> 0",
}
BELOW = "{0} < {1} || {1} !== {1} && {0} === {0} || {0} === 0 && {1} === 0 && 1 / {0} < 1 / {1}"  # NaN above all
TRUTHS = {
    "lt_to": BELOW,
    "le_to": f"!({BELOW.replace('{0}', '#').replace('{1}', '{0}').replace('#', '{1}')})",
    "eq": EQ,
    "ne": NE,
    "lt": LT,
    "le": LE,
    "gt": GT,
    "ge": GE,
    "is_finite": "Number.isFinite({0})",
}
LOGIC = {"and": AND, "or": OR, "xor": NE, "not": "!{0}", "max": OR, "min": AND, "mul": AND, "add": OR, "add_any": OR}
_NAMED_ALIKE = """
    abs acos acosh asin asinh atan atanh cbrt ceil cos cosh exp expm1 floor log log1p log2 sign sin sinh sqrt tan tanh
"""
FLOATS = {
    "add": ADD,
    "add_any": ADD,
    "sub": SUB,
    "mul": MUL,
    "div": DIV,
    "neg": NEG,
    "rem": "{0} % {1}",
    "max": MAX,
    "min": MIN,
    "atan2": "Math.atan2({0}, {1})",
    "square": "{0} * {0}",
    "one_minus_square": "1 - {0} * {0}",
    "rsqrt": "1 / Math.sqrt({0})",
    "exp2": "Math.pow(2, {0})",
    "logistic": "1 / (1 + Math.exp(-{0}))",
    "clamp": "Math.min(Math.max({1}, {0}), {2})",
    # C's power of 1 or -1 to an infinity is 1, and of 1 to NaN; JavaScript's is NaN
    "pow": "Math.abs({0}) === 1 && !Number.isFinite({1}) ? ({0} === 1 || {1} === {1} ? 1 : {1}) : Math.pow({0}, {1})",
    **{name: f"Math.{name}({{0}})" for name in _NAMED_ALIKE.split()},
}
_EXACT = frozenset(
    ["neg", "rem", "max", "min", "clamp", "abs", "ceil", "floor", "sign"]
)  # these leave no type of float
# `+ 0` because an integer has no negative zero
INTEGERS = {
    "add": ADD,
    "add_any": ADD,
    "sub": SUB,
    "mul": "{0} * {1} + 0",
    "square": "{0} * {0}",
    "neg": "0 - {0}",
    "div": "({1} === 0 ? -1 : Math.trunc({0} / {1}) + 0)",
    "rem": "({1} === 0 ? {0} : {0} % {1} + 0)",
    "abs": "Math.abs({0})",
    "sign": "Math.sign({0})",
    "max": MAX,
    "min": MIN,
    "clamp": FLOATS["clamp"],
    "not": "-1 - {0}",
}
_STAY = frozenset(["max", "min", "clamp", "sign", "rem"])  # these leave no type of integer
_BITS = {  # in 32 bits
    "and": "({0} & {1})",
    "or": "({0} | {1})",
    "xor": "({0} ^ {1})",
    "mul": "Math.imul({0}, {1})",
    "square": "Math.imul({0}, {0})",
}
_TWO_HALVES = "Math.floor({{0}} / 4294967296) {0} Math.floor({{1}} / 4294967296)"
_BITS_64 = {
    name: f"({_TWO_HALVES.format(sign)}) * 4294967296 + (({{0}} {sign} {{1}}) >>> 0)"
    for name, sign in (("and", "&"), ("or", "|"), ("xor", "^"))
}


def kind_of(dtype: Any) -> str:
    """The name of a dtype that has a form in JavaScript.

    Raises:
        TypeError: it has none.
    """
    name = np.dtype(dtype).name if isinstance(dtype, np.dtype) else str(dtype)
    if name not in KINDS:
        what = "complex numbers have" if name.startswith("complex") else "numbers of this type have"
        raise TypeError(f"{what} no rule in JavaScript: got {name}, but it must be one of {', '.join(KINDS)}")
    return name


def is_float(kind: str) -> bool:
    """Whether a kind has fractions."""
    return kind.startswith("float")


def least(kind: str) -> float | int | bool:
    """The smallest number of a kind."""
    if kind == "bool":
        return False
    return float("-inf") if is_float(kind) else int(np.iinfo(kind).min)


def greatest(kind: str) -> float | int | bool:
    """The greatest number of a kind."""
    if kind == "bool":
        return True
    return float("inf") if is_float(kind) else int(np.iinfo(kind).max)


def held(template: str, kind: str) -> str:
    """A template, whose result is brought back to a kind."""
    return f"Math.fround({template})" if kind == "float32" else template + WRAPS.get(kind, "")


def operation(name: str, kind: str) -> str | None:
    """The template of an elementwise primitive on numbers of a kind, or None if there is none."""
    if name in TRUTHS:
        return TRUTHS[name]
    if kind == "uint64":
        return INTEGERS[name] if name in _STAY or name in ("add", "add_any", "mul") else None
    if kind == "bool":
        return LOGIC.get(name)
    if is_float(kind):
        template = FLOATS.get(name)
        return template if template is None or name in _EXACT else held(template, kind)
    if kind == "int64" and name in _BITS_64:
        return _BITS_64[name]
    if kind != "int64" and name in _BITS:
        return held(_BITS[name], kind)
    template = INTEGERS.get(name)
    return template if template is None or name in _STAY else held(template, kind)


def conversion(old: str, new: str) -> str | None:
    """The template that makes a number of one kind from one of another, or None where it is the same number.

    Truth values are none.

    Raises:
        TypeError: it can be none of the new kind.
    """
    if is_float(new):
        exact = new == "float64" or old in ("float32", "int16", "int8", "uint16", "uint8")
        return None if exact else "Math.fround({0})"
    if is_float(old):  # as XLA does: what is too large becomes the largest, NaN becomes 0
        low, high = (float(np.float64(limit)) for limit in (least(new), greatest(new)))
        return f"(Number.isNaN({{0}}) ? 0 : Math.trunc(Math.min(Math.max({{0}}, {low:.0f}), {high:.0f})) + 0)"
    if new == "uint64" and old.startswith("int"):
        raise TypeError(f"a cast from {old} to uint64 has no exact form in JavaScript: use int64")
    low, high = least(new), greatest(new)
    fits = low <= least(old) and greatest(old) <= high
    return None if fits or new == "int64" else f"{{0}}{WRAPS[new]}"


class Combination(NamedTuple):
    """How many numbers become one.

    Attributes:
        template: two of them.
        start: none of them.
        update: a statement by which the variable `@` takes in one more.
    """

    template: str
    start: float | bool
    update: str


_SHORT = {ADD: "@ += {0};", MUL: "@ *= {0};", AND: "@ &&= {0};", OR: "@ ||= {0};"}


def combination(name: str, kind: str) -> Combination:
    """The combination by the operation "add", "mul", "max", "min", "and", "or" or "xor".

    Raises:
        TypeError: there is none of this kind.
    """
    template = operation(name, kind)
    if template is None:
        raise TypeError(f"{name} of {kind} has no exact form in JavaScript")
    starts: dict[str, float | bool] = {
        "add": 0.0 if is_float(kind) else 0,
        "mul": 1.0 if is_float(kind) else 1,
        "max": least(kind),
        "min": greatest(kind),
        "and": kind == "bool" or (-1 if kind.startswith("int") else greatest(kind)),
        "or": False if kind == "bool" else 0,
        "xor": False if kind == "bool" else 0,
    }
    update = _SHORT.get(template, "@ = " + template.replace("{0}", "@").replace("{1}", "{0}") + ";")
    return Combination(template, starts[name], update)
