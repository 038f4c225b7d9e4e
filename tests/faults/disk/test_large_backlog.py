"""A reporter that starts with a great many waiting files: soon ready, modest in memory, and all are sent."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from services.reporter.disk import Disk
from services.reporter.record import Record
from services.reporter.sink import Acked, Failed
from tests.fakes.reporting import Reporting
from tests.fakes.sink import FakeSink
from tests.faults.disk.lives import A, drained, record_of
from tests.faults.disk.size import IS_LARGE, SIZE
from tests.kafka.reporter import ReporterProcess

NOBODY_LISTENS = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
Note = Callable[[str, object], None]
READY_SECONDS = 5.0
MOST_GROWTH_MB = 100.0


def fill(directory: Path) -> None:
    """Waiting reports of as many interviews; a third of them of later revisions, which take a longer look."""
    directory.mkdir(mode=0o700)
    value = record_of(A).value
    for number in range(SIZE.backlog):
        report_id = b"interview_%d.%d" % (number, 1 + number % 3)
        content = value.replace(b"interview_A.1", report_id).replace(
            b'"interview_A"', b'"interview_%d"' % number
        )
        (directory / f"technical_interview_report.{report_id.decode()}.json").write_bytes(content)


def test_soon_ready(tmp_path: Path, record_property: Note) -> None:
    """With Kafka away it is ready within seconds, and takes little more memory than with no file."""
    empty, _ = started(tmp_path / "empty", waits=False)
    full, seconds = started(tmp_path / "full", waits=True)
    record_property("ready_seconds", seconds)
    record_property("growth_mb", full - empty)
    assert full - empty <= MOST_GROWTH_MB
    if IS_LARGE:  # a promise about time is for a machine that does nothing else
        assert seconds <= READY_SECONDS


def started(home: Path, *, waits: bool) -> tuple[float, float]:
    """A process's most memory in MB once it has counted its files; after how many seconds it was ready."""
    home.mkdir()
    reporter = ReporterProcess(home, NOBODY_LISTENS)
    if waits:
        fill(reporter.directory)
    begun = time.monotonic()
    with reporter:
        seconds = time.monotonic() - begun
        assert reporter.metric("speakalka_fallback_files") == (SIZE.backlog if waits else 0)
        return most_memory_mb(reporter.running.pid), seconds


async def test_all_are_sent(tmp_path: Path, record_property: Note) -> None:
    """When Kafka takes records they all go, once each, and memory does not grow with their number."""
    directory = tmp_path / "reports"
    fill(directory)
    sink = CountingSink()
    reporting = Reporting(directory, disk=Disk(directory), sink=sink)
    forget_most_memory()
    before = most_memory_mb("self")
    async with reporting.running():
        await drained(reporting)
    growth = most_memory_mb("self") - before
    record_property("growth_mb", growth)
    assert sink.sends == bytearray([1]) * SIZE.backlog
    assert growth <= MOST_GROWTH_MB
    reporting.disk.backlog.release()
    reporting.disk.close()


class CountingSink(FakeSink):
    """Keeps how often each interview's report was sent, and nothing of it."""

    def __init__(self) -> None:
        super().__init__()
        self.sends = bytearray(SIZE.backlog)

    async def send(self, record: Record) -> Acked | Failed:
        self.sends[int(record.interview_id.removeprefix("interview_"))] += 1
        return Acked(0, 0)


def forget_most_memory() -> None:
    """`most_memory_mb("self")` is of what comes after this."""
    Path("/proc/self/clear_refs").write_text("5")


def most_memory_mb(pid: int | str) -> float:
    """The most that a process has had in memory at once."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024
