"""The outbox: reports that are written but not yet in the reporter's hands. Nothing leaves it unsettled."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from services.common import logs
from services.common.clock import Clock
from services.orchestrator import metrics
from services.orchestrator.report import Report
from services.orchestrator.store import Delivery, DeliveryStatus, Store, StoredReport, StoreUnavailable

IN_FLIGHT = 16
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0

log = logs.get_logger()


class ReporterUnavailable(Exception):
    """The reporter did not take the report; it stays in the outbox."""


class ReportRefused(Exception):
    """The reporter refuses this very report for good."""


class Reporter(Protocol):
    """Takes reports for delivery."""

    async def publish(self, report: Report) -> Delivery:
        """The receipt: delivered, filed or rejected. Raises ReporterUnavailable, ReportRefused."""


class Outbox:
    """Hands waiting reports to the reporter, oldest first, until each has a receipt."""

    def __init__(self, store: Store, reporter: Reporter, clock: Clock, *, poll_seconds: float = 1.0) -> None:
        """`poll_seconds`: how often the store is looked at when nobody says that something is new."""
        self._store = store
        self._reporter = reporter
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._in_flight: dict[str, asyncio.Task[None]] = {}
        self._awaited: dict[str, list[asyncio.Event]] = {}  # by interview

    async def run(self) -> None:
        """Works until cancelled; then what is in flight is dropped and stays in the store."""
        try:
            while True:
                self._woken.clear()
                try:
                    await self._round()
                except Exception as error:  # a fault of ours must not end all delivery: seen, and tried again
                    log.error("outbox failed", exc_info=error)
                await self._until_woken()
        finally:
            for task in self._in_flight.values():
                task.cancel()
            await asyncio.gather(*self._in_flight.values(), return_exceptions=True)

    async def receipt(self, interview_id: str, *, wait_seconds: float) -> StoredReport:
        """The newest report with its receipt, if that comes within `wait_seconds`; else still WAITING."""
        with self._awaiting(interview_id) as settled:  # before the look at the store: nothing falls between
            stored = await self._store.report(interview_id)
            if stored.delivery.status is not DeliveryStatus.WAITING:
                return stored
            self._woken.set()
            try:
                async with asyncio.timeout(wait_seconds):
                    await settled.wait()
            except TimeoutError:
                log.info("report waiting", report_id=stored.report.report_id)
        return await self._store.report(interview_id)

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

    async def _until_woken(self) -> None:
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _round(self) -> None:
        try:
            await self._show_backlog()
            if len(self._in_flight) == IN_FLIGHT:  # the next that ends wakes us
                return
            waiting = await self._store.waiting_reports(self._clock.now(), IN_FLIGHT * 2)
        except StoreUnavailable as error:
            log.warning("outbox cannot read the store", error=str(error))
            return
        for stored in waiting:
            if len(self._in_flight) < IN_FLIGHT and stored.report.report_id not in self._in_flight:
                self._hand_over(stored)

    def _hand_over(self, stored: StoredReport) -> None:
        report_id = stored.report.report_id
        task = self._in_flight[report_id] = asyncio.create_task(self._settle(stored))
        task.add_done_callback(lambda done: self._ended(report_id, done))

    def _ended(self, report_id: str, done: asyncio.Task[None]) -> None:
        del self._in_flight[report_id]
        error = None if done.cancelled() else done.exception()
        if error is None:
            self._woken.set()
        else:  # the store is away: looked at again with the next poll, not at once
            log.error("report not settled", report_id=report_id, exc_info=error)

    async def _settle(self, stored: StoredReport) -> None:
        report, refused = stored.report, False
        try:
            delivery = await self._reporter.publish(report)
        except ReportRefused as error:
            refused, delivery = True, Delivery(DeliveryStatus.REJECTED, detail=str(error))
        except ReporterUnavailable as error:
            await self._postpone(stored, str(error))
            return
        except Exception as error:  # a fault of ours: kept, seen, and tried again with pauses like any other
            log.error("report not handed over", report_id=report.report_id, exc_info=error)
            await self._postpone(stored, "a fault of the orchestrator; see its log")
            return
        await self._store.settle_report(report.report_id, delivery)
        if refused:
            metrics.OUTBOX_PARKED.inc()
        _log(report.report_id, delivery)
        for settled in self._awaited.get(report.interview_id, ()):
            settled.set()

    async def _postpone(self, stored: StoredReport, why: str) -> None:
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(stored.attempts, 10), LONGEST_PAUSE_SECONDS)
        until = self._clock.now() + timedelta(seconds=pause)
        log.warning("report waiting", report_id=stored.report.report_id, why=why, again_in_seconds=pause)
        await self._store.postpone_report(stored.report.report_id, until, why)

    async def _show_backlog(self) -> None:
        backlog = await self._store.backlog()
        metrics.OUTBOX_REPORTS.set(backlog.reports)
        age = (self._clock.now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        metrics.OUTBOX_OLDEST.set(max(age, 0.0))


def _log(report_id: str, delivery: Delivery) -> None:
    known = {
        "topic": delivery.topic,
        "partition": delivery.partition if delivery.topic else None,
        "offset": delivery.offset if delivery.topic else None,
        "file": delivery.file_name,
        "detail": delivery.detail,
    }
    facts = {name: value for name, value in known.items() if value not in (None, "")}
    write = log.error if delivery.status is DeliveryStatus.REJECTED else log.info
    write("report " + delivery.status.value.lower(), report_id=report_id, **facts)
