"""The state of a lesson as a file: saved beside the link, and opened again by button, by dialog and by dropping it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import opened
from tests.browser.lesson_page import DESCENT, LINEAR, NETWORK, LessonPage
from tests.browser.network_page import NetworkPage
from tests.browser.test_network_own import begun, take
from tests.browser.test_own_tables import dialog, open_text, table, use
from tests.lesson_data import own_table
from tests.serving import Server

MANY = own_table(12, 300, classes=("no", "yes"))
DROP = """([text, name]) => {
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File([text], name))
  for (const type of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}))
  }
}"""


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    with opened(chromium, server, permissions=["clipboard-write"]) as page:
        yield page


def saved(page: LessonPage) -> str:
    """The text of the file that *Save state* makes."""
    page.page.get_by_role("button", name="Copy link").click()
    with page.page.expect_download() as download:
        page.page.get_by_role("status").get_by_role("button", name="Save state").click()
    assert re.fullmatch(r"\w+-state\.json", download.value.suggested_filename)
    return Path(download.value.path()).read_text(encoding="utf-8")


def drop(page: LessonPage, text: str, name: str = "lesson-state.json") -> None:
    page.page.evaluate(DROP, [text, name])


def start_anew(page: LessonPage, server: Server) -> None:
    """Another learner's page, of which nothing is known."""
    page.title = LINEAR
    with page.watch.reopening():
        page.page.goto(f"{server.url}?anew")
        page.wait()


def test_a_network_on_a_large_table_comes_back_with_its_data_its_weights_and_its_run(
    page: LessonPage, server: Server, tmp_path: Path
):
    network = NetworkPage.on(page)
    take(network, MANY)
    network.type("Steps", 50)
    network.run()
    network.scrubber.press("End")
    network.button("Continue from here").click()
    network.wait_for_run()
    network.scrubber.press("End")
    expect(network.lesson).to_contain_text("step 50 / 50")
    loss = network.last_run()["loss"]
    text = saved(network)
    file = json.loads(text)
    assert file["table"] == MANY
    assert len(file["theta"]) == 12 * 4 + 4 + 4 * 3 + 3 + 3 + 1
    start_anew(page, server)
    path = tmp_path / "state.json"
    path.write_text(text, encoding="utf-8")
    page.page.get_by_role("button", name="Copy link").click()
    with page.page.expect_file_chooser() as chooser:
        page.page.get_by_role("status").get_by_role("button", name="Open state").click()
    chooser.value.set_files(path)
    network.title = NETWORK
    network.wait()
    expect(network.lesson).to_contain_text("step 50 / 50")
    network.expect_choice("Data set", "Own data")
    np.testing.assert_array_equal(network.last_run()["loss"], loss)
    shown = begun(MANY)._replace(theta=network.last_run()["theta"][-1])
    network.expect_numbers(shown)
    expect(page.page.get_by_text("Of this file")).to_have_count(0)
    assert json.loads(saved(network)) == file


def test_points_come_back_whole_through_the_dialog_that_opens_tables(page: LessonPage, server: Server, tmp_path: Path):
    page.unfold_data()
    x, y = np.random.default_rng(0).normal(size=(2, 400))
    open_text(page, table(x, y))
    use(page)
    page.set_theta(1.5, -2)
    page.run_to_the_end()
    page.button("Pin this run").click()
    path = tmp_path / "state.json"
    path.write_text(saved(page), encoding="utf-8")
    start_anew(page, server)
    page.unfold_data()
    page.button("Open data").click()
    dialog(page).get_by_label("File").set_input_files(path)
    expect(dialog(page)).to_have_count(0)
    expect(page.card("Data")).to_contain_text("400 points of your own")
    page.expect_step(500, 500)
    assert page.drawn("points") == {"x": x.tolist(), "y": y.tolist()}
    expect(page.button("Table of the compared runs")).to_be_enabled()


def test_a_state_is_dropped_on_any_lesson(page: LessonPage):
    page.set_theta(3, 4)
    text = saved(page)
    page.set_theta(0, 0)
    page.title = DESCENT
    page.page.get_by_role("tab", name=DESCENT, exact=True).click()
    expect(page.lesson).to_be_visible()
    drop(page, "x,y\n1,2\n3,4\n", "table.csv")
    expect(page.page.get_by_text("This file is damaged, or no saved state: nothing was changed.")).to_be_visible()
    drop(page, text)
    page.title = LINEAR
    page.expect_theta(3, 4)


def test_a_file_that_is_damaged_or_hostile_is_a_sentence_and_changes_nothing(page: LessonPage):
    page.set_theta(3, 4)
    file = json.loads(saved(page))
    page.set_theta(5, 6)
    for wrong, said in (
        ("{", "This file is damaged, or no saved state"),
        ("{}", "This file is no saved state of these lessons"),
        (json.dumps({**file, "version": 2}), "saved by another version"),
        (json.dumps({**file, "state": "1;<img src=x onerror=alert(1)>;w=1"}), "about a lesson that is not here"),
        (json.dumps({**file, "points": [1, 2, 3]}), "The points in this file cannot be used"),
        (json.dumps({**file, "state": "1;network;dataset=own"}), "The table that this file is about is not in it"),
    ):
        drop(page, wrong)
        expect(page.page.get_by_text(f"{said}")).to_be_visible()
        expect(page.page.get_by_text("nothing was changed.")).to_be_visible()
        page.expect_theta(5, 6)
    drop(page, json.dumps({**file, "state": "1;linear;w=2;<img src=x>=1;n_steps=1e308"}))
    told = page.page.get_by_text(
        "Of this file: n_steps=1e308 became 3000; not understood, and left out: <img src=x>=1."
    )
    expect(told).to_be_visible()
    assert told.locator("img").count() == 0
    page.expect_theta(2, 0)
