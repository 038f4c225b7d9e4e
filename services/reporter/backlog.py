"""What waits in the fallback directory, and how it leaves. Calls block and may raise OSError."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.reporter.fallback import earlier_waits
from services.reporter.files import Folder, OpenFolder, open_folder
from services.reporter.lock import DirectoryLock
from services.reporter.names import REJECTED, beside, is_ours, is_tmp
from services.reporter.record import Record, decode
from services.reporter.whole_files import Doubts, copy_file, read_file, sync_file


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A file that waits; sorts by age, oldest first."""

    since_ns: int
    name: str


class Backlog:
    """The waiting files of the fallback directory; `doubts` are shared with who writes them."""

    def __init__(self, path: Path, open_root: OpenFolder = open_folder, doubts: Doubts | None = None) -> None:
        self._path = path
        self._open_root = open_root
        self._doubts: Doubts = set() if doubts is None else doubts
        self._lock = DirectoryLock(path, open_root)

    def is_ours_to_send(self) -> bool:
        """Whether this process is the one that redelivers and tidies; it stays so to its end."""
        return self._lock.hold()

    def release(self) -> None:
        """Leaves the directory to another process."""
        self._lock.release()

    def waiting(self) -> list[Waiting]:
        """Every file named like ours, oldest first. Entries that are no plain files are left out."""
        with self._open_root(self._path) as folder:
            return sorted(_plain(folder, [name for name in folder.names() if is_ours(name)]))

    def read(self, name: str) -> Record:
        """The record in a file. Raises DamagedRecord, NotPlain."""
        with self._open_root(self._path) as folder:
            return decode(read_file(folder, name))

    def comes_later(self, record: Record) -> bool:
        """Whether an earlier revision of its interview waits."""
        with self._open_root(self._path) as folder:
            return earlier_waits(folder, record)

    def remove(self, name: str) -> None:
        """Takes a file away whose record is on the topic."""
        with self._open_root(self._path) as folder:
            folder.unlink(name)

    def set_aside(self, name: str) -> str:
        """Moves a file to where a person finds it, so that it is in one place at least at every instant."""
        with self._open_root(self._path) as folder, folder.subfolder(REJECTED) as aside:
            new_name = self._put_aside(folder, aside, name)
            aside.sync_folder()
            folder.sync_folder()
            folder.unlink(name)
            return f"{REJECTED}/{new_name}"

    def _put_aside(self, folder: Folder, aside: Folder, name: str) -> str:
        if name not in self._doubts:
            try:
                sync_file(folder, name)
            except OSError:
                self._doubts.add(name)
                raise
            with suppress(PermissionError):  # the system may not let us link another owner's file
                return _link_aside(folder, name, aside, name)
        copy = copy_file(folder, name, aside)
        try:
            return _link_aside(aside, copy, aside, name)
        finally:
            aside.unlink(copy)

    def sweep(self, before_ns: int) -> int:
        """Removes what was being written and never finished; how many files."""
        with self._open_root(self._path) as folder:
            unfinished = _plain(folder, [name for name in folder.names() if is_tmp(name)])
            old = [one.name for one in unfinished if one.since_ns < before_ns]
            for name in old:
                folder.unlink(name)
            return len(old)


def _plain(folder: Folder, names: list[str]) -> list[Waiting]:
    found = []
    for name in names:
        try:
            info = folder.info_of(name)
        except FileNotFoundError:  # delivered meanwhile
            continue
        if info.plain:
            found.append(Waiting(info.modified_ns, name))
    return found


def _link_aside(folder: Folder, name: str, aside: Folder, new_name: str) -> str:
    try:
        folder.link(name, aside, new_name)
    except FileExistsError:
        new_name = beside(new_name)
        folder.link(name, aside, new_name)
    return new_name
