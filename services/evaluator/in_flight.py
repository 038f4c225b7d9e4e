"""How many judgements are under way at once, and how many may wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.common.errors import Overloaded


class InFlight:
    """At most `most` at once; at most `most_waiting` wait for a place, the next is refused."""

    def __init__(self, most: int, most_waiting: int) -> None:
        self._places = asyncio.Semaphore(most)
        self._most_waiting = most_waiting
        self._waiting = 0

    @asynccontextmanager
    async def place(self, *, within_seconds: float) -> AsyncIterator[None]:
        """Holds a place. Raises Overloaded if too many wait, or none is free in time."""
        if self._places.locked():
            await self._waited(within_seconds)
        else:
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

    async def _waited(self, within_seconds: float) -> None:
        if self._waiting >= self._most_waiting:
            raise Overloaded("too many judgements wait here")
        self._waiting += 1
        try:
            async with asyncio.timeout(within_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise Overloaded("no place to judge was free in time") from None
        finally:
            self._waiting -= 1
