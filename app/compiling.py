"""Formulas that learners write, differentiated and lowered: by one process of its own, started when it is first needed.

`python -m app.compiling` is that process: it reads a JSON order from each line of its standard input, and answers with
a line. It takes texts of a small grammar and gives JavaScript of numbers; no text is ever run.
"""

import asyncio
import json
import sys
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple

WRITTEN = ("loss", "own_model", "own_loss", "own_optimizer", "own_m", "own_v")  # settings that a request can hold
FIRST = 60.0  # seconds for the first order of a process, which loads what it needs
LONGEST = 10.0  # seconds for each that follows
MOST_WAITING = 60  # orders; who comes then is asked to come again
MOST_ORDERS = 300  # of a process: what it remembers of them goes with it
UNUSED = 600.0  # seconds after which a process is ended: it takes some 0.4 GB
MOST_KEPT = 8_000_000  # characters of answers that are kept

BUSY = "Many formulas are being worked on just now. Try again in a moment."
SLOW = "This formula took too long to work out. Try a shorter one."


class Compiled(NamedTuple):
    """What became of an order.

    Attributes:
        status: of HTTP: 200, 400 for a formula that cannot be taken, 503 where it is not known yet.
        text: the module; else a sentence for the learner.
    """

    status: int
    text: str


class Compiler:
    """Compiles one formula after the other. Bounded in time, in how many wait, and in what is kept."""

    def __init__(self) -> None:
        self.kept: OrderedDict[tuple[str, ...], Compiled] = OrderedDict()
        self.size = 0
        self.waiting = 0
        self.turn = asyncio.Lock()
        self.process: asyncio.subprocess.Process | None = None
        self.orders = 0  # of this process
        self.rest: asyncio.TimerHandle | None = None

    async def module(self, name: str, given: Mapping[str, str], base: str) -> Compiled:
        """Compiles a module of formulas with what a learner has written in it.

        Args:
            name: of the module, as `app.formulas.with_own` takes it.
            given: what the learner has written, as `app.formulas.with_own` takes it.
            base: where the module is that has all else, as the new one imports it.
        """
        given = {setting: text.strip() for setting, text in sorted(given.items())}
        key = (name, base, *(part for item in given.items() for part in item))
        if key in self.kept:
            self.kept.move_to_end(key)
            return self.kept[key]
        if self.waiting >= MOST_WAITING:
            return Compiled(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)
        self.waiting += 1
        try:
            async with self.turn:
                answer = self.kept.get(key) or await self._made({"name": name, "given": given, "base": base})
        finally:
            self.waiting -= 1
        if answer.status != HTTPStatus.SERVICE_UNAVAILABLE and key not in self.kept:
            self._keep(key, answer)
        return answer

    def _keep(self, key: tuple[str, ...], answer: Compiled) -> None:
        self.kept[key] = answer
        self.size += len(answer.text)
        while self.size > MOST_KEPT:
            _, oldest = self.kept.popitem(last=False)
            self.size -= len(oldest.text)

    async def _made(self, order: dict[str, Any]) -> Compiled:
        if self.rest is not None:
            self.rest.cancel()
        first = self.process is None or self.process.returncode is not None or self.orders >= MOST_ORDERS
        if first:
            await self.end()
            self.orders = 0
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app.compiling", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                limit=4_000_000, start_new_session=True,
            )  # fmt: skip
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.orders += 1
        try:
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            line = await asyncio.wait_for(self.process.stdout.readline(), FIRST if first else LONGEST)
            answer = Compiled(*json.loads(line))
        except (TimeoutError, ValueError, OSError):
            await self.end()
            return Compiled(HTTPStatus.SERVICE_UNAVAILABLE, SLOW)
        self.rest = asyncio.get_running_loop().call_later(UNUSED, lambda: asyncio.ensure_future(self.end()))
        return answer

    async def end(self) -> None:
        """Ends the process, if there is one."""
        process, self.process = self.process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _work() -> None:
    """Answers orders until there are no more."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    import jax

    jax.config.update("jax_enable_x64", True)
    from app import formulas

    made: dict[Any, str] = {}
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line), formulas, made)), file=answers, flush=True)


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
        print(f"app.compiling: {error!r:.200}", file=sys.stderr)
        return HTTPStatus.BAD_REQUEST, "This formula cannot be worked out here."


if __name__ == "__main__":
    _work()
