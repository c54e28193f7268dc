"""Runs side by side: pinned ones, races of all optimizers, the table, and what becomes of pins when things change."""

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from dl_workshop.minima import best_fit
from dl_workshop.optimizers import OPTIMIZERS
from dl_workshop.training import Run
from tests.browser.conftest import opened
from tests.browser.lesson_page import STEP_SIZE, TABLE, LessonPage
from tests.browser.network_page import NetworkPage, initial, loss_text
from tests.browser.test_runs import LINE, trained
from tests.serving import Server

PIN, RACE = "Pin this run", "Race all optimizers"
MARKED = {"w": -5.0, "b": 3.0}
# The lines of a source that holds many.
LINES = """(lesson, name) => {
  const drawn = (root) => lesson.contains(Bokeh.index.find_one(root)?.el ?? null)
  const figures = Bokeh.documents.find((one) => one.roots().some(drawn))
  const data = figures.get_model_by_name(name).data
  const column = (of) => Array.from((data instanceof Map ? data.get(of) : data[of]) ?? [])
  const numbers = (of) => column(of).map((line) => Array.from(line))
  return {xs: numbers("xs"), ys: numbers("ys"), color: column("color"), dash: column("dash")}
}"""


def rows(page: LessonPage) -> Locator:
    """The rows of the table that stands beside the curves, without its head."""
    return page.card("Loss over steps").get_by_role("row").filter(has=page.page.get_by_role("rowheader"))


def cells(page: LessonPage) -> list[list[str]]:
    """The table's texts, row by row."""
    return [[text.strip() for text in row.locator("th, td").all_inner_texts()] for row in rows(page).all()]


def arrival(run: Run, lowest: float) -> str:
    """The step that came within 1 % of a loss, as the table says it."""
    [there] = np.nonzero(run.loss <= 1.01 * lowest)
    return f"step {there[0]}" if len(there) else "–"


def row_of(name: str, step_size: float, run: Run, lowest: float) -> list[str]:
    """What the table says of a run at its end."""
    steps = str(len(run.loss) - 1)
    return [OPTIMIZERS[name].label, f"{step_size:g}", steps, f"{run.loss[-1]:.2f}", arrival(run, lowest)]


def test_all_optimizers_race_from_one_start_each_as_the_library_walks(shared_page: LessonPage):
    page = shared_page
    page.set_theta(**MARKED)
    page.type("Steps", 100)  # further on RMSProp jumps about the minimum, and makes much of the last digit
    page.button(RACE).click()
    page.wait_for_run()
    page.scrubber.press("End")
    sizes = {name: optimizer.step_size for name, optimizer in OPTIMIZERS.items()} | {"gradient_descent": 0.01}
    runs = {name: trained(**MARKED, optimizer=name, step_size=size, n_steps=100) for name, size in sizes.items()}
    lowest = best_fit("linear", "mse", LINE).loss
    expect(rows(page)).to_have_count(len(runs))
    page.wait_for_surface()  # nothing is being made any more
    assert cells(page) == [row_of(name, sizes[name], run, lowest) for name, run in runs.items()]
    others = [run for name, run in runs.items() if name != "gradient_descent"]
    curves = page.lesson.evaluate(LINES, "pins_log")
    assert len({*zip(curves["color"], curves["dash"], strict=True)}) == len(others)
    for curve, run in zip(curves["ys"], others, strict=True):
        np.testing.assert_allclose(curve, run.loss, rtol=1e-9)
    paths = page.lesson.evaluate(LINES, "pins")
    for xs, ys, run in zip(paths["xs"], paths["ys"], others, strict=True):
        assert (xs[0], ys[0]) == tuple(MARKED.values())
        assert (xs[-1], ys[-1]) == pytest.approx(tuple(run.theta[-1]), rel=1e-9)


