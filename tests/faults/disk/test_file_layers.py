"""The forgetful disk behaves like the operating system's as long as nobody dies: one suite over both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.reporter.files import Folder, OpenFolder, open_folder
from services.reporter.whole_files import read_file, write_file
from tests.faults.disk.forgetful_disk import ForgetfulDisk


@pytest.fixture(params=["operating system", "forgetful"])
def opener(request: pytest.FixtureRequest) -> OpenFolder:
    return open_folder if request.param == "operating system" else ForgetfulDisk().open


@pytest.fixture
def folder(opener: OpenFolder, tmp_path: Path) -> Iterator[Folder]:
    with opener(tmp_path / "reports") as folder:
        yield folder


def test_read_back(folder: Folder) -> None:
    """What is written is read, and stands under one name."""
    content = bytes(range(256)) * 40
    name = write_file(folder, content)
    assert read_file(folder, name) == content
    assert folder.names() == [name]
    assert (folder.info_of(name).plain, folder.info_of(name).size) == (True, len(content))


def test_taken_names(folder: Folder) -> None:
    """Nothing is created or linked over what has the name; what is not there is told."""
    one, other = write_file(folder, b"one"), write_file(folder, b"other")
    with pytest.raises(FileExistsError):
        folder.create(one)
    with pytest.raises(FileExistsError):
        folder.link(one, folder, other)
    assert read_file(folder, other) == b"other"
    assert folder.has(other)
    assert not folder.has("absent")
    for call in (folder.open, folder.unlink, folder.info_of):
        with pytest.raises(FileNotFoundError):
            call("absent")


def test_second_name(folder: Folder) -> None:
    """A link is the same file, here or in a folder below, and outlives the first name."""
    name = write_file(folder, b"one")
    with folder.subfolder("rejected") as aside:
        folder.link(name, aside, "aside")
        folder.unlink(name)
        aside.sync_folder()
    with folder.subfolder("rejected") as aside:
        assert read_file(aside, "aside") == b"one"
        assert aside.identity() != folder.identity()
    assert folder.names() == ["rejected"]
    assert not folder.info_of("rejected").plain


def test_lock(folder: Folder) -> None:
    """A free lock is taken."""
    assert folder.try_lock()
