"""Figures from arrays."""

import holoviews as hv
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import figures, theme

W, B = np.linspace(-10, 10, 81), np.linspace(-10, 30, 81)
BOWL = 0.3 + 9 * (W[None, :] - 2) ** 2 + (B[:, None] - 20) ** 2


def labels(overlay: hv.Overlay) -> list[str]:
    return [element.label for element in overlay]


def test_colours_span_the_loss():
    low, high = figures.color_limits(BOWL)
    assert (low, high) == (BOWL.min(), BOWL.max())


@pytest.mark.parametrize("loss", [np.zeros((3, 3)), np.full((3, 3), 2.5), np.array([[0.0, 1e-3], [5.0, 1e9]])])
def test_colours_of_a_flat_loss_or_one_that_reaches_zero_can_be_logarithmic(loss: np.ndarray):
    low, high = figures.color_limits(loss)
    assert 0 < low < high
    levels = figures.contour_levels(loss)
    assert np.isfinite(levels).all()


@given(st.floats(1e-8, 1e8), st.floats(1.001, 1e6))
def test_contour_levels_are_evenly_spaced_in_log_loss_inside_of_the_colours(low: float, ratio: float):
    loss = np.array([[low, low * ratio]])
    levels = figures.contour_levels(loss)
    assert len(levels) == figures.CONTOUR_LEVELS == 16
    bottom, top = figures.color_limits(loss)
    assert bottom < levels[0]
    assert levels[-1] < top
    steps = np.diff(np.log(levels))
    assert np.allclose(steps, steps.mean(), rtol=1e-6, atol=1e-12)


def test_contour_lines_run_where_the_loss_is_a_level():
    lines_w, lines_b = figures.contour_lines(BOWL, W, B)
    assert len(lines_w) == len(lines_b) >= 10
    levels = np.log(figures.contour_levels(BOWL))
    for w, b in zip(lines_w, lines_b, strict=True):
        assert len(w) == len(b) >= 2
        assert np.isfinite(w).all()
        assert np.isfinite(b).all()
        at = np.log(0.3 + 9 * (w - 2) ** 2 + (b - 20) ** 2)
        nearest = levels[np.abs(levels - np.median(at)).argmin()]
        # The grid is straight between its points: far from the minimum the lines are exact, near it they are coarse.
        assert np.abs(at - nearest).max() < (0.05 if nearest > np.log(20) else 1.0)


def test_a_flat_loss_has_no_contour_lines():
    assert figures.contour_lines(np.ones((5, 5)), W[:5], B[:5]) == ([], [])


@pytest.mark.parametrize("ink", theme.INK.values(), ids=theme.THEMES)
def test_figures_have_the_elements_that_the_engine_moves(ink: dict[str, str]):
    line = labels(figures.fit_figure(ink, y_label="y", classes=False))
    assert {"points", "curve", "residual_lines", "residual_squares", "truth"} <= {*line}
    classes = labels(figures.fit_figure(ink, y_label="class", classes=True))
    assert {"points_0", "points_1", "curve", "decision"} <= {*classes}
    surface = labels(figures.surface_figure(ink, loss=BOWL, w=W, b=B))
    assert {"surface", "contours", "path", "start", "head", "arrow", "preview", "best"} <= {*surface}
    for log, axis in ((True, "log"), (False, "linear")):
        loss = labels(figures.loss_figure(ink, log=log))
        assert {f"whole_{axis}", f"walked_{axis}", f"cursor_{axis}", f"loss_head_{axis}"} <= {*loss}


def test_classes_differ_in_shape_as_well_as_in_colour():
    overlay = figures.fit_figure(theme.INK["light"], y_label="class", classes=True)
    points = [element for element in overlay if element.label.startswith("points_")]
    styles = [hv.Store.lookup_options("bokeh", element, "style").kwargs for element in points]
    assert len({style["marker"] for style in styles}) == len({style["color"] for style in styles}) == 2


def test_the_surface_is_drawn_with_the_loss_it_was_given():
    overlay = figures.surface_figure(theme.INK["light"], loss=BOWL, w=W, b=B)
    [image] = [element for element in overlay if element.label == "surface"]
    assert np.allclose(image.dimension_values("loss", flat=False), BOWL, rtol=1e-6)
    assert [str(dimension) for dimension in image.kdims] == ["w", "b"]
