"""The link to a lesson as it stands: what it opens, what follows in the address, what is copied, and figures alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import opened
from tests.browser.lesson_page import HISTORY, INTERCEPT, LINEAR, LOGISTIC, NETWORK, SLOPE, SURFACE, LessonPage
from tests.browser.network_page import DECISION
from tests.serving import Server
from tests.test_qr import mask_of, reference

WHOLE = "1;linear;optimizer=adam;step_size=0.2;n_steps=200;w=-5;b=3;run;step=120;show=best;hide=log"


@pytest.fixture
def linked(chromium: Browser, server: Server) -> Iterator[LessonPage]:
    """A page that has just been opened, from which files may still be asked for."""
    with opened(chromium, server, ahead=False, permissions=["clipboard-read", "clipboard-write"]) as lesson:
        yield lesson


def expect_address(page: LessonPage, text: str) -> None:
    """What stands behind the # of the page's address."""
    expect(page.page).to_have_url(re.compile(f"#{re.escape(text)}$"))


def follow(page: LessonPage, server: Server, text: str) -> None:
    """Opens a link in the page that is there."""
    page.page.goto(f"{server.url}#{text}")


def expect_whole(page: LessonPage) -> None:
    """The lesson is as `WHOLE` says."""
    page.expect_step(120, 200)
    expect(page.button("Play")).to_be_visible()
    page.expect_choice("Optimizer", "Adam")
    expect(page.box("Steps")).to_have_value("200")
    expect(page.button("Hide best fit")).to_be_visible()
    expect(page.checkbox("log axis")).not_to_be_checked()
    expect_address(page, WHOLE)


def test_a_link_opens_the_lesson_as_it_was_and_a_reload_too(linked: LessonPage, server: Server):
    follow(linked, server, WHOLE)
    expect_whole(linked)
    loss = linked.card("Loss").inner_text()
    linked.page.reload()
    linked.wait()
    expect_whole(linked)
    assert linked.card("Loss").inner_text() == loss
    linked.scrubber.press("Home")
    linked.expect_theta(-5, 3)
    expect_address(linked, WHOLE.replace("120", "0"))


def test_the_address_follows_what_is_done_and_is_copied(linked: LessonPage):
    entries = linked.page.evaluate("history.length")
    linked.set_theta(2.5, 20)
    linked.choose("Loss function", "Mean absolute error")
    expect_address(linked, "1;linear;loss=mae;w=2.5;b=20")
    linked.run_to_the_end()
    expect_address(linked, "1;linear;loss=mae;w=2.5;b=20;run;step=500")
    assert linked.page.evaluate("history.length") == entries  # nothing piles up
    linked.page.get_by_role("button", name="Copy link").click()
    expect(linked.page.get_by_role("button", name="Copied")).to_be_visible()
    assert linked.page.evaluate("navigator.clipboard.readText()") == linked.page.url


def test_a_run_whose_settings_have_changed_since_comes_back_as_it_was(linked: LessonPage, server: Server):
    follow(linked, server, "1;linear;n_steps=300;run.n_steps=100;run;step=50")
    linked.expect_step(50, 100)
    expect(linked.box("Steps")).to_have_value("300")
    expect_address(linked, "1;linear;n_steps=300;run.n_steps=100;run;step=50")


def test_back_and_forward_lead_to_where_one_was(linked: LessonPage):
    page = linked.page
    linked.type(SLOPE, 4)
    linked.open(LOGISTIC)  # at once: the address has not followed yet
    expect_address(linked, "1;logistic")
    linked.type(SLOPE, 1)
    expect_address(linked, "1;logistic;w=1")
    page.go_back()
    linked.title = LINEAR
    expect_address(linked, "1;linear;w=4")
    linked.expect_theta(4, 0)
    linked.type(INTERCEPT, 7)
    expect_address(linked, "1;linear;w=4;b=7")
    page.go_forward()
    linked.title = LOGISTIC
    expect(linked.box(SLOPE)).to_have_value("1.00")
    page.go_back()
    linked.title = LINEAR
    linked.expect_theta(4, 7)


