"""Work that is done one piece at a time: whose turn it is, and how much of it somebody may have."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

MINUTE = 60.0  # seconds


class FullError(Exception):
    """So many wait that nobody else may."""


class Turns:
    """Gives turns to clients one after the other: who asks for many waits for the others in between.

    Args:
        most: turns that may be waited for.
        most_of_one: of them, by one client.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self.most = most
        self.most_of_one = most_of_one
        self.waiting = 0
        self._taken = False
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def full(self) -> bool:
        """Whether nobody else may wait."""
        return self.waiting >= self.most

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Waits for a turn, and holds it. Raises FullError."""
        if self._taken:
            await self._wait(client)
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, client: str) -> None:
        if self.full or len(self._queues.get(client, ())) >= self.most_of_one:
            raise FullError
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(client, deque()).append(mine)
        self.waiting += 1
        try:
            await mine
        except asyncio.CancelledError:
            if mine.cancelled():
                self._leave(client, mine)
            else:  # it came just now, and is not wanted any more
                self._pass_on()
            raise
        finally:
            self.waiting -= 1

    def _leave(self, client: str, mine: asyncio.Future[None]) -> None:
        """Takes a place out of the queue, if it is still there."""
        queue = self._queues.get(client, deque())
        with suppress(ValueError):
            queue.remove(mine)
        if not queue:
            self._queues.pop(client, None)

    def _pass_on(self) -> None:
        """Gives the turn to the client who has waited longest for one; who has left is passed over."""
        while self._queues:
            client, queue = self._queues.popitem(last=False)
            first = queue.popleft()
            if queue:
                self._queues[client] = queue
            if not first.done():
                first.set_result(None)
                return
        self._taken = False


class Budget:
    """Seconds of work that a client may have in a minute. What was spent wears off evenly.

    Args:
        seconds: in a minute.
        now: the time, in seconds.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._now = now
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()  # seconds, and when that was

    def spent(self, client: str) -> bool:
        """Whether nothing is left."""
        return self._level(client) >= self.seconds

    def spend(self, client: str, seconds: float) -> None:
        """Takes from what is left."""
        self._spent[client] = self._level(client) + seconds, self._now()
        self._spent.move_to_end(client)
        while self._spent and self._level(next(iter(self._spent))) == 0:  # what took no time may have worn off by now
            self._spent.popitem(last=False)

    def _level(self, client: str) -> float:
        level, then = self._spent.get(client, (0.0, 0.0))
        return max(0.0, level - (self._now() - then) * self.seconds / MINUTE)
