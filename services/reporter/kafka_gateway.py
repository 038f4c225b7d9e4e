"""The way to Kafka: the circuit says whether, the window when, the sink how it went."""

import time

from services.reporter.circuit import Admission, Circuit
from services.reporter.delivery import Link, Sent
from services.reporter.gateway import Sending
from services.reporter.metrics import KAFKA_DELIVERY_SECONDS
from services.reporter.record import Record
from services.reporter.sink import Acked, Failed, Fault, Sink
from services.reporter.window import Lane, TurnedAway, Window


class KafkaGateway:
    """Sends live reports and waiting files."""

    def __init__(self, sink: Sink, patience_seconds: float) -> None:
        self._sink = sink
        self._patience_seconds = patience_seconds
        self._window = Window()
        self.circuit = Circuit(on_open=self._window.turn_away)

    @property
    def link(self) -> Link:
        return self.circuit.link

    @property
    def why(self) -> str:
        return self.circuit.why

    async def known(self) -> None:
        await self.circuit.known()

    async def send(self, record: Record, *, alone: bool) -> Sending:
        """Sends a live report."""
        lane = Lane.ALONE if alone else Lane.LIVE
        return await self._send(record, lane, self.circuit.admit())

    async def send_file(self, record: Record, *, alone: bool, probe: bool) -> Sending:
        """Sends a file's record: as a probe, or only while the circuit is closed."""
        lane = Lane.ALONE if alone else Lane.BACKLOG
        if probe:
            return await self._send(record, lane, self.circuit.start_probe())
        admission = Admission.NORMAL if self.circuit.is_closed else Admission.REFUSED
        return await self._send(record, lane, admission)

    async def _send(self, record: Record, lane: Lane, admission: Admission) -> Sending:
        if admission is Admission.REFUSED:
            return Sending(Sent.FAILED, detail=self.circuit.why)
        try:
            async with self._window.place(lane, self._patience_seconds):
                return self._told(await self._timed(record), lane, admission)
        except TurnedAway:
            self.circuit.refused(admission)
            return Sending(Sent.FAILED, detail=self.circuit.why)
        except TimeoutError:
            self.circuit.refused(admission)
            detail = f"{self._patience_seconds:g} s without a place among those on their way to Kafka"
            return Sending(Sent.FAILED, detail=detail)

    async def _timed(self, record: Record) -> Acked | Failed:
        started = time.perf_counter()
        outcome = await self._sink.send(record)
        KAFKA_DELIVERY_SECONDS.observe(time.perf_counter() - started)
        return outcome

    def _told(self, outcome: Acked | Failed, lane: Lane, admission: Admission) -> Sending:
        if isinstance(outcome, Acked):
            self.circuit.acked(admission)
            return Sending(Sent.ACKED, outcome.partition, outcome.offset)
        if outcome.fault is Fault.REPORT:
            self.circuit.refused(admission)
            sent = Sent.REFUSED_ALONE if lane is Lane.ALONE else Sent.REFUSED
            return Sending(sent, detail=outcome.detail)
        self.circuit.failed(admission, outcome.detail)
        return Sending(Sent.FAILED, detail=outcome.detail)
