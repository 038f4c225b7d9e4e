"""The embedded store where it is more than a store: one file, one process, crashes, a full disk."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import islice
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.orchestrator.documents import DamagedDocument
from services.orchestrator.interview import Interview, InterviewState
from services.orchestrator.refusals import InterviewNotFound, ReportNotReady
from services.orchestrator.report import build
from services.orchestrator.sqlite_store import SqliteStore
from services.orchestrator.store import LostRace, StoreUnavailable
from tests.fakes.clock import START
from tests.fakes.nouns import INTERVIEW_ID, answered, begun, score


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "orchestrator.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    kept = SqliteStore(path, busy_seconds=0.05)
    yield kept
    await kept.close()


def big() -> Interview:
    """An interview whose answer fills several pages."""
    interview = answered(begun(), None)
    return replace(interview, answers=(replace(interview.answers[0], text="x" * 30_000),))


def said_by_a_killed_writer(path: Path) -> list[tuple[str, int]]:
    """What a process that writes to this file said before it was killed in the middle of it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.store_writer", str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        lines = list(islice(writer.stdout, 101))
        os.kill(writer.pid, signal.SIGKILL)
        lines += writer.stdout.readlines()
    return [(line.split()[0], int(line.split()[1])) for line in lines]


async def test_what_is_kept_is_for_its_owner_only(path: Path) -> None:
    """Folder, database, write-ahead log and lock, whatever the umask."""
    before = os.umask(0)
    try:
        store = SqliteStore(path)
        await store.add(begun(), "")
    finally:
        os.umask(before)
    modes = {each.name: each.stat().st_mode & 0o777 for each in (path.parent, *path.parent.iterdir())}
    await store.close()
    endings = ("", "-wal", "-shm", ".lock")
    assert modes == {"new": 0o700} | {f"orchestrator.db{ending}": 0o600 for ending in endings}


def test_a_database_that_is_there_keeps_its_mode(path: Path) -> None:
    """Who let a group read it, for backups say, is not overruled."""
    made = {path.parent: 0o750, path: 0o640}
    path.parent.mkdir()
    path.touch()
    for each, mode in made.items():
        each.chmod(mode)
    asyncio.run(SqliteStore(path).close())
    assert {each: each.stat().st_mode & 0o777 for each in made} == made


async def test_every_acknowledged_write_survives_kill_9(path: Path) -> None:
    """What the killed process said is kept is there; a completed interview and its report come together."""
    said = said_by_a_killed_writer(path)
    store = SqliteStore(path)
    try:
        for what, number in said:
            kept = (await store.get(f"interview_{number}")).interview
            assert what == "added" or kept.state is InterviewState.COMPLETED
        last = said[-1][1]
        for number in range(1, last + 3):
            assert await is_completed(store, number) == await has_report(store, number)
    finally:
        await store.close()


async def is_completed(store: SqliteStore, number: int) -> bool:
    try:
        return (await store.get(f"interview_{number}")).interview.state is InterviewState.COMPLETED
    except InterviewNotFound:
        return False


async def has_report(store: SqliteStore, number: int) -> bool:
    try:
        await store.report(f"interview_{number}")
    except (ReportNotReady, InterviewNotFound):
        return False
    return True


@pytest.mark.usefixtures("store")
async def test_a_second_process_on_the_file_refuses_to_start(path: Path) -> None:
    """One line that names the variable and PostgreSQL, also when the file is reached by a link."""
    link = path.parent.parent / "link.db"
    link.symlink_to(path)
    for way in (path, link):
        with pytest.raises(SystemExit) as raised:
            SqliteStore(way)
        line = str(raised.value)
        assert line.startswith("ORCHESTRATOR_DATABASE_URL: ")
        assert "PostgreSQL" in line
        assert "\n" not in line


async def test_the_file_is_free_once_its_store_is_closed(path: Path) -> None:
    """The next process may start."""
    await SqliteStore(path).close()
    await SqliteStore(path).close()


