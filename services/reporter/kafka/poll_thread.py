"""A thread that polls a producer, and that cannot die unheard."""

import asyncio
import threading
from collections.abc import Callable

_POLL_SECONDS = 0.1


class PollThread:
    """Calls `poll(seconds)` until `stop`. If that raises, `died(error)` is called once on the event loop."""

    def __init__(
        self,
        poll: Callable[[float], object],
        died: Callable[[BaseException], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._poll = poll
        self._died = died
        self._loop = loop
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-poll", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and waits for its end. Blocks for one poll."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._poll(_POLL_SECONDS)
        except BaseException as error:  # noqa: BLE001 - a thread that dies silently would hold every report
            if not self._loop.is_closed():  # else nobody waits for a report any more
                self._loop.call_soon_threadsafe(self._died, error)
