"""Many reports that want the same name, and room ids made to do harm: each gets a file of its own, here."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.reporter.names import bare_name, full_name, is_ours
from services.reporter.receipts import Outcome
from services.reporter.record import Record, decode
from tests.fakes.reporting import BARE, Reporting
from tests.fakes.reports import interview_report
from tests.faults.disk.lives import drained, record_of
from tests.faults.disk.size import SIZE

LONGEST_ID = "interview_" + "a" * 54
PIECES = ["..", "/", "\\", "~", "~2F", "~~", ".", "\n", "\0", " ", "é", "e\u0301", "Ж", "🙂", "%2e", "a", "7"]
PIECES += ["_", "-", ".json", ".tmp-", "rejected/", "interview_report_", "$(id)", "CON", "\u202e", "A" * 60]


def hostile_rooms(count: int) -> list[str]:
    """Different room ids, made of what breaks names; the same ones every time."""
    chance = random.Random(7)
    rooms: set[str] = set()
    while len(rooms) < count:
        rooms.add("".join(chance.choices(PIECES, k=chance.randint(1, 12)))[:128])
    return sorted(rooms)


@pytest.fixture
async def reporting(tmp_path: Path) -> AsyncIterator[Reporting]:
    reporting = Reporting(tmp_path / "reports")
    yield reporting
    await reporting.publisher.finish()
    reporting.disk.close()


async def test_hundred_technical_reports(reporting: Reporting) -> None:
    """While Kafka is away a hundred technical reports make a hundred files; one has the bare name."""
    reporting.circuit.open("brokers away")
    reports = [interview_report(f"interview_{number}") for number in range(100)]
    receipts = await asyncio.gather(*map(reporting.publish, reports))
    assert {receipt.outcome for receipt in receipts} == {Outcome.FILED}
    assert [receipt.file_name for receipt in receipts].count(BARE) == 1
    found = {path.name: path.read_bytes() for path in reporting.directory.iterdir()}
    assert found == {
        receipt.file_name: record_of(report).value for receipt, report in zip(receipts, reports, strict=True)
    }
    assert len(found) == 100


def test_hostile_rooms_have_names_of_their_own() -> None:
    """Ten thousand hostile room ids: every name is one short component, ours, and nobody else's."""
    names = set()
    for room_id in hostile_rooms(10_000):
        record = Record(b"{}", LONGEST_ID, 2**31 - 1, 0, room_id)
        for name in (bare_name(record), full_name(record)):
            assert len(os.fsencode(name)) <= 255
            assert os.path.basename(name) == name
            assert is_ours(name)
            names.add(name)
    assert len(names) == 20_000


async def test_hostile_rooms_are_filed(tmp_path: Path, reporting: Reporting) -> None:
    """Their reports are files of the directory, each whole, and nothing is anywhere else."""
    reporting.circuit.open("brokers away")
    # What callers may send: a NUL does not come this far.
    rooms = [room for room in hostile_rooms(2 * SIZE.rooms) if room.strip() and "\0" not in room][
        : SIZE.rooms
    ]
    reports = [interview_report(f"interview_{number}", room_id=room) for number, room in enumerate(rooms)]
    receipts = await asyncio.gather(*map(reporting.publish, reports))
    assert {receipt.outcome for receipt in receipts} == {Outcome.FILED}
    assert os.listdir(tmp_path) == ["reports"]
    found = {decode(path.read_bytes()).room_id for path in reporting.directory.iterdir()}
    assert found == set(rooms)


async def test_revisions_in_order_while_files_are_redelivered(reporting: Reporting) -> None:
    """Revision 1 waits, revision 2 arrives as Kafka comes back: 1 is before 2 on the topic, for each."""
    reporting.circuit.open("brokers away")
    firsts = [interview_report(f"interview_{number}") for number in range(50)]
    seconds = [interview_report(f"interview_{number}", 2) for number in range(50)]
    await asyncio.gather(*map(reporting.publish, firsts))
    reporting.circuit.close()
    async with reporting.running():
        await asyncio.gather(*map(reporting.publish, seconds))
        await drained(reporting)
    order = reporting.sink.report_ids
    assert sorted(order) == sorted(report.report_id for report in firsts + seconds)
    assert all(
        order.index(f"interview_{number}.1") < order.index(f"interview_{number}.2") for number in range(50)
    )
