"""What it costs the server to give learners the page, and to start."""

import statistics
from contextlib import ExitStack

from playwright.sync_api import Browser

from tests.bench.browser import opened
from tests.bench.clients import PATIENCE, open_pages
from tests.bench.servers import Measured, measured
from tests.bench.table import Row

BATCH = 5
CLASS = 30


def _files(browser: Browser, app: Measured) -> list[str]:
    """What a real browser fetches beside the document, but for the libraries' own static files."""
    with opened(browser, app.url) as page:
        files = {url for url in page.urls if url.startswith(app.url) and "/static/" not in url}
    return sorted(files - {app.url})


def cpu_per_page(browser: Browser, app: Measured, peers: Measured, *, quick: bool) -> Row:
    """The server's processor time for one opened page."""
    files = _files(browser, app)
    ours = _cpu(app, app.url, files, 1 if quick else 2)
    theirs = _cpu(peers, f"{peers.url}built", [], 1)
    before = app.cpu()
    visits = 2 if quick else 3
    for _ in range(visits):
        with opened(browser, app.url):
            pass
    real = (app.cpu() - before) / visits
    return Row(
        "server CPU per opened page",
        f"{1000 * ours:.0f} ms",
        f"{1000 * theirs:.0f} ms",
        "80 ms",
        ours <= 0.08,
        f"user and system time of the process, batches of {BATCH} pages one after another, opened by a light"
        f" client: page, websocket, document and the page's {len(files)} own files, but no file of the"
        f" libraries (those too: in a real Chromium with an empty cache: {1000 * real:.0f} ms)."
        " Peer: figures and controls built per session.",
    )


def _cpu(server: Measured, url: str, files: list[str], batches: int) -> float:
    """Seconds for each page: the median over batches."""
    open_pages(url, files, 3, at_once=False)
    seconds = []
    for _ in range(batches):
        before = server.cpu()
        open_pages(url, files, BATCH, at_once=False)
        seconds.append((server.cpu() - before) / BATCH)
    return statistics.median(seconds)


def class_at_once(browser: Browser, app: Measured, peers: Measured, *, quick: bool) -> Row:
    """A class opens the page at the same moment."""
    files = _files(browser, app)
    times = [max(open_pages(app.url, files, CLASS, at_once=True)) for _ in range(1 if quick else 2)]
    try:
        theirs = f"{max(open_pages(f'{peers.url}built', [], CLASS, at_once=True)):.1f} s"
    except TimeoutError:
        theirs = f"> {PATIENCE} s"
    ours = statistics.median(times)
    return Row(
        f"{CLASS} learners open the page at once: all have it",
        f"{ours:.1f} s",
        theirs,
        "3 s",
        ours <= 3,
        f"{CLASS} of these clients in one process of their own, from the first request until the last"
        " has everything; the processor is shared with them.",
    )


def start(stack: ExitStack, *, quick: bool) -> tuple[Measured, Row]:
    """Starts the server; the last one started stays for the other rows."""
    times = []
    for _ in range(0 if quick else 1):
        with measured() as server:
            times.append(server.start)
    app = stack.enter_context(measured())
    times.append(app.start)
    seconds = statistics.median(times)
    how = f"median of {len(times)} starts, from making the process to reading the line."
    return app, Row("server start to Ready", f"{seconds:.1f} s", "", "8 s", seconds <= 8, how)
