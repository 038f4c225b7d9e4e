"""Takes reports and sees each to a receipt, whether or not its caller stays to hear it."""

import asyncio
from dataclasses import dataclass

from services.common import logs
from services.common.errors import DomainError
from services.reporter.disk import Disk
from services.reporter.encoding import encode
from services.reporter.gateway import Gateway
from services.reporter.keys import Keys
from services.reporter.metrics import REPORTS
from services.reporter.publication import Publication
from services.reporter.receipts import Outcome, Receipt, Receipts, ReportExists
from services.reporter.record import Record
from services.reporter.report import Report

log = logs.get_logger()


@dataclass(frozen=True, slots=True)
class _Running:
    digest: bytes
    task: asyncio.Task[Receipt]


class Publisher:
    """One per process. A repeat, at once or later, gets the same receipt and makes no second record."""

    def __init__(
        self,
        topic: str,
        gateway: Gateway,
        disk: Disk,
        keys: Keys,
        receipts: Receipts,
    ) -> None:
        self._topic = topic
        self._gateway = gateway
        self._disk = disk
        self._keys = keys
        self._receipts = receipts
        self._running: dict[str, _Running] = {}

    async def publish(self, report: Report) -> Receipt:
        """Where the report is now: a durable fact. Raises InvalidField, ReportExists, ReportNotSafe."""
        record = encode(report, self._topic)
        running = self._running.get(record.report_id)
        if running is None:
            receipt = self._receipts.of(record)
            if receipt:
                return receipt
            running = self._start(record)
        if running.digest != record.digest:
            raise ReportExists(record.report_id)
        return await asyncio.shield(running.task)

    async def finish(self) -> None:
        """Returns when no report is on its way any more."""
        await asyncio.gather(*(running.task for running in self._running.values()), return_exceptions=True)

    def _start(self, record: Record) -> _Running:
        task = asyncio.create_task(self._settle(record))
        running = self._running[record.report_id] = _Running(record.digest, task)
        task.add_done_callback(lambda ended: self._ended(record, ended))
        return running

    def _ended(self, record: Record, task: asyncio.Task[Receipt]) -> None:
        del self._running[record.report_id]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, DomainError):  # its callers hear it too, if there are any left
            log.warning("report not taken", report_id=record.report_id, why=error.message)
        elif error:
            log.error("report not taken", report_id=record.report_id, exc_info=error)

    async def _settle(self, record: Record) -> Receipt:
        async with self._keys.of(record.interview_id):
            meanwhile = self._receipts.of(record)  # its file may have been redelivered while this one waited
            if meanwhile:
                return meanwhile
            publication = Publication(record, self._topic, self._gateway, self._disk)
            receipt = await publication.run()
            self._receipts.keep(record, receipt)
        if not publication.waited_already:
            REPORTS[receipt.outcome.value].inc()
        _tell(receipt)
        return receipt


def _tell(receipt: Receipt) -> None:
    if receipt.outcome is Outcome.DELIVERED:
        log.info(
            "report delivered",
            report_id=receipt.report_id,
            topic=receipt.topic,
            partition=receipt.partition,
            offset=receipt.offset,
        )
    else:
        say = log.error if receipt.outcome is Outcome.REJECTED else log.info
        say(
            f"report {receipt.outcome.value}",
            report_id=receipt.report_id,
            file=receipt.file_name,
            why=receipt.detail,
        )
