"""A whole reporter but for Kafka and time: the real parts around a FakeSink and a FakeClock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from interview.v1.interview_report_pb2 import InterviewReport
from interview.v1.reporter_service_pb2 import PublishReportRequest

from services.reporter.disk import Disk
from services.reporter.encoding import encode
from services.reporter.file_sender import FileSender
from services.reporter.kafka_gateway import KafkaGateway
from services.reporter.keys import Keys
from services.reporter.prober import Prober, Schedule
from services.reporter.publisher import Publisher
from services.reporter.receipts import Receipt, Receipts
from services.reporter.record import Record
from services.reporter.redelivery import Redelivery
from services.reporter.translate import report_in
from tests.fakes.clock import FakeClock
from tests.fakes.file_layer import FileLayer
from tests.fakes.reports import interview_report
from tests.fakes.sink import FakeSink

TOPIC = "step3"
BARE = "technical_interview_report.json"
SCHEDULE = Schedule(retries=3, backoff_seconds=2.0)


def record(interview_id: str, revision: int = 1) -> Record:
    """The record of a report."""
    request = PublishReportRequest(report=interview_report(interview_id, revision))
    return encode(report_in(request), TOPIC)


class Reporting:
    """The parts. Nothing runs by itself until `running`."""

    def __init__(
        self,
        directory: Path,
        patience_seconds: float = 60.0,
        disk: Disk | None = None,
        sink: FakeSink | None = None,
    ) -> None:
        self.directory = directory
        self.sink = sink or FakeSink()
        self.clock = FakeClock()
        self.layer = FileLayer()
        self.disk = disk or Disk(directory, self.layer.open)
        self.gateway = KafkaGateway(self.sink, patience_seconds)
        self.circuit = self.gateway.circuit
        keys, receipts = Keys(), Receipts()
        self.publisher = Publisher(TOPIC, self.gateway, self.disk, keys, receipts)
        file_sender = FileSender(TOPIC, self.gateway, self.disk, keys, receipts)
        self.redelivery = Redelivery(file_sender, self.circuit, self.disk, self.clock)
        self.prober = Prober(self.circuit, self.sink, self.redelivery.probe_oldest, SCHEDULE, self.clock)

    async def publish(self, report: InterviewReport) -> Receipt:
        """Publishes as the servicer does."""
        return await self.publisher.publish(report_in(PublishReportRequest(report=report)))

    def files(self) -> set[str]:
        """Names of what waits."""
        return {path.name for path in self.directory.glob("*.json")}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps the circuit and redelivers meanwhile."""
        tasks = [asyncio.create_task(self.prober.run()), asyncio.create_task(self.redelivery.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def eventually(holds: Callable[[], bool], wish: str = "") -> None:
    """Returns as soon as it holds. Raises TimeoutError."""
    try:
        async with asyncio.timeout(10):
            while not holds():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.002)
    except TimeoutError:
        raise TimeoutError(f"never: {wish}") from None


async def passes(clock: FakeClock, seconds: float) -> None:
    """Moves the clock bit by bit, letting everything run in between."""
    for _ in range(int(seconds * 2)):
        for _ in range(5):
            await asyncio.sleep(0.001)
        clock.advance(0.5)
    for _ in range(5):
        await asyncio.sleep(0.001)
