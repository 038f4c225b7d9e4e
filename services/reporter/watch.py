"""Looks every few seconds whether reports can be kept safe, and at what waits."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from services.common.clock import Clock
from services.reporter.delivery import Link
from services.reporter.disk import Disk
from services.reporter.gateway import Gateway
from services.reporter.metrics import FALLBACK_FILES, FALLBACK_OLDEST_SECONDS

EVERY_SECONDS = 5.0
# A file that is being written is older than this only if its writer has died.
UNFINISHED_SECONDS = 3600.0


class SetReady(Protocol):
    """Tells callers whether calls make sense now, and people why not."""

    def __call__(self, ready: bool, why: str = "") -> Awaitable[None]: ...


class Watch:
    """Ready means: a report can be delivered, or filed."""

    def __init__(
        self,
        set_ready: SetReady,
        gateway: Gateway,
        disk: Disk,
        clock: Clock,
    ) -> None:
        self._set_ready = set_ready
        self._gateway = gateway
        self._disk = disk
        self._clock = clock

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            await self.look()
            await self._clock.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """One look."""
        disk_trouble = await self._trouble_of(self._count) or await self._trouble_of(self._tidy)
        if self._gateway.link is Link.CLOSED:
            await self._set_ready(True, "reports are delivered")
            return
        disk_trouble = disk_trouble or await self._trouble_of(self._disk.fallback.check)
        await self._set_ready(not disk_trouble, disk_trouble or "reports can be filed")

    async def _trouble_of(self, call: Callable[[], None]) -> str:
        try:
            await self._disk.run(call)
        except OSError as error:
            return f"{self._gateway.why}; the fallback directory fails: {error.strerror}"
        return ""

    def _tidy(self) -> None:
        if self._disk.backlog.is_ours_to_send():
            self._disk.backlog.sweep(int((self._clock.now().timestamp() - UNFINISHED_SECONDS) * 1e9))

    def _count(self) -> None:
        waiting = self._disk.backlog.waiting()
        FALLBACK_FILES.set(len(waiting))
        waits_for_kafka = waiting and self._gateway.link is not Link.NONE
        FALLBACK_OLDEST_SECONDS.set(
            max(0.0, self._clock.now().timestamp() - waiting[0].since_ns / 1e9) if waits_for_kafka else 0
        )
