"""Figures without data: their elements, and how they look."""

from collections.abc import Sequence
from typing import NamedTuple

import holoviews as hv
import numpy as np
import pytest
from holoviews.plotting.util import process_cmap

from app import theme
from app.figures import FIGURES, MOVING


class Lesson(NamedTuple):
    """What figures ask of a lesson."""

    y_label: str = "y"
    loss_label: str = "loss"
    classes: bool = False
    sideways: bool = False
    has_test: bool = False


LINE, CLASSES, NETWORK = Lesson(sideways=True), Lesson("class", classes=True), Lesson(has_test=True)
INK = theme.INK["light"]


def drawn(figure: str, lesson: Lesson = LINE) -> dict[str, dict[str, hv.Element]]:
    """The elements by label, of each place that a figure goes to."""
    overlays = FIGURES[figure](INK, lesson)
    return {place: {element.label: element for element in overlay} for place, overlay in overlays.items()}


def style(element: hv.Element) -> dict[str, object]:
    return hv.Store.lookup_options("bokeh", element, "style").kwargs


@pytest.mark.parametrize(
    ("figure", "lesson", "places", "labels"),
    [
        ("fit", LINE, ["fit"], {
            "points", "truth", "sideways", "best_curve", "curve", "residual_lines", "residual_squares",
        }),
        ("fit", CLASSES, ["fit"], {"points_0", "points_1", "truth", "best_curve", "curve", "decision"}),
        ("surface", LINE, ["surface"], {
            "surface", "contours", "ghost", "preview", "path_edge", "path", "start", "arrow_edge", "arrow", "off_plane",
            "head", "edge_mark", "best", "pins_edge", "pins", "pin_heads",
        }),
        ("decision", NETWORK, ["decision"], {"probability", "boundary", "train_0", "train_1", "test_0", "test_1"}),
        ("function", LINE, ["function"], {
            "f_curve", "f_minima", "f_ghost", "f_tangent", "f_trail", "f_walked", "f_step", "f_drop", "f_start",
            "f_next", "f_head", "f_edge",
        }),
        ("curve", NETWORK, ["curve"], {"train", "test", "curve"}),
    ],
)  # fmt: skip
def test_a_figure_has_the_elements_that_the_page_moves(
    figure: str, lesson: Lesson, places: list[str], labels: set[str]
):
    elements = drawn(figure, lesson)
    assert [*elements] == places
    assert labels <= elements[places[0]].keys()
    assert all(elements[places[0]])


@pytest.mark.parametrize("lesson", [LINE, NETWORK])
def test_the_loss_is_drawn_on_either_axis_and_with_test_data_where_there_are_some(lesson: Lesson):
    places = drawn("loss", lesson)
    assert [*places] == ["loss_log", "loss_linear"]
    for axis in ("log", "linear"):
        names = {"pins", "ghost", "penalised", "whole", "walked", "cursor", "loss_head"}
        test = {"whole_test", "walked_test"} if lesson.has_test else set()
        assert places[f"loss_{axis}"].keys() == {f"{name}_{axis}" for name in names | test}


def test_what_moves_is_named_by_an_element_and_the_run_before_does_not_hide_this_one():
    elements = {
        label
        for figure in FIGURES
        for lesson in (LINE, CLASSES, NETWORK)
        for place in drawn(figure, lesson).values()
        for label in place
    }
    assert elements >= MOVING
    for place, below, above in [
        ("surface", "ghost", "path"),
        ("surface", "off_plane", "head"),
        ("loss_log", "ghost_log", "whole_log"),
        ("loss_log", "penalised_log", "walked_log"),
    ]:
        order = [*drawn("surface" if place == "surface" else "loss")[place]]
        assert order.index(below) < order.index(above)


def test_classes_differ_in_shape_as_well_as_in_colour():
    fit, decision = drawn("fit", CLASSES)["fit"], drawn("decision")["decision"]
    one, other = style(fit["points_0"]), style(fit["points_1"])
    assert one["marker"] != other["marker"]
    assert one["color"] != other["color"]
    for part in ("train", "test"):
        assert style(decision[f"{part}_0"])["marker"] != style(decision[f"{part}_1"])["marker"]


def test_one_colour_has_one_meaning():
    fit, surface, loss = drawn("fit")["fit"], drawn("surface")["surface"], drawn("loss")["loss_log"]
    assert style(fit["points"])["color"] == theme.DATA
    assert style(fit["best_curve"])["color"] == style(surface["best"])["color"] == theme.MINIMUM
    model = {style(element)["color"] for element in (fit["curve"], surface["head"], loss["walked_log"])}
    assert model == {theme.MODEL}


def luminance(color: Sequence[float]) -> float:
    """Of a colour in sRGB, 0 to 255, relative to white (WCAG 2.2)."""
    share = np.asarray(color) / 255
    return float(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def contrast(one: Sequence[float], other: Sequence[float]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def rgb(color: str) -> np.ndarray:
    return np.array(list(bytes.fromhex(color[1:])), float)


@pytest.mark.parametrize("pin", [color for color, _ in theme.PINS])
def test_a_pinned_run_stands_out_from_what_lies_beside_its_line(pin: str):
    surface = drawn("surface")["surface"]
    line, edge = style(surface["pins"]), style(surface["pins_edge"])
    assert edge["line_width"] >= line["line_width"] + 2, "a pixel of it on either side"
    shows = edge["line_alpha"]
    on_surface = (shows * rgb(edge["color"]) + (1 - shows) * rgb(below) for below in process_cmap(theme.COLORMAP, 256))
    on_paper = (rgb(ink["paper"]) for ink in theme.INK.values())
    assert min(contrast(rgb(pin), beside) for beside in (*on_surface, *on_paper)) >= 3


def test_the_ring_has_a_size_and_the_mark_an_angle():
    surface = drawn("surface")["surface"]
    assert [str(column) for column in surface["off_plane"].dimensions()] == ["w", "b", "size"]
    assert [str(column) for column in surface["edge_mark"].dimensions()] == ["w", "b", "angle"]
    assert style(surface["off_plane"])["fill_alpha"] == 0
    assert style(surface["edge_mark"])["marker"] == "triangle"
