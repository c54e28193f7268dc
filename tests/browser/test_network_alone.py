"""Networks without a server: whatever a learner does once the page is there."""

import signal

from playwright.sync_api import Browser, expect

from dl_workshop.toy_data import simulate_split
from tests.browser.conftest import opened
from tests.browser.lesson_page import LINEAR, NETWORK
from tests.browser.network_page import NetworkPage, initial
from tests.serving import Server, serving


def go_away(server: Server) -> None:
    """Ends a server."""
    server.process.send_signal(signal.SIGINT)
    server.process.wait()


def do_all_kinds_of_things(network: NetworkPage) -> None:
    """What a learner may do, in networks and data sets never seen before."""
    network.set_hidden(5, 6, 2, 3)
    network.expect_numbers(initial(hidden=[5, 6, 2, 3]))
    network.unfold("Model")
    for label, name in [("ReLU", "relu"), ("Identity", "identity"), ("Logistic", "logistic")]:
        network.choose("Activation", label)
        network.expect_numbers(initial(hidden=[5, 6, 2, 3], activation=name))
    network.button("New data").click()
    new = initial(hidden=[5, 6, 2, 3], activation="logistic", split=simulate_split("moons", noise=0.15, seed=1))
    network.expect_numbers(new)
    network.expect_snapshot(network.trained(), -1, new)
    for label, name in [("Breast cancer", "breast_cancer"), ("Digits 3 and 8", "digits"), ("Step", "step")]:
        network.choose("Data set", label)
        split = simulate_split(name, noise=0.15, seed=1)
        shown = initial(hidden=[5, 6, 2, 3], activation="logistic", features=(), split=split)
        network.expect_numbers(shown)
        network.type("Steps", 30)
        network.expect_snapshot(network.trained(), -1, shown)
        network.last_surface()


def test_nothing_that_a_learner_does_asks_the_server_for_anything(network: NetworkPage):
    network.watch.fetch_ahead()  # from here on a request is a problem
    do_all_kinds_of_things(network)


def test_the_server_vanishes_while_a_network_plays_and_nobody_notices(chromium: Browser):
    with serving() as own, opened(chromium, own) as page:
        network = NetworkPage.on(page)
        network.watch.fetch_ahead()
        network.slowly()
        network.run()
        go_away(own)
        before = network.step
        expect(network.scrubber).not_to_have_value(str(before))
        network.scrubber.press("End")
        network.expect_snapshot(network.last_run(), -1, initial())
        do_all_kinds_of_things(network)


def test_a_lesson_never_opened_before_works_when_the_server_has_vanished(chromium: Browser):
    with serving() as own, opened(chromium, own) as page:  # and all is fetched that may be wanted
        go_away(own)
        network = NetworkPage.on(page)
        network.expect_numbers(initial())
        do_all_kinds_of_things(network)
        network.open(LINEAR)
        network.run_to_the_end()
        network.expect_end(500)
        network.page.get_by_role("button", name="Light or dark").click()
        network.open(NETWORK)
        network.expect_end(30)
