"""The fallback directory: what is written, in which order and under which name, also when the disk fails."""

import errno
import os
import stat
from pathlib import Path

import pytest
from interview.v1.interview_report_pb2 import InterviewReport
from interview.v1.reporter_service_pb2 import PublishReportRequest

from services.reporter.delivery import Look
from services.reporter.encoding import encode
from services.reporter.fallback import Fallback, Found
from services.reporter.files import open_folder
from services.reporter.receipts import ReportExists
from services.reporter.record import Record
from services.reporter.translate import report_in
from services.reporter.whole_files import NotPlain, read_file
from tests.fakes.file_layer import FileLayer
from tests.fakes.reports import interview_report

BARE = "technical_interview_report.json"


def record_of(report: InterviewReport) -> Record:
    return encode(report_in(PublishReportRequest(report=report)), "step3")


def record(interview_id: str = "interview_A", revision: int = 1, room_id: str = "") -> Record:
    return record_of(interview_report(interview_id, revision, room_id))


@pytest.fixture
def layer() -> FileLayer:
    return FileLayer()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def fallback(directory: Path, layer: FileLayer) -> Fallback:
    return Fallback(directory, layer.open)


def contents(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_order_of_a_durable_file(fallback: Fallback, layer: FileLayer, directory: Path) -> None:
    """Written apart, synced, linked, the other name taken away, the folder synced: in this order."""
    assert fallback.file(record()) == BARE
    assert layer.calls == ["create tmp", "write", "sync", f"link {BARE}", "unlink tmp", "sync folder"]
    assert contents(directory) == {BARE: record().value}


def test_only_the_owner_may_look(fallback: Fallback, directory: Path) -> None:
    """Files are 0600 in a 0700 directory, also in rejected/."""
    fallback.file(record())
    fallback.reject(record())
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [directory, *directory.rglob("*")]}
    assert {modes[path] for path in modes if path.is_dir()} == {0o700}
    assert {modes[path] for path in modes if path.is_file()} == {0o600}


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was synced, in order. No system call tells it: it has to be listened to."""
    synced: list[Path] = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")))
    )
    return synced


def test_every_new_directory_is_synced(tmp_path: Path, synced: list[Path]) -> None:
    """Where directories above it are missing too, each is made and its name synced, from the top down."""
    with open_folder(tmp_path / "a" / "b" / "reports"):
        assert synced == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
    assert stat.S_IMODE((tmp_path / "a" / "b" / "reports").stat().st_mode) == 0o700


def test_found_directory_is_synced_once(tmp_path: Path, synced: list[Path]) -> None:
    """A directory that is there may have been made by who died at once: its name, and those above it, are
    synced before anything is promised, and again if another takes its place."""
    directory = tmp_path / "a" / "reports"
    directory.mkdir(parents=True)
    fallback = Fallback(directory)
    fallback.file(record())
    assert synced[:2] == [tmp_path / "a", tmp_path]
    synced.clear()
    fallback.file(record("interview_B"))
    assert tmp_path / "a" not in synced
    directory.rename(tmp_path / "a" / "moved")
    directory.mkdir()
    synced.clear()
    fallback.file(record("interview_C"))
    assert synced[:2] == [tmp_path / "a", tmp_path]


def test_folder_whose_name_cannot_be_synced_is_made_anew(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the sync after making rejected/ fails it is gone again, so that the next try makes and syncs it."""
    fallback, fsync = Fallback(directory), os.fsync
    fallback.check()

    def fails(_: int) -> None:
        raise OSError(errno.EIO, "EIO")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="EIO"):
        fallback.reject(record())
    assert os.listdir(directory) == []
    monkeypatch.setattr(os, "fsync", fsync)
    assert fallback.reject(record()).startswith("rejected/")


def test_short_writes_are_gone_on_with(fallback: Fallback, layer: FileLayer, directory: Path) -> None:
    """A disk that takes a few bytes at a time gets all of them."""
    layer.bytes_per_write = 100
    fallback.file(record())
    assert contents(directory) == {BARE: record().value}


def test_taken_names_are_never_overwritten(fallback: Fallback, directory: Path) -> None:
    """The bare name, then the full one, then a third: whatever stands there stays, and a repeat finds it."""
    full = "technical_interview_report.interview_A.1.json"
    directory.mkdir()
    (directory / BARE).write_bytes(b"somebody else's")
    (directory / full).write_bytes(b"damaged")
    name = fallback.file(record())
    assert name == "technical_interview_report.interview_A.1.2.json"
    assert contents(directory) == {BARE: b"somebody else's", full: b"damaged", name: record().value}
    (directory / full).unlink()  # as when it is set aside
    assert fallback.look(record()) == Found(Look.WAITS, name)
    assert fallback.look(record(revision=2)) == Found(Look.EARLIER_WAITS)
    assert fallback.look(record(revision=17)) == Found(Look.EARLIER_WAITS)


@pytest.mark.parametrize("call", ["create tmp", "write", "sync", f"link {BARE}", "sync folder"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EROFS])
def test_failing_disk_leaves_nothing_behind(
    fallback: Fallback, layer: FileLayer, directory: Path, call: str, number: int
) -> None:
    """Whichever call fails, the error is told, nothing is left, and the next try makes a new file."""
    layer.fails = lambda what: number if what == call else None
    with pytest.raises(OSError, match=errno.errorcode[number]):
        fallback.file(record())
    assert contents(directory) == {}
    layer.fails = lambda _: None
    assert fallback.file(record()) == BARE
    assert contents(directory) == {BARE: record().value}


