"""The figures, each from a real server under load."""

import asyncio
import time
from collections.abc import Sequence

from tests.bench.clients import learners
from tests.bench.table import Row
from tests.soak.abuse import abuse, kinds
from tests.soak.server import Loaded, lag_p99, loaded, within
from tests.wires import request, status

COMPILING = 60  # learners who write formulas
EVERY = 20.0  # seconds between two of one learner's
GROWTH = 1.1  # times the memory of before that are none


def opening(count: int, seconds: float, reach: float | None) -> tuple[Row, ...]:
    """Learners who open the page, evenly within some time, and stay.

    Args:
        count: how many.
        seconds: within which they come.
        reach: seconds that the 95th percentile may take, if that matters.
    """
    with loaded() as load:
        before = load.memory()
        with learners(load.server.url, load.paths, count, at_once=True, within=seconds) as times:
            held = load.memory()
        p95 = within(times, 0.95)
        each = 1000 * (held - before) / count
        return (
            Row(
                f"{count} learners open within {seconds:.0f} s",
                f"all {len(times)}; p95 {p95:.2f} s, failures 0",
                "",
                "all" if reach is None else f"all; p95 {reach:.0f} s",
                len(times) == count and (reach is None or p95 <= reach),
                f"each fetches the page and {len(load.paths) - 1} files on six connections, and leaves those open; the"
                f" slowest took {max(times):.2f} s.",
            ),
            Row(
                f"server memory for each of these {count}",
                f"{each:.0f} kB",
                "",
                "20 kB",
                each <= 20,
                f"resident memory when the last one has come, less that of a fresh server: {before:.0f} to"
                f" {held:.0f} MB. A connection that is in use costs some 7 kB, one that was ended nothing.",
            ),
        )


async def _asked(load: Loaded, path: str) -> float:
    """Seconds until an answer is there; an error if it is another than 200."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", load.server.port)
    writer.write(request(path))
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    await writer.wait_closed()
    if status(answer) != 200:
        raise RuntimeError(f"{path}: {status(answer)}")
    return time.perf_counter() - began


async def _page(load: Loaded) -> float:
    """Seconds until the page and its first files are there, one after the other."""
    return sum([await _asked(load, path) for path in load.paths])


async def _formulas(load: Loaded, seconds: float) -> tuple[list[float], list[float]]:
    """Learners who write a formula of their own again and again; meanwhile, somebody who opens the page."""
    formulas: list[float] = []
    pages: list[float] = []
    began = time.perf_counter()

    async def learner(number: int) -> None:
        await asyncio.sleep(EVERY * number / COMPILING)
        turn = 0
        while time.perf_counter() - began < seconds:
            text = f"mean(log(1%2B{number + 1}.{turn}*(y_true-y_pred)**2))"
            formulas.append(await _asked(load, f"{load.own}?own_loss={text}"))
            turn += 1
            await asyncio.sleep(max(0.0, began + EVERY * (turn + number / COMPILING) - time.perf_counter()))

    async def opener() -> None:
        while time.perf_counter() - began < seconds:
            pages.append(await _page(load))
            await asyncio.sleep(0.5)

    await asyncio.gather(opener(), *(learner(number) for number in range(COMPILING)))
    return formulas, pages


def compiling(count: int, seconds: float) -> tuple[Row, ...]:
    """Some of a class write formulas, while the others are there."""
    with loaded() as load, learners(load.server.url, load.paths, count, at_once=True):
        asyncio.run(_asked(load, f"{load.own}?own_loss=mean(abs(y_true-y_pred))"))  # the process is there
        quiet = within([asyncio.run(_page(load)) for _ in range(20)], 0.5)
        before = load.lags()
        formulas, pages = asyncio.run(_formulas(load, seconds))
        lag = lag_p99(before, load.lags())
    p95, busy = within(formulas, 0.95), within(pages, 0.5)
    how = f"{len(formulas)} formulas in {seconds:.0f} s, no two the same, all from one address"
    return (
        Row(f"{count} open, {COMPILING} compiling every {EVERY:.0f} s", f"p95 {p95:.2f} s", "", "1 s", p95 <= 1, how),
        Row("event-loop lag then, p99", f"<= {1000 * lag:.0f} ms", "", "50 ms", lag <= 0.05, "of /metrics"),
        Row("another page's load then", f"{busy / quiet:.1f}x", "", "2x", busy <= 2 * quiet,
            f"median of {len(pages)}: {1000 * busy:.0f} ms, {1000 * quiet:.0f} ms without formulas"),
    )  # fmt: skip


def hostile(count: int) -> tuple[Row, ...]:
    """What strangers send, and what is left of it: log, memory, descriptors, threads."""
    with loaded("--log-level", "info", "--request-timeout", "5") as load:
        asyncio.run(abuse(load.server.port, load.own, max(500, count // 20)))
        before = load.memory(), load.process.num_fds(), load.process.num_threads()
        began = time.perf_counter()
        codes = asyncio.run(abuse(load.server.port, load.own, count))
        took = time.perf_counter() - began
        load.settle(before[1])
        after = load.memory(), load.process.num_fds(), load.process.num_threads()
        log = load.server.log_text()
    traces = log.count("Traceback")
    well = len(log) <= 1e6 and traces == 0 and not codes[500]
    said = ", ".join(f"{code or 'none'}: {number}" for code, number in sorted(codes.items()))
    return (
        Row(f"log after {count} hostile requests of {len(kinds(''))} kinds",
            f"{len(log) / 1e3:.1f} kB, {traces} tracebacks", "", "1 MB, 0", well,
            f"at the level info, in {took:.0f} s; answers: {said}"),
        Row("memory after them", f"{after[0] / before[0]:.2f}x", "", "1.1x",
            after[0] <= GROWTH * before[0] and after[1] <= before[1] and after[2] <= before[2],
            f"{before[0]:.1f} to {after[0]:.1f} MB, {before[1]} to {after[1]} descriptors,"
            f" {before[2]} to {after[2]} threads, after a twentieth as many"),
    )  # fmt: skip


def visits(count: int) -> Row:
    """Learners who come and go."""
    with loaded() as load:
        memory: Sequence[float] = []
        for _ in range(3):
            with learners(load.server.url, load.paths, count // 2, at_once=True, within=5):
                pass
            memory = [*memory, load.memory()]
        return Row(
            f"memory after {count} more opens and closes", f"{memory[2] / memory[0]:.2f}x", "", "1.1x",
            memory[2] <= GROWTH * memory[0], " MB, ".join(f"{of:.1f}" for of in memory) + " MB",
        )  # fmt: skip
