"""One sync of a directory for all who ask while another one runs: what databases call a group commit."""

import errno
import threading
from collections.abc import Callable, Hashable


class _Round:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: OSError | None = OSError(errno.EIO, "the sync was broken off")


class SharedSync:
    """For threads that sync the same thing. Nobody relies on a sync that began before it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._next: dict[Hashable, _Round] = {}

    def run(self, what: Hashable, sync: Callable[[], None]) -> None:
        """Returns when a sync of `what` that began after this call has ended.

        Raises the OSError of that sync, to each who shared it.
        """
        with self._lock:
            shared = self._next.get(what)
            mine = self._next[what] = shared or _Round()
        if shared:
            mine.done.wait()
        else:
            self._lead(what, mine, sync)
        if mine.error:
            raise mine.error

    def _lead(self, what: Hashable, mine: _Round, sync: Callable[[], None]) -> None:
        with self._one_at_a_time:
            with self._lock:
                del self._next[what]  # who comes from now on may be too late for this one
            try:
                sync()
                mine.error = None
            except OSError as error:
                mine.error = error
            finally:
                mine.done.set()