def test_a_trained_network_from_which_one_went_on_comes_back(linked: LessonPage, server: Server):
    follow(linked, server, "1;network;dataset=circles;hidden=5;n_steps=50;run;step=40;plane=w,b;chosen=1,2,1")
    linked.title = NETWORK
    expect(linked.lesson).to_contain_text("step 40 / 50")
    linked.button("Continue from here").click()
    linked.wait_for_run()
    linked.scrubber.press("End")
    expect(linked.page).to_have_url(re.compile(r"run;step=50;plane=w,b;chosen=1,2,1;theta=[\w-]{100,}$"))
    address, loss = linked.page.url, linked.card("Loss").inner_text()
    linked.page.reload()
    expect(linked.lesson).to_contain_text("step 50 / 50")
    expect(linked.card("Loss")).to_have_text(re.compile(re.escape(loss.split()[1])))
    expect(linked.page).to_have_url(address)
    expect(linked.lesson).to_contain_text("unit 2 of layer 1")


def test_what_a_link_asks_for_in_vain_is_said_and_never_markup(linked: LessonPage, server: Server):
    follow(linked, server, "1;linear;step_size=50;n_steps=1e308;<img src=x>=1;loss=<i>;w=3")
    said = linked.page.get_by_text("Of this link: step_size=50 became 1; n_steps=1e308 became 3000; not understood")
    expect(said).to_be_visible()
    linked.expect_theta(3, 0)
    assert said.locator("img, i").count() == 0
    linked.page.get_by_role("button", name="Close").click()
    expect(said).to_be_hidden()
    for text in ("nothing", "9;linear;w=1", "1;no_lesson;w=1"):
        follow(linked, server, text)
        expect(linked.page.get_by_text("no link that these lessons understand")).to_be_visible()
        linked.expect_theta(3, 0)


def test_figures_alone(chromium: Browser, server: Server):
    def alone(names: str, text: str) -> Page:
        page = context.new_page()
        page.goto(f"{server.url}?embed={names}#{text}")
        return page

    with chromium.new_context(viewport={"width": 480, "height": 300}) as context:
        page = alone("surface,loss,elephant", "1;linear;w=1;run;step=500")
        for figure in (SURFACE, HISTORY):
            expect(page.get_by_role("img", name=figure).locator("canvas").first).to_be_visible()
        expect(page.get_by_text("Not among the figures of this lesson: elephant.")).to_be_visible()
        for role in ("tab", "slider", "combobox"):
            assert page.get_by_role(role).count() == 0  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth <= 480 && main.scrollHeight <= main.clientHeight")
        page = alone("decision,transport", "1;network;run;step=200")
        expect(page.get_by_role("img", name=DECISION).locator("canvas").first).to_be_visible()
        expect(page.get_by_text("step 200 / 400")).to_be_visible()
        assert page.get_by_role("img", name=re.compile("^The ")).count() == 1


def test_a_link_can_be_scanned(linked: LessonPage):
    linked.set_theta(2.5, 20)
    expect_address(linked, "1;linear;w=2.5;b=20")
    linked.page.get_by_role("button", name="Copy link").click()
    linked.page.get_by_role("status").get_by_role("button", name="QR code").click()
    dialog = linked.page.get_by_role("dialog", name="Scan to open")
    link = linked.page.url
    expect(dialog).to_contain_text(link)
    expect(dialog).to_contain_text("this computer alone")  # the tests' server is
    picture = dialog.get_by_role("img", name="QR code of this link")
    dark = {tuple(map(int, place)) for place in re.findall(r"M(\d+) (\d+)h1v1h-1z", picture.inner_html())}
    side = int(str(picture.get_attribute("viewBox")).split()[2])
    squares = [[int((column + 4, row + 4) in dark) for column in range(side - 8)] for row in range(side - 8)]
    assert squares == reference(link, mask_of(squares))
    linked.page.keyboard.press("Escape")
    linked.page.keyboard.press("q")
    expect(dialog).to_contain_text(link)
