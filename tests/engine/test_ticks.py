"""Ticks of the axes in units of the loss, placed by the engine and labelled by Bokeh."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from app import figures

SOURCE = Path(__file__).parents[2] / "app" / "engine" / "ticks.js"
RANGES = [
    (0.128, 0.8), (0.95, 500), (0.147, 14), (4e-4, 0.8), (0.68, 0.93), (2.1, 4.9), (3, 7), (1, 1000), (1e-12, 1e12),
    (1e5, 1e300), (0.5, 0.5005), (1e-9, 3e-9), (99, 101),
]  # fmt: skip


def call(page: Page, function: str, *arguments: float) -> Any:
    """What a function of the module gives."""
    url = "data:text/javascript;base64," + base64.b64encode(SOURCE.read_bytes()).decode()
    return page.evaluate("async ([url, name, args]) => (await import(url))[name](...args)", [url, function, arguments])


@pytest.mark.parametrize("most", [4, 6])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_a_logarithmic_axis_has_a_few_ticks_inside_of_it(chromium_page: Page, low: float, high: float, most: int):
    ticks = np.array(call(chromium_page, "logTicks", low, high, most))
    assert 2 <= len(ticks) <= most + 1
    assert low <= ticks[0]
    assert ticks[-1] <= high
    assert (np.diff(ticks) > 0).all()
    spread = np.diff(np.log([low, *ticks, high]))
    assert spread.max() < 0.85 * np.log(high / low)


@pytest.mark.parametrize(("low", "high"), [(0, 0.7), (0, 433.9), (0, 1e-7), (0, 3e200), (-2, 5)])
def test_a_linear_axis_has_a_few_multiples_of_a_round_number(chromium_page: Page, low: float, high: float):
    ticks = np.array(call(chromium_page, "linearTicks", low, high, 4))
    assert 2 <= len(ticks) <= 5
    assert low <= ticks[0]
    assert ticks[-1] <= high
    steps = np.diff(ticks)
    assert np.allclose(steps, steps[0])
    assert np.isclose(float(f"{steps[0]:.0e}"[0]), [1, 2, 5]).any()


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_a_tick_is_labelled_with_its_own_value(chromium_page: Page, low: float, high: float):
    ticks = call(chromium_page, "logTicks", low, high, 6)
    script = "([code, ticks]) => ticks.map((tick) => new Function('tick', code)(tick))"
    labels = chromium_page.evaluate(script, [figures._loss_formatter().code, ticks])
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
