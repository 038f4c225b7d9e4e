"""How many calls receive their message at once: what the others send waits with its senders, not here."""

import asyncio
from typing import Any, cast

LONGEST_SECONDS = 2.0


class Turns:
    """A turn lasts from a call's arrival until its message is here, or until the call is over.

    Never longer than `longest_seconds`: a caller that stands still must not keep the others out.
    """

    def __init__(self, at_once: int, longest_seconds: float = LONGEST_SECONDS) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._longest_seconds = longest_seconds
        self._held: dict[asyncio.Task[Any], asyncio.TimerHandle] = {}

    async def take(self) -> None:
        """Returns when it is the turn of the call that the present task serves."""
        await self._free.acquire()
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        loop = asyncio.get_running_loop()
        self._held[task] = loop.call_later(self._longest_seconds, self._give_back, task)
        task.add_done_callback(self._give_back)

    def received(self) -> None:
        """The message of the call that the present task serves is here."""
        self._give_back(cast("asyncio.Task[Any]", asyncio.current_task()))

    def _give_back(self, task: "asyncio.Task[Any]") -> None:
        if task in self._held:
            self._held.pop(task).cancel()
            self._free.release()
