"""Waiting files: which, in which order, how they leave, and whose they are."""

import errno
import multiprocessing
import os
import shutil
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from services.reporter.backlog import Backlog
from services.reporter.lock import DirectoryLock
from tests.fakes.file_layer import FileLayer


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = tmp_path / "reports"
    directory.mkdir()
    return directory


@pytest.fixture
def layer() -> FileLayer:
    return FileLayer()


@pytest.fixture
def backlog(directory: Path, layer: FileLayer) -> Backlog:
    return Backlog(directory, layer.open)


def put(directory: Path, name: str, age_seconds: float = 0.0, content: bytes = b"x") -> None:
    (directory / name).write_bytes(content)
    os.utime(directory / name, (1_000_000 - age_seconds, 1_000_000 - age_seconds))


def test_oldest_first_and_only_ours(backlog: Backlog, directory: Path) -> None:
    """Files named like reports, oldest first; folders, links and others are left out."""
    put(directory, "interview_report_new.json", 1)
    put(directory, "interview_report_old.json", 9)
    put(directory, "technical_interview_report.json", 5)
    put(directory, "notes.json", 99)
    put(directory, ".tmp-abc", 99)
    (directory / "interview_report_folder.json").mkdir()
    (directory / "interview_report_link.json").symlink_to("notes.json")
    assert [waiting.name for waiting in backlog.waiting()] == [
        "interview_report_old.json",
        "technical_interview_report.json",
        "interview_report_new.json",
    ]


def test_set_aside_is_in_one_place_at_least(backlog: Backlog, layer: FileLayer, directory: Path) -> None:
    """Set aside: synced, linked, both folders synced, and only then taken away; no name is overwritten."""
    put(directory, "interview_report_7.json", content=b"first")
    assert backlog.set_aside("interview_report_7.json") == "rejected/interview_report_7.json"
    assert layer.calls == [
        "sync",
        "link rejected/interview_report_7.json",
        "sync folder rejected/",
        "sync folder",
        "unlink interview_report_7.json",
    ]
    put(directory, "interview_report_7.json", content=b"second")
    other = backlog.set_aside("interview_report_7.json")
    assert (directory / other).read_bytes() == b"second"
    assert (directory / "rejected" / "interview_report_7.json").read_bytes() == b"first"


@pytest.mark.parametrize(
    "call", ["sync", "link rejected/interview_report_7.json", "sync folder rejected/", "sync folder"]
)
def test_failing_disk_keeps_the_file(backlog: Backlog, layer: FileLayer, directory: Path, call: str) -> None:
    """Whichever call fails on the way aside, the waiting file stays."""
    put(directory, "interview_report_7.json")
    layer.fails = lambda what: errno.EIO if what == call else None
    with pytest.raises(OSError, match="EIO"):
        backlog.set_aside("interview_report_7.json")
    assert (directory / "interview_report_7.json").exists()


def test_sweep_removes_old_unfinished_files(backlog: Backlog, directory: Path) -> None:
    """Unfinished files older than the limit go; younger ones and everything else stay."""
    put(directory, ".tmp-old", 7200)
    put(directory, ".tmp-young", 60)
    put(directory, "interview_report_7.json", 7200)
    assert backlog.sweep(int((1_000_000 - 3600) * 1e9)) == 1
    assert {path.name for path in directory.iterdir()} == {".tmp-young", "interview_report_7.json"}


def hold_until_told(directory: Path, connection: Connection) -> None:
    lock = DirectoryLock(directory)
    connection.send(lock.hold())
    connection.recv()


def test_one_holder_at_a_time(directory: Path) -> None:
    """Of two processes one holds the directory; when it is killed the other takes over."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=hold_until_told, args=(directory, theirs))
    other.start()
    try:
        assert ours.recv() is True
        lock = DirectoryLock(directory)
        assert lock.hold() is False
    finally:
        other.kill()
        other.join()
    assert lock.hold() is True
    assert lock.hold() is True
    lock.release()
    again = DirectoryLock(directory)
    assert again.hold() is True
    again.release()


def test_lock_follows_the_directory(directory: Path) -> None:
    """If the directory is removed and made anew, the lock is taken on the new one."""
    lock, other = DirectoryLock(directory), DirectoryLock(directory)
    assert lock.hold()
    shutil.rmtree(directory)
    directory.mkdir()
    assert other.hold()
    assert not lock.hold()
    other.release()
    assert lock.hold()
    lock.release()
