"""What is remembered of a directory where no report waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from interview.v1.reporter_service_pb2 import PublishReportRequest

from services.reporter import emptiness
from services.reporter.delivery import Look
from services.reporter.disk import Disk
from services.reporter.emptiness import Emptiness
from services.reporter.encoding import encode
from services.reporter.fallback import Fallback
from services.reporter.files import Folder, open_folder
from services.reporter.translate import report_in
from tests.fakes.file_layer import FileLayer
from tests.fakes.reports import interview_report

REPORT = "technical_interview_report.json"
RECORD = encode(report_in(PublishReportRequest(report=interview_report("interview_A", 1, ""))), "step3")


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def folder(directory: Path) -> Iterator[Folder]:
    with open_folder(directory) as folder:
        yield folder


def still(seconds: Seconds, folder: Folder) -> Emptiness:
    """What is known after two looks at a folder that stood still between them."""
    known = Emptiness(seconds)
    known.learn(folder)
    seconds.now += 1
    known.learn(folder)
    return known


def test_an_empty_directory_that_stood_still_is_known(seconds: Seconds, folder: Folder) -> None:
    """Two looks a second apart see no change and no report: from then on that is certain."""
    assert still(seconds, folder).holds(folder)


def test_what_is_not_a_report_does_not_count(seconds: Seconds, directory: Path, folder: Folder) -> None:
    """Rejected reports and other people's files are not waiting."""
    (directory / "rejected").mkdir()
    (directory / "notes.txt").touch()
    assert still(seconds, folder).holds(folder)


def test_one_look_is_not_enough(seconds: Seconds, folder: Folder) -> None:
    """A change within the same tick of the file system's clock would not show."""
    known = Emptiness(seconds)
    known.learn(folder)
    seconds.now += 0.9
    known.learn(folder)
    assert not known.holds(folder)


def test_a_change_between_two_looks_starts_anew(seconds: Seconds, directory: Path, folder: Folder) -> None:
    """A directory that has just changed is not believed, empty or not."""
    known = Emptiness(seconds)
    known.learn(folder)
    seconds.now += 5
    (directory / REPORT).touch()
    (directory / REPORT).unlink()
    known.learn(folder)
    assert not known.holds(folder)


def test_a_report_from_elsewhere_shows_at_once(seconds: Seconds, directory: Path, folder: Folder) -> None:
    """Another reporter on the same directory files one: nothing is certain any more."""
    known = still(seconds, folder)
    (directory / REPORT).touch()
    assert not known.holds(folder)


def test_a_waiting_report_is_not_overlooked(seconds: Seconds, directory: Path, folder: Folder) -> None:
    """A directory that stands still with a report in it is not empty."""
    (directory / REPORT).touch()
    assert not still(seconds, folder).holds(folder)


def test_a_long_directory_is_listed_once(seconds: Seconds, directory: Path, folder: Folder) -> None:
    """50,000 waiting files are not listed for every report that arrives."""
    (directory / REPORT).touch()
    known = still(seconds, folder)
    listed: list[None] = []
    folder.names = lambda: listed.append(None) or []  # type: ignore[method-assign,func-returns-value]
    known.learn(folder)
    assert not listed


def test_another_directory_in_its_place_is_not_known(
    seconds: Seconds, tmp_path: Path, directory: Path, folder: Folder
) -> None:
    """A volume mounted anew, or a directory restored from a backup, is looked at again."""
    known = still(seconds, folder)
    directory.rename(tmp_path / "old")
    with open_folder(directory) as other:
        assert not known.holds(other)


async def test_reports_look_for_themselves_until_it_is_known(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first reports go through a thread and list the directory; later ones do neither."""
    monkeypatch.setattr(emptiness, "_SETTLED_SECONDS", 0.0)
    disk = Disk(directory)
    for _ in range(2):
        assert not disk.fallback.is_empty()
        assert (await disk.look(RECORD)).look is Look.NOTHING
    disk.close()  # from here on a thread could not be had
    assert disk.fallback.is_empty()
    assert (await disk.look(RECORD)).look is Look.NOTHING


async def test_a_file_is_found_though_the_directory_was_empty(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is filed after the directory was known to be empty is found by a repeat."""
    monkeypatch.setattr(emptiness, "_SETTLED_SECONDS", 0.0)
    disk = Disk(directory)
    for _ in range(3):
        await disk.look(RECORD)
    Fallback(directory).file(RECORD)
    found = await disk.look(RECORD)
    disk.close()
    assert (found.look, found.file_name) == (Look.WAITS, REPORT)


def test_a_failing_disk_is_not_empty(directory: Path) -> None:
    """What cannot be looked at is left to a look that tells why."""
    directory.parent.joinpath("reports").touch()
    assert not Fallback(directory).is_empty()
    assert not Fallback(directory.parent / "other", FileLayer().open).is_empty()
