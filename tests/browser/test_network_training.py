"""Long trainings in the third lesson: progress, cancelling, and learners who train at the same time."""

import re

import numpy as np
from playwright.sync_api import Browser, expect

from dl_workshop.toy_data import simulate_split
from tests.browser.conftest import opened
from tests.browser.lesson_page import RUN
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
    start = initial(hidden=[8, 8], features=(), split=simulate_split("breast_cancer"))
    long_training(network, 8, 8)
    said = network.status.inner_text()
    expect(network.status).not_to_have_text(said)
    network.button("Cancel").click()
    expect(network.status).to_contain_text("cancelled")
    expect(network.button("Cancel")).to_be_hidden()
    network.expect_no_run()
    # The page goes on: everything answers, and nothing of the cancelled run comes.
    network.take(1, 2, "mean texture")
    network.type("w (weight)", 1)
    moved = start.moved(1, 2, 2, w=1)
    network.expect_numbers(moved)
    network.type("Steps", 20)
    run = network.trained()
    np.testing.assert_array_equal(run["theta"][0], moved.theta.astype(np.float32))
    network.expect_snapshot(run, -1, start)


def test_a_setting_changed_during_a_training_never_leaves_the_page_waiting(network: NetworkPage):
    long_training(network, 8, 8)
    network.type(STEP_SIZE, 0.02)
    expect(network.button(RUN)).not_to_have_attribute("aria-busy", "true", timeout=SLOW)
    network.expect_no_sentence(re.compile("not answered"))
    network.type("Steps", 20)
    run = network.trained()
    assert run["steps"][-1] == 20


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
            learner.watch.forget_when_quiet()
        for learner in learners:
            learner.button(RUN).click()
        for learner, start in learners.items():
            learner.wait_for_run()
            learner.scrubber.press("End")
            [run] = learner.watch.received("run")
            np.testing.assert_array_equal(run["theta"][0], start.theta.astype(np.float32))
            learner.expect_snapshot(run, -1, start)
            learner.scrub_to(200)
            learner.expect_snapshot(run, 200, start)


def test_a_third_learner_does_not_wait_for_two_trainings(network: NetworkPage, chromium: Browser, server: Server):
    with opened(chromium, server) as one, opened(chromium, server) as another:
        learners = NetworkPage.on(one), NetworkPage.on(another)
        for learner in learners:
            long_training(learner, 16, 16, 16)
        network.button("New data").click()
        new = simulate_split("moons", noise=0.15, seed=1)
        network.expect_numbers(initial(split=new))
        network.button("Add a layer").click()
        network.expect_numbers(initial(split=new, hidden=[4, 3, 3]))
        for learner in learners:
            expect(learner.button(RUN)).to_have_attribute("aria-busy", "true", timeout=1)
            learner.button("Cancel").click()
