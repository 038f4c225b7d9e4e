"""Remembers that no report waits in a directory, so that not every report has to look for itself."""

import time
from collections.abc import Callable

from services.reporter.files import Folder
from services.reporter.names import is_ours

# Far longer than a tick of any file system's clock: a change after this shows in the directory's state.
_SETTLED_SECONDS = 1.0

State = tuple[int, ...]


class Emptiness:
    """What is known about one directory; safe to use from several threads.

    Believed only of a directory that had stood still when it was seen empty, and has not changed since.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._seen: tuple[State, float] | None = None
        self._known: tuple[State, bool] | None = None

    def holds(self, folder: Folder) -> bool:
        """Whether it is certain that no report waits in `folder`. One system call; raises OSError."""
        return self._known is not None and self._known == (folder.state(), True)

    def learn(self, folder: Folder) -> None:
        """Looks whether any report waits, once `folder` has stood still. Raises OSError."""
        state, now = folder.state(), self._seconds()
        if self._seen is None or self._seen[0] != state:
            self._seen = state, now
        elif now - self._seen[1] >= _SETTLED_SECONDS and (self._known is None or self._known[0] != state):
            self._known = state, not any(map(is_ours, folder.names()))
