"""Networks whose formulas are late, or cannot be had."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dl_workshop.toy_data import simulate_split
from tests.browser.conftest import opened
from tests.browser.lesson_page import RUN
from tests.browser.network_page import NetworkPage, initial
from tests.serving import Server

Late = tuple[NetworkPage, Callable[[], None]]


@pytest.fixture
def late(chromium: Browser, server: Server) -> Iterator[Late]:
    """A page to which the formulas of networks with three hidden layers come only when it is told."""
    held: list[Route] | None = []

    def hold(route: Route) -> None:
        if held is None:
            route.continue_()
        else:
            held.append(route)

    def release() -> None:
        nonlocal held
        routes, held = held or [], None
        for route in routes:
            route.continue_()

    def before(page: Page) -> None:
        page.route("**/network-3-tanh*", hold)

    with opened(chromium, server, ahead=False, before=before) as page:
        yield NetworkPage.on(page), release
        release()


def test_changes_that_follow_at_once_all_arrive(late: Late):
    network, release = late
    add = network.button("Add a layer").element_handle()
    network.button("New data").evaluate("(first, second) => {first.click(); second.click()}", add)
    new = simulate_split("moons", noise=0.15, seed=1)
    network.expect_numbers(initial(split=new))
    network.type("Steps", 50)  # which is a change, but none of the network
    network.button("New weights").click()
    network.expect_sentence("Loading what this needs…")
    release()
    network.expect_numbers(initial(split=new, hidden=[4, 3, 3], seed=1))
    network.expect_no_sentence("Loading what this needs…")
    box = network.box("Steps").element_handle()
    network.button("Add a unit to layer 1").evaluate(
        "(add, box) => {add.click(); box.value = '60'; box.dispatchEvent(new Event('change'))}", box
    )
    network.expect_numbers(initial(split=new, hidden=[5, 3, 3], seed=1))
    network.run_to_the_end()
    network.expect_end(60)


def test_run_pressed_at_once_after_a_change_trains_the_changed_network(late: Late):
    network, release = late
    run = network.button(RUN).element_handle()
    network.button("Add a layer").evaluate("(add, run) => {add.click(); run.click()}", run)
    release()
    expect(network.card("Model")).to_contain_text("2→4→3→3→1")
    network.wait_for_run()
    network.scrubber.press("End")
    network.expect_snapshot(network.last_run(), -1, initial(hidden=[4, 3, 3]))


@pytest.mark.parametrize(("clicks", "hidden"), [(2, [4, 3, 3, 3]), (7, [4, 3, 3, 3, 3, 3])])
def test_each_click_is_a_change_as_long_as_there_is_room(late: Late, clicks: int, hidden: list[int]):
    network, release = late
    for _ in range(clicks):
        network.button("Add a layer").click()
    release()
    network.expect_numbers(initial(hidden=hidden))
    assert network.button("Add a layer").is_disabled() == (len(hidden) == 6)
    network.expect_snapshot(network.trained(), -1, initial(hidden=hidden))


def test_a_network_whose_formulas_cannot_be_had_is_taken_back_with_a_sentence(chromium: Browser, server: Server):
    sentence = "The formulas of this network could not be loaded: the last one is kept."

    def before(page: Page) -> None:
        for name in ("3-tanh", "2-relu"):
            page.route(f"**/network-{name}*", lambda route: route.abort())

    with opened(chromium, server, ahead=False, before=before) as page:
        network = NetworkPage.on(page)
        run = network.trained()
        network.button("Add a layer").click()
        network.expect_sentence(sentence)
        expect(network.card("Model")).to_contain_text("2 → 4 → 3 → 1")
        network.expect_snapshot(run, -1, initial())
        network.unfold("Model")
        network.choice("Activation").select_option("ReLU")
        network.expect_choice("Activation", "tanh")
        network.expect_sentence(sentence)
        network.button("Add a unit to layer 1").click()  # what can be had is
        network.expect_numbers(initial(hidden=[5, 3]))
        network.expect_no_sentence(sentence)
        page.page.unroute("**/network-3-tanh*")
        network.button("Add a layer").click()  # and what could not be had, once it can
        network.expect_numbers(initial(hidden=[5, 3, 3]))
        network.expect_snapshot(network.trained(), -1, initial(hidden=[5, 3, 3]))
        page.watch.forgive("network-(3-tanh|2-relu)|ERR_FAILED")
