"""Turns and budgets."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import pytest

from app.serving.turns import Budget, FullError, Turns

T = TypeVar("T")


def done(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it, in a thread of its own: a browser's tests before may have a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class Bench:
    """Pieces of work, and in which order they were done."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.order: list[str] = []
        self.at_once = 0

    async def work(self, client: str, name: str) -> None:
        async with self.turns.turn(client):
            self.at_once += 1
            assert self.at_once == 1
            try:
                await asyncio.sleep(0)
            finally:
                self.at_once -= 1
            self.order.append(name)

    async def all(self, *work: tuple[str, str]) -> list[BaseException | None]:
        return await asyncio.gather(*(self.work(*of) for of in work), return_exceptions=True)


def test_who_asks_for_many_waits_for_the_others_in_between():
    async def ask() -> list[str]:
        bench = Bench(Turns(10, 10))
        await bench.all(*(("a", f"a{k}") for k in range(4)), ("b", "b0"), ("b", "b1"), ("c", "c0"))
        assert bench.turns.waiting == 0
        return bench.order

    assert done(ask()) == ["a0", "a1", "b0", "c0", "a2", "b1", "a3"]


def test_places_to_wait_are_few_in_all_and_for_each():
    async def ask() -> tuple[list[str], list[type]]:
        bench = Bench(Turns(3, 2))
        came = await bench.all(*(("a", f"a{k}") for k in range(4)), ("b", "b0"), ("b", "b1"))
        assert not bench.turns.full
        return bench.order, [type(of) for of in came if of is not None]

    order, refused = done(ask())
    assert sorted(order) == ["a0", "a1", "a2", "b0"]
    assert refused == [FullError, FullError]


@pytest.mark.parametrize("holder", [False, True])
def test_who_leaves_holds_nobody_up(holder: bool):
    async def ask() -> list[str]:
        bench = Bench(Turns(10, 10))
        tasks = [asyncio.ensure_future(bench.work(name, name)) for name in "abcd"]
        await asyncio.sleep(0)
        for task in (tasks[0], tasks[1]) if holder else (tasks[1], tasks[2]):
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        assert bench.turns.waiting == 0
        await bench.work("e", "e")
        return bench.order

    assert done(ask()) == (["c", "d", "e"] if holder else ["a", "d", "e"])


def test_who_leaves_leaves_the_place():
    async def ask() -> list[str]:
        bench = Bench(Turns(10, 2))
        async with bench.turns.turn("a"):
            for _ in range(20):
                leaving = asyncio.ensure_future(bench.work("a", "left"))
                await asyncio.sleep(0)
                leaving.cancel()
                await asyncio.wait([leaving])
            assert bench.turns.waiting == 0
            staying = [asyncio.ensure_future(bench.work("a", name)) for name in "bc"]
            await asyncio.sleep(0)
        await asyncio.gather(*staying)
        return bench.order

    assert done(ask()) == ["b", "c"]


def test_who_leaves_in_the_moment_of_their_turn_passes_it_on():
    async def ask() -> list[str]:
        bench = Bench(Turns(10, 10))
        async with bench.turns.turn("a"):
            leaving = asyncio.ensure_future(bench.work("b", "b"))
            staying = asyncio.ensure_future(bench.work("c", "c"))
            await asyncio.sleep(0)
        leaving.cancel()  # its turn has come, and it does not know yet
        with suppress(asyncio.CancelledError):
            await leaving
        await staying
        return bench.order

    assert done(ask()) == ["c"]


def test_what_was_spent_wears_off_within_a_minute_and_is_forgotten():
    clock = [0.0]
    budget = Budget(30, lambda: clock[0])
    assert not budget.spent("a")
    budget.spend("a", 20)
    assert not budget.spent("a")
    budget.spend("a", 20)
    assert budget.spent("a")
    assert not budget.spent("b")
    clock[0] = 21  # 40 of 30, less half a second of it each second
    assert not budget.spent("a")
    clock[0] = 100
    budget.spend("b", 1)
    assert list(budget._spent) == ["b"]


def test_what_took_no_time_has_worn_off_at_once():
    ticks = iter(range(100))
    budget = Budget(30, lambda: float(next(ticks)))
    budget.spend("a", 1e-6)
    budget.spend("b", 0.0)
    assert not budget.spent("a")
    assert not budget.spent("b")
