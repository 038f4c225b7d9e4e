"""One thing at a time for each interview, so that its revisions stay in order."""

import asyncio
from weakref import WeakValueDictionary


class Keys:
    """A lock per interview id, there for as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, interview_id: str) -> asyncio.Lock:
        """The interview's lock: `async with keys.of(interview_id): ...`."""
        lock = self._locks.get(interview_id)
        if lock is None:
            lock = self._locks[interview_id] = asyncio.Lock()
        return lock
