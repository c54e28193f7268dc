"""Formulas that learners write, differentiated and lowered: by one process of its own, started when it is first needed.

`python -m app.compiling` is that process: it reads a JSON order from each line of its standard input, and answers with
a line. It takes texts of a small grammar and gives JavaScript of numbers; no text is ever run.
"""

import asyncio
import json
import logging
import os
import resource
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from app.serving import logs
from app.serving.options import Options
from app.serving.turns import Budget, FullError, Turns

T = TypeVar("T")
log = logging.getLogger(__name__)

WRITTEN = ("loss", "own_model", "own_loss", "own_optimizer", "own_m", "own_v")  # settings that a request can hold
FIRST = 60.0  # seconds for the first order of a process, which loads what it needs
MOST_ORDERS = 300  # of a process: what it remembers of them goes with it
UNUSED = 600.0  # seconds after which a process is ended: it takes some 0.2 GB
MOST_KEPT = 8_000_000  # characters of orders and answers that are kept
OVERHEAD = 500  # characters that each of them counts as more than it has
NICE = 3  # steps by which pages, and what else runs, go first
ALL = "all"  # clients, for the budget that they share

BUSY = "Many formulas are being worked on just now. Try again in a moment."
SPENT = "So many formulas have come from your network that it has to pause. Try again in half a minute."
SLOW = "This formula took too long to work out. Try a shorter one."
GONE = "Formulas cannot be worked out here just now. Try again in a moment."


class Compiled(NamedTuple):
    """What became of an order.

    Attributes:
        status: of HTTP: 200, 400 for a formula that cannot be taken, 503 where it is not known yet.
        text: the module; else a sentence for the learner.
    """

    status: int
    text: str


