"""Where reports went, and the memory of the last ones: the same report again gets the same receipt."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum

from services.common.errors import Conflict, Unavailable
from services.reporter.record import Record

REMEMBERED = 10_000


class Outcome(Enum):
    """Which durable fact a receipt names."""

    DELIVERED = "delivered"
    FILED = "filed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a report is. Topic, partition and offset when DELIVERED; a file name when FILED or REJECTED."""

    report_id: str
    outcome: Outcome
    topic: str = ""
    partition: int = 0
    offset: int = 0
    file_name: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    receipt: Receipt
    digest: bytes
    promised_digest: bytes | None = None


class ReportExists(Conflict):
    """Another content was published under this report id; the first one stands."""

    reason = "REPORT_EXISTS"

    def __init__(self, report_id: str) -> None:
        super().__init__(f"another content was published as {report_id}", report_id=report_id)


class ReportNotSafe(Unavailable):
    """The report could be neither delivered nor filed; the caller still owns it."""

    reason = "REPORT_NOT_SAFE"

    def __init__(self, report_id: str, why: str) -> None:
        super().__init__(
            f"{report_id} is neither delivered nor filed: {why}", retry_after_seconds=5.0, report_id=report_id
        )


class Receipts:
    """The last receipts by report id."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._receipts: OrderedDict[str, _Entry] = OrderedDict()

    def of(self, record: Record) -> Receipt | None:
        """What was answered for this record. Raises ReportExists if that was another content."""
        found = self._receipts.get(record.report_id)
        if found is None:
            return None
        if found.digest != record.digest and found.promised_digest != record.promised_digest():
            raise ReportExists(record.report_id)
        return found.receipt

    def keep(self, record: Record, receipt: Receipt) -> None:
        """Remembers the receipt of a live report; the oldest one is forgotten when there are too many."""
        self._keep(record.report_id, _Entry(receipt, record.digest))

    def keep_of_file(self, record: Record, receipt: Receipt) -> None:
        """Remembers the receipt of a waiting file, which another release may have written."""
        self._keep(record.report_id, _Entry(receipt, record.digest, record.promised_digest()))

    def _keep(self, report_id: str, entry: _Entry) -> None:
        self._receipts[report_id] = entry
        self._receipts.move_to_end(report_id)
        if len(self._receipts) > self._remembered:
            self._receipts.popitem(last=False)
