"""The engine's modules parse, and find everything that they import from one another."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

ENGINE = Path(__file__).parent.parent / "app" / "engine"
MODULES = sorted(path.name for path in ENGINE.glob("*.js"))
ORIGIN = "http://engine.test/"


def from_disk(route: Route) -> None:
    name = route.request.url.removeprefix(ORIGIN)
    if name == "":
        route.fulfill(body="<!doctype html>", content_type="text/html")
    elif (ENGINE / name).is_file():
        route.fulfill(path=ENGINE / name, content_type="text/javascript")
    else:
        route.fulfill(status=404)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_parses_and_finds_what_it_imports(chromium: Browser, module: str) -> None:
    page = chromium.new_page()
    page.route("**/*", from_disk)
    page.goto(ORIGIN)
    failure = page.evaluate("name => import('/' + name).then(() => null, error => String(error))", module)
    page.close()
    assert failure is None