@pytest.mark.parametrize("what", ["directory", "below a file", "no database"])
def test_a_file_that_cannot_be_used_ends_the_start_with_one_line(tmp_path: Path, what: str) -> None:
    """It names the variable and the file; no traceback."""
    (tmp_path / "file").write_text("this is no database " * 100)
    path = {
        "directory": tmp_path,
        "below a file": tmp_path / "file" / "x.db",
        "no database": tmp_path / "file",
    }
    with pytest.raises(SystemExit) as raised:
        SqliteStore(path[what])
    line = str(raised.value)
    assert line.startswith("ORCHESTRATOR_DATABASE_URL: cannot open ")
    assert "\n" not in line


async def test_a_locked_file_is_unavailable_and_recovers(store: SqliteStore, path: Path) -> None:
    """While another tool holds the file: StoreUnavailable, nothing changed; afterwards all is well."""
    await store.add(begun(), "")
    read = await store.get(INTERVIEW_ID)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable) as raised:
            await store.save(read, answered(begun(), None))
        other.execute("ROLLBACK")
    other.close()
    assert raised.value.retry_after_seconds
    assert await store.get(INTERVIEW_ID) == read
    await store.save(read, answered(begun(), None))


async def test_a_full_disk_is_unavailable_and_recovers(store: SqliteStore) -> None:
    """No room: StoreUnavailable and neither interview nor report; with room the same save works."""
    await store.add(begun(), "")
    read = await store.get(INTERVIEW_ID)
    ended = big().settled("q1", score(5)).finished(START)
    await limit_pages(store, 1)  # never below what there is: no page may be added
    with pytest.raises(StoreUnavailable):
        await store.save(read, ended, build(ended, UTC))
    assert await store.get(INTERVIEW_ID) == read
    with pytest.raises(ReportNotReady):
        await store.report(INTERVIEW_ID)
    await limit_pages(store, 1_000_000)
    await store.save(read, ended, build(ended, UTC))
    assert (await store.report(INTERVIEW_ID)).report == build(ended, UTC)


async def test_one_write_that_fails_takes_no_other_with_it(store: SqliteStore) -> None:
    """Committed together, a write that is refused leaves the others as if it had not been there."""
    ended = replace(answered(begun(), 5), interview_id="interview_ended").finished(START)
    await store.add(ended, "")
    read = await store.get("interview_ended")
    await store.save(read, ended, build(ended, UTC))
    others = [replace(begun(), interview_id=f"interview_{number}") for number in range(20)]
    outcomes = await asyncio.gather(
        *(store.add(other, "") for other in others[:10]),
        store.save(read, ended),  # another was faster
        store.save(await store.get("interview_ended"), ended, build(ended, UTC)),  # the report is there
        *(store.add(other, "") for other in others[10:]),
        return_exceptions=True,
    )
    failed = [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)]
    assert failed == [LostRace, StoreUnavailable]
    for other in others:
        assert (await store.get(other.interview_id)).interview == other


async def limit_pages(store: SqliteStore, most: int) -> None:
    # There is no other way to a full disk without rights to mount one.
    await store._database.run(lambda db: db.execute(f"PRAGMA max_page_count = {most}").fetchone())


async def test_a_report_that_cannot_be_read_does_not_hold_up_the_others(
    store: SqliteStore, path: Path
) -> None:
    """It is said once, without its content, left for five minutes and kept; the others are handed over."""
    for name in "ab":
        ended = replace(answered(begun(), 5), interview_id=f"interview_{name}").finished(START)
        await store.add(ended, "")
        await store.save(await store.get(ended.interview_id), ended, build(ended, UTC))
    with sqlite3.connect(path) as other:
        other.execute("UPDATE reports SET document = ? WHERE interview_id = 'interview_a'", (b'{"x": 7}',))
    other.close()
    with capture_logs() as logged:
        due = await store.claim_reports(START + timedelta(minutes=1), 10)
        again = await store.claim_reports(START + timedelta(minutes=2), 10)
    assert [stored.report.report_id for stored in due] == ["interview_b.1"]
    assert len(again) == 1
    assert [line["report_id"] for line in logged] == ["interview_a.1"]
    assert (await store.backlog()).reports == 2
    with pytest.raises(DamagedDocument):
        _ = (await store.report("interview_a")).report
