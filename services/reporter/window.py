"""How many records may be on their way to Kafka at once, and who goes next."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto

SIZE = 16


class Lane(Enum):
    """Who asks for a place."""

    LIVE = auto()  # a caller waits for it
    BACKLOG = auto()  # a file that waits
    ALONE = auto()  # must have the window to itself


class TurnedAway(Exception):
    """Kafka went away before there was a place."""


class Window:
    """At most SIZE places. While live reports flow, files take at most half of them.

    After a crash every record that was on its way may be on the topic twice: the window bounds that.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._held = dict.fromkeys(Lane, 0)
        self._queues: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in Lane}

    @asynccontextmanager
    async def place(self, lane: Lane, patience_seconds: float) -> AsyncIterator[None]:
        """A place, when there is one. Raises TurnedAway, TimeoutError."""
        async with asyncio.timeout(patience_seconds):
            await self._enter(lane)
        try:
            yield
        finally:
            self._leave(lane)

    def turn_away(self) -> None:
        """Everyone who waits for a place hears that there will be none."""
        for queue in self._queues.values():
            while queue:
                waiter = queue.popleft()
                if not waiter.done():
                    waiter.set_exception(TurnedAway)

    async def _enter(self, lane: Lane) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues[lane].append(waiter)
        self._admit()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._leave(lane)  # the place came together with the cancellation
            raise

    def _leave(self, lane: Lane) -> None:
        self._held[lane] -= 1
        self._admit()

    def _admit(self) -> None:
        while (lane := self._next()) is not None:
            self._held[lane] += 1
            self._queues[lane].popleft().set_result(None)

    def _next(self) -> Lane | None:
        held = sum(self._held.values())
        if self._held[Lane.ALONE]:
            return None
        if self._waits(Lane.ALONE):
            return Lane.ALONE if held == 0 else None
        if held >= self._size:
            return None
        if self._waits(Lane.LIVE):
            return Lane.LIVE
        most = self._size // 2 if self._held[Lane.LIVE] else self._size
        return Lane.BACKLOG if self._waits(Lane.BACKLOG) and self._held[Lane.BACKLOG] < most else None

    def _waits(self, lane: Lane) -> bool:
        queue = self._queues[lane]
        while queue and queue[0].done():  # whoever waited has left
            queue.popleft()
        return bool(queue)
