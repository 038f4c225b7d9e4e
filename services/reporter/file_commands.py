"""What a person does with files: sees what waits and why, sends a rejected one again, moves a directory in.

Calls block, may raise OSError, and may run beside a reporter. A report is in one file at least, always.
"""

from collections.abc import Iterator
from pathlib import Path

from services.common.doctor import Finding
from services.reporter.backlog import Backlog
from services.reporter.fallback import Fallback, earlier_waits
from services.reporter.files import Folder, open_folder
from services.reporter.inventory import Entry, entries
from services.reporter.names import REJECTED, shown
from services.reporter.receipts import ReportExists
from services.reporter.record import DamagedRecord, Record, decode
from services.reporter.whole_files import read_file


class NotDone(Exception):
    """A person asked for what cannot be. The message says why."""


def listed(directory: Path, *, with_kafka: bool) -> Iterator[Finding]:
    """A finding for each file, oldest first, those in `rejected/` last."""
    for entry in entries(directory):
        told = f"{entry.report}, {entry.size:,} bytes, since {entry.since:%Y-%m-%d %H:%M:%S} UTC"
        yield _with_state(directory, entry, told, with_kafka=with_kafka)


def _with_state(directory: Path, entry: Entry, told: str, *, with_kafka: bool) -> Finding:
    if entry.record is None:
        do = "look at it: nobody sends it" if entry.is_rejected else "it will be set aside in rejected/"
        return Finding(entry.file, ok=False, told=f"{told}; damaged: {entry.trouble}", do=do)
    if entry.is_rejected:
        do = f"repair what Kafka refused, then `python -m services.reporter resend {Path(entry.file).name}`"
        return Finding(entry.file, ok=False, told=f"{told}; a whole report that Kafka refused", do=do)
    if not with_kafka:
        return Finding(entry.file, ok=True, told=f"{told}; no Kafka is configured: the file is the delivery")
    with open_folder(directory) as folder:
        behind = earlier_waits(folder, entry.record)
    why = "waits behind an earlier revision" if behind else "waits for Kafka"
    return Finding(entry.file, ok=True, told=f"{told}; {why}")


def resent(directory: Path, file: str) -> Finding:
    """Puts a rejected file back among those that wait. Raises NotDone, OSError."""
    name = Path(file).name
    if not directory.is_dir():  # opening would make it
        raise NotDone(f"there is no directory {directory}")
    with open_folder(directory) as folder, folder.subfolder(REJECTED) as aside:
        new_name = _filed(directory, _record_in(aside, name))
        aside.unlink(name)
        aside.sync_folder()
    return Finding(f"{REJECTED}/{shown(name)}", ok=True, told=f"waits as {new_name} again")


def drained(directory: Path, other: Path) -> Iterator[Finding]:
    """Moves here what waits in `other`, where no reporter may be at work. Raises NotDone, OSError."""
    if not other.is_dir() or (directory.is_dir() and other.samefile(directory)):
        raise NotDone(f"{other} is not the directory of another reporter")
    backlog = Backlog(other)
    if not backlog.is_ours_to_send():
        raise NotDone(f"a reporter redelivers from {other}: stop it first")
    try:
        for waiting in backlog.waiting():
            yield _moved(directory, backlog, waiting.name)
        yield from _left_behind(other)
    finally:
        backlog.release()


def _moved(directory: Path, backlog: Backlog, name: str) -> Finding:
    try:
        new_name = _filed(directory, backlog.read(name))
    except (DamagedRecord, NotDone) as error:
        return Finding(shown(name), ok=False, told=f"stays: {error}", do="look at it")
    backlog.remove(name)
    return Finding(shown(name), ok=True, told=f"waits in {directory} as {new_name}")


def _left_behind(other: Path) -> Iterator[Finding]:
    rejected = other / REJECTED
    count = sum(1 for _ in rejected.iterdir()) if rejected.is_dir() else 0
    if count:
        yield Finding(REJECTED, ok=False, told=f"{count} stay in {rejected}", do="look at each")


def _record_in(folder: Folder, name: str) -> Record:
    try:
        return decode(read_file(folder, name))
    except FileNotFoundError as missing:
        raise NotDone(f"there is no file {REJECTED}/{shown(name)}") from missing
    except DamagedRecord as damaged:
        raise NotDone(f"{shown(name)} is damaged, and would be set aside again: {damaged}") from damaged


def _filed(directory: Path, record: Record) -> str:
    try:
        return Fallback(directory).file(record)
    except ReportExists as exists:
        raise NotDone(f"another content waits as {record.report_id}") from exists
