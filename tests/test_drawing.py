"""What is drawn once and served to all: self-contained, and nothing in it from elsewhere."""

import base64
import json
import re
from typing import Any

import numpy as np
import pytest

from app import drawing, figures
from app.lessons import LESSONS
from app.theme import INK, THEMES

EVERYTHING = [(key, theme) for key in LESSONS for theme in THEMES]


def names(document: Any) -> set[str]:
    """Every name in a document's JSON."""
    found = set()
    if isinstance(document, dict):
        if isinstance(document.get("name"), str) and "attributes" not in document:
            found.add(document["name"])
        for value in document.values():
            found |= names(value)
    elif isinstance(document, list):
        for value in document:
            found |= names(value)
    return found


def no_number(text: str) -> None:
    raise AssertionError(f"{text} is not JSON, and no number")


@pytest.mark.parametrize("key", LESSONS)
def test_a_lesson_has_a_control_for_every_setting_in_its_table(key: str):
    lesson = json.loads(drawing.lesson_json(key))
    table, roots = lesson["settings"], lesson["controls"]["roots"]
    assert [entry["name"] for entry in table] == [root["attributes"]["name"] for root in roots]
    assert [entry["id"] for entry in table] == [root["id"] for root in roots]
    assert {entry["name"] for entry in table} <= LESSONS[key]().settings.keys()


@pytest.mark.parametrize("key", LESSONS)
def test_nothing_in_a_lesson_comes_from_elsewhere(key: str):
    for text in (drawing.lesson_json(key), *(drawing.figures_json(key, theme) for theme in THEMES)):
        assert not re.findall(r"https?://[^\"' ]*", text)
        json.loads(text, parse_constant=no_number)


@pytest.mark.parametrize(("key", "theme"), EVERYTHING)
def test_figures_hold_what_the_engine_looks_for(key: str, theme: str):
    document = json.loads(drawing.figures_json(key, theme))
    pictures = [root["attributes"]["name"] for root in document["roots"]]
    assert len(set(pictures)) == len(pictures)
    assert {"surface_figure", "loss_log_figure", "loss_linear_figure"} <= {*pictures}
    found = names(document)
    assert {"surface", "surface_colors", "path", "head", "whole_log", "walked_linear"} <= found
    assert {f"{name}_renderer" for name in ("path", "head")} <= found


@pytest.mark.parametrize("key", LESSONS)
def test_the_themes_differ_in_their_ink(key: str):
    light, dark = (drawing.figures_json(key, theme) for theme in THEMES)
    assert INK["dark"]["text"] in dark
    assert INK["dark"]["text"] not in light


def test_each_is_drawn_once():
    assert drawing.lesson_json("linear") is drawing.lesson_json("linear")
    assert drawing.figures_json("linear", "dark") is drawing.figures_json("linear", "dark")


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int32, ">f8"])
def test_arrays_travel_as_little_endian_bytes(kind: Any):
    array = np.array([1.5, -2.0, 3e6]).astype(kind)
    encoded = drawing.encode({"a": array, "b": [1, None], "c": {"d": array[::2]}})
    travelled = json.loads(json.dumps(encoded))
    for place, expected in ((travelled["a"], array), (travelled["c"]["d"], array[::2])):
        values = np.frombuffer(base64.b64decode(place["base64"]), np.dtype(place["dtype"]).newbyteorder("<"))
        assert np.array_equal(values, expected)
    assert travelled["b"] == [1, None]


def test_what_moves_is_named_by_an_element():
    ink = INK["light"]
    grid = np.linspace(1, 2, 5)
    drawn = {
        element.label
        for overlay in (
            figures.fit_figure(ink, y_label="y", classes=False),
            figures.fit_figure(ink, y_label="class", classes=True),
            figures.surface_figure(ink, loss=np.outer(grid, grid), w=grid, b=grid),
            figures.loss_figure(ink, log=True, test=True),
            figures.loss_figure(ink, log=False, test=True),
            figures.decision_figure(ink),
        )
        for element in overlay
    }
    assert drawn >= figures.MOVING
