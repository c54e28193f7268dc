"""What can be had of each figure: its numbers as a table and as a file, its picture."""

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lesson_page import DESCENT, FIT, LINEAR, POLYNOMIAL, LessonPage
from tests.browser.network_page import NetworkPage, initial
from tests.browser.test_runs import LINE, trained


def offer(page: LessonPage, figure: str) -> Locator:
    """What is offered of a figure, by its button."""
    page.button(f"{figure}: numbers and picture").click()
    return page.page.get_by_role("dialog", name=figure, exact=True)


def saved(page: LessonPage, dialog: Locator, label: str) -> Path:
    """A file that is saved by one of the dialog's buttons."""
    with page.page.expect_download() as coming:
        dialog.get_by_role("button", name=label, exact=True).click()
    return coming.value.path()


def numbers(page: LessonPage, dialog: Locator) -> list[dict[str, str]]:
    """The rows of the file of numbers."""
    return list(csv.DictReader(io.StringIO(saved(page, dialog, "Save the numbers (CSV)").read_text("utf-8-sig"))))


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def test_the_numbers_are_those_of_the_library_and_stand_in_a_table(shared_page: LessonPage):
    page, run = shared_page, trained()
    page.run_to_the_end()
    dialog = offer(page, "Data and fit")
    rows = numbers(page, dialog)
    np.testing.assert_allclose(column(rows, "x"), LINE.x, rtol=1e-12)
    np.testing.assert_allclose(column(rows, "y"), LINE.y, rtol=1e-12)
    np.testing.assert_allclose(column(rows, "prediction"), run.theta[-1][0] * LINE.x + run.theta[-1][1], rtol=1e-9)
    expect(dialog.get_by_role("row")).to_have_count(101)
    page.page.keyboard.press("Escape")
    rows = numbers(page, dialog := offer(page, "Loss over steps"))
    np.testing.assert_allclose(column(rows, "loss"), run.loss, rtol=1e-9)
    np.testing.assert_allclose(column(rows, "gradient norm"), run.gradient_norm, rtol=1e-6, atol=1e-9)
    expect(dialog).to_contain_text("The first 500 of 501 rows")
    page.page.keyboard.press("Escape")
    rows = numbers(page, offer(page, "Loss surface and path"))
    np.testing.assert_allclose(
        np.stack([column(rows, "w"), column(rows, "b")], axis=1), run.theta, rtol=1e-9, atol=1e-12
    )
    page.page.keyboard.press("Escape")


def test_a_picture_can_be_saved(shared_page: LessonPage):
    page = shared_page
    dialog = offer(page, "Loss surface and path")
    picture = saved(page, dialog, "Save as PNG").read_bytes()
    assert picture.startswith(b"\x89PNG")
    width = int.from_bytes(picture[16:20])
    assert width >= page.page.evaluate("devicePixelRatio") * 200
    drawing = ElementTree.fromstring(saved(page, dialog, "Save as SVG").read_text("utf-8"))
    assert drawing.tag.endswith("svg")
    assert len(list(drawing.iter())) > 50
    page.page.keyboard.press("Escape")


def test_a_right_click_offers_it_too_and_gives_the_focus_back(shared_page: LessonPage):
    page = shared_page
    page.figure(FIT).click(button="right")
    dialog = page.page.get_by_role("dialog", name="Data and fit")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Save as PNG")).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.button("Data and fit: numbers and picture").focus()
    page.page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.page.keyboard.press("Escape")
    expect(page.button("Data and fit: numbers and picture")).to_be_focused()


def test_before_a_run_there_is_the_point_and_a_word(page: LessonPage):
    page.open(POLYNOMIAL)
    expect(offer(page, "Loss over steps")).to_contain_text("There are no numbers yet")
    page.page.keyboard.press("Escape")
    expect(offer(page, "Loss surface and path").get_by_role("row")).to_have_count(2)
    page.page.keyboard.press("Escape")
    page.title = DESCENT
    page.page.get_by_role("tab", name=DESCENT, exact=True).click()
    [row] = numbers(page, offer(page, "The function"))
    assert row == {"step": "0", "w": "10", "f(w)": "125"}
    page.page.keyboard.press("Escape")
    page.title = LINEAR


def test_a_network_gives_its_weights_and_what_it_says_of_its_data(network: NetworkPage):
    there = initial()
    rows = numbers(network, offer(network, "Network"))
    assert len(rows) == len(there.theta)
    assert {row["to"] for row in rows} == {f"unit {k} of layer 1" for k in (1, 2, 3, 4)} | {
        f"unit {k} of layer 2" for k in (1, 2, 3)
    } | {"output"}
    first, second, _ = there.layers
    of = {(row["to"], row["from"]): float(row["weight"]) for row in rows}
    assert of["unit 3 of layer 1", "x₂"] == pytest.approx(first["w"][1, 2], rel=1e-12)
    assert of["unit 2 of layer 2", "unit 4 of layer 1"] == pytest.approx(second["w"][3, 1], rel=1e-12)
    assert of["unit 2 of layer 2", "bias"] == pytest.approx(second["b"][1], abs=1e-12)
    network.page.keyboard.press("Escape")
    rows = numbers(network, offer(network, "Data and decision surface"))
    for part in ("training", "test"):
        y, output = there.outputs("Training" if part == "training" else "Test")
        those = [row for row in rows if row["part"] == part]
        np.testing.assert_allclose(column(those, "class"), y)
        np.testing.assert_allclose(
            column(those, "probability of class 1"), 1 / (1 + np.exp(-output.ravel())), rtol=1e-9
        )
