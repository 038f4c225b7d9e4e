"""Work that several wait for and that is done once."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Joined(Generic[Key, Result]):
    """Runs the work of a key once for all who ask meanwhile; it goes on when they have left."""

    def __init__(self) -> None:
        self._running: dict[Key, asyncio.Task[Result]] = {}

    async def result(
        self, key: Key, work: Callable[[], Coroutine[Any, Any, Result]], *, timeout_seconds: float
    ) -> Result:
        """What the work comes to, or raises; TimeoutError when that takes longer than this caller waits."""
        task = self._running.get(key) or self._start(key, work())
        done, _ = await asyncio.wait({task}, timeout=timeout_seconds)
        if not done:
            raise TimeoutError
        return task.result()

    async def close(self) -> None:
        """Drops what is under way."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: Key, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = self._running[key] = asyncio.create_task(work)
        task.add_done_callback(lambda done: self._ended(key, done))
        return task

    def _ended(self, key: Key, done: asyncio.Task[Result]) -> None:
        del self._running[key]
        if not done.cancelled():
            done.exception()  # told to all who wait; those who have left need not hear of it