class Compiler:
    """Compiles one formula after the other. Bounded in time, in memory, in how many wait, and in what is kept.

    Attributes:
        turns: whose formula is next.
        memory: bytes that the process has; 0 while there is none.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.turns = Turns(options.compile_waiting, options.compile_waiting_address)
        self.memory = 0
        self.kept: OrderedDict[tuple[str, ...], Compiled] = OrderedDict()
        self.size = 0
        self.process: asyncio.subprocess.Process | None = None
        self._budget = Budget(options.compile_budget)
        self._budget_of_one = Budget(options.compile_budget_address)
        self._orders = 0  # of this process
        self._rest: asyncio.TimerHandle | None = None

    async def module(self, name: str, given: Mapping[str, str], base: str, client: str) -> Compiled:
        """Compiles a module of formulas with what a learner has written in it.

        Args:
            name: of the module, as `app.formulas.with_own` takes it.
            given: what the learner has written, as `app.formulas.with_own` takes it.
            base: where the module is that has all else, as the new one imports it.
            client: who asks, as far as can be told; see `app.serving.peers`.
        """
        given = {setting: text.strip() for setting, text in sorted(given.items())}
        key = (name, base, *(part for item in given.items() for part in item))
        if key in self.kept:
            self.kept.move_to_end(key)
            return self.kept[key]
        order = {"name": name, "given": given, "base": base}
        try:
            async with self.turns.turn(client):
                if key in self.kept:  # by now
                    return self.kept[key]
                return await _whole(asyncio.ensure_future(self._in_turn(key, order, client)))
        except FullError:
            return Compiled(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)

    async def _in_turn(self, key: tuple[str, ...], order: dict[str, Any], client: str) -> Compiled:
        """Carries an order out, at somebody's expense."""
        if self._budget_of_one.spent(client):
            return Compiled(HTTPStatus.TOO_MANY_REQUESTS, SPENT)
        if self._budget.spent(ALL):
            return Compiled(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)
        began = time.monotonic()
        answer = await self._made(order)
        for budget, who in ((self._budget_of_one, client), (self._budget, ALL)):
            budget.spend(who, time.monotonic() - began)
        if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
            self._keep(key, answer)
        return answer

    def _keep(self, key: tuple[str, ...], answer: Compiled) -> None:
        self.kept[key] = answer
        self.size += _size(key, answer)
        while self.size > MOST_KEPT:
            self.size -= _size(*self.kept.popitem(last=False))

    async def _made(self, order: dict[str, Any]) -> Compiled:
        if self._rest is not None:
            self._rest.cancel()
        try:
            status, text, self.memory = json.loads(await self._said(json.dumps(order).encode() + b"\n"))
        except (TimeoutError, ValueError):  # the latter for an answer without end
            await self.end()
            return Compiled(HTTPStatus.SERVICE_UNAVAILABLE, SLOW)
        except OSError:
            await self.end()
            return Compiled(HTTPStatus.SERVICE_UNAVAILABLE, GONE)
        if self._orders >= MOST_ORDERS or self.memory > 1e6 * self.options.compile_memory:
            await self.end()
        else:
            self._rest = asyncio.get_running_loop().call_later(UNUSED, lambda: asyncio.ensure_future(self.end()))
        return Compiled(status, text)

    async def _said(self, line: bytes) -> bytes:
        """What the process says to a line; a new one, if there is none. Raises TimeoutError, ValueError and OSError."""
        process, patience = self.process, float(self.options.compile_timeout)
        if process is None or process.returncode is not None:
            process, patience = await self._started(), FIRST
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders += 1
        process.stdin.write(line)
        answer = await asyncio.wait_for(process.stdout.readline(), patience)
        if not answer.endswith(b"\n"):
            if process is self.process:  # else it was ended by us
                await self.end()
                log.warning("The process that works formulas out ended with code %s.", process.returncode)
            raise ChildProcessError
        return answer

    async def _started(self) -> asyncio.subprocess.Process:
        """A new process. Raises OSError."""
        self._orders = 0
        try:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app.compiling", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                limit=4_000_000, start_new_session=True,
            )  # fmt: skip
        except (OSError, RuntimeError) as error:  # the latter where no thread can be had that waits for its end
            log.warning("The process that works formulas out cannot be started: %s", error)
            raise ChildProcessError from error
        return self.process

    async def end(self) -> None:
        """Ends the process, if there is one."""
        process, self.process = self.process, None
        self.memory = 0
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _size(key: tuple[str, ...], answer: Compiled) -> int:
    return sum(map(len, key)) + len(answer.text) + OVERHEAD


async def _whole(work: asyncio.Task[T]) -> T:
    """What comes of a task. It is waited for even by who is cancelled meanwhile: nobody else's may begin before."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _work() -> None:
    """Answers orders until there are no more."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    logs.begin("warning", as_json=False)
    os.nice(NICE)
    signal.setitimer(signal.ITIMER_REAL, FIRST)  # who was started and then forgotten, at a limit of threads, ends
    import jax

    jax.config.update("jax_enable_x64", True)
    from app import formulas

    made: dict[Any, str] = {}
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps([*_answer(json.loads(line), formulas, made), _resident()]), file=answers, flush=True)


def _resident() -> int:
    """Bytes of memory that this process has; where the system does not say, the most that it had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _answer(order: dict[str, Any], formulas: Any, made: dict[Any, str]) -> tuple[int, str]:
    """What comes of an order; formulas that are the same but for spelling are lowered once.

    Args:
        order: of the `Compiler`.
        formulas: `app.formulas`.
        made: the modules of the orders before.
    """
    from dl_workshop.parsing import ExpressionError

    try:
        key = (order["base"], formulas.normal_forms(order["name"], order["given"]))
        if key not in made:
            made[key] = formulas.with_own(**order)
        return HTTPStatus.OK, made[key]
    except ExpressionError as error:
        return HTTPStatus.BAD_REQUEST, str(error)
    except Exception as error:  # the process goes on, whatever became of one formula
        log.warning("A formula could not be worked out: %s", type(error).__name__, exc_info=error)
        return HTTPStatus.BAD_REQUEST, "This formula cannot be worked out here."


if __name__ == "__main__":
    _work()
