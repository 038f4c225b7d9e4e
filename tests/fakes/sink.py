"""A topic in memory whose sends end as a test says."""

import asyncio
from collections.abc import Callable

from services.reporter.record import Record
from services.reporter.sink import Acked, Failed, Fault, SinkDown

AWAY = Failed(Fault.CLUSTER, "brokers away")
DENIED = Failed(Fault.OPERATOR, "not allowed")
TOO_LARGE = Failed(Fault.REPORT, "too large")

Fate = Acked | Failed


class FakeSink:
    """Acks all until told otherwise: `down` fails looks, `fate` decides sends, `hold` keeps them waiting."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.sent: list[str] = []
        self.looks = 0
        self.down = ""
        self.fate: Callable[[Record], Failed | None] = lambda _: None
        self.in_flight = 0
        self.most_in_flight = 0
        self._gate = asyncio.Event()
        self._gate.set()

    @property
    def report_ids(self) -> list[str]:
        """What is on the topic, in order."""
        return [record.report_id for record in self.records]

    def hold(self) -> None:
        """Sends wait from now on."""
        self._gate.clear()

    def release(self) -> None:
        """Sends that wait end, and later ones do not wait."""
        self._gate.set()

    async def look(self) -> None:
        self.looks += 1
        if self.down:
            raise SinkDown(self.down)

    async def send(self, record: Record) -> Fate:
        self.sent.append(record.report_id)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self._gate.wait()
            failed = self.fate(record)
            if failed:
                return failed
            self.records.append(record)
            return Acked(0, len(self.records) - 1)
        finally:
            self.in_flight -= 1
