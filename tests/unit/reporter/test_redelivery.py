"""The circuit's tries and what becomes of waiting files, with time and Kafka in the test's hands."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.reporter.prober import Schedule
from services.reporter.receipts import Outcome
from tests.fakes.reporting import BARE, Reporting, eventually, passes, record
from tests.fakes.reports import interview_report
from tests.fakes.sink import AWAY, TOO_LARGE


@pytest.fixture
async def reporting(tmp_path: Path) -> AsyncIterator[Reporting]:
    reporting = Reporting(tmp_path / "reports")
    async with reporting.running():
        yield reporting
    await reporting.publisher.finish()
    reporting.disk.close()


def file(reporting: Reporting, *interview_ids: str) -> None:
    """Files waiting reports, each a minute younger than the one before."""
    for age, interview_id in enumerate(interview_ids):
        name = reporting.disk.fallback.file(record(interview_id))
        os.utime(reporting.directory / name, (60 * age, 60 * age))


async def test_first_look_closes(reporting: Reporting) -> None:
    """A topic that is there at the start: reports are sent."""
    await eventually(lambda: reporting.circuit.is_closed)
    assert reporting.sink.looks == 1


async def test_files_of_an_earlier_life_are_sent_oldest_first(tmp_path: Path) -> None:
    """Waiting files go to the topic and leave; a repeat of their report hears where it is."""
    reporting = Reporting(tmp_path / "reports")
    file(reporting, "interview_A", "interview_B", "interview_C")
    reporting.sink.hold()
    async with reporting.running():
        await eventually(lambda: len(reporting.sink.sent) == 3)
        assert len(reporting.files()) == 3, "no file leaves before its ack"
        reporting.sink.release()
        await eventually(lambda: not reporting.files())
        receipt = await reporting.publish(interview_report("interview_B"))
    assert (receipt.outcome, receipt.topic) == (Outcome.DELIVERED, "step3")
    assert sorted(reporting.sink.report_ids) == ["interview_A.1", "interview_B.1", "interview_C.1"]
    reporting.disk.close()


async def test_tries_are_spaced_and_never_end(tmp_path: Path) -> None:
    """While Kafka is away: as many tries as the settings say, at their pace, then every 30 s, with jitter."""
    reporting = Reporting(tmp_path / "reports")
    reporting.sink.down = "brokers away"
    async with reporting.running():
        await passes(reporting.clock, 7.5)
        assert reporting.sink.looks == 1 + 3
        await passes(reporting.clock, 24)
        assert reporting.sink.looks == 1 + 3
        await passes(reporting.clock, 15)
        assert reporting.sink.looks == 1 + 4
        await passes(reporting.clock, 36)
        assert reporting.sink.looks == 1 + 5
    reporting.disk.close()


async def test_closes_only_on_an_acked_file(tmp_path: Path) -> None:
    """With files waiting, a good look is not enough: the oldest file is sent, alone, and its ack closes."""
    reporting = Reporting(tmp_path / "reports")
    file(reporting, "interview_A", "interview_B")
    reporting.sink.down = "brokers away"
    reporting.sink.fate = lambda _: AWAY
    async with reporting.running():
        await eventually(lambda: reporting.sink.looks == 1)
        reporting.sink.down = ""
        await passes(reporting.clock, 7.5)
        assert reporting.sink.sent == ["interview_A.1"] * 3, "one probe per try, the oldest file"
        assert not reporting.circuit.is_closed
        assert len(reporting.files()) == 2
        reporting.sink.fate = lambda _: None
        await passes(reporting.clock, 40)
        await eventually(lambda: not reporting.files())
        assert reporting.circuit.is_closed
    reporting.disk.close()


async def test_without_files_one_live_report_is_the_probe(tmp_path: Path) -> None:
    """With nothing waiting, after a good look one live report is sent; until its ack others are filed."""
    reporting = Reporting(tmp_path / "reports")
    reporting.sink.down = "brokers away"
    async with reporting.running():
        await eventually(lambda: reporting.sink.looks == 1)
        reporting.sink.down = ""
        await passes(reporting.clock, 3)
        assert not reporting.circuit.is_closed, "a look alone does not close"
        reporting.sink.hold()
        probe = asyncio.create_task(reporting.publish(interview_report("interview_A")))
        await eventually(lambda: reporting.sink.in_flight == 1)
        assert (await reporting.publish(interview_report("interview_B"))).outcome is Outcome.FILED
        reporting.sink.release()
        assert (await probe).outcome is Outcome.DELIVERED
        assert reporting.circuit.is_closed
        await eventually(lambda: not reporting.files())
    reporting.disk.close()


async def test_one_probe_at_a_time(tmp_path: Path) -> None:
    """While a probe is on its way, tries come and go without another: the cluster is not pressed."""
    reporting = Reporting(tmp_path / "reports")
    reporting.sink.down = "brokers away"
    async with reporting.running():
        await eventually(lambda: reporting.sink.looks == 1)
        reporting.sink.down = ""
        await passes(reporting.clock, 3)
        reporting.sink.hold()
        probe = asyncio.create_task(reporting.publish(interview_report("interview_A")))
        await eventually(lambda: reporting.sink.in_flight == 1)
        await reporting.publish(interview_report("interview_B"))
        await passes(reporting.clock, 40)
        assert reporting.sink.sent == ["interview_A.1"]
        reporting.sink.release()
        await probe
    reporting.disk.close()


async def test_failed_live_probe_is_filed(tmp_path: Path) -> None:
    """A live probe that fails is filed, and no other is sent until the next try."""
    reporting = Reporting(tmp_path / "reports")
    reporting.sink.down = "brokers away"
    reporting.sink.fate = lambda _: AWAY
    async with reporting.running():
        await eventually(lambda: reporting.sink.looks == 1)
        reporting.sink.down = ""
        await passes(reporting.clock, 3)
        for interview_id in ("interview_A", "interview_B", "interview_C"):
            assert (await reporting.publish(interview_report(interview_id))).outcome is Outcome.FILED
        assert reporting.sink.sent == ["interview_A.1"]
    reporting.disk.close()


async def test_refused_file_stands_aside_and_lets_others_pass(reporting: Reporting) -> None:
    """A file that Kafka refuses, also alone, goes to rejected/; the others are delivered."""
    reporting.sink.fate = lambda record: TOO_LARGE if record.report_id == "interview_A.1" else None
    file(reporting, "interview_A", "interview_B")
    await passes(reporting.clock, 6)
    await eventually(lambda: not reporting.files())
    assert reporting.sink.report_ids == ["interview_B.1"]
    assert (reporting.directory / "rejected" / BARE).read_bytes() == record("interview_A").value
    assert (await reporting.publish(interview_report("interview_A"))).outcome is Outcome.REJECTED


async def test_damaged_file_stands_aside(reporting: Reporting) -> None:
    """A file that is no record goes to rejected/ as it is; the others are delivered."""
    file(reporting, "interview_A")
    (reporting.directory / "interview_report_7.json").write_bytes(b"{broken")
    await passes(reporting.clock, 6)
    await eventually(lambda: not reporting.files())
    assert (reporting.directory / "rejected" / "interview_report_7.json").read_bytes() == b"{broken"
    assert reporting.sink.report_ids == ["interview_A.1"]


async def test_revisions_go_in_order(reporting: Reporting) -> None:
    """Revision 2 with the older file still goes after revision 1."""
    for revision, age in ((1, 0), (2, 1000)):
        name = reporting.disk.fallback.file(record("interview_A", revision))
        os.utime(reporting.directory / name, (10_000 - age, 10_000 - age))
    await passes(reporting.clock, 12)
    await eventually(lambda: not reporting.files())
    assert reporting.sink.report_ids == ["interview_A.1", "interview_A.2"]


async def test_file_that_cannot_be_removed_is_not_sent_twice(reporting: Reporting) -> None:
    """If the disk does not let a delivered file go, it is not sent again; it goes when the disk lets it."""
    reporting.layer.fails = lambda what: errno.EROFS if what == f"unlink {BARE}" else None
    file(reporting, "interview_A")
    await passes(reporting.clock, 18)
    assert reporting.sink.sent == ["interview_A.1"]
    assert reporting.files() == {BARE}
    reporting.layer.fails = lambda _: None
    await passes(reporting.clock, 6)
    await eventually(lambda: not reporting.files())
    assert reporting.sink.sent == ["interview_A.1"]


async def test_another_holder_redelivers(reporting: Reporting) -> None:
    """While another process holds the directory its files are left alone; when it lets go they are sent."""
    other = Reporting(reporting.directory)
    await passes(reporting.clock, 6)
    reporting.disk.backlog.release()
    assert other.disk.backlog.is_ours_to_send()
    file(reporting, "interview_A")
    await passes(reporting.clock, 12)
    assert reporting.sink.sent == []
    other.disk.backlog.release()
    await passes(reporting.clock, 6)
    await eventually(lambda: not reporting.files())
    other.disk.close()


async def test_files_take_half_the_window_while_live_reports_flow(tmp_path: Path) -> None:
    """With live reports under way at most 8 of the 16 places are the files'."""
    reporting = Reporting(tmp_path / "reports")
    file(reporting, *(f"interview_{i}" for i in range(30)))
    reporting.sink.hold()
    reporting.circuit.close()
    live = asyncio.create_task(reporting.publish(interview_report("interview_live")))
    await eventually(lambda: reporting.sink.in_flight == 1)
    async with reporting.running():
        await eventually(lambda: reporting.sink.in_flight == 9)
        await passes(reporting.clock, 1)
        assert reporting.sink.in_flight == 9
        reporting.sink.release()
        await eventually(lambda: not reporting.files())
        await live
    assert reporting.sink.most_in_flight <= 16
    reporting.disk.close()


async def test_stopping_keeps_what_is_unsent(tmp_path: Path) -> None:
    """When the process ends nothing more is sent; files acked until then are gone, all others stay."""
    reporting = Reporting(tmp_path / "reports")
    file(reporting, *(f"interview_{i}" for i in range(30)))
    reporting.sink.hold()
    async with reporting.running():
        await eventually(lambda: reporting.sink.in_flight == 16)
        reporting.circuit.stop()
        reporting.sink.release()
        await reporting.redelivery.finish()
        assert len(reporting.sink.report_ids) == 16
        assert len(reporting.files()) == 14
        assert (await reporting.publish(interview_report("interview_late"))).outcome is Outcome.FILED
    reporting.disk.close()


def test_schedule_has_jitter() -> None:
    """Two reporters do not try in step."""
    waits = Schedule(retries=3, backoff_seconds=2.0).waits()

    class State:
        attempt_number = 1

    assert len({waits(State()) for _ in range(10)}) > 1  # type: ignore[arg-type]  # it reads nothing else
