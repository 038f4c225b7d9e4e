"""Reports as files: found, written and set aside so that a crash at any instant loses none that was promised.

A file is written under a name of its own, synced, linked to its final name (which fails if that is taken, so
nothing is ever overwritten), and its folder synced. Calls block; every one raises OSError if the disk fails.
"""

import errno
from dataclasses import dataclass
from pathlib import Path

from services.reporter.delivery import Look
from services.reporter.files import Folder, OpenFolder, open_folder
from services.reporter.names import REJECTED, bare_name, beside, full_name, new_tmp_name, revision_in
from services.reporter.receipts import ReportExists
from services.reporter.record import LARGEST_BYTES, DamagedRecord, Record, decode, say_the_same


@dataclass(frozen=True, slots=True)
class Found:
    """What a look into the directory found for a report, and in which file."""

    look: Look
    file_name: str = ""


class NotPlain(OSError):
    """The entry is no plain file: a folder, a FIFO, a symbolic link."""


class Fallback:
    """The fallback directory of one reporter, or of several that share it."""

    def __init__(self, path: Path, open_root: OpenFolder = open_folder) -> None:
        self._path = path
        self._open_root = open_root

    def look(self, record: Record) -> Found:
        """What stands here for the record. Where it waits already, its file is durable afterwards.

        Raises ReportExists if another content waits under its report id.
        """
        with self._open_root(self._path) as folder:
            for name in (bare_name(record), full_name(record)):
                if _holds(folder, name, record):
                    sync_file(folder, name)
                    folder.sync_folder()
                    return Found(Look.WAITS, name)
            if record.revision > 1 and earlier_waits(folder, record):
                return Found(Look.EARLIER_WAITS)
        return Found(Look.NOTHING)

    def file(self, record: Record) -> str:
        """Writes the record under its promised name, or under its full name where that is taken; the name."""
        full = full_name(record)
        with self._open_root(self._path) as folder:
            return _write_as(folder, record, (bare_name(record), full, beside(full)))

    def reject(self, record: Record) -> str:
        """Writes a record that Kafka refuses where a person finds it; the name."""
        full = full_name(record)
        with self._open_root(self._path) as folder, folder.subfolder(REJECTED) as aside:
            return f"{REJECTED}/{_write_as(aside, record, (full, beside(full)))}"

    def check(self) -> None:
        """Raises OSError unless a file can be written here now."""
        with self._open_root(self._path) as folder:
            folder.unlink(_write(folder, b"{}"))


def read_file(folder: Folder, name: str) -> bytes:
    """The file's content, or as much as shows that it is too large. Raises NotPlain, OSError."""
    try:
        handle = folder.open(name)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise NotPlain(error.errno, "not a plain file", name) from error
        raise
    try:
        return _read(folder, handle, name)
    finally:
        folder.close(handle)


def _read(folder: Folder, handle: int, name: str) -> bytes:
    if not folder.info(handle).plain:
        raise NotPlain(errno.EINVAL, "not a plain file", name)
    parts = bytearray()
    while len(parts) <= LARGEST_BYTES:
        part = folder.read(handle, LARGEST_BYTES + 1)
        if not part:
            break
        parts += part
    return bytes(parts)


def _holds(folder: Folder, name: str, record: Record) -> bool:
    """Whether `name` is this very report. What cannot be read is another's: it is left alone."""
    try:
        other = decode(read_file(folder, name))
    except (OSError, DamagedRecord):
        return False
    if other.report_id != record.report_id:
        return False
    if not say_the_same(record, other):
        raise ReportExists(record.report_id)
    return True


def earlier_waits(folder: Folder, record: Record) -> bool:
    """Whether an earlier revision of the record's interview waits in the folder. Raises OSError."""
    revisions = (revision_in(name, record) for name in folder.names())
    if any(revision is not None and revision < record.revision for revision in revisions):
        return True
    try:
        other = decode(read_file(folder, bare_name(record)))
    except (OSError, DamagedRecord):
        return False
    return other.interview_id == record.interview_id and other.revision < record.revision


def _write_as(folder: Folder, record: Record, names: tuple[str, ...]) -> str:
    """Writes the record under the first of `names` that is free, or already this very report."""
    tmp = _write(folder, record.value)
    try:
        name, linked = _link_first(folder, tmp, record, names)
    finally:
        folder.unlink(tmp)
    try:
        folder.sync_folder()
    except OSError:
        # Whether the name reached the disk is unknown, and asking again may answer wrongly: start anew.
        if linked:
            folder.unlink(name)
        raise
    return name


def _link_first(folder: Folder, tmp: str, record: Record, names: tuple[str, ...]) -> tuple[str, bool]:
    for name in names:
        try:
            folder.link(tmp, folder, name)
        except FileExistsError:
            if _holds(folder, name, record):
                sync_file(folder, name)
                return name, False
        else:
            return name, True
    raise FileExistsError(errno.EEXIST, "every name is taken", names[-1])


def _write(folder: Folder, value: bytes) -> str:
    """A synced file of its own, not yet named as anything. Its name."""
    name = new_tmp_name()
    handle = folder.create(name)
    try:
        _write_all(folder, handle, value)
        folder.sync(handle)
    except OSError:
        folder.unlink(name)
        raise
    finally:
        folder.close(handle)
    return name


def _write_all(folder: Folder, handle: int, value: bytes) -> None:
    rest = memoryview(value)
    while rest:
        written = folder.write(handle, rest)
        if written == 0:
            raise OSError(errno.ENOSPC, "the disk takes no more")
        rest = rest[written:]


def sync_file(folder: Folder, name: str) -> None:
    """Makes sure that a file's content is on the disk. Raises OSError."""
    handle = folder.open(name)
    try:
        folder.sync(handle)
    finally:
        folder.close(handle)
