"""The code of a lesson, from the page: it runs, and ends with the loss that the page ends with."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lesson_page import DESCENT, LOGISTIC, STEP_SIZE, LessonPage
from tests.serving import ROOT


def listing(page: LessonPage, form: str) -> str:
    page.page.get_by_role("button", name="Code", exact=True).click()
    dialog = page.page.get_by_role("dialog", name="Code")
    dialog.get_by_role("button", name=form).click()
    text = dialog.get_by_label("The code").inner_text()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    return text


def printed(text: str, name: str = "loss") -> float:
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [value] = re.findall(rf"^{re.escape(name)}: (\S+)", done.stdout, re.MULTILINE)
    return float(value)


@pytest.mark.parametrize("form", ["From scratch", "With dl_workshop"])
def test_a_script_ends_with_the_loss_of_the_run(page: LessonPage, form: str):
    page.set_theta(-3, 7)
    page.choose("Optimizer", "Adam")
    page.type("Steps", 40)
    page.run_to_the_end()
    [run] = page.watch.runs()
    assert printed(listing(page, form)) == pytest.approx(run.loss[-1], rel=1e-9)


def test_a_script_is_saved_as_a_notebook_too(page: LessonPage, tmp_path: Path):
    page.open(LOGISTIC)
    page.page.get_by_role("button", name="Code", exact=True).click()
    for ending in ("py", "ipynb"):
        with page.page.expect_download() as download:
            page.page.get_by_role("button", name=f"Save .{ending}").click()
        assert download.value.suggested_filename == f"logistic.{ending}"
        download.value.save_as(tmp_path / ending)
    notebook = json.loads((tmp_path / "ipynb").read_text(encoding="utf-8"))
    joined = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    script = (tmp_path / "py").read_text(encoding="utf-8")
    assert joined.split() == script.split()


def test_a_script_of_a_function_ends_where_the_page_ends_a_run_that_diverges(page: LessonPage):
    page.title = DESCENT
    page.page.get_by_role("tab", name=DESCENT, exact=True).click()
    page.type("w", 4)
    page.type(STEP_SIZE, 1.5)
    page.run_to_the_end()
    [run] = page.watch.runs()
    assert run.diverged_at is not None
    for form in ("From scratch", "With dl_workshop"):
        assert printed(listing(page, form), "f(w)") == pytest.approx(run.loss[-1], rel=1e-9)
