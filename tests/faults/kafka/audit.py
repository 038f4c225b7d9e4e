"""What callers were told against what stands on the topic."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from interview.v1 import core_pb2
from interview.v1.reporter_service_pb2 import PublishReportRequest

from services.reporter.encoding import encode
from services.reporter.translate import report_in
from tests.faults.kafka.callers import Report
from tests.kafka.client import Record
from tests.kafka.waiting import wait_for

_VISIBLE_SECONDS = 30.0

Receipts = Mapping[str, Sequence[core_pb2.Delivery]]


@dataclass(frozen=True, slots=True)
class Audit:
    """`lost`: acknowledged and not there. `unknown`: there and never published. `altered`: other bytes.

    `misplaced`: DELIVERED to a place where something else stands. `duplicates`: records beyond the first.
    """

    lost: frozenset[str]
    unknown: frozenset[str]
    altered: frozenset[str]
    misplaced: frozenset[str]
    duplicates: int

    @property
    def is_clean(self) -> bool:
        """Whether all that was promised holds; duplicates are allowed."""
        return not (self.lost or self.unknown or self.altered or self.misplaced)


def audit(topic: str, published: Iterable[Report], receipts: Receipts, records: Sequence[Record]) -> Audit:
    """Compares them."""
    wanted = {report.report_id: _value(report, topic) for report in published}
    counts = Counter(map(report_id_of, records))
    return Audit(
        lost=frozenset(receipts.keys() - counts.keys()),
        unknown=frozenset(counts.keys() - wanted.keys()),
        altered=frozenset(
            report_id_of(record) for record in records if record.value != wanted.get(report_id_of(record))
        ),
        misplaced=_misplaced(receipts, records),
        duplicates=sum(counts.values()) - len(counts),
    )


def audit_when_visible(
    topic: str, published: Sequence[Report], receipts: Receipts, read: Callable[[], Sequence[Record]]
) -> Audit:
    """Compares them until nothing is missing, for a while: a leader that has just become one shows the last
    records late, though they are safe. What is missing in the end is lost."""
    found = audit(topic, published, receipts, read())

    def nothing_is_missing() -> bool:
        nonlocal found
        if found.lost or found.misplaced:
            found = audit(topic, published, receipts, read())
        return not (found.lost or found.misplaced)

    try:
        wait_for(nothing_is_missing, _VISIBLE_SECONDS, "every record is visible")
    except TimeoutError:
        return found
    return found


def report_id_of(record: Record) -> str:
    """The `ce_id` by which readers drop duplicates."""
    return (dict(record.headers)["ce_id"] or b"").decode()


def _value(report: Report, topic: str) -> bytes:
    return encode(report_in(PublishReportRequest(report=report)), topic).value


def _misplaced(receipts: Receipts, records: Sequence[Record]) -> frozenset[str]:
    there = {(record.partition, record.offset): report_id_of(record) for record in records}
    return frozenset(
        report_id
        for report_id, told in receipts.items()
        for delivery in told
        if delivery.status == core_pb2.DELIVERY_STATUS_DELIVERED
        and there.get((delivery.partition, delivery.offset)) != report_id
    )
