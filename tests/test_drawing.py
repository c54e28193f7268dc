"""Figures as JSON: what the page finds in it by name, and that it needs nothing else."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from app import drawing
from app.figures import MOVING
from app.lessons import LESSONS
from app.theme import INK, THEMES

EVERYTHING = [(key, theme) for key in LESSONS for theme in THEMES]


@cache
def text(key: str, theme: str) -> str:
    return drawing.figures_json(key, theme)


def models(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The kind and the attributes of every model in a document's JSON."""
    if isinstance(value, dict):
        if "attributes" in value:
            yield value["name"], value["attributes"]
        for item in value.values():
            yield from models(item)
    elif isinstance(value, list):
        for item in value:
            yield from models(item)


def named(key: str, kind: str) -> dict[str, dict[str, Any]]:
    """The attributes of the models of one kind, by name."""
    of_kind = [attributes for name, attributes in models(json.loads(text(key, "light"))) if name == kind]
    return {attributes["name"]: attributes for attributes in of_kind if attributes.get("name")}


def no_number(text: str) -> None:
    raise AssertionError(f"{text} is not JSON, and no number")


@pytest.mark.parametrize(("key", "theme"), EVERYTHING)
def test_figures_need_nothing_from_elsewhere(key: str, theme: str):
    assert not re.findall(r"https?://[^\"' ]*", text(key, theme))
    json.loads(text(key, theme), parse_constant=no_number)
    assert "subscribed_events" not in text(key, theme)


@pytest.mark.parametrize("key", LESSONS)
def test_the_roots_are_named_after_their_places(key: str):
    roots = [root["attributes"]["name"] for root in json.loads(text(key, "dark"))["roots"]]
    assert len(set(roots)) == len(roots)
    place = "function" if key == "descent" else "surface"
    assert {f"{place}_figure", "loss_log_figure", "loss_linear_figure"} <= {*roots}
    assert ("fit_figure" in roots) == ("fit" in LESSONS[key].figures)


@pytest.mark.parametrize("key", LESSONS)
def test_sources_renderers_and_colours_are_named_after_the_elements(key: str):
    sources, renderers = named(key, "ColumnDataSource"), named(key, "GlyphRenderer")
    assert renderers.keys() == {f"{name}_renderer" for name in sources}
    assert {"whole_log", "walked_linear"} <= sources.keys()
    if key == "descent":
        assert {"f_curve", "f_tangent", "f_step", "f_head"} <= sources.keys()
        return
    assert {"surface", "contours", "path", "ghost", "head"} <= sources.keys()
    assert "surface_colors" in text(key, "light")
    assert "surface_ticks" in named(key, "FixedTicker")


@pytest.mark.parametrize("key", LESSONS)
def test_what_moves_repaints_alone(key: str):
    levels = {name.removesuffix("_renderer"): at.get("level") for name, at in named(key, "GlyphRenderer").items()}
    assert {name for name, level in levels.items() if level == "overlay"} == MOVING & levels.keys()


def test_the_ring_and_the_mark_follow_their_columns():
    glyphs = [attributes for kind, attributes in models(json.loads(text("linear", "light"))) if kind == "Scatter"]
    assert {"type": "field", "field": "size"} in [glyph["size"] for glyph in glyphs]
    assert {"type": "field", "field": "angle"} in [glyph["angle"] for glyph in glyphs if "angle" in glyph]


@pytest.mark.parametrize("key", LESSONS)
def test_the_themes_differ_in_their_ink(key: str):
    assert INK["dark"]["text"] in text(key, "dark")
    assert INK["dark"]["text"] not in text(key, "light")
