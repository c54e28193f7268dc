"""What every test shares: JAX in 64-bit mode, and one real Chromium."""

import os
import shutil
from collections.abc import Iterator

import jax
import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

jax.config.update("jax_enable_x64", True)

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-background-networking")


def chromium_path() -> str | None:
    """The Chromium that the machine has, or None to let Playwright use its own."""
    chosen = os.environ.get("DL_WORKSHOP_CHROMIUM")
    return chosen or next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One real, headless Chromium for all tests; a machine without one fails with a sentence."""
    with sync_playwright() as playwright:
        path = chromium_path()
        try:
            browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_OPTIONS))
        except Error as error:
            tried = f"{path!r} does not start" if path else "none was found"
            pytest.fail(
                f"These tests need a real Chromium, and {tried}. Install one (Debian: apt install chromium; elsewhere: "
                f"playwright install chromium), or name it in DL_WORKSHOP_CHROMIUM. ({error.message.splitlines()[0]})",
                pytrace=False,
            )
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
