"""How many calls receive their message at once: what the others send waits with its senders, not here."""

import asyncio
from typing import Any, cast


class Turns:
    """A turn lasts from a call's arrival until its message is here, or until the call is over."""

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._held: set[asyncio.Task[Any]] = set()

    async def take(self) -> None:
        """Returns when it is the turn of the call that the present task serves."""
        await self._free.acquire()
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._held.add(task)
        task.add_done_callback(self._give_back)

    def received(self) -> None:
        """The message of the call that the present task serves is here."""
        self._give_back(cast("asyncio.Task[Any]", asyncio.current_task()))

    def _give_back(self, task: "asyncio.Task[Any]") -> None:
        if task in self._held:
            self._held.discard(task)
            self._free.release()
