"""The way of one report, step by step as the rule says, to a receipt or an error."""

from dataclasses import replace

from services.reporter.delivery import Known, Look, Step, Stored, next_step
from services.reporter.disk import Disk
from services.reporter.gateway import Gateway, Sending
from services.reporter.receipts import Outcome, Receipt, ReportNotSafe
from services.reporter.record import Record

_OUTCOMES = {
    Step.DELIVERED: Outcome.DELIVERED,
    Step.FILED: Outcome.FILED,
    Step.REJECTED: Outcome.REJECTED,
}


class Publication:
    """Takes one record once. Whoever runs it holds the record's interview, and outlives the caller."""

    def __init__(self, record: Record, topic: str, gateway: Gateway, disk: Disk) -> None:
        self._record = record
        self._topic = topic
        self._gateway = gateway
        self._disk = disk
        self._known = Known(gateway.link)
        self._sending: Sending | None = None
        self._file_name = ""
        self._troubles: list[str] = []

    async def run(self) -> Receipt:
        """Where the report is now. Raises ReportNotSafe, ReportExists."""
        while True:
            step = next_step(self._known)
            if step is Step.NOT_SAFE:
                raise ReportNotSafe(self._record.report_id, self._why())
            if step in _OUTCOMES:
                return self._receipt(_OUTCOMES[step])
            await self._take(step)
            self._known = replace(self._known, link=self._gateway.link)

    @property
    def waited_already(self) -> bool:
        """Whether the report was found waiting: this publication changed nothing."""
        return self._known.look is Look.WAITS

    async def _take(self, step: Step) -> None:
        if step is Step.LOOK:
            await self._look()
        elif step is Step.LOOK_AND_FILE:
            await self._look_and_file()
        elif step is Step.WAIT:
            await self._gateway.known()
        elif step in (Step.SEND, Step.SEND_ALONE):
            await self._send(alone=step is Step.SEND_ALONE)
        else:
            await self._store(aside=step is Step.SET_ASIDE)

    async def _look(self) -> None:
        try:
            found = await self._disk.look(self._record)
        except OSError as error:
            self._troubles.append(_disk_trouble(error))
            self._known = replace(self._known, look=Look.UNREADABLE)
        else:
            self._file_name = found.file_name
            self._known = replace(self._known, look=found.look)

    async def _look_and_file(self) -> None:
        try:
            found = await self._disk.run(self._disk.fallback.look_and_file, self._record)
        except OSError as error:
            self._troubles.append(_disk_trouble(error))
            self._known = replace(self._known, look=Look.UNREADABLE, stored=Stored.FAILED)
        else:
            self._file_name = found.file_name
            stored = Stored.NOT_YET if found.look is Look.WAITS else Stored.DONE
            self._known = replace(self._known, look=found.look, stored=stored)

    async def _send(self, *, alone: bool) -> None:
        self._sending = await self._gateway.send(self._record, alone=alone)
        if self._sending.detail:
            self._troubles.append(self._sending.detail)
        self._known = replace(self._known, sent=self._sending.sent)

    async def _store(self, *, aside: bool) -> None:
        fallback = self._disk.fallback
        write = fallback.reject if aside else fallback.file
        try:
            self._file_name = await self._disk.run(write, self._record)
        except OSError as error:
            self._troubles.append(_disk_trouble(error))
            self._known = replace(self._known, stored=Stored.FAILED)
        else:
            self._known = replace(self._known, stored=Stored.DONE)

    def _receipt(self, outcome: Outcome) -> Receipt:
        report_id = self._record.report_id
        if outcome is Outcome.DELIVERED and self._sending:
            return Receipt(report_id, outcome, self._topic, self._sending.partition, self._sending.offset)
        return Receipt(report_id, outcome, file_name=self._file_name, detail=self._why())

    def _why(self) -> str:
        if self._known.look is Look.EARLIER_WAITS:
            return "; ".join(["an earlier revision of it waits", *self._troubles])
        return "; ".join(self._troubles) or self._gateway.why


def _disk_trouble(error: OSError) -> str:
    return f"the fallback directory fails: {error.strerror or type(error).__name__}"
