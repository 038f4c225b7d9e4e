"""The files of a fallback directory as a person sees them, those that were set aside too. Calls block."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.reporter.files import Folder, open_folder
from services.reporter.names import REJECTED, is_ours, is_tmp, shown
from services.reporter.record import DamagedRecord, Record, decode
from services.reporter.whole_files import read_file


@dataclass(frozen=True, slots=True)
class Entry:
    """A file: its record, or what is wrong with it."""

    file: str
    size: int
    since: datetime
    record: Record | None
    trouble: str = ""

    @property
    def report(self) -> str:
        """Which report it is, in words."""
        return f"report {self.record.report_id}" if self.record else "no report"

    @property
    def is_rejected(self) -> bool:
        """Whether a person has to look at it."""
        return self.file.startswith(f"{REJECTED}/")


def entries(directory: Path) -> Iterator[Entry]:
    """What waits, then what was set aside, each oldest first. Raises OSError."""
    if not directory.is_dir():  # opening would make it
        return
    with open_folder(directory) as folder:
        there = folder.names()
        yield from _entries_of(folder, [name for name in there if is_ours(name)], "")
        if REJECTED in there:
            with folder.subfolder(REJECTED) as aside:
                names = [name for name in aside.names() if not is_tmp(name)]
                yield from _entries_of(aside, names, f"{REJECTED}/")


def _entries_of(folder: Folder, names: list[str], prefix: str) -> list[Entry]:
    found = (_entry(folder, name, prefix) for name in names)
    return sorted((entry for entry in found if entry), key=lambda entry: (entry.since, entry.file))


def _entry(folder: Folder, name: str, prefix: str) -> Entry | None:
    """None if the file has left meanwhile."""
    try:
        info = folder.info_of(name)
        record, trouble = _content(folder, name)
    except FileNotFoundError:
        return None
    since = datetime.fromtimestamp(info.modified_ns / 1e9, UTC)
    return Entry(f"{prefix}{shown(name)}", info.size, since, record, trouble)


def _content(folder: Folder, name: str) -> tuple[Record | None, str]:
    try:
        return decode(read_file(folder, name)), ""
    except DamagedRecord as damaged:
        return None, str(damaged)
    except FileNotFoundError:
        raise
    except OSError as error:
        return None, error.strerror or type(error).__name__
