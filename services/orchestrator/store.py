"""Where interviews and reports are kept: the port, and what it hands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from services.common.errors import Unavailable
from services.orchestrator.interview import Interview
from services.orchestrator.report import Report


class StoreUnavailable(Unavailable):
    """The store is away, locked or full; nothing was changed."""

    reason = "STORE_UNAVAILABLE"


class LostRace(Exception):
    """Someone else changed the interview in between: read it again."""


class DeliveryStatus(Enum):
    """How far a report has come."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FILED = "FILED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a report is. Topic, partition and offset when delivered; file name when filed."""

    status: DeliveryStatus = DeliveryStatus.WAITING
    topic: str = ""
    partition: int = 0
    offset: int = 0
    file_name: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """An interview and the version of its row."""

    interview: Interview
    version: int


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report, where it is, and how often it was handed over in vain."""

    report: Report
    delivery: Delivery
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """Reports that wait in the outbox: how many, and when the oldest was completed."""

    reports: int
    oldest: datetime | None


class Store(Protocol):
    """Keeps interviews and reports. Every method may raise StoreUnavailable; then nothing was changed."""

    async def add(self, interview: Interview, request_id: str) -> Interview:
        """Keeps a new interview. With a `request_id` that was used before: the interview of that time."""

    async def get(self, interview_id: str) -> Stored:
        """The interview as it stands. Raises InterviewNotFound."""

    async def save(self, read: Stored, changed: Interview, report: Report | None = None) -> Stored:
        """Replaces what was read, with its report in the same transaction. Raises LostRace."""

    async def unsettled(self) -> Sequence[str]:
        """Ids of interviews with an answer to judge or a step to take, least recently touched first."""

    async def untouched_since(self, instant: datetime) -> Sequence[str]:
        """Ids of interviews that wait for their caller since before `instant`."""

    async def report(self, interview_id: str) -> StoredReport:
        """The newest report of an interview. Raises ReportNotReady."""

    async def waiting_reports(self, now: datetime, limit: int) -> Sequence[StoredReport]:
        """Reports due to be handed over, oldest first, the lowest waiting revision of each interview."""

    async def settle_report(self, report_id: str, delivery: Delivery) -> None:
        """Keeps the receipt of a report; it waits no longer."""

    async def postpone_report(self, report_id: str, until: datetime, detail: str) -> None:
        """Counts a vain attempt and leaves the report alone until then."""

    async def backlog(self) -> Backlog:
        """What waits in the outbox."""

    async def close(self) -> None:
        """Ends all use of the store."""
