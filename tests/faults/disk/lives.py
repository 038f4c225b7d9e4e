"""A reporter on a forgetful disk: it works until it dies, its disk and topic stay, another starts on them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from interview.v1.interview_report_pb2 import InterviewReport
from interview.v1.reporter_service_pb2 import PublishReportRequest

from services.reporter.backlog import Backlog
from services.reporter.disk import Arguments, Disk, Result
from services.reporter.encoding import encode
from services.reporter.fallback import Fallback
from services.reporter.receipts import ReportNotSafe
from services.reporter.record import Record
from services.reporter.sink import Acked, Failed
from services.reporter.translate import report_in
from tests.fakes.reporting import BARE, TOPIC, Reporting, passes
from tests.fakes.reports import interview_report
from tests.fakes.sink import TOO_LARGE, FakeSink
from tests.faults.disk.forgetful_disk import ForgetfulDisk, ForgetfulFolder, PowerCut

A, B = interview_report("interview_A"), interview_report("interview_B")
FULL = "technical_interview_report.interview_A.1.json"
DAMAGED = b'{"timestamp": 1'
DIRECTORY = Path("reports")
_FAR_FUTURE_NS = 2**62
_PASSES = 2  # over what waits: the second one tries again what failed


def record_of(report: InterviewReport) -> Record:
    """The report's record."""
    return encode(report_in(PublishReportRequest(report=report)), TOPIC)


async def drained(reporting: Reporting) -> None:
    """Returns when no file waits any more. Raises TimeoutError."""
    async with asyncio.timeout(120):
        while reporting.files():
            await passes(reporting.clock, 6)


@dataclass(frozen=True)
class Scenario:
    """What waits at the start, what callers publish, and what Kafka thinks of it."""

    what: str
    waits: tuple[InterviewReport, ...] = ()
    damaged: tuple[str, ...] = ()
    published: tuple[InterviewReport, ...] = ()
    kafka_is_up: bool = True
    refused: frozenset[str] = frozenset()
    new_directory: bool = False

    def disk(self) -> ForgetfulDisk:
        """The disk at the start: what waits has been synced."""
        disk = ForgetfulDisk()
        if self.new_directory:
            return disk.without_directory()
        fallback = Fallback(DIRECTORY, disk.open)
        for report in self.waits:
            fallback.file(record_of(report))
        with disk.open(DIRECTORY) as folder:
            for name in self.damaged:
                handle = folder.create(name)
                folder.write(handle, memoryview(DAMAGED))
                folder.sync(handle)
            folder.sync_folder()
        disk.calls.clear()
        return disk


SCENARIOS = [
    Scenario("file", published=(A,), kafka_is_up=False),
    Scenario("file in a new directory", published=(A,), kafka_is_up=False, new_directory=True),
    Scenario("file under a third name", damaged=(BARE, FULL), published=(A,), kafka_is_up=False),
    Scenario("file beside another", waits=(B,), published=(A,), kafka_is_up=False),
    Scenario("deliver", published=(A,)),
    Scenario("redeliver", waits=(A, B)),
    Scenario("reject", published=(A,), refused=frozenset({"interview_A.1"})),
    Scenario("reject a file", waits=(A, B), refused=frozenset({"interview_A.1"})),
    Scenario("set a damaged file aside", damaged=("interview_report_7.json",), waits=(A,)),
]


@dataclass(frozen=True)
class Rules:
    """How the reporter is built; a mutant has one part that is wrong."""

    folder: type[ForgetfulFolder] = ForgetfulFolder
    fallback: type[Fallback] = Fallback
    backlog: type[Backlog] = Backlog


@dataclass
class World:
    """What outlives a process: the topic, and what callers were told. Sending can be died of as well."""

    scenario: Scenario
    rules: Rules
    topic: list[Record] = field(default_factory=list)
    promised: set[str] = field(default_factory=set)
    doubtful: Counter[str] = field(default_factory=Counter)

    def after_death(self) -> "World":
        """The same world, to be gone on with in another way.

        A record that is on the topic when its writer dies may be sent once more: nobody may have noted it.
        """
        doubtful = self.doubtful + Counter({record.report_id for record in self.topic})
        return World(self.scenario, self.rules, list(self.topic), set(self.promised), doubtful)

    async def life(self, disk: ForgetfulDisk, *, kafka_is_up: bool) -> bool:
        """A process, from its start until nothing is left to do; whether it came so far."""
        reporting = self._reporting(disk)
        try:
            await self._live(reporting, kafka_is_up=kafka_is_up)
        except PowerCut:
            return False
        finally:
            reporting.disk.close()
        return True

    def faults(self, disk: ForgetfulDisk) -> list[str]:
        """What is wrong when all has come to its end: reports lost, waiting still, or sent too often."""
        delivered = Counter(record.report_id for record in self.topic)
        aside = set(disk.contents("rejected").values())
        values = {record.value for record in self.topic} | aside
        faults = [
            f"{record.report_id} is lost"
            for record in map(record_of, (*self.scenario.waits, *self.scenario.published))
            if record.value not in values
        ]
        faults += [f"{name} is left" for name in disk.contents()]
        faults += [f"{name} is lost" for name in self.scenario.damaged if DAMAGED not in aside]
        return faults + [
            f"{one} is there {count} times"
            for one, count in delivered.items()
            if count > 1 + self.doubtful[one]
        ]

    def _reporting(self, disk: ForgetfulDisk) -> Reporting:
        layer = disk.opener_of(self.rules.folder)
        inline = InlineDisk(DIRECTORY, layer)
        inline.fallback = self.rules.fallback(DIRECTORY, layer)
        inline.backlog = self.rules.backlog(DIRECTORY, layer)
        sink = MortalSink(disk, self.topic)
        sink.fate = lambda record: TOO_LARGE if record.report_id in self.scenario.refused else None
        return Reporting(DIRECTORY, disk=inline, sink=sink)

    async def _live(self, reporting: Reporting, *, kafka_is_up: bool) -> None:
        backlog = reporting.disk.backlog
        assert backlog.is_ours_to_send()
        backlog.sweep(_FAR_FUTURE_NS)
        backlog.waiting()
        if kafka_is_up:
            reporting.circuit.close()
        else:
            reporting.circuit.open("brokers away")
        for report in self.scenario.published:
            if report.report_id not in self.promised:
                await _insist(reporting, report)
                self.promised.add(report.report_id)
        for _ in range(_PASSES if kafka_is_up else 0):
            while await reporting.redelivery.probe_oldest():
                pass


async def _insist(reporting: Reporting, report: InterviewReport) -> None:
    """Publishes it, and once more if the reporter cannot keep it."""
    try:
        await reporting.publish(report)
    except ReportNotSafe:
        await reporting.publish(report)


class InlineDisk(Disk):
    """Runs its calls one after the other, so that each run makes the same calls."""

    async def run(
        self, call: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        return call(*args, **kwargs)


class MortalSink(FakeSink):
    """A topic that outlives its writers, who may die before a record is on it, or before they hear of it."""

    def __init__(self, disk: ForgetfulDisk, topic: list[Record]) -> None:
        super().__init__()
        self._disk = disk
        self.records = topic

    async def send(self, record: Record) -> Acked | Failed:
        self._disk.call("send")
        outcome = await super().send(record)
        self._disk.call("ack")
        return outcome
