"""Tables of the learner's own: opened, pasted, dropped, and saved; x in its own units, and standardised."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from dl_workshop.data import Dataset, simulate_line
from dl_workshop.minima import best_fit
from dl_workshop.surfaces import largest_stable_step_size
from dl_workshop.training import train
from tests.browser.conftest import opened
from tests.browser.lesson_page import LOGISTIC, STEP_SIZE, LessonPage
from tests.browser.test_listing import listing, printed
from tests.serving import Server

X = np.arange(0.0, 100.0, 10.0)
Y = 3 * X + 500 + np.array([1.0, -2.0, 3.0, 0.0, -1.0, 2.0, -3.0, 1.0, 0.0, -1.0])
AWKWARD = '\ufeff"height, cm";name;"weight; kg"\r\n180,5;Ada;75\r\n;Bob;80\r\n170;"Eve;x";seventy\r\n160;Dan;60,25\r\n'


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """A page that has just been opened, from which files may still be asked for."""
    with opened(chromium, server, ahead=False, viewport={"width": 1280, "height": 720}) as page:
        page.unfold_data()
        yield page


def dialog(page: LessonPage) -> Locator:
    return page.page.get_by_role("dialog", name="Open data")


def open_text(page: LessonPage, text: str) -> Locator:
    """Opens the dialog, and puts a table into it."""
    page.button("Open data").click()
    dialog(page).get_by_role("textbox", name="The table").fill(text)
    return dialog(page)


def use(page: LessonPage) -> None:
    dialog(page).get_by_role("button", name="Use these points").click()
    expect(dialog(page)).to_have_count(0)
    expect(page.card("Data")).to_contain_text("of your own")


def table(x: np.ndarray, y: np.ndarray) -> str:
    return "x,y\n" + "".join(f"{a},{b}\n" for a, b in zip(x, y, strict=True))


def test_a_file_with_all_that_files_have(page: LessonPage, tmp_path: Path):
    file = tmp_path / "people.csv"
    file.write_bytes(AWKWARD.encode())
    page.button("Open data").click()
    dialog(page).get_by_label("File").set_input_files(file)
    columns = [dialog(page).get_by_role("combobox", name=f"Column of {name}") for name in "xy"]
    expect(columns[0].locator("option")).to_have_text(["height, cm", "name", "weight; kg"])
    expect(columns[0].locator("option:checked")).to_have_text("height, cm")
    expect(columns[1].locator("option:checked")).to_have_text("weight; kg")  # the name is no number
    said = dialog(page).get_by_role("status")
    expect(said).to_contain_text("semicolons between the columns and decimal commas: 2 points")
    expect(said).to_contain_text("1 row without x or y left out")
    expect(dialog(page).get_by_role("listitem")).to_have_text(["Line 4: “seventy” is not a number."])
    use(page)
    assert page.drawn("points") == {"x": [180.5, 160], "y": [75, 60.25]}


def test_what_cannot_be_used_is_said(page: LessonPage, tmp_path: Path):
    shown = open_text(page, "1\n2\n3\n")
    button = shown.get_by_role("button", name="Use these points")
    expect(shown.get_by_role("status")).to_contain_text("Only one column was found")
    expect(button).to_be_disabled()
    text = shown.get_by_role("textbox", name="The table")
    text.fill("x,y\n1,2\n3\n4,five\n<img src=x onerror=alert(1)>,1\n")
    expect(shown.get_by_role("listitem")).to_have_text(
        [
            "Line 3: 1 column where the first line has 2.",
            "Line 4: “five” is not a number.",
            "Line 5: “<img src=x onerror=alert(1)>” is not a number.",
        ]
    )
    expect(shown.get_by_role("status")).to_contain_text("1 point. At least 2 are needed.")
    expect(button).to_be_disabled()
    long = tmp_path / "long.csv"
    long.write_text(table(np.arange(2500.0), np.arange(2500.0)))
    shown.get_by_label("File").set_input_files(long)
    expect(shown.get_by_role("status")).to_contain_text("2000 points. 500 rows beyond the first 2000 left out.")
    large = tmp_path / "large.csv"
    large.write_text("1,2\n" * 260_000)
    shown.get_by_label("File").set_input_files(large)
    expect(shown.get_by_role("status")).to_contain_text("larger than 1 MB")
    expect(button).to_be_disabled()
    shown.get_by_role("button", name="Close").click()
    expect(page.card("Data")).to_contain_text("100 points · noise 1 · seed 0")


def test_a_table_is_pasted_on_the_page_and_dropped_on_it(page: LessonPage):
    paste = """(text) => {
      const data = new DataTransfer()
      data.setData("text/plain", text)
      document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}))
    }"""
    page.page.evaluate(paste, "no table")
    expect(dialog(page)).to_have_count(0)
    page.page.evaluate(paste, "1\t2,5\n2\t3,5\n4\t5\n")
    expect(dialog(page).get_by_role("status")).to_contain_text("tabs between the columns and decimal commas: 3 points")
    use(page)
    assert page.drawn("points") == {"x": [1, 2, 4], "y": [2.5, 3.5, 5]}
    drop = """(text) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([text], "some.csv", {type: "text/csv"}))
      for (const type of ["dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}))
      }
    }"""
    page.page.evaluate(drop, "x,y\n7,8\n9,10\n")
    expect(dialog(page).get_by_role("status")).to_contain_text("2 points")
    use(page)
    assert page.drawn("points") == {"x": [7, 9], "y": [8, 10]}
    page.page.keyboard.press("Control+z")
    assert page.drawn("points")["x"] == [1, 2, 4]


def test_classes_by_their_names(page: LessonPage):
    page.open(LOGISTIC)
    page.unfold_data()
    shown = open_text(page, "dose;alive\n1;yes\n2;yes\n3;no\n4;yes\n5;no\n")
    expect(shown.get_by_role("status")).to_contain_text("Class 0 is “no”, class 1 is “yes”.")
    use(page)
    assert page.drawn("points_0")["x"] == [3, 5]
    assert page.drawn("points_1")["x"] == [1, 2, 4]
    shown = open_text(page, "x,y\n1,0\n2,1\n3,2\n")
    expect(shown.get_by_role("listitem")).to_contain_text(["“y” is to have two different values"])
    expect(shown.get_by_role("button", name="Use these points")).to_be_disabled()


def test_unscaled_data_are_said_to_be_and_standardised_with_a_switch(page: LessonPage):
    open_text(page, table(X, Y))
    use(page)
    data = Dataset(X, Y)
    bound = largest_stable_step_size("linear", "mse", data)
    expect(page.status).to_contain_text(f"the largest stable step size is {bound:.3g}, and yours is 0.01")
    page.button("Show best fit").click()
    fit = best_fit("linear", "mse", data)
    expect(page.status).to_contain_text(f"w = {fit.theta[0]:.2f}, b = {fit.theta[1]:.2f}")
    expect(page.status).not_to_contain_text("outside of the picture")
    page.checkbox("Standardise x").check()
    page.type(STEP_SIZE, 0.5)
    page.run_to_the_end()
    scaled = Dataset((X - X.mean()) / X.std(), Y)
    run = train([0.0, 0.0], "linear", "mse", scaled, step_size=0.5, n_steps=500)
    np.testing.assert_allclose(page.watch.runs()[-1].loss, run.loss, rtol=1e-9)
    w, b = best_fit("linear", "mse", scaled).theta
    page.expect_loss(f"MSE: {fit.loss:.2f}")
    expect(page.card("Model")).to_contain_text(f"{w:.2f}·z + {b:.2f}")
    slope, intercept = fit.theta
    expect(page.card("Model")).to_contain_text(
        f"z = (x − {X.mean():.3g}) / {X.std():.3g}, so ŷ = {slope:.3g}·x + {intercept:.3g}"
    )
    assert page.drawn("points")["x"] == X.tolist()  # which are drawn in their own units
    curve = page.drawn("curve")
    np.testing.assert_allclose(curve["y"], slope * np.array(curve["x"]) + intercept, rtol=1e-6)
    expect(page.page).to_have_url(re.compile("standardise=yes"))


@pytest.mark.parametrize("form", ["From scratch", "With dl_workshop"])
def test_the_code_holds_the_points(page: LessonPage, form: str):
    open_text(page, table(X, Y))
    use(page)
    page.checkbox("Standardise x").check()
    page.type("Steps", 40)
    page.run_to_the_end()
    [run] = page.watch.runs()
    assert printed(listing(page, form)) == pytest.approx(run.loss[-1], rel=1e-9)


def saved(page: LessonPage, name: str) -> tuple[str, np.ndarray]:
    """A file that a button saves: its first line, and the numbers in it."""
    with page.page.expect_download() as download:
        page.button(name).click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    return head, np.array([[float(cell) for cell in row.split(",")] for row in rows])


def test_data_are_saved_exactly(page: LessonPage):
    head, rows = saved(page, "Save data")
    assert head == "x,y"
    np.testing.assert_allclose(rows, np.column_stack(simulate_line()), rtol=1e-12)


def test_points_that_are_too_many_for_a_link_are_said_to_be(page: LessonPage, server: Server):
    rows = np.random.default_rng(0).normal(size=(400, 2))
    open_text(page, table(*rows.T))
    use(page)
    page.page.get_by_role("button", name="Copy link").click()
    expect(page.page.get_by_text("Your points are too many for a link")).to_be_visible()
    expect(page.page).to_have_url(re.compile("points=left_out$"))
    page.page.goto(f"{server.url}#1;linear;points=left_out;w=3")
    expect(page.page.get_by_text("its own points were too many for it: these data are drawn")).to_be_visible()
