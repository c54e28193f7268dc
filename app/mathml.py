"""Formulas, written in LaTeX, as MathML."""

from latex2mathml.converter import convert


def mathml(latex: str, *, block: bool) -> str:
    """Return a formula in the namespace that HTML gives it: on a line of its own, or in the text."""
    made = convert(latex, display="block" if block else "inline")
    return made.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
