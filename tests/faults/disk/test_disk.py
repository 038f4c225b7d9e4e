"""A disk that is full, out of inodes, read-only or failing, with Kafka up and away, and well again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.reporter.receipts import Outcome, Receipt, ReportNotSafe
from services.reporter.record import decode
from services.reporter.watch import Watch
from tests.fakes.reporting import BARE, Reporting, eventually, passes
from tests.fakes.reports import interview_report
from tests.fakes.sink import TOO_LARGE
from tests.faults.disk.lives import A, B, record_of
from tests.faults.disk.troubles import TROUBLES, FailingSyncs, Full, Trouble, small_disk


@pytest.fixture
async def reporting(tmp_path: Path) -> AsyncIterator[Reporting]:
    """A reporter whose directory is on a small disk of its own."""
    with small_disk(tmp_path / "disk") as disk:
        reporting = Reporting(disk / "reports")
        reporting.directory.mkdir(mode=0o700)
        yield reporting
        reporting.sink.release()
        await reporting.publisher.finish()
        reporting.disk.backlog.release()
        reporting.disk.close()


@pytest.fixture(params=TROUBLES, ids=lambda kind: kind.__name__)
def trouble(request: pytest.FixtureRequest, reporting: Reporting) -> Trouble:
    kind: type[Trouble] = request.param
    return kind(reporting.directory.parent, reporting.layer)


async def is_ready(reporting: Reporting) -> bool:
    """What the watch tells callers."""
    said = []

    async def set_ready(ready: bool, why: str = "") -> None:
        said.append((ready, why))

    await Watch(set_ready, reporting.gateway, reporting.disk, reporting.clock).look()
    return said[-1][0]


async def test_kafka_up(reporting: Reporting, trouble: Trouble) -> None:
    """Without a disk OK comes with Kafka's ack and not before, and the reporter is ready."""
    reporting.circuit.close()
    trouble.begin()
    reporting.sink.hold()
    call = asyncio.create_task(reporting.publish(A))
    await eventually(lambda: reporting.sink.in_flight == 1)
    assert not call.done()
    reporting.sink.release()
    assert await call == Receipt("interview_A.1", Outcome.DELIVERED, "step3", 0, 0)
    assert await is_ready(reporting)
    trouble.end()


async def test_both_gone_and_back(reporting: Reporting, trouble: Trouble) -> None:
    """Neither disk nor Kafka: an error, nothing left, not ready. With the disk back the repeat is FILED."""
    reporting.circuit.open("brokers away")
    trouble.begin()
    with pytest.raises(ReportNotSafe):
        await reporting.publish(A)
    assert not await is_ready(reporting)
    assert list(reporting.directory.iterdir()) == []
    trouble.end()
    assert (await reporting.publish(A)).outcome is Outcome.FILED
    assert (reporting.directory / BARE).read_bytes() == record_of(A).value
    assert await is_ready(reporting)


async def test_refused_record(reporting: Reporting, trouble: Trouble) -> None:
    """A record that Kafka refuses is no OK while it cannot be set aside; then it is REJECTED."""
    reporting.circuit.close()
    reporting.sink.fate = lambda _: TOO_LARGE
    trouble.begin()
    with pytest.raises(ReportNotSafe):
        await reporting.publish(A)
    trouble.end()
    rejected = await reporting.publish(A)
    assert rejected.outcome is Outcome.REJECTED
    assert (reporting.directory / rejected.file_name).read_bytes() == record_of(A).value


async def test_waiting_files(reporting: Reporting, trouble: Trouble) -> None:
    """Files that wait on such a disk are delivered once, and go when the disk lets them."""
    reporting.circuit.open("brokers away")
    for report in (A, B):
        assert (await reporting.publish(report)).outcome is Outcome.FILED
    (reporting.directory / "interview_report_broken.json").write_bytes(b"{")
    trouble.begin()
    async with reporting.running():
        await passes(reporting.clock, 12)
        await eventually(lambda: len(reporting.sink.records) == 2)
        trouble.end()
        await passes(reporting.clock, 12)
        await eventually(lambda: not reporting.files(), "no file waits")
    assert sorted(reporting.sink.report_ids) == ["interview_A.1", "interview_B.1"]
    assert (reporting.directory / "rejected" / "interview_report_broken.json").read_bytes() == b"{"


async def test_disk_fills_up(reporting: Reporting) -> None:
    """While the last bytes go, each report is FILED with its whole file, or an error; repeats end it."""
    reporting.circuit.open("brokers away")
    full = Full(reporting.directory.parent, reporting.layer)
    full.begin()
    with (full.disk / "ballast").open("rb+") as ballast:
        ballast.truncate(ballast.seek(0, 2) - 16 * 4096)
    reports = [interview_report(f"interview_{number}") for number in range(40)]
    answers = await asyncio.gather(*map(reporting.publish, reports), return_exceptions=True)
    filed = {answer.report_id for answer in answers if isinstance(answer, Receipt)}
    assert 0 < len(filed) < len(reports)
    assert all(isinstance(answer, Receipt | ReportNotSafe) for answer in answers)
    assert reports_in(reporting.directory) == filed
    full.end()
    for report in reports:
        assert (await reporting.publish(report)).outcome is Outcome.FILED
    assert reports_in(reporting.directory) == {report.report_id for report in reports}


async def test_failing_syncs_need_no_root(tmp_path: Path) -> None:
    """EIO from fsync, on any disk: an error, nothing left, and the repeat writes another file."""
    reporting = Reporting(tmp_path / "reports")
    trouble = FailingSyncs(tmp_path, reporting.layer)
    reporting.circuit.open("brokers away")
    trouble.begin()
    with pytest.raises(ReportNotSafe):
        await reporting.publish(A)
    assert reporting.files() == set()
    trouble.end()
    assert (await reporting.publish(A)).outcome is Outcome.FILED
    assert reports_in(reporting.directory) == {"interview_A.1"}
    reporting.disk.close()


def reports_in(directory: Path) -> set[str]:
    """The reports whose whole files are there; nothing else may be."""
    return {decode(path.read_bytes()).report_id for path in directory.iterdir()}
