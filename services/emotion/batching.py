"""Work that is cheaper in batches: whatever waits while one batch runs makes the next one."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Runs `work` on all items that wait, at most `largest` at once, one batch at a time, in its own thread.

    An item waits only while another batch runs; nothing is held back to fill a batch.
    """

    def __init__(self, work: Callable[[Sequence[Item]], list[Result]], largest: int) -> None:
        self._work = work
        self._largest = largest
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="classify")
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._draining: asyncio.Task[None] | None = None

    async def results(self, items: Sequence[Item]) -> list[Result]:
        """One result per item, in their order. Raises what `work` raised on their batch."""
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Result]] = [loop.create_future() for _ in items]
        self._waiting.extend(zip(items, futures, strict=True))
        if futures and self._draining is None:
            self._draining = loop.create_task(self._drain())
        return await asyncio.gather(*futures)

    async def _drain(self) -> None:
        try:
            while batch := self._next_batch():
                await self._run(batch)
        finally:
            self._draining = None

    def _next_batch(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        """What waits, without those whose caller has left."""
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        while self._waiting and len(batch) < self._largest:
            item, future = self._waiting.popleft()
            if not future.done():
                batch.append((item, future))
        return batch

    async def _run(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        items = [item for item, _ in batch]
        try:
            results = await asyncio.get_running_loop().run_in_executor(self._thread, self._work, items)
            pairs = list(zip(batch, results, strict=True))
        except Exception as error:  # noqa: BLE001  not swallowed: handed to everyone who waits for it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in pairs:
            if not future.done():
                future.set_result(result)

    async def close(self) -> None:
        """Waits for the batch that runs."""
        await asyncio.to_thread(self._thread.shutdown)
