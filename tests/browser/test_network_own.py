"""Tables of the learner's own in the lesson on networks: what becomes of their columns, and of what cannot be used."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from dl_workshop.toy_data import simulate_split
from tests.browser.conftest import opened
from tests.browser.lesson_page import LINEAR, LessonPage
from tests.browser.network_page import CURVE, DECISION, Network, NetworkPage, initial
from tests.browser.test_listing import listing, printed
from tests.browser.test_own_tables import dialog
from tests.lesson_data import own_split, own_table
from tests.serving import Server

PASTE = """(text) => {
  const clipboardData = new DataTransfer()
  clipboardData.setData("text/plain", text)
  document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}))
}"""
ADAM = {"optimizer": "adam", "step_size": 0.03, "n_steps": 100}
PLANE = own_table(2, 60, classes=("no", "yes"))
CURVED = own_table(1, 40)
VALUED = own_table(2, 50, seed=3)
MANY = own_table(30, 90, classes=("0", "1"), seed=1)


@pytest.fixture
def network(chromium: Browser, server: Server) -> Iterator[NetworkPage]:
    """The lesson, just opened, from which files may still be asked for."""
    with opened(chromium, server, ahead=False) as page:
        yield NetworkPage.on(page)


def text_of(table: dict[str, Any]) -> str:
    """A table as a file has it."""
    rows = np.reshape(table["values"], (-1, len(table["columns"]) + 1)).tolist()
    shown = [[*row[:-1], table["classes"][int(row[-1])] if table["classes"] else row[-1]] for row in rows]
    return "\n".join(
        ",".join(f'"{cell}"' if isinstance(cell, str) else str(cell) for cell in row)
        for row in [[*table["columns"], table["target"]], *shown]
    )


def paste(page: LessonPage, text: str) -> Locator:
    """Pastes a text on the page."""
    page.page.evaluate(PASTE, text)
    return dialog(page)


def use(page: LessonPage) -> None:
    dialog(page).get_by_role("button", name="Use these data").click()
    expect(dialog(page)).to_have_count(0)


def take(page: LessonPage, table: dict[str, Any]) -> None:
    """Makes a table the data."""
    paste(page, text_of(table))
    use(page)
    expect(page.card("Data")).to_contain_text("of your own")


def begun(table: dict[str, Any]) -> Network:
    """The network with its first weights, on a table."""
    features = ("x1", "x2") if len(table["columns"]) == 2 else ()
    return initial(features=features, split=own_split(table))


@pytest.mark.parametrize("table", [PLANE, VALUED, CURVED, MANY], ids=["plane", "values", "curve", "many"])
def test_a_training_on_a_table_is_the_library_s(network: NetworkPage, table: dict[str, Any]):
    take(network, table)
    start = begun(table)
    network.expect_numbers(start)
    network.type("Steps", ADAM["n_steps"])  # near the minimum of a curve Adam multiplies what is rounded
    run = network.trained()
    expected = start.trained(**ADAM)
    for name in ("loss", "test_loss"):
        np.testing.assert_allclose(run[name], getattr(expected, name), rtol=1e-9)
    np.testing.assert_allclose(run["theta"][-1], expected.theta[-1], rtol=1e-7, atol=1e-9)
    network.expect_snapshot(run, -1, start)
    network.type("Batch size", 16)
    run = network.trained()
    np.testing.assert_allclose(run["loss"], start.trained(**ADAM, batch_size=16, seed=0).loss, rtol=1e-9)


def test_own_data_among_the_sets_ask_for_a_table_until_there_is_one(network: NetworkPage, tmp_path: Path):
    network.choice("Data set").select_option(label="Own data")
    shown = dialog(network)
    expect(shown.get_by_role("button", name="Use these data")).to_be_disabled()
    network.expect_choice("Data set", "Moons")
    file = tmp_path / "people.csv"
    file.write_bytes(("\ufeff" + text_of(PLANE).replace(",", ";").replace(".", ",") + "\n;3;no\n1;x;yes\n").encode())
    shown.get_by_label("File").set_input_files(file)
    target = shown.get_by_role("combobox", name="Column of the target")
    expect(target.locator("option:checked")).to_have_text("goal")
    for name in PLANE["columns"]:
        expect(shown.get_by_role("group", name="Inputs").get_by_role("checkbox", name=name)).to_be_checked()
    said = shown.get_by_role("status")
    expect(said).to_contain_text("semicolons between the columns and decimal commas: 60 rows, 2 inputs. 1 row without")
    expect(said).to_contain_text("class 0 is “no”, class 1 is “yes”")
    expect(shown.get_by_role("listitem")).to_have_text(["Line 63: “x” is not a number."])
    use(network)
    network.expect_choice("Data set", "Own data")
    network.expect_numbers(begun(PLANE))
    expect(network.well.get_by_role("heading")).to_have_text("0: no, 1: yes")
    network.choose("Data set", "Moons")
    network.expect_numbers(initial())
    network.choose("Data set", "Own data")  # which are still there
    network.expect_numbers(begun(PLANE))
    network.inputs.nth(2).click()
    network.expect_numbers(initial(features=("x1", "x2", "x1_squared"), split=own_split(PLANE)))


def test_columns_are_chosen_and_what_cannot_be_is_said(network: NetworkPage):
    shown = paste(network, text_of(MANY))
    button = shown.get_by_role("button", name="Use these data")
    boxes = shown.get_by_role("group", name="Inputs").get_by_role("checkbox")
    said = shown.get_by_role("status")
    expect(said).to_contain_text("90 rows, 30 inputs")
    shown.get_by_role("combobox", name="Column of the target").select_option("column 4")
    expect(said).to_contain_text("Regression: “column 4” is a number to be predicted")
    expect(boxes.nth(3)).to_be_disabled()
    for k in range(30):
        k != 3 and boxes.nth(k).uncheck()
    expect(said).to_contain_text("Choose at least one input")
    expect(button).to_be_disabled()
    boxes.nth(7).check()
    expect(button).to_be_enabled()
    use(network)
    rows = np.reshape(MANY["values"], (-1, 31))[:, [7, 3]]
    table = {"columns": ["column 8"], "target": "column 4", "classes": [], "values": rows.ravel().tolist()}
    network.expect_numbers(begun(table))
    expect(network.button("Input column 8")).to_be_visible()
    shown = paste(network, "a,<img src=x onerror=alert(1)>\n" + "1,red\n2,green\n3,blue\n" * 9)
    expect(said).to_contain_text("“<img src=x onerror=alert(1)>” has 3 different values that are no numbers")
    expect(button).to_be_disabled()
    shown.get_by_role("textbox", name="The table").fill("a,b\n" + "1,0\n" * 20 + "2,1\n" * 3)
    expect(said).to_contain_text("Of class 1, “1”, at least 6 rows are needed")
    expect(button).to_be_disabled()


def test_each_kind_has_its_picture_with_the_names_of_its_columns(network: NetworkPage):
    def axes(figure: str) -> list[str]:
        script = """(name) => {
          const one = Bokeh.documents.map((of) => of.get_model_by_name(name)).find((model) => model !== null)
          return [one.below[0].axis_label, one.left[0].axis_label]
        }"""
        return network.page.evaluate(script, f"{figure}_figure")

    take(network, PLANE)
    assert axes("decision") == ["x₁: column 1, standardised", "x₂: column 2, standardised"]
    expect(network.figure(DECISION)).to_be_visible()
    split = own_split(PLANE)
    drawn = network.drawn("train_1")
    np.testing.assert_allclose(
        np.column_stack([drawn["x1"], drawn["x2"]]), split.train.x[split.train.y == 1], rtol=1e-9
    )
    take(network, VALUED)
    expect(network.figure(re.compile("^The data, and the network's output as colours"))).to_be_visible()
    values = own_split(VALUED)
    assert network.drawn("train_0")["y"] == pytest.approx(values.train.y.tolist(), rel=1e-9)
    assert network.drawn("train_1")["x1"] == network.drawn("boundary")["xs"] == []
    network.unfold("Data")
    expect(network.card("Data")).to_contain_text("each input, and the target, less its mean")
    take(network, CURVED)
    assert axes("curve") == ["column 1, standardised", "goal, standardised"]
    one_class = own_table(1, 40, classes=("no", "yes"))
    take(network, one_class)
    assert axes("curve") == ["column 1, standardised", "probability of class 1"]
    network.expect_numbers(begun(one_class))
    curve = network.drawn("curve")["y"]
    [*_, outputs] = begun(one_class).units(np.array(network.drawn("curve")["x"])[:, None])
    np.testing.assert_allclose(curve, 1 / (1 + np.exp(-outputs[:, 0])), rtol=1e-6)
    network.choose("Data set", "Sine")
    assert axes("curve") == ["x", "y"]
    expect(network.figure(re.compile(CURVE))).to_be_visible()
    take(network, MANY)
    assert axes("decision") == ["1st principal component", "2nd principal component"]
    expect(network.inputs).to_have_count(30)


@pytest.mark.parametrize("form", ["From scratch", "With dl_workshop"])
def test_the_code_holds_the_table(network: NetworkPage, form: str):
    take(network, VALUED)
    network.type("Steps", 40)
    network.run_to_the_end()
    run = network.last_run()
    assert printed(listing(network, form)) == pytest.approx(run["loss"][-1], rel=1e-9)


def test_a_small_table_is_in_the_link_and_a_large_one_is_said_not_to_be(network: NetworkPage, server: Server):
    small = own_table(2, 20, classes=("no", "yes, of course"), target="a; b")
    network.watch.fetch_ahead()
    take(network, small)
    network.type("Steps", 30)
    network.run_to_the_end()
    loss = network.last_run()["loss"][-1]
    expect(network.page).to_have_url(re.compile("dataset=own;n_steps=30;run;step=30;table=column"))
    assert len(network.page.url) < 2000
    with network.watch.reopening():
        network.page.reload()
        network.wait()
    expect(network.lesson).to_contain_text("step 30 / 30")
    assert network.last_run()["loss"][-1] == loss
    network.expect_choice("Data set", "Own data")
    expect(network.well.get_by_role("heading")).to_have_text("0: no, 1: yes, of course")
    take(network, MANY)
    network.page.get_by_role("button", name="Copy link").click()
    expect(network.page.get_by_text("Your data are too many for a link")).to_be_visible()
    expect(network.page).to_have_url(re.compile("table=left_out$"))
    network.page.goto(f"{server.url}#1;network;dataset=own;hidden=3;table=left_out")
    expect(network.page.get_by_text("its own data were too many for it: another data set is in their")).to_be_visible()
    network.expect_numbers(initial(hidden=[3]))
    for wrong in ("a,b::1,2", "x" * 5000, "<b>,y::1,2"):
        network.page.goto(f"{server.url}#1;network;hidden=3;table={wrong}")
        expect(network.page.get_by_text("not understood, and left out: table=")).to_be_visible()
        network.expect_numbers(initial(hidden=[3]))


def saved(page: LessonPage) -> str:
    with page.page.expect_download() as download:
        page.button("Save data").click()
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_data_are_saved_as_they_were_and_can_be_opened_again(network: NetworkPage):
    network.unfold("Data")
    head, *rows = saved(network).splitlines()
    split = simulate_split("moons", noise=0.15)
    assert head == "x1,x2,class"
    values = np.array([row.split(",") for row in rows], dtype=float)
    np.testing.assert_allclose(values[:, :2], np.concatenate([split.train.x, split.test.x]), rtol=1e-9)
    take(network, PLANE)
    text = saved(network)
    assert text.splitlines()[0] == '"goal (0: no, 1: yes)"'.join(["column 1,column 2,", ""])
    paste(network, text)
    use(network)
    network.expect_numbers(begun(PLANE))


def test_pins_go_with_the_data(network: NetworkPage):
    network.run_to_the_end()
    network.button("Pin this run").click()
    take(network, PLANE)
    expect(network.status).to_have_text("The pinned runs are gone: they were of other data, or of another loss.")
    network.run_to_the_end()
    network.button("Pin this run").click()
    network.choose("Optimizer", "Momentum")
    network.run_to_the_end()
    expect(network.button("Table of the compared runs")).to_be_visible()


def test_a_table_goes_to_the_lesson_that_is_open(network: NetworkPage):
    network.open(LINEAR)
    paste(network, text_of(PLANE))
    dialog(network).get_by_role("button", name="Use these points").click()
    expect(network.card("Data")).to_contain_text("60 points of your own")
    network.open("Neural network")
    network.expect_numbers(initial())