def test_a_race_plays_together(shared_timed_page: LessonPage):
    page = shared_timed_page
    page.button(RACE).click()
    page.wait_for_run()
    page.wait_for_surface()
    page.let_pass(2)
    page.button("Pause").click()
    assert 0 < page.step < 500
    adam = trained(optimizer="adam", step_size=OPTIMIZERS["adam"].step_size)
    row = rows(page).filter(has_text="Adam")
    expect(row).to_contain_text(f"{adam.loss[page.step]:.2f}")
    heads = page.drawn("pin_heads")
    assert (pytest.approx(tuple(adam.theta[page.step]), rel=1e-9)) in list(zip(heads["w"], heads["b"], strict=True))
    page.scrubber.press("Home")
    assert {*zip(page.drawn("pin_heads")["w"], page.drawn("pin_heads")["b"], strict=True)} == {(0, 0)}


def test_a_race_goes_on_where_the_run_itself_has_diverged(shared_page: LessonPage):
    page = shared_page
    page.type(STEP_SIZE, 0.9)
    page.type("Steps", 200)
    page.button(RACE).click()
    page.wait_for_run()
    page.wait_for_surface()
    own = trained(step_size=0.9, n_steps=200)
    adam = trained(optimizer="adam", step_size=OPTIMIZERS["adam"].step_size, n_steps=200)
    assert own.diverged_at is not None
    assert own.diverged_at < 150
    for step in (own.diverged_at, 150, 200):
        page.scrubber.fill(str(step))
        expect(page.lesson.get_by_text(f"step {step} / 200", exact=True)).to_be_visible()
        expect(rows(page).filter(has_text="Adam")).to_contain_text(f"{adam.loss[step]:.2f}")
        expect(page.status).to_contain_text(f"Diverged at step {own.diverged_at}")
        heads = page.drawn("pin_heads")
        assert pytest.approx(tuple(adam.theta[step]), rel=1e-9) in list(zip(heads["w"], heads["b"], strict=True))
        assert page.drawn("loss_head_log")["step"] == [own.diverged_at - 1]
        assert set(page.drawn("cursor_log")["step"]) == {step}
    page.scrubber.fill("150")
    page.page.wait_for_function("location.hash.includes('step=150')")
    with page.watch.reopening():
        page.page.reload()
        page.wait_for_run()
        page.wait_for_surface()
    expect(page.lesson.get_by_text("step 150 / 200", exact=True)).to_be_visible()
    page.scrubber.press("ArrowRight")
    expect(page.lesson.get_by_text("step 151 / 200", exact=True)).to_be_visible()
    page.scrubber.fill("0")
    page.button("Play").click()
    expect(page.lesson.get_by_text("step 200 / 200", exact=True)).to_be_visible(timeout=20_000)


def test_a_pinned_run_stays_beside_those_to_come(shared_page: LessonPage):
    page = shared_page
    expect(page.button(PIN)).to_be_disabled()
    page.run_to_the_end()
    page.button(PIN).click()
    expect(page.button(PIN)).to_be_disabled()  # it is
    expect(rows(page)).to_have_count(1)
    page.choose("Optimizer", "Adam")
    page.type("Steps", 200)
    page.run_to_the_end()
    expect(rows(page)).to_have_count(2)
    lowest = best_fit("linear", "mse", LINE).loss
    one, other = trained(), trained(optimizer="adam", step_size=0.1, n_steps=200)
    assert cells(page) == [row_of("adam", 0.1, other, lowest), row_of("gradient_descent", 0.01, one, lowest)]
    assert page.drawn("ghost")["w"] == []  # the run before is pinned: it is drawn once
    page.scrubber.fill("50")
    expect(rows(page).nth(0)).to_contain_text(f"{other.loss[50]:.2f}")
    expect(rows(page).nth(1)).to_contain_text(f"{one.loss[50]:.2f}")
    page.set_theta(1, 2)
    page.run_to_the_end()
    expect(rows(page).nth(1)).to_contain_text("other start")


def test_what_tells_two_runs_of_one_optimizer_apart_is_said(shared_page: LessonPage):
    page = shared_page
    page.run_to_the_end()
    page.button(PIN).click()
    page.type("Batch size", 10)
    page.run_to_the_end()
    expect(rows(page).nth(0)).to_contain_text("batch size 10")
    expect(rows(page).nth(1)).to_contain_text("batch size all")


