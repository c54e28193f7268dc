"""The unit tests of the JavaScript modules that need no page, run by Node.js's own test runner."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from app.lessons import LESSONS
from tests.find_node import executable
from tests.serving import ROOT

FILES = sorted((ROOT / "tests" / "browser_units").glob("*.test.mjs"))


@pytest.fixture(scope="module")
def declarations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with what the lessons declare, as the browser has it."""
    path = tmp_path_factory.mktemp("lessons") / "declarations.json"
    path.write_text(json.dumps({key: lesson.declaration() for key, lesson in LESSONS.items()}), encoding="utf-8")
    return path


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_units_do_what_their_tests_say(file: Path, declarations: Path) -> None:
    done = subprocess.run(
        [executable(), "--test", "--test-reporter=spec", file],
        cwd=ROOT, env=os.environ | {"DECLARATIONS": str(declarations)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
