"""What it costs the server to start, and to give learners the page."""

import statistics
from contextlib import ExitStack

from tests.bench.clients import learners
from tests.bench.loading import Visit
from tests.bench.servers import Measured, measured
from tests.bench.table import Row, repetitions

PAGES = 40  # opened one after another
PEER_PAGES = 5
CLASS = 300
PEER_CLASS = 20
WAVES = 3
GROWTH = 1.0  # megabytes from the second class to the third that are none


def start(stack: ExitStack, *, quick: bool) -> tuple[Measured, Row]:
    """Starts the server from warm caches; the last one started stays for the other rows."""
    times = []
    with measured():
        pass  # makes its files, where there are none of this very program yet
    for _ in repetitions(0 if quick else 4):
        with measured() as server:
            times.append(server.start)
    app = stack.enter_context(measured())
    times.append(app.start)
    seconds = statistics.median(times)
    how = f"median of {len(times)} starts from warm caches, from making the process to reading the line."
    return app, Row("server start to Ready", f"{seconds:.2f} s", "", "3 s", seconds <= 3, how)


def cpu_per_page(app: Measured, peers: Measured, seen: Visit, *, quick: bool) -> Row:
    """The server's processor time for one opened page."""
    pages = 10 if quick else PAGES
    ours = _cpu(app, _paths(seen), pages)
    theirs = _cpu(peers, ["/dynamic"], PEER_PAGES)
    ahead = _cpu(app, _paths(seen, ahead=True), 3 if quick else PAGES // 4)
    return Row(
        "server CPU per opened page",
        f"{1000 * ours:.1f} ms",
        f"{1000 * theirs:.0f} ms",
        "3 ms",
        ours <= 0.003,
        f"user and system time of the process, {pages} pages one after another, opened by a light client that fetches"
        f" what a browser does on its first load ({len(seen.first)} files, gzip); with all that is fetched ahead"
        f" ({len(seen.ahead)} more): {1000 * ahead:.1f} ms. Peer: the document of the DynamicMap page alone.",
    )


def _paths(seen: Visit, *, ahead: bool = False) -> list[str]:
    """What a browser asks for, the page first, nothing twice."""
    return list(dict.fromkeys(transfer.path for transfer in seen.first + (seen.ahead if ahead else [])))


def _cpu(server: Measured, paths: list[str], pages: int) -> float:
    """Seconds for each page."""
    with learners(server.url, paths, 2, at_once=False):
        pass
    before = server.cpu()
    with learners(server.url, paths, pages, at_once=False):
        return (server.cpu() - before) / pages


def class_at_once(app: Measured, peers: Measured, seen: Visit, *, quick: bool) -> tuple[Row, Row]:
    """A class opens the page at the same moment; what the server holds while it is there."""
    paths = _paths(seen)
    before = app.memory()
    times, memory = [], []
    for _ in repetitions(2 if quick else WAVES, least=2):
        with learners(app.url, paths, CLASS, at_once=True) as seconds:
            times.append(max(seconds))
            memory.append(app.memory())
    try:
        with learners(peers.url, ["/dynamic"], PEER_CLASS, at_once=True) as seconds:
            theirs = f"{max(seconds):.1f} s for {PEER_CLASS}"
    except RuntimeError as error:
        theirs = str(error)
    ours = statistics.median(times)
    growth = memory[-1] - memory[-2]
    return (
        Row(
            f"{CLASS} learners open the page at once: all have it",
            f"{ours:.1f} s",
            theirs,
            "4 s",
            ours <= 4,
            f"median of {len(times)} classes of these clients in one process, from the first request until the last"
            " has everything; the processor is shared with them. Peer: the document of the DynamicMap page alone.",
        ),
        Row(
            f"memory of the server with {CLASS} learners in",
            f"{memory[-1]:.0f} MB, {growth:+.1f} since the class before",
            "",
            "no growth",
            growth <= GROWTH,
            f"resident memory while all their connections are open; {before:.0f} MB before the first class;"
            f" with each: {', '.join(f'{value:.1f}' for value in memory)} MB.",
        ),
    )
