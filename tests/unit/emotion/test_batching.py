"""What waits while one batch runs makes the next one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from services.emotion.batching import Batcher


class Doubler:
    """Doubles numbers; waits for `go` in its thread, fails on zero."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered = threading.Event()
        self.go = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.entered.set()
        assert self.go.wait(30)
        if 0 in items:
            raise ZeroDivisionError
        return [2 * item for item in items]


@asynccontextmanager
async def batcher(work: Doubler, largest: int = 32) -> AsyncIterator[Batcher[int, int]]:
    batcher = Batcher(work, largest)
    yield batcher
    work.go.set()
    await batcher.close()


async def test_waiting_items_share_a_batch() -> None:
    """What several callers bring while a batch runs is worked on together; each gets its own results."""
    work = Doubler()
    async with batcher(work) as doubled:
        first = asyncio.create_task(doubled.results([1]))
        await asyncio.to_thread(work.entered.wait)
        others = [asyncio.create_task(doubled.results([n, n + 1])) for n in (10, 20, 30)]
        await asyncio.sleep(0)
        work.go.set()
        assert await first == [2]
        assert await asyncio.gather(*others) == [[20, 22], [40, 42], [60, 62]]
    assert work.batches == [[1], [10, 11, 20, 21, 30, 31]]


async def test_batches_have_a_largest_size() -> None:
    """More than the largest batch waits for the next one."""
    work = Doubler()
    work.go.set()
    async with batcher(work, largest=2) as doubled:
        assert await doubled.results([1, 2, 3, 4, 5]) == [2, 4, 6, 8, 10]
        assert await doubled.results([]) == []
    assert work.batches == [[1, 2], [3, 4], [5]]


async def test_a_failure_reaches_its_batch_only() -> None:
    """Who waits for a failed batch is told; the next one works."""
    work = Doubler()
    work.go.set()
    async with batcher(work) as doubled:
        with pytest.raises(ZeroDivisionError):
            await doubled.results([0, 1])
        assert await doubled.results([3]) == [6]


async def test_a_caller_that_left_costs_nothing() -> None:
    """Items of a cancelled caller that still wait are dropped."""
    work = Doubler()
    async with batcher(work) as doubled:
        first = asyncio.create_task(doubled.results([1]))
        await asyncio.to_thread(work.entered.wait)
        left, stays = asyncio.create_task(doubled.results([2])), asyncio.create_task(doubled.results([3]))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.wait([left])
        work.go.set()
        assert (await first, await stays) == ([2], [6])
    assert work.batches == [[1], [3]]
