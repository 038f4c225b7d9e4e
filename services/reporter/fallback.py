"""Reports as files: found, written and set aside so that a crash at any instant loses none that was promised.

A file is written under a name of its own, synced, linked to its final name (which fails if that is taken, so
nothing is ever overwritten), and its folder synced. Calls block; every one raises OSError if the disk fails.
"""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from services.reporter.delivery import Look
from services.reporter.emptiness import Emptiness
from services.reporter.files import Folder, OpenFolder, open_folder
from services.reporter.names import REJECTED, bare_name, full_names, revision_in
from services.reporter.receipts import ReportExists
from services.reporter.record import DamagedRecord, Record, decode, say_the_same
from services.reporter.whole_files import Doubts, read_file, sync_file, write_file

_FEW_REVISIONS = 16


@dataclass(frozen=True, slots=True)
class Found:
    """What a look into the directory found for a report, and in which file."""

    look: Look
    file_name: str = ""


class Fallback:
    """The fallback directory of one reporter, or of several that share it. `doubts` are of what waits."""

    def __init__(self, path: Path, open_root: OpenFolder = open_folder, doubts: Doubts | None = None) -> None:
        self._path = path
        self._open_root = open_root
        self._doubts: Doubts = set() if doubts is None else doubts
        self._aside_doubts: Doubts = set()
        self._sure_of: tuple[int, int] | None = None
        self._emptiness = Emptiness()

    def is_empty(self) -> bool:
        """Whether it is certain that no report waits here. Quick enough for an event loop; never raises."""
        with suppress(OSError), self._open_root(self._path) as folder:
            return self._emptiness.holds(folder)
        return False

    def look(self, record: Record) -> Found:
        """What stands here for the record. Where it waits already, its file is durable afterwards.

        Raises ReportExists if another content waits under its report id.
        """
        with self._open() as folder:
            self._emptiness.learn(folder)
            return self._look(folder, record)

    def file(self, record: Record) -> str:
        """Writes the record under its promised name, or under its full name where that is taken; the name."""
        with self._open() as folder:
            return self._file(folder, record)

    def look_and_file(self, record: Record) -> Found:
        """Writes the record unless it waits already: what stood here before, and the name of its file now.

        Raises ReportExists.
        """
        with self._open() as folder:
            try:
                found = self._look(folder, record)
            except OSError:  # if it matters the writing will tell
                found = Found(Look.UNREADABLE)
            return found if found.look is Look.WAITS else replace(found, file_name=self._file(folder, record))

    def reject(self, record: Record) -> str:
        """Writes a record that Kafka refuses where a person finds it; the name."""
        with self._open() as folder, folder.subfolder(REJECTED) as aside:
            name = _write_as(aside, record, full_names(record), self._aside_doubts)
            folder.sync_folder()  # whoever made `rejected/` may have died before that was on the disk
            return f"{REJECTED}/{name}"

    def check(self) -> None:
        """Raises OSError unless a file can be written here now."""
        with self._open() as folder:
            folder.unlink(write_file(folder, b"{}"))

    @contextmanager
    def _open(self) -> Iterator[Folder]:
        """The directory, its own name on the disk: who made it may have died before that."""
        with self._open_root(self._path) as folder:
            identity = folder.identity()
            if identity != self._sure_of:
                folder.sync_name()
                self._sure_of = identity
            yield folder

    def _look(self, folder: Folder, record: Record) -> Found:
        for name in (bare_name(record), *full_names(record)):
            if folder.has(name) and _stands(folder, name, record, self._doubts):
                return Found(Look.WAITS, name)
        return Found(Look.EARLIER_WAITS if earlier_waits(folder, record) else Look.NOTHING)

    def _file(self, folder: Folder, record: Record) -> str:
        return _write_as(folder, record, [bare_name(record), *full_names(record)], self._doubts)


def _holds(folder: Folder, name: str, record: Record) -> bool:
    """Whether `name` is this very report. What cannot be read is another's: it is left alone."""
    try:
        content = read_file(folder, name)
        if _is_surely_another(content, record):
            return False
        other = decode(content)
    except (OSError, DamagedRecord):
        return False
    if other.report_id != record.report_id:
        return False
    if not say_the_same(record, other):
        raise ReportExists(record.report_id)
    return True


def _is_surely_another(content: bytes, record: Record) -> bool:
    """Whether an interview's id is nowhere in its file, which is quicker to tell than what is in there."""
    return record.key not in content and b"\\u00" not in content  # so JSON may write a letter of an id


def earlier_waits(folder: Folder, record: Record) -> bool:
    """Whether an earlier revision of the record's interview waits in the folder. Raises OSError."""
    if record.revision == 1:
        return False
    if any(folder.has(name) and _is_plain(folder, name) for name in _earlier_names(folder, record)):
        return True
    try:
        other = decode(read_file(folder, bare_name(record)))
    except (OSError, DamagedRecord):
        return False
    return other.interview_id == record.interview_id and other.revision < record.revision


def _earlier_names(folder: Folder, record: Record) -> list[str]:
    """Full names that earlier revisions may have: guessed where they are few, for a listing may be long."""
    if record.revision <= _FEW_REVISIONS:
        return [name for revision in range(1, record.revision) for name in full_names(record, revision)]
    found = [(name, revision_in(name, record)) for name in folder.names()]
    return [name for name, revision in found if revision is not None and revision < record.revision]


def _is_plain(folder: Folder, name: str) -> bool:
    try:
        return folder.info_of(name).plain
    except FileNotFoundError:
        return False


def _stands(folder: Folder, name: str, record: Record, doubts: Doubts) -> bool:
    """Whether `name` is this very report, durable. Raises OSError, and then never says so of it again."""
    if name in doubts or not _holds(folder, name, record):
        return False
    try:
        sync_file(folder, name)
        folder.sync_folder()
    except OSError:
        doubts.add(name)
        raise
    return True


def _write_as(folder: Folder, record: Record, names: Iterable[str], doubts: Doubts) -> str:
    """Writes the record under the first of `names` that is free, or already this very report."""
    tmp = write_file(folder, record.value)
    try:
        name, linked = _link_first(folder, tmp, record, names, doubts)
    finally:
        folder.unlink(tmp)
    if linked:
        _sync_link(folder, name)
        doubts.discard(name)
    return name


def _link_first(
    folder: Folder, tmp: str, record: Record, names: Iterable[str], doubts: Doubts
) -> tuple[str, bool]:
    for name in names:
        try:
            folder.link(tmp, folder, name)
        except FileExistsError:
            with suppress(OSError):  # it is in doubt now: the next name is taken
                if _stands(folder, name, record, doubts):
                    return name, False
        else:
            return name, True
    raise FileExistsError(errno.EEXIST, "every name is taken")


def _sync_link(folder: Folder, name: str) -> None:
    try:
        folder.sync_folder()
    except OSError:
        # Whether the name reached the disk is unknown, and asking again may answer wrongly: start anew.
        folder.unlink(name)
        raise