def test_a_run_that_diverged_is_pinned_as_such(shared_page: LessonPage):
    page = shared_page
    page.type(STEP_SIZE, 0.5)
    page.run_to_the_end()
    page.button(PIN).click()
    expect(rows(page)).to_contain_text(f"diverged at {trained(step_size=0.5).diverged_at}")
    expect(rows(page)).to_contain_text("–")


def test_four_can_be_pinned_and_taken_away_one_by_one(shared_page: LessonPage):
    page = shared_page
    for steps in (10, 20, 30, 40):
        page.type("Steps", steps)
        page.run_to_the_end()
        page.button(PIN).click()
    page.type("Steps", 50)
    page.run_to_the_end()
    expect(page.button(PIN)).to_be_disabled()
    expect(page.button(PIN)).to_have_attribute("title", re.compile("take one away"))
    page.button(TABLE).click()
    dialog = page.page.get_by_role("dialog", name="Compared runs")
    colours = set(page.lesson.evaluate(LINES, "pins_log")["color"])
    for left in (3, 2, 1):
        dialog.get_by_role("button", name="Take away").nth(left // 2).click()
        expect(dialog.get_by_role("button", name="Take away")).to_have_count(left)
        assert page.page.evaluate("document.activeElement.closest('dialog') !== null")
    dialog.get_by_role("button", name="Take away").click()
    expect(dialog).to_be_hidden()
    expect(page.button(TABLE)).to_be_hidden()
    expect(rows(page)).to_have_count(0)
    page.button(PIN).click()
    assert {*page.lesson.evaluate(LINES, "pins_log")["color"]} < colours  # a colour that is free again


@pytest.mark.parametrize("change", ["data", "loss"])
def test_pins_go_with_a_word_when_they_are_of_something_else(page: LessonPage, change: str):
    page.run_to_the_end()
    page.button(PIN).click()
    page.type(STEP_SIZE, 0.02)
    page.choose("Optimizer", "Momentum")
    expect(rows(page)).to_have_count(1)
    if change == "data":
        page.button("New data").click()
    else:
        page.choose("Loss function", "Huber")
    expect(rows(page)).to_have_count(0)
    page.expect_sentence("The pinned runs are gone")
    assert page.lesson.evaluate(LINES, "pins_log")["ys"] == []


def test_a_link_brings_pins_back(chromium: Browser, server: Server):
    with opened(chromium, server, ahead=False) as page:
        page.set_theta(**MARKED)
        page.button(RACE).click()
        page.wait_for_run()
        page.scrubber.press("End")
        page.wait_for_surface()
        before = cells(page)
        expect(page.page).to_have_url(re.compile("run;step=500;pin1;.*;pin6;pin6.optimizer=newton$"))
        page.page.reload()
        page.wait()
        expect(rows(page)).to_have_count(len(before))
        page.wait_for_surface()
        page.expect_step(500, 500)
        assert cells(page) == before


def test_networks_are_compared_over_a_penalty_and_an_activation(network: NetworkPage):
    bare = initial().trained(optimizer="adam", step_size=0.03, n_steps=400)
    network.run_to_the_end()
    network.button(PIN).click()
    network.unfold("Loss")
    network.choose("Regularization", "L2")
    network.run_to_the_end()
    table = open_table(network)
    expect(table.nth(1)).to_contain_text(loss_text(bare.loss[-1]))
    expect(table.nth(0)).to_contain_text("regularization L2")
    expect(table.nth(1)).to_contain_text("regularization None")
    network.page.keyboard.press("Escape")
    assert network.lesson.evaluate(LINES, "pins")["xs"] == []  # its path lies on another surface
    assert len(network.lesson.evaluate(LINES, "pins_log")["ys"]) == 1
    network.unfold("Model")
    network.choose("Activation", "ReLU")
    network.run_to_the_end()
    expect(open_table(network).nth(1)).to_contain_text("activation tanh")


def open_table(page: LessonPage) -> Locator:
    """Opens the table as a dialog, and gives its rows."""
    page.button(TABLE).click()
    dialog = page.page.get_by_role("dialog", name="Compared runs")
    return dialog.get_by_role("row").filter(has=page.page.get_by_role("rowheader"))
