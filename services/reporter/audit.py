"""Files against what is on the topic, for a person who wants to be sure."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from services.common.doctor import Finding
from services.reporter.inventory import Entry, entries
from services.reporter.record import DamagedRecord, Record, decode, say_the_same
from services.reporter.sink import Placed


def audited(directory: Path, records: Iterable[Placed]) -> Iterator[Finding]:
    """Each file against the records on the topic, which are read once."""
    files = list(entries(directory))
    wanted = {entry.record.report_id for entry in files if entry.record}
    places: dict[str, tuple[Placed, Record]] = {}
    count = foreign = 0
    for placed in records:
        count += 1
        try:
            record = decode(placed.value)
        except DamagedRecord:
            foreign += 1
            continue
        if record.report_id in wanted:
            places[record.report_id] = (placed, record)
    for entry in files:
        yield _compared(entry, places.get(entry.record.report_id) if entry.record else None)
    told = f"{count:,} records read, {foreign:,} of them no reports"
    yield Finding("topic", ok=not foreign, told=told, do="see who else writes to it" if foreign else "")


def _compared(entry: Entry, found: tuple[Placed, Record] | None) -> Finding:
    told = entry.report
    if entry.record is None:
        return Finding(entry.file, ok=False, told=f"{told}; damaged: {entry.trouble}", do="look at it")
    if found is None:
        do = "repair what Kafka refused, then resend it" if entry.is_rejected else ""
        return Finding(entry.file, ok=not entry.is_rejected, told=f"{told}; not on the topic", do=do)
    placed, record = found
    told = f"{told}; on the topic, partition {placed.partition}, offset {placed.offset}"
    if not say_the_same(entry.record, record):
        return Finding(entry.file, ok=False, told=f"{told}, with ANOTHER content", do="compare the two")
    return Finding(entry.file, ok=True, told=told)
