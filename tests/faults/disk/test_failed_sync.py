"""A sync that failed: it is never believed the second time, as its promise would not outlive a power cut."""

import errno

import pytest

from services.reporter.backlog import Backlog
from services.reporter.fallback import Fallback
from tests.faults.disk.forgetful_disk import ForgetfulDisk
from tests.faults.disk.lives import DIRECTORY, SCENARIOS, A, B, Rules, Scenario, World, record_of
from tests.faults.disk.test_crash_points import after_power_cut

RECORD = record_of(A)


@pytest.fixture
def disk() -> ForgetfulDisk:
    return ForgetfulDisk()


def put_by_hand(disk: ForgetfulDisk) -> None:
    """The report's file, whole and under its name, with nothing of it synced."""
    with disk.open(DIRECTORY) as folder:
        handle = folder.create("technical_interview_report.json")
        rest = memoryview(RECORD.value)
        while rest:
            rest = rest[folder.write(handle, rest) :]


def failing_once(disk: ForgetfulDisk, what: str) -> None:
    """The next call of that name fails with EIO, and no other."""
    before = disk.calls.count(what)
    disk.fails = lambda call: errno.EIO if call == what and disk.calls.count(what) == before + 1 else None


def failing_at(disk: ForgetfulDisk, number: int) -> None:
    """Sync number `number`, of a file or of a folder, fails with EIO, and no other."""
    syncs = 0

    def fails(call: str) -> int | None:
        nonlocal syncs
        syncs += call in ("sync", "sync folder")
        return errno.EIO if call in ("sync", "sync folder") and syncs == number else None

    disk.fails = fails


def survives(disk: ForgetfulDisk) -> bool:
    """Whether the report's bytes are in a waiting file, whatever a power cut leaves."""
    return all(RECORD.value in left.contents().values() for left in disk.after_power_cut())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.what)
async def test_any_sync_may_fail(scenario: Scenario) -> None:
    """Whichever sync fails once: after it was tried again and the power went, nothing promised is lost."""
    faults, number = [], 0
    while True:
        number += 1
        world, disk = World(scenario, Rules()), scenario.disk()
        failing_at(disk, number)
        assert await world.life(disk, kafka_is_up=scenario.kafka_is_up)
        if sum(call in ("sync", "sync folder") for call in disk.calls) < number:
            break
        faults += [f"{fault}, sync {number}" for fault in await after_power_cut(world, disk)]
    assert faults == []


@pytest.mark.parametrize("what", ["sync", "sync folder"])
def test_own_file_is_written_again_under_a_new_name(disk: ForgetfulDisk, what: str) -> None:
    """Filing fails when a sync does, leaves nothing, and the repeat writes another file, which is durable."""
    fallback = Fallback(DIRECTORY, disk.open)
    failing_once(disk, what)
    with pytest.raises(OSError, match="EIO"):
        fallback.file(RECORD)
    assert disk.contents() == {}
    fallback.file(RECORD)
    assert disk.calls.count("create") == 2
    assert survives(disk)


@pytest.mark.parametrize("what", ["sync", "sync folder"])
def test_found_file_is_written_again_under_a_new_name(disk: ForgetfulDisk, what: str) -> None:
    """A report found waiting whose sync failed is written beside it; no later look trusts the first name."""
    put_by_hand(disk)
    fallback = Fallback(DIRECTORY, disk.open)
    failing_once(disk, what)
    with pytest.raises(OSError, match="EIO"):
        fallback.look(RECORD)
    assert fallback.file(RECORD) == "technical_interview_report.interview_A.1.json"
    assert survives(disk)
    assert fallback.look(RECORD).file_name == "technical_interview_report.interview_A.1.json"


@pytest.mark.parametrize("what", ["sync", "sync folder"])
def test_found_while_filing(disk: ForgetfulDisk, what: str) -> None:
    """The same where the name turns out to be taken by the report itself only when it is linked."""
    put_by_hand(disk)
    fallback = Fallback(DIRECTORY, disk.open)
    syncs = 0

    def fails(call: str) -> int | None:
        nonlocal syncs
        syncs += call == what
        return errno.EIO if call == what and syncs == (2 if what == "sync" else 1) else None

    disk.fails = fails
    assert fallback.file(RECORD) == "technical_interview_report.interview_A.1.json"
    assert survives(disk)


def test_doubt_ends_with_the_file(disk: ForgetfulDisk) -> None:
    """When the file in doubt has gone, its name is as good as any other."""
    put_by_hand(disk)
    fallback = Fallback(DIRECTORY, disk.open)
    failing_once(disk, "sync")
    with pytest.raises(OSError, match="EIO"):
        fallback.look(RECORD)
    Backlog(DIRECTORY, disk.open).remove("technical_interview_report.json")
    assert fallback.file(record_of(B)) == "technical_interview_report.json"
    assert fallback.look(record_of(B)).file_name == "technical_interview_report.json"
