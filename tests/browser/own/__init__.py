"""Formulas of the learner's own, in the page."""

REFUSED = r"\(400\)|400 \(Bad Request\)"
FIRST = 60_000  # milliseconds: the server loads what it compiles with
