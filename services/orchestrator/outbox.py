"""The outbox: reports that are written but not yet in the reporter's hands. Nothing leaves it unsettled.

Each report is claimed before it is sent, and the claim is held as long as that takes, so that of several
replicas one sends it. The claim of one that died runs out; should it have been frozen instead, the reporter
knows the report by its id and gives the same receipt.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from services.common import logs
from services.common.clock import Clock
from services.orchestrator import metrics
from services.orchestrator.pauses import pause_seconds
from services.orchestrator.receipts import Receipts, within
from services.orchestrator.report import Report
from services.orchestrator.store import (
    CLAIM_SECONDS,
    Delivery,
    DeliveryStatus,
    Store,
    StoredReport,
    StoreUnavailable,
)

IN_FLIGHT = 16
RENEW_SECONDS = CLAIM_SECONDS / 3

log = logs.get_logger()


class ReporterUnavailable(Exception):
    """The reporter did not take the report; it stays in the outbox."""


class ReportRefused(Exception):
    """The reporter refuses this very report for good."""


class Reporter(Protocol):
    """Takes reports for delivery."""

    async def publish(self, report: Report) -> Delivery:
        """The receipt: delivered, filed or rejected. Raises ReporterUnavailable, ReportRefused."""


@dataclass
class _HandOver:
    """A report on its way, and when its claim is to be renewed."""

    stored: StoredReport
    task: asyncio.Task[None]
    renew_at: float


class Outbox:
    """Hands waiting reports to the reporter, oldest first, until each has a receipt."""

    def __init__(self, store: Store, reporter: Reporter, clock: Clock, *, poll_seconds: float = 1.0) -> None:
        """`poll_seconds`: how often the store is looked at when nobody says that something is new."""
        self._store = store
        self._reporter = reporter
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._in_flight: dict[str, _HandOver] = {}
        self._receipts = Receipts(store, poll_seconds)

    async def run(self) -> None:
        """Works until cancelled; then what is in flight is dropped and stays in the store."""
        try:
            while True:
                self._woken.clear()
                try:
                    await self._round()
                except Exception as error:  # a fault of ours must not end all delivery: seen, and tried again
                    log.error("outbox failed", exc_info=error)
                await within(self._poll_seconds, self._woken)
        finally:
            await self._give_up()

    async def receipt(self, interview_id: str, *, wait_seconds: float) -> StoredReport:
        """The newest report with its receipt, if that comes within `wait_seconds`; else still WAITING."""
        return await self._receipts.receipt(interview_id, wait_seconds=wait_seconds, send=self._woken.set)

    async def _round(self) -> None:
        try:
            await self._renew_claims()
            await self._show_backlog()
            free = IN_FLIGHT - len(self._in_flight)
            if free == 0:  # the next that ends wakes us
                return
            claimed = await self._store.claim_reports(self._clock.now(), free)
        except StoreUnavailable as error:
            log.debug("outbox cannot read the store", error=str(error))
            return
        for stored in claimed:
            if stored.report_id not in self._in_flight:  # its claim ran out while the store was away
                self._hand_over(stored)

    def _hand_over(self, stored: StoredReport) -> None:
        report_id = stored.report_id
        task = asyncio.create_task(self._settle(stored))
        self._in_flight[report_id] = _HandOver(stored, task, self._clock.monotonic() + RENEW_SECONDS)
        task.add_done_callback(lambda done: self._ended(report_id, done))

    async def _renew_claims(self) -> None:
        now = self._clock.monotonic()
        for one in list(self._in_flight.values()):
            if one.renew_at <= now:
                until = self._clock.now() + timedelta(seconds=CLAIM_SECONDS)
                await self._store.hold_report(one.stored, until)
                one.renew_at = now + RENEW_SECONDS

    async def _give_up(self) -> None:
        """Drops what is in flight and its claims: another replica may send it at once."""
        dropped = list(self._in_flight.values())
        for one in dropped:
            one.task.cancel()
        await asyncio.gather(*(one.task for one in dropped), return_exceptions=True)
        try:
            for one in dropped:
                await self._store.hold_report(one.stored, self._clock.now())
        except StoreUnavailable as error:  # then the claims run out
            log.debug("claims not dropped", error=str(error))

    def _ended(self, report_id: str, done: asyncio.Task[None]) -> None:
        del self._in_flight[report_id]
        error = None if done.cancelled() else done.exception()
        if error is None:
            self._woken.set()
        else:  # sent again once our claim has run out
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
        await self._kept(report.report_id, lambda: self._store.settle_report(report.report_id, delivery))
        if refused:
            metrics.OUTBOX_PARKED.inc()
        _log(report.report_id, delivery)
        self._receipts.came(report.interview_id)

    async def _postpone(self, stored: StoredReport, why: str) -> None:
        pause = pause_seconds(stored.attempts)
        until = self._clock.now() + timedelta(seconds=pause)
        report_id = stored.report_id
        if stored.attempts == 0:  # it is tried again and again: once is enough to know of it
            log.warning("report waiting", report_id=report_id, why=why, again_in_seconds=pause)
        await self._kept(report_id, lambda: self._store.postpone_report(report_id, until, why))

    async def _kept(self, report_id: str, write: Callable[[], Awaitable[None]]) -> None:
        """Writes what became of a report, as often as it takes: without the store nothing can be sent."""
        while True:
            try:
                return await write()
            except StoreUnavailable as error:
                log.debug("store does not take a receipt", report_id=report_id, error=str(error))
                await asyncio.sleep(self._poll_seconds)

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
