"""The loss surface of a network's run: what its plane holds, and what it says of the rest."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.network_page import Network, NetworkPage, PlaneSurface, initial
from tests.browser.pixels import changed, settle


def significant(value: float) -> str:
    """A number with two figures, as the page writes it."""
    return f"{float(f'{value:.2g}'):.15g}"


def on_plane(plane: PlaneSurface, network: Network) -> Network:
    """The network where the plane shows it."""
    away = network.theta - plane.origin
    return network._replace(theta=plane.origin + away @ plane.directions.T @ plane.directions)


def test_start_and_end_of_a_run_lie_on_its_plane_and_the_rest_says_how_far_it_is_off(network: NetworkPage):
    run = network.trained()
    plane = network.last_surface()
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    for at in (0, -1):
        assert plane.distance(run["theta"][at]) < 1e-9
    for row, column in [(0, 0), (10, 60), (60, 30), (45, 12)]:
        there = initial()._replace(theta=plane.theta(row, column)).loss("Training")
        assert plane.loss[row, column] == pytest.approx(there, rel=1e-6)
    card = network.card("Loss surface and path")
    ringed = 0
    for snapshot in (399, 0, 30, 60, 120):
        network.scrub_to(snapshot)
        shown = initial()._replace(theta=run["theta"][snapshot])
        network.expect_numbers(shown)
        real, drawn = shown.loss("Training"), on_plane(plane, shown).loss("Training")
        ring = network.drawn("off_plane")
        if abs(np.log(real / drawn)) < 0.019:
            expect(network.plane).to_have_text("Run's plane")
            assert ring["w"] == []
        else:
            expect(network.plane).to_have_text(f"Run's plane {significant(drawn)} here, really {significant(real)}")
            head = network.drawn("head")
            assert (ring["w"], ring["b"]) == (head["w"], head["b"])
            assert ring["size"][0] > 15
            ringed += 1
        assert snapshot not in (0, 399) or ring["w"] == []
    assert ringed > 0
    expect(network.plane).to_have_attribute("title", re.compile(r"start and end, and \d+ % of the way"))
    assert card.get_by_role("heading").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_another_plane_can_be_chosen_and_a_click_moves_within_the_one_that_is_shown(network: NetworkPage):
    expect(network.choice("Plane of the loss surface")).to_be_hidden()
    run = network.trained()
    network.last_surface()
    of_path = settle(network.surface, lambda image: True, "a surface")
    network.choice("Plane of the loss surface").select_option("w and b")
    expect(network.plane).to_have_text("All else held")
    settle(network.surface, lambda image: changed(of_path, image) > 3000, "another plane")
    last = initial()._replace(theta=run["theta"][-1])
    plane = network.last_surface()
    for row, column in [(0, 0), (30, 30)]:
        moved = last.moved(1, 1, 1, w=plane.u[column], b=plane.v[row])
        assert plane.loss[row, column] == pytest.approx(moved.loss("Training"), rel=1e-6)
    network.choice("Plane of the loss surface").select_option("path")
    expect(network.plane).to_have_text("Run's plane")
    settle(network.surface, lambda image: changed(of_path, image) < 300, "the plane of the path")
    # A click moves all weights at once, along the plane.
    plane = network.last_surface()
    place = network.surface.bounding_box()
    assert place is not None
    network.page.mouse.click(place["x"] + 0.4 * place["width"], place["y"] + 0.25 * place["height"])
    network.expect_no_run()
    network.type("Steps", 10)
    start = network.trained()["theta"][0]
    assert plane.distance(start) < 1e-9
    assert (np.abs(start - run["theta"][-1]) > 1e-6).all()
    assert plane.u[0] < (start - plane.origin) @ plane.directions[0] < plane.u[-1]
    assert plane.v[0] < (start - plane.origin) @ plane.directions[1] < plane.v[-1]


def test_the_plane_of_w_and_b_follows_the_network_that_plays(network: NetworkPage):
    network.slowly()
    network.run()
    network.choice("Plane of the loss surface").select_option("w and b")
    origins = []
    for _ in range(3):
        shown = network.step
        expect(network.scrubber).not_to_have_value(str(shown))
        network.page.wait_for_timeout(300)
        origins.append(network.drawn("surface")["image"][0])
    assert origins[0] != origins[1] != origins[2]
    network.button("Pause").click()
    plane = network.last_surface()
    shown = initial()._replace(theta=network.last_run()["theta"][network.step])
    assert plane.distance(shown.theta) < 1e-12
    assert plane.loss.shape == (61, 61)
    moved = shown.moved(1, 1, 1, w=plane.u[20], b=plane.v[40])
    assert plane.loss[40, 20] == pytest.approx(moved.loss("Training"), rel=1e-6)
    expect(network.plane).to_have_text("All else held")


def test_the_surface_shows_what_is_minimised(network: NetworkPage):
    penalty = {"penalty": "l2", "penalty_strength": 0.2}
    network.unfold("Loss")
    network.choose("Regularization", "L2")
    network.type("Strength", 0.2)
    plane = network.last_surface()
    for row, column in [(0, 0), (30, 50)]:
        minimised, bare, _ = initial()._replace(theta=plane.theta(row, column)).slope(**penalty)
        assert plane.loss[row, column] == pytest.approx(minimised, rel=1e-6)
        assert minimised > 1.5 * bare
    run = network.trained()
    plane = network.last_surface()
    for row, column in [(0, 0), (30, 50)]:
        minimised, _, _ = initial()._replace(theta=plane.theta(row, column)).slope(**penalty)
        assert plane.loss[row, column] == pytest.approx(minimised, rel=1e-6)
    for at in (0, -1):
        assert plane.distance(run["theta"][at]) < 1e-9
    assert network.drawn("off_plane")["w"] == []
