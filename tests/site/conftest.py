"""The exported folder behind a web server that knows nothing of it, and pages that must get by with it."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser

from app.cli import main
from tests.serving import free_port
from tests.site.visit import Visit

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """As the tests in tests/browser, these may be tried again."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=2))


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the web server shows: the lessons two folders down, and a page beside them that has them in a frame."""
    root = tmp_path_factory.mktemp("root")
    assert main(["export", str(root / "course" / "lessons")]) == 0
    head = '<!doctype html><title>Course</title><link rel="icon" href="data:,">'
    frame = '<iframe src="lessons/" width="1280" height="720"></iframe>'
    (root / "course" / "index.html").write_text(head + frame)
    return root


@pytest.fixture(scope="session")
def course(root: Path) -> Iterator[str]:
    """The address of the page that has the lessons in a frame; they are at `lessons/` from there."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}/course/"
        for _ in range(100):
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except URLError:
                time.sleep(0.1)
        yield url
        process.terminate()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """A page that has never been anywhere; nothing may go wrong on it."""
    with closing(chromium.new_context(viewport={"width": 1280, "height": 720})) as context:
        visit = Visit(context.new_page())
        yield visit
        visit.assert_well()
