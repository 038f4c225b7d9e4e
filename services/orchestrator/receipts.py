"""Those who wait for what becomes of a report."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.common import logs
from services.orchestrator.store import DeliveryStatus, Store, StoredReport

log = logs.get_logger()


class Receipts:
    """Tells of the receipts of reports: those that come here, and those that another replica gets."""

    def __init__(self, store: Store, poll_seconds: float) -> None:
        """`poll_seconds`: how often the store is asked for those that nobody tells of."""
        self._store = store
        self._poll_seconds = poll_seconds
        self._awaited: dict[str, list[asyncio.Event]] = {}  # by interview

    def came(self, interview_id: str) -> None:
        """The receipt of a report of this interview stands in the store."""
        for settled in self._awaited.get(interview_id, ()):
            settled.set()

    async def receipt(
        self, interview_id: str, *, wait_seconds: float, send: Callable[[], None]
    ) -> StoredReport:
        """The newest report with its receipt, if that comes within `wait_seconds`; else still WAITING.

        `send` is called for a report that waits. Raises InterviewNotFound, ReportNotReady, StoreUnavailable.
        """
        with self._awaiting(interview_id) as settled:  # before the look at the store: nothing falls between
            stored = await self._store.report(interview_id)
            if stored.delivery.status is not DeliveryStatus.WAITING:
                return stored
            send()
            try:
                async with asyncio.timeout(wait_seconds):
                    return await self._settled(interview_id, settled)
            except TimeoutError:
                log.info("report waiting", report_id=stored.report_id)
        return await self._store.report(interview_id)

    async def _settled(self, interview_id: str, settled: asyncio.Event) -> StoredReport:
        """The report once it has a receipt; another replica, which tells nobody, may have got it."""
        while True:
            await within(self._poll_seconds, settled)
            stored = await self._store.report(interview_id)
            if stored.delivery.status is not DeliveryStatus.WAITING:
                return stored

    @contextmanager
    def _awaiting(self, interview_id: str) -> Iterator[asyncio.Event]:
        settled = asyncio.Event()
        waiters = self._awaited.setdefault(interview_id, [])
        waiters.append(settled)
        try:
            yield settled
        finally:
            waiters.remove(settled)
            if not waiters:
                del self._awaited[interview_id]


async def within(seconds: float, event: asyncio.Event) -> None:
    """Returns when it happened, at the latest after so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
