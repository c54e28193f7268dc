"""What a formula can be made of, and every sentence on what it cannot, for the parsers of Python and the browser."""

import math

LONGEST = 300  # characters
DEEPEST = 30  # parentheses, calls and signs in one another
MOST_NODES = 200
LARGEST = 1e100
LARGEST_EXPONENT = 64

SENTENCES = {
    "empty": "Write a formula.",
    "long": f"A formula can have {LONGEST} characters, and this one has more.",
    "deep": f"More than {DEEPEST} parentheses and signs are in one another here: write it more simply.",
    "many": f"This formula has more than {MOST_NODES} numbers, names and signs: write it more simply.",
    "large": "The number {text} is too large: 1e100 is the largest.",
    "exponent": f"A number in an exponent is from -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}, and {{text}} is not.",
    "power": "In Python a power is written **: x ** 2.",
    "sign": "In place of {sign} write {right}.",
    "strange": "The character {sign} has no meaning in a formula here.",
    "string": "A formula has no texts: leave the quotation mark {sign} out.",
    "assignment": "Write only what is to the right of {sign}.",
    "equality": "Two things are compared with <, >, <= or >=, and {sign} is none of these.",
    "floor": "A division is written /, and // would round its result.",
    "brackets": "A formula is about all examples, and its parentheses are round: leave {sign} out.",
    "product": "Write the product out: {left} * {right}.",
    "function": "There is no function {name}; for a product write {name} * {right}.",
    "bare": "The function {name} needs parentheses: {right}.",
    "arguments": "The function {name} is written {right}, and here the number of arguments differs.",
    "keyword": "Arguments have no names here: leave {sign} out.",
    "module": "There is no {name} in {module} here.",
    "renamed": "{name} is called {right} here.",
    "unknown": "There is no {name} here: this formula can use {names}.",
    "case": "{name} is written {right} here: small and capital letters differ.",
    "look_alike": "{name} has letters of another alphabet that only look like {right}: type it anew.",
    "imaginary": "In Python {text} is an imaginary number, and a formula here has none.",
    "attribute": "After a value, a point can only begin .mean(), .sum(), .size or .shape[0].",
    "before": "A value is missing before {sign}.",
    "after": "A value is missing after {sign}.",
    "unclosed": "This ( is never closed: write ) where it ends.",
    "closing": "This ) closes nothing: remove it, or write ( where it begins.",
    "comma": "A comma stands between the arguments of a function, and nowhere else.",
    "decimal": "In Python a number has a point and no comma: {right}.",
    "chain": "Compare two things at a time: where(0 < x, where(x < 1, a, b), b).",
    "word_program": "A formula has no {name}: write only numbers, names, signs and functions.",
    "word_if": "In place of if and else write where(condition, a, b).",
    "word_logic": "In place of {name} write one where(condition, a, b) in another.",
    "word_for": "No {name} is needed: mean and sum go over all examples by themselves.",
    "word_lambda": "Write only the formula: what comes after the colon of lambda.",
    "word_def": "Write only the formula: what comes after return.",
    "word_import": "No {name} is needed: np and jnp are there already.",
}

CONSTANTS = {"pi": math.pi, "e": math.e}
ONE = "exp log log1p expm1 sqrt abs absolute sign square sin cos tan tanh sigmoid logistic mean sum len"
FORMS = {name: f"{name}(a)" for name in ONE.split()} | {
    "maximum": "maximum(a, b)",
    "minimum": "minimum(a, b)",
    "power": "power(a, b)",
    "clip": "clip(a, low, high)",
    "where": "where(condition, a, b)",
}
SAME = {"absolute": "abs", "logistic": "sigmoid"}
RENAMED = {
    "ln": "log", "average": "mean", "avg": "mean", "max": "maximum", "min": "minimum", "pow": "power", "fabs": "abs",
    "expit": "sigmoid", "sigma": "sigmoid", "sqr": "square",
}  # fmt: skip
MODULES = ("np", "jnp", "numpy", "math")
PROGRAM = (
    "None True False as assert async await break class continue del except finally global in is nonlocal pass raise "
    "return try with yield"
)
WORDS = {
    **dict.fromkeys(("if", "else", "elif"), "word_if"),
    **dict.fromkeys(("and", "or", "not"), "word_logic"),
    **dict.fromkeys(("for", "while"), "word_for"),
    **dict.fromkeys(("import", "from"), "word_import"),
    "lambda": "word_lambda",
    "def": "word_def",
    **dict.fromkeys(PROGRAM.split(), "word_program"),
}
WRITTEN = {
    **dict.fromkeys("−–—‐‑‒", "-"), **dict.fromkeys("×·⋅∙•∗", "*"), **dict.fromkeys("÷∕⁄", "/"),
    **{sign: f"** {power}" for power, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}, "≤": "<=", "≥": ">=", "π": "np.pi", "½": "0.5",
    **dict.fromkeys("Σ∑", "sum(a)"), **dict.fromkeys("|∣", "abs(a)"), "√": "sqrt(a)", "σ": "sigmoid(a)",
}  # fmt: skip
REFUSED = {
    "^": "power", **dict.fromkeys("'\"“”„‘’«»", "string"), "=": "assignment", ":": "assignment", "==": "equality",
    "!=": "equality", "//": "floor", **dict.fromkeys("[]{}", "brackets"),
}  # fmt: skip
LOOK_ALIKES = dict(
    zip(
        "авеіјкморстухһԁԛԝьѕАВЕКМНОРСТУХαβεικνορτυχωΑΒΕΗΙΚΜΝΟΡΤΥΧΖ",
        "abeijkmopctyxhdqwbsABEKMHOPCTYXabeikvoptuxwABEHIKMNOPTYXZ",
        strict=True,
    )
)
SPACES = " \t\n\r\f\v\u00a0\u2009\u200a\u202f\u200b\ufeff"
BINDS = {"<": 1, ">": 1, "<=": 1, ">=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "**": 5}
COMPARISON, UNARY = 1, 4

PIECE = (
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>(?:[A-Za-z_]|[^\x00-\x7f{beyond}])(?:[0-9A-Za-z_]|[^\x00-\x7f{beyond}])*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|//|[-+*/<>()\[\],.=])"
).replace("{beyond}", "".join(sign for sign in [*SPACES, *WRITTEN, *REFUSED] if not sign.isascii()))

GRAMMAR = {
    "longest": LONGEST, "deepest": DEEPEST, "most_nodes": MOST_NODES, "largest": LARGEST,
    "largest_exponent": LARGEST_EXPONENT, "constants": CONSTANTS, "forms": FORMS, "same": SAME, "renamed": RENAMED,
    "modules": list(MODULES), "words": WORDS, "written": WRITTEN, "refused": REFUSED, "look_alikes": LOOK_ALIKES,
    "spaces": SPACES, "binds": BINDS, "piece": PIECE.replace("?P<", "?<"),
}  # fmt: skip
