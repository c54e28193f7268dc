"""What every test shares: JAX in 64-bit mode, one real Chromium, and one running server."""

from collections.abc import Iterator

import jax
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.find_chromium import executable
from tests.serving import Server, serving

jax.config.update("jax_enable_x64", True)

# The same examples on every run, and no limit on how long one may take: the machine may be busy.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.load_profile("tests")

NEEDED = "These tests need Chromium"
REMEDY = "Install it (Debian: apt install chromium), or set DL_WORKSHOP_CHROMIUM to its path"
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-background-networking")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One real, headless Chromium for all tests; a machine without one fails with a sentence."""
    path = executable()
    if path is None:
        pytest.fail(f"{NEEDED}, and there is none. {REMEDY}.", pytrace=False)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_OPTIONS))
        except Error as error:
            reason = error.message.splitlines()[0]
            pytest.fail(f"{NEEDED}, and {path} does not start ({reason}). {REMEDY}.", pytrace=False)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def chromium_page(chromium: Browser) -> Iterator[Page]:
    """A blank page, to evaluate JavaScript in."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto("about:blank")
    yield page
    context.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The application, started once."""
    with serving() as running:
        yield running
