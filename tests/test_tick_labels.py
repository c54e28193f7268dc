"""The labels of axes in units of the loss, which Bokeh writes by a formatter of ours."""

import re

import pytest
from playwright.sync_api import Page

from app.figures.elements import loss_formatter

TICKS = [
    [0.2, 0.5], [1, 2, 5, 10, 100], [0.001, 0.002, 0.0015], [1e-12, 1e-6, 1, 1e6, 1e12], [1e5, 3e5], [2e12, 1e300],
    [0.5001, 0.5002], [99, 100, 101], [0],
]  # fmt: skip


@pytest.mark.parametrize("ticks", TICKS, ids=str)
def test_a_tick_is_labelled_with_its_own_value(chromium_page: Page, ticks: list[float]):
    script = "([code, ticks]) => ticks.map((tick) => new Function('tick', code)(tick))"
    labels = chromium_page.evaluate(script, [loss_formatter().code, ticks])
    assert [read(label) for label in labels] == pytest.approx(ticks, rel=1e-5)
    assert len({*labels}) == len(labels)
    assert max(map(len, labels)) <= 10


def read(label: str) -> float:
    """A label as a number: 0.2, 10⁻⁴, 2·10¹²."""
    if not re.search("[⁰¹²³⁴⁵⁶⁷⁸⁹]", label):
        return float(label)
    factor, _, power = label.rpartition("·")
    raised = power.removeprefix("10").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(factor or 1) * 10.0 ** int(raised)
