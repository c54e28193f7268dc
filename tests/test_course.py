"""The course's text: every link does something that there is, every number is one, every exercise can be passed."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from app import course
from app.lessons import LESSONS
from tests.find_node import executable
from tests.serving import ROOT

EVERY = pytest.mark.parametrize("key", LESSONS)

TABLES = """
import {checks} from "./app/browser/exercises/checks.js"
import {live} from "./app/browser/live.js"
import {blocks} from "./app/browser/blocks.js"
const of = Object.fromEntries(Object.entries(checks).map(([key, table]) => [key, Object.keys(table)]))
console.log(JSON.stringify({checks: of, live: Object.keys(live), blocks: Object.keys(blocks)}))
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The names of all checks and live numbers."""
    command = [executable(), "--input-type=module", "--eval", f"globalThis.document = {{}}\n{TABLES}"]
    script = TABLES.replace('"./app', f'"{(ROOT / "app").as_uri()}')
    command[-1] = "globalThis.document = {getElementById: () => null, baseURI: 'http://localhost/'}\n" + re.sub(
        r"import \{(\w+)\} from (\S+)", r"const {\1} = await import(\2)", script
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@EVERY
def test_every_exercise_is_a_prediction_or_has_a_check_and_every_check_an_exercise(key: str, tables: dict):
    chapter = course.chapter(key)
    html = "".join(chapter.sections)
    acts = re.findall(r'data-exercise="([\w-]+)" data-kind="(?:do|sketch)"', html)
    assert {*acts} == {*tables["checks"][key]}
    assert {*chapter.exercises} >= {*acts}
    assert {*chapter.titles} == {*chapter.exercises}


@EVERY
def test_every_live_number_is_one(key: str, tables: dict):
    chapter = course.chapter(key)
    assert {*chapter.live} <= {*tables["live"]}
    assert "{{" not in "".join(chapter.sections)


def test_every_live_block_is_one_and_has_a_place(tables: dict):
    html = "".join(section for key in LESSONS for section in course.chapter(key).sections)
    assert sorted(re.findall(r'data-block="([\w-]+)"', html)) == sorted(tables["blocks"])


@EVERY
def test_a_chapter_is_short_enough_to_read_and_asks_for_nothing(key: str):
    html = "".join(course.chapter(key).sections)
    words = re.sub(r"<math.*?</math>|<[^>]+>", " ", html).split()
    assert len(words) <= 15 * 130  # at a slow 130 words a minute, with formulas
    assert not re.search(r"\b(src|href)=|https?://", html)
    assert "$" not in html
    assert len(course.chapter_json(key)) < 60_000


def test_there_are_about_thirty_exercises():
    assert sum(len(course.chapter(key).exercises) for key in LESSONS) >= 30


SKETCH = """title = "A"
task = "B"
sketch = {{run = "n_steps=10", of = "{of}", label = "loss", first = 1, low = {low}, high = 3}}"""


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a chapter of the linear lesson from a text."""
    monkeypatch.setattr(course, "TEXTS", tmp_path)

    def chapter(source: str) -> course.Chapter:
        (tmp_path / "linear.md").write_text(source, encoding="utf-8")
        return course.chapter("linear")

    return chapter


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("[a](do:speed=3)", "a link sets 'speed', which the lesson does not have"),
        ("[a](do:step_size=7)", "step_size=7 lies outside of 0.0001 to 1"),
        ("[a](do:loss=hinge)", "'hinge' is no choice of loss"),
        ("[a](do:fly)", "'fly' in a link is none of run"),
        ("[a](elsewhere)", "'elsewhere' is no link that does something"),
        ("[a](lesson:hinge)", "'lesson:hinge' is no link that does something"),
        ("```python\nx\n```", "a block is 'python', but must be: exercise <id>"),
        ("```exercise a\n" + SKETCH.format(of="norm", low=0) + "\n```", "is no sketch"),
        ("```exercise a\n" + SKETCH.format(of="loss", low=2) + "\n```", "is no sketch"),
        ('```exercise a\ntitle = "A"\ntask = "B"\n```\n```exercise a\ntitle = "A"\ntask = "B"\n```', "one name"),
    ],
)
def test_what_is_not_there_cannot_be_written(text, source: str, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        text(f"## Title\n\n{source}\n")


def test_text_is_no_html_and_formulas_are_mathml(text):
    [section] = text("## A < B\n\n`<b>` &lt;i&gt; $x < y$ and {{loss}}.\n").sections
    assert "<h2>A &lt; B</h2>" in section
    assert "&lt;i&gt;" in section
    assert "<code>&lt;b&gt;</code>" in section
    assert '<math display="inline">' in section
    assert '<b class="now" data-live="loss">…</b>' in section


def test_a_link_holds_settings_of_their_own_kind(text):
    [section] = text("## A\n\n[go](do:w=-5&n_steps=50&loss=mae&run)\n").sections
    [deed] = re.findall(r'data-do="(.*?)"', section)
    settings = {"w": -5.0, "n_steps": 50, "loss": "mae"}
    assert json.loads(deed.replace("&quot;", '"')) == {"settings": settings, "then": ["run"]}
