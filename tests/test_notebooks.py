"""The chapters as notebooks: each runs from its first cell to its last, and carries no outputs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pytest

from tests.serving import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def figures() -> Iterator[None]:
    """Figures that are drawn in memory, and gone after the test."""
    matplotlib.use("Agg")
    yield
    plt.close("all")


def cells(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text(encoding="utf-8"))["cells"]


def code(file: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(file) if cell["cell_type"] == "code"]


def test_there_is_a_notebook_for_each_chapter():
    assert [file.stem[2:] for file in NOTEBOOKS] == [
        "gradient-descent", "linear-regression", "logistic-regression", "neural-network"
    ]  # fmt: skip


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(file: Path):
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(code(file), start=1):
        exec(compile(source, f"{file.name}, code cell {number}", "exec"), names)
        for figure in map(plt.figure, plt.get_fignums()):
            figure.canvas.draw()
        plt.close("all")


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_stores_no_outputs_and_begins_with_its_title(file: Path):
    first, *_ = cells(file)
    assert first["cell_type"] == "markdown"
    assert first["source"][0].startswith("# ")
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(file) if "outputs" in cell)
    assert len({cell["id"] for cell in cells(file)}) == len(cells(file))
