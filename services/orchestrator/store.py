"""Where interviews and reports are kept: the port, and what it hands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Protocol

from services.common.errors import Unavailable
from services.orchestrator.documents import report_from_json
from services.orchestrator.interview import Interview
from services.orchestrator.report import Report
from services.orchestrator.specification import Criterion, Language

LEASE_SECONDS = 15.0
# Who neither settles a report nor holds on to it for so long is gone.
CLAIM_SECONDS = 15.0


class StoreUnavailable(Unavailable):
    """The store is away, locked or full. Nothing was changed, unless its connection broke at the very end
    of a change: whoever repeats reads first, and so finds it done."""

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
    """An interview, the version of its row, and whether its lease is ours for long enough to renew it."""

    interview: Interview
    version: int
    leased: bool = False


@dataclass(frozen=True, slots=True)
class CriteriaKey:
    """What drafted criteria are kept under. `question_hash` is of the question and its reference answer."""

    question_hash: str
    language: Language
    prompt_version: str


@dataclass(frozen=True)
class StoredReport:
    """A report, where it is, and how often it was handed over in vain."""

    report_id: str
    document: bytes
    delivery: Delivery
    attempts: int = 0

    @cached_property
    def report(self) -> Report:
        """What the document says, read when it is asked for. Raises DamagedDocument."""
        return report_from_json(self.document)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Reports that wait in the outbox: how many, and when the oldest was completed."""

    reports: int
    oldest: datetime | None


class Store(Protocol):
    """Keeps interviews, reports and drafted criteria. Every method may raise StoreUnavailable.

    An interview with something to do may be leased: its lease says which process does it. A lease lasts
    `LEASE_SECONDS` by the store's clock unless it is taken again, and ends with the last thing to do.
    """

    is_shared: bool
    """Whether other processes work on it, too: they could take a lease that is not renewed."""

    async def add(self, interview: Interview, request_id: str) -> Interview:
        """Keeps a new interview. With a `request_id` that was used before: the interview of that time."""

    def known(self, interview_id: str) -> Stored | None:
        """The interview as this process read or wrote it last, if it is likely to stand so: a save tells."""

    async def get(self, interview_id: str) -> Stored:
        """The interview as it stands. Raises InterviewNotFound."""

    async def save(
        self,
        read: Stored,
        changed: Interview,
        report: Report | None = None,
        *,
        erase_earlier: bool = False,
        take_lease: bool = False,
    ) -> Stored:
        """Replaces what was read, with its report in the same transaction. Raises LostRace.

        `erase_earlier`: its earlier reports go, sent or not. `take_lease`: what is to do now is ours,
        whoever had a lease before.
        """

    async def take_lease(self, interview_id: str) -> bool:
        """Takes or renews the lease. False: another process has it, or there is nothing to do."""

    async def drop_lease(self, interview_id: str) -> None:
        """Gives up our lease, if we have it: whoever comes next may take it."""

    async def unsettled(self) -> Sequence[str]:
        """Ids of interviews with an answer to judge or a step to take that no other process has leased,
        least recently touched first."""

    async def untouched_since(self, instant: datetime) -> Sequence[str]:
        """Ids of interviews that wait for their caller since before `instant`."""

    async def report(self, interview_id: str) -> StoredReport:
        """The newest report of an interview. Raises ReportNotReady."""

    async def claim_reports(self, now: datetime, limit: int) -> Sequence[StoredReport]:
        """Reports due to be handed over, oldest first, the lowest waiting revision of each interview.

        They are ours for `CLAIM_SECONDS`, or until they are settled or postponed: nobody else gets them.
        """

    async def hold_report(self, claimed: StoredReport, until: datetime) -> None:
        """Makes a claim of ours last until then; nothing, if the report was settled or postponed since."""

    async def settle_report(self, report_id: str, delivery: Delivery) -> None:
        """Keeps the first receipt of a report; it waits no longer."""

    async def postpone_report(self, report_id: str, until: datetime, detail: str) -> None:
        """Counts a vain attempt and leaves a waiting report alone until then."""

    async def backlog(self) -> Backlog:
        """What waits in the outbox."""

    async def criteria(self, key: CriteriaKey) -> tuple[Criterion, ...] | None:
        """The criteria that are kept under this key, if there are any."""

    async def keep_criteria(self, key: CriteriaKey, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        """Keeps them, unless some are kept already. Returns those that stand: the first ones, for ever."""

    async def close(self) -> None:
        """Ends all use of the store."""
