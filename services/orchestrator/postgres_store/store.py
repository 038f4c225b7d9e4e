"""The store for several replicas: one PostgreSQL database, its own clock for leases, short transactions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from services.orchestrator import rows
from services.orchestrator.documents import criteria_from_json, criteria_to_json, interview_from_json
from services.orchestrator.interview import Interview
from services.orchestrator.postgres_store import sql
from services.orchestrator.postgres_store.database import Database
from services.orchestrator.recent import Recent
from services.orchestrator.refusals import InterviewNotFound, ReportNotReady
from services.orchestrator.report import Report
from services.orchestrator.specification import Criterion
from services.orchestrator.store import (
    LEASE_SECONDS,
    Backlog,
    CriteriaKey,
    Delivery,
    LostRace,
    Stored,
    StoredReport,
)


class PostgresStore:
    """Implements Store for any number of processes."""

    is_shared = True

    def __init__(self, database: Database, *, lease_seconds: float) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease_seconds)
        self._recent = Recent()
        self._holder = uuid4().hex  # this process, as long as it lives

    @classmethod
    async def open(cls, url: str, *, lease_seconds: float = LEASE_SECONDS) -> Self:
        """Connects and brings the database up to this release.

        Raises SystemExit with one line, without the password, when it cannot be used.
        """
        return cls(await Database.open(url), lease_seconds=lease_seconds)

    async def add(self, interview: Interview, request_id: str) -> Interview:
        row = (interview.interview_id, request_id or None, *rows.interview_columns(interview))
        async with self._database.connection() as db:
            if await db.fetchrow(sql.ADD, *row):
                return interview
            return interview_from_json(await db.fetchval(sql.STARTED, request_id))

    def known(self, interview_id: str) -> Stored | None:
        """Only with a lease: other replicas seldom write to an interview then."""
        known = self._recent.known(interview_id)
        return known if known and known.leased else None

    async def get(self, interview_id: str) -> Stored:
        known = self._recent.known(interview_id)
        row = await self._database.one(
            sql.GET, interview_id, known.version if known else 0, self._lease, self._holder
        )
        if row is None:
            raise InterviewNotFound(interview_id)
        document, version, leased = row
        interview = known.interview if known and document is None else interview_from_json(document)
        stored = Stored(interview, version, leased=leased)
        self._recent.keep(stored)
        return stored

    async def save(
        self,
        read: Stored,
        changed: Interview,
        report: Report | None = None,
        *,
        erase_earlier: bool = False,
        take_lease: bool = False,
    ) -> Stored:
        lease = (take_lease, self._holder, self._lease)
        row = (changed.interview_id, read.version, *rows.interview_columns(changed), *lease)
        if report is None:
            saved = await self._database.one(sql.SAVE, *row)
        else:
            erased = (changed.interview_id, changed.revision) if erase_earlier else None
            saved = await self._save_with(row, rows.report_columns(report, changed), erased)
        if saved is None:
            raise LostRace
        stored = Stored(changed, read.version + 1, leased=take_lease or read.leased)
        self._recent.keep(stored)
        return stored

    async def take_lease(self, interview_id: str) -> bool:
        return await self._database.one(sql.TAKE_LEASE, interview_id, self._holder, self._lease) is not None

    async def drop_lease(self, interview_id: str) -> None:
        await self._database.one(sql.DROP_LEASE, interview_id, self._holder)

    async def unsettled(self) -> Sequence[str]:
        return [
            row[0] for row in await self._database.all(sql.UNSETTLED, rows.BATCH, self._holder, self._lease)
        ]

    async def untouched_since(self, instant: datetime) -> Sequence[str]:
        return [row[0] for row in await self._database.all(sql.UNTOUCHED, instant.timestamp())]

    async def report(self, interview_id: str) -> StoredReport:
        row = await self._database.one(sql.REPORT, interview_id)
        if row is None:
            await self.get(interview_id)
            raise ReportNotReady(interview_id)
        return rows.stored_report(row)

    async def claim_reports(self, now: datetime, limit: int) -> Sequence[StoredReport]:
        found = await self._database.all(sql.CLAIM, now.timestamp(), limit)
        claimed, put_off = rows.claimed(found, now)
        for row in put_off:
            await self._database.all(sql.PUT_OFF, *row)
        return claimed

    async def hold_report(self, claimed: StoredReport, until: datetime) -> None:
        await self._database.all(sql.HOLD, claimed.report_id, claimed.attempts, until.timestamp())

    async def settle_report(self, report_id: str, delivery: Delivery) -> None:
        await self._database.all(sql.SETTLE, report_id, *rows.receipt_columns(delivery))

    async def postpone_report(self, report_id: str, until: datetime, detail: str) -> None:
        await self._database.all(sql.POSTPONE, report_id, until.timestamp(), detail)

    async def backlog(self) -> Backlog:
        return rows.backlog((await self._database.all(sql.BACKLOG))[0])

    async def criteria(self, key: CriteriaKey) -> tuple[Criterion, ...] | None:
        found = await self._database.one(sql.CRITERIA, *rows.criteria_columns(key))
        return criteria_from_json(found[0]) if found else None

    async def keep_criteria(self, key: CriteriaKey, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        columns = rows.criteria_columns(key)
        async with self._database.connection() as db:
            await db.execute(sql.KEEP_CRITERIA, *columns, criteria_to_json(criteria))
            return criteria_from_json(await db.fetchval(sql.CRITERIA, *columns))

    async def close(self) -> None:
        await self._database.close()

    async def _save_with(
        self, row: tuple[Any, ...], report: tuple[Any, ...], erased: tuple[str, int] | None
    ) -> Any:
        async with self._database.connection() as db, db.transaction():
            saved = await db.fetchrow(sql.SAVE, *row)
            if saved is not None:
                await db.execute(sql.ADD_REPORT, *report)
            if saved is not None and erased is not None:
                await db.execute(sql.ERASE_EARLIER, *erased)
            return saved
