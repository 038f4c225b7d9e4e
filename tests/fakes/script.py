"""What fake servicers do with each call: recorded, held until released, failed as told, or answered."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

Request = TypeVar("Request")
Reply = TypeVar("Reply")


class Script(Generic[Request, Reply]):
    """The calls of one method. `replies` are used up one by one, then `otherwise` is given for ever.

    An exception among the replies is raised. `hold()` makes calls wait until `release()`.
    """

    def __init__(self, otherwise: Reply | Exception) -> None:
        self.otherwise = otherwise
        self.replies: deque[Reply | Exception] = deque()
        self.requests: list[Request] = []
        self.metadata: list[dict[str, str | bytes]] = []
        self.cancelled = 0
        self._free = asyncio.Event()
        self._free.set()
        self._called = asyncio.Condition()

    def hold(self) -> None:
        """From now on calls wait."""
        self._free.clear()

    def release(self) -> None:
        """Lets all calls go on."""
        self._free.set()

    async def called(self, times: int = 1) -> None:
        """Returns once there were so many calls."""
        async with self._called:
            await self._called.wait_for(lambda: len(self.requests) >= times)

    async def __call__(self, request: Request, metadata: dict[str, str | bytes]) -> Reply:
        """What this call comes to."""
        self.requests.append(request)
        self.metadata.append(metadata)
        async with self._called:
            self._called.notify_all()
        try:
            await self._free.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        reply = self.replies.popleft() if self.replies else self.otherwise
        if isinstance(reply, Exception):
            raise reply
        return reply


def metadata_of(context: object) -> dict[str, str | bytes]:
    """The metadata a call came with."""
    return dict(context.invocation_metadata() or ())  # type: ignore[attr-defined]  # gRPC's context
