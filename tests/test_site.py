"""The folder of files: that all is there, that nothing is elsewhere, and that it is small."""

import gzip
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from app import site
from app.lessons import LESSONS
from app.page import INDEX
from app.static import Codings
from app.theme import THEMES
from tests.find_node import executable

MOST_BYTES = 500_000  # of a first visit, gzipped
MOST_REQUESTS = 25
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}  # names, no addresses


@pytest.fixture(scope="module")
def files() -> dict[str, Codings]:
    return site.files()


@pytest.fixture(scope="module")
def places(files: dict[str, Codings]) -> dict[str, str]:
    [table] = re.findall(r'id="files">(.*?)</script>', files[INDEX]["identity"].decode())
    return json.loads(table)


def test_the_page_knows_every_file_and_every_name_has_its_hash(files: dict[str, Codings], places: dict[str, str]):
    assert {*places.values(), INDEX} == files.keys()
    for name, place in places.items():
        stem, digest, suffix = place.rsplit(".", 2)
        assert f"{stem}.{suffix}" == name
        assert hashlib.sha256(files[place]["identity"]).hexdigest().startswith(digest)


def test_every_lesson_has_its_declaration_and_its_figures(files: dict[str, Codings], places: dict[str, str]):
    for key, lesson in LESSONS.items():
        declaration = json.loads(files[places[f"lessons/{key}.json"]]["identity"])
        assert declaration == json.loads(json.dumps(lesson.declaration()))
        for theme in THEMES:
            assert json.loads(files[places[f"figures/{key}-{theme}.json"]]["identity"])["roots"]


@pytest.mark.parametrize("name", ["main.js", "later.js", "worker.js"])
def test_a_bundle_parses_and_imports_nothing_but_the_first_of_it(files, places, name: str, tmp_path: Path):
    text = files[places[name]]["identity"].decode()
    imported = re.findall(r"^\s*import\s*[{*\"'].*?\"([^\"]*)\"$", text, re.MULTILINE)
    assert imported == ([f"./{places['main.js']}"] if name == "later.js" else [])
    assert bool(re.search(r"^\s*export\s", text, re.MULTILINE)) == (name != "worker.js")
    (tmp_path / "bundle.mjs").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [executable(), "--check", tmp_path / "bundle.mjs"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_file_of_ours_names_a_host(files: dict[str, Codings], places: dict[str, str]):
    for name, place in places.items():
        if name not in ("bokeh.js", "licences.txt") and not name.endswith(".bin"):
            found = set(re.findall(r"(?:https?|wss?)://[^\s\"'`)<>]+", files[place]["identity"].decode()))
            assert found <= NAMESPACES, name


def test_the_folder_holds_nothing_that_no_lesson_uses(places: dict[str, str]):
    for word in ("panel", "widgets", "tables", "mathjax", "gl.", "material"):
        assert not [name for name in places if word in name]


def test_a_first_visit_is_small(files: dict[str, Codings], places: dict[str, str]):
    page = files[INDEX]["identity"].decode()
    asked = set(re.findall(r'<(?:link|script) [^>]*?(?:src|href)="(?!data:)([^"]+)"', page)) - {places["licences.txt"]}
    first = next(iter(LESSONS))
    asked |= {places["worker.js"], places[f"figures/{first}-light.json"]}
    assert {places[name] for name in ("main.js", "bokeh.js", "style.css", f"formulas/{first}.js")} <= asked
    assert sum(len(gzip.compress(files[place]["identity"], 9)) for place in {INDEX, *asked}) <= MOST_BYTES
    assert len(asked) + 1 <= MOST_REQUESTS


def test_what_is_made_belongs_to_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = tmp_path / "a" / "b.py"
    source.parent.mkdir()
    source.write_text("x = 1")
    monkeypatch.setattr(site, "_SOURCES", (tmp_path,))
    before = site._key()
    assert site._key() == before
    (tmp_path / "notes.txt").write_text("no source")
    assert site._key() == before
    source.write_text("x = 2")
    assert site._key() != before
    source.write_text("x = 1")
    assert site._key() == before
    source.rename(tmp_path / "b.py")
    assert site._key() != before
    monkeypatch.setattr(site, "version", lambda name: "another")
    source.parent.rmdir()
    assert site._key() != before


def test_files_that_are_there_are_not_made_again(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise AssertionError("made again")

    site.files()
    monkeypatch.setattr(site, "_made_apart", fail)
    assert INDEX in site.files()