def test_disk_that_takes_nothing(fallback: Fallback, layer: FileLayer, directory: Path) -> None:
    """A write that takes no byte and reports no error is a full disk, not an endless loop."""
    layer.bytes_per_write = 0
    with pytest.raises(OSError, match="takes no more"):
        fallback.file(record())
    assert contents(directory) == {}


def test_waiting_report_is_found_and_synced(fallback: Fallback, layer: FileLayer) -> None:
    """A report that waits, under either of its names, is found; file and folder are synced again."""
    fallback.file(record())
    fallback.file(record("interview_B"))
    for interview_id, name in [
        ("interview_A", BARE),
        ("interview_B", "technical_interview_report.interview_B.1.json"),
    ]:
        layer.calls.clear()
        assert fallback.look(record(interview_id)) == Found(Look.WAITS, name)
        assert layer.calls == ["sync", "sync folder"]
    assert fallback.look(record("interview_C")) == Found(Look.NOTHING)


def test_waiting_report_that_cannot_be_synced_is_not_promised(fallback: Fallback, layer: FileLayer) -> None:
    """If its file cannot be synced the look fails: nobody hears FILED."""
    fallback.file(record())
    layer.fails = lambda what: errno.EIO if what == "sync" else None
    with pytest.raises(OSError, match="EIO"):
        fallback.look(record())


def test_other_content_under_the_same_id(fallback: Fallback, directory: Path) -> None:
    """Another content that waits under the report's id is told, and stays."""
    fallback.file(record())
    other = record_of(interview_report("interview_A", candidate_name="Другое Имя"))
    with pytest.raises(ReportExists):
        fallback.look(other)
    assert contents(directory) == {BARE: record().value}


@pytest.mark.parametrize("taken", [False, True])
def test_later_revision_stands_behind_an_earlier_one(fallback: Fallback, taken: bool) -> None:
    """While revision 1 waits, under whichever name, revision 2 is not sent past it; other interviews are."""
    if taken:
        fallback.file(record("interview_B", room_id="7"))
    fallback.file(record(room_id="7"))
    assert fallback.look(record(revision=2, room_id="7")) == Found(Look.EARLIER_WAITS)
    assert fallback.look(record("interview_C", revision=2, room_id="7")) == Found(Look.NOTHING)
    fallback.file(record(revision=2, room_id="7"))
    assert fallback.look(record(revision=1, room_id="7")).look is Look.WAITS


@pytest.mark.parametrize("revision", [2, 17])
def test_no_plain_file_is_no_earlier_revision(fallback: Fallback, directory: Path, revision: int) -> None:
    """A folder named like revision 1 does not hold later ones back; its file does, also many revisions on."""
    (directory / "technical_interview_report.interview_A.1.json").mkdir(parents=True)
    assert fallback.look(record(revision=revision)) == Found(Look.NOTHING)
    (directory / "technical_interview_report.interview_A.1.json").rmdir()
    fallback.file(record("interview_B"))
    fallback.file(record())
    assert fallback.look(record(revision=revision)) == Found(Look.EARLIER_WAITS)


def test_report_written_with_escapes_is_found(fallback: Fallback, directory: Path) -> None:
    """A file that JSON spells in another way, letters of the id escaped, is still the same report."""
    directory.mkdir()
    spelled = record().value.replace(b"interview_A", b"interview_\\u0041")
    assert spelled != record().value
    (directory / BARE).write_bytes(spelled)
    assert fallback.look(record()) == Found(Look.WAITS, BARE)


def test_rejected_record_stands_aside(fallback: Fallback, layer: FileLayer, directory: Path) -> None:
    """A refused record is as durable in rejected/ as a waiting one, and written there once."""
    name = "rejected/technical_interview_report.interview_A.1.json"
    assert fallback.reject(record()) == name
    assert layer.calls == [
        "create rejected/tmp",
        "write rejected/",
        "sync rejected/",
        f"link {name}",
        "unlink rejected/tmp",
        "sync folder rejected/",
        "sync folder",
    ]
    assert fallback.reject(record()) == name
    assert contents(directory) == {name: record().value}


def test_symbolic_links_are_not_followed(fallback: Fallback, directory: Path, tmp_path: Path) -> None:
    """A link under the promised name is neither read nor written through."""
    secret = tmp_path / "secret"
    secret.write_bytes(record().value)
    directory.mkdir()
    (directory / BARE).symlink_to(secret)
    (directory / "rejected").symlink_to(tmp_path)
    assert fallback.look(record()) == Found(Look.NOTHING)
    assert fallback.file(record()) == "technical_interview_report.interview_A.1.json"
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        fallback.reject(record())
    assert secret.read_bytes() == record().value
    assert not list(tmp_path.glob("*.json"))


def test_what_is_no_plain_file_is_told(directory: Path) -> None:
    """A folder, a FIFO or a link is not read, and does not make anyone wait."""
    directory.mkdir()
    os.mkfifo(directory / "fifo")
    (directory / "folder").mkdir()
    (directory / "link").symlink_to("elsewhere")
    with open_folder(directory) as folder:
        for name in ("fifo", "folder", "link"):
            with pytest.raises(NotPlain):
                read_file(folder, name)


def test_check_leaves_nothing(fallback: Fallback, layer: FileLayer, directory: Path) -> None:
    """The disk is checked by writing and syncing for real; afterwards nothing is there."""
    fallback.check()
    assert "sync" in layer.calls
    assert contents(directory) == {}
    layer.fails = lambda what: errno.EROFS if what == "create tmp" else None
    with pytest.raises(OSError, match="EROFS"):
        fallback.check()
