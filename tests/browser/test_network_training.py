"""Long trainings of networks: progress, cancelling, and learners who train at the same time."""

import re

import numpy as np
from playwright.sync_api import Browser, expect

from dl_workshop.toy_data import simulate_split
from tests.browser.conftest import opened
from tests.browser.lesson_page import LINEAR, NETWORK, RUN, LessonPage
from tests.browser.network_page import SLOW, STEP_SIZE, NetworkPage, initial
from tests.serving import Server


def long_training(network: NetworkPage, *hidden: int) -> None:
    """Sets up a training of some seconds, and waits until it says how far it is."""
    network.choose("Data set", "Breast cancer")
    network.set_hidden(*hidden)
    network.type("Steps", 10_000)
    network.button(RUN).click()
    expect(network.status).to_contain_text(re.compile(r"^Training: step \d+ of 10000"), timeout=SLOW)
    expect(network.button(RUN)).to_have_attribute("aria-busy", "true")


def test_a_long_training_shows_its_progress_and_can_be_cancelled(network: NetworkPage):
    start = initial(hidden=[32, 32], features=(), split=simulate_split("breast_cancer"))
    long_training(network, 32, 32)
    said = network.status.inner_text()
    expect(network.status).not_to_have_text(said)
    network.button("Cancel").click()
    expect(network.status).to_contain_text(re.compile(r"Cancelled at step \d+; what is there can be played"))
    expect(network.button("Cancel")).to_be_hidden()
    expect(network.button(RUN)).to_have_attribute("aria-busy", "false")
    cancelled = network.last_run()
    network.scrubber.press("End")
    last = network.step
    assert 0 < last < 399
    network.expect_numbers(start._replace(theta=cancelled["theta"][last]))
    # The page goes on: everything answers, and nothing of the cancelled run comes.
    network.button("Reset weights").click()
    network.expect_no_run()
    network.take(1, 2, "mean texture")
    network.type("w (weight)", 1)
    moved = start.moved(1, 2, 2, w=1)
    network.expect_numbers(moved)
    network.type("Steps", 20)
    run = network.trained()
    np.testing.assert_array_equal(run["theta"][0], moved.theta)
    network.expect_snapshot(run, -1, start)


def test_a_long_training_can_be_watched_meanwhile(network: NetworkPage):
    start = initial(hidden=[32, 32], features=(), split=simulate_split("breast_cancer"))
    long_training(network, 32, 32)
    before = network.step
    expect(network.scrubber).not_to_have_value(str(before))
    expect(network.lesson).to_contain_text(re.compile(r"step \d+ / 10000"))
    network.scrub_to(7)
    shown = network.last_run()["theta"][7]
    network.expect_numbers(start._replace(theta=shown))
    network.scrubber.press("End")  # as far as it is there
    assert 7 < network.step < 399
    expect(network.button(RUN)).to_have_attribute("aria-busy", "true", timeout=1)
    network.button("Cancel").click()


def test_a_setting_changed_during_a_training_greys_its_path_and_is_that_of_the_next(network: NetworkPage):
    long_training(network, 8, 8)
    network.type(STEP_SIZE, 0.02)
    expect(network.button(RUN)).not_to_have_attribute("aria-busy", "true", timeout=SLOW)
    network.expect_no_sentence(re.compile("not answered"))
    network.scrubber.press("End")
    network.expect_end(10_000)
    network.last_surface()
    assert network.drawn("path")["w"] == network.drawn("walked_log")["loss"] == []
    assert len(network.drawn("ghost")["w"]) > 50
    network.type("Steps", 20)
    run = network.trained()
    assert run["steps"][-1] == 20
    start = initial(hidden=[8, 8], features=(), split=simulate_split("breast_cancer"))
    expected = start.trained(optimizer="adam", step_size=0.02, n_steps=20)
    np.testing.assert_allclose(run["theta"], expected.theta, rtol=1e-9, atol=1e-9)
    assert network.drawn("path")["w"] != []


def test_another_network_during_a_training_takes_its_place(network: NetworkPage):
    long_training(network, 8, 8)
    network.button("Remove a layer").click()
    start = initial(hidden=[8], features=(), split=simulate_split("breast_cancer"))
    network.expect_numbers(start)
    network.expect_no_run()
    network.type("Steps", 20)
    network.expect_snapshot(network.trained(), -1, start)


def test_two_learners_train_at_once_and_do_not_disturb_each_other(
    network: NetworkPage, chromium: Browser, server: Server
):
    with opened(chromium, server) as page:
        other = NetworkPage.on(page)
        other.choose("Data set", "Circles")
        other.button("Add a layer").click()
        circles = initial(hidden=[4, 3, 3], split=simulate_split("circles", noise=0.15))
        other.expect_numbers(circles)
        learners = {network: initial(), other: circles}
        for learner in learners:
            learner.type("Steps", 2000)
        for learner in learners:
            learner.button(RUN).click()
        for learner, start in learners.items():
            learner.wait_for_run()
            learner.scrubber.press("End")
            run = learner.last_run()
            np.testing.assert_array_equal(run["theta"][0], start.theta)
            learner.expect_snapshot(run, -1, start)
            learner.scrub_to(200)
            learner.expect_snapshot(run, 200, start)


def test_running_in_one_lesson_touches_no_other(page: LessonPage):
    page.choice("Speed").select_option("0.25×")
    page.run()
    [of_line] = page.watch.runs()
    network = NetworkPage.on(page)
    long_training(network, 32, 32)
    network.open(LINEAR)
    expect(network.button("Pause")).to_be_visible()  # still playing
    before = network.step
    expect(network.scrubber).not_to_have_value(str(before))
    network.scrubber.press("End")
    network.expect_end(500)
    w, b = of_line.theta[-1]
    network.expect_theta(w, b)
    expect(network.button(RUN)).to_have_attribute("aria-busy", "false")
    network.run()  # and the other way round
    network.open(NETWORK)
    expect(network.button(RUN)).to_have_attribute("aria-busy", "true", timeout=1)
    network.button("Cancel").click()
    expect(network.status).to_contain_text("Cancelled at step")
