"""The embedded store: one SQLite file, WAL, synchronous=FULL."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.orchestrator import rows
from services.orchestrator.documents import criteria_from_json, criteria_to_json, interview_from_json
from services.orchestrator.interview import Interview
from services.orchestrator.recent import Recent
from services.orchestrator.refusals import InterviewNotFound, ReportNotReady
from services.orchestrator.report import Report
from services.orchestrator.specification import Criterion
from services.orchestrator.sqlite_store.database import Database
from services.orchestrator.store import (
    Backlog,
    CriteriaKey,
    Delivery,
    LostRace,
    Stored,
    StoredReport,
)

_GET = f"SELECT {rows.NEWS}, version FROM interviews WHERE interview_id = ?1"
_SAVE = (
    "UPDATE interviews SET version = version + 1, state = ?3, unsettled = ?4, touched_at = ?5, document = ?6"
    " WHERE interview_id = ?1 AND version = ?2"
)
_UNSETTLED = f"SELECT interview_id FROM interviews WHERE unsettled = 1 ORDER BY touched_at LIMIT {rows.BATCH}"
_CLAIM = rows.claim()


class SqliteStore:
    """Implements Store. A second process on the same file refuses to start.

    So no other process can have a lease: each is this one's own, and ends with it.
    """

    is_shared = False

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        """Opens or makes the file; waits `busy_seconds` for a tool that holds it, such as a backup.

        Raises SystemExit with one line when it cannot be used.
        """
        self._recent = Recent()
        try:
            self._database = Database(path, busy_seconds)
        except (sqlite3.Error, OSError, RuntimeError) as error:
            raise SystemExit(f"ORCHESTRATOR_DATABASE_URL: cannot open {path}: {error}") from error

    async def add(self, interview: Interview, request_id: str) -> Interview:
        def work(db: sqlite3.Connection) -> Interview:
            row = (interview.interview_id, request_id or None, *rows.interview_columns(interview))
            if db.execute(rows.ADD, row).fetchone():
                return interview
            return interview_from_json(db.execute(rows.STARTED, (request_id,)).fetchone()[0])

        kept = await self._database.run(work)
        if kept is interview:
            self._recent.keep(Stored(interview, version=1, leased=True))
        return kept

    def known(self, interview_id: str) -> Stored | None:
        return self._recent.known(interview_id)

    async def get(self, interview_id: str) -> Stored:
        known = self._recent.known(interview_id)
        version = known.version if known else 0
        document, newest = await self._database.look(lambda db: _found(db, interview_id, version))
        if known is None or document is not None:
            known = Stored(interview_from_json(document), newest, leased=True)
        self._recent.keep(known)
        return known

    async def save(
        self,
        read: Stored,
        changed: Interview,
        report: Report | None = None,
        *,
        erase_earlier: bool = False,
        take_lease: bool = False,  # noqa: ARG002 (it is ours already)
    ) -> Stored:
        columns = rows.interview_columns(changed)

        def work(db: sqlite3.Connection) -> None:
            if db.execute(_SAVE, (changed.interview_id, read.version, *columns)).rowcount == 0:
                raise LostRace
            if report is not None:
                db.execute(rows.ADD_REPORT, rows.report_columns(report, changed))
            if erase_earlier:
                db.execute(rows.ERASE_EARLIER, (changed.interview_id, changed.revision))

        await self._database.run(work)
        saved = Stored(changed, read.version + 1, leased=True)
        self._recent.keep(saved)
        return saved

    async def take_lease(self, interview_id: str) -> bool:  # noqa: ARG002 (there is nobody else)
        return True

    async def drop_lease(self, interview_id: str) -> None:
        """There is nobody else."""

    async def unsettled(self) -> Sequence[str]:
        return [row[0] for row in await self._found(_UNSETTLED)]

    async def untouched_since(self, instant: datetime) -> Sequence[str]:
        return [row[0] for row in await self._found(rows.UNTOUCHED, instant.timestamp())]

    async def report(self, interview_id: str) -> StoredReport:
        def work(db: sqlite3.Connection) -> Any:
            row = db.execute(rows.REPORT, (interview_id,)).fetchone()
            if row is None:
                _found(db, interview_id)
                raise ReportNotReady(interview_id)
            return row

        return rows.stored_report(await self._database.look(work))

    async def claim_reports(self, now: datetime, limit: int) -> Sequence[StoredReport]:
        found = await self._all(_CLAIM, now.timestamp(), limit)
        claimed, put_off = rows.claimed(found, now)
        for row in put_off:
            await self._all(rows.PUT_OFF, *row)
        return claimed

    async def hold_report(self, claimed: StoredReport, until: datetime) -> None:
        await self._all(rows.HOLD, claimed.report_id, claimed.attempts, until.timestamp())

    async def settle_report(self, report_id: str, delivery: Delivery) -> None:
        await self._all(rows.SETTLE, report_id, *rows.receipt_columns(delivery))

    async def postpone_report(self, report_id: str, until: datetime, detail: str) -> None:
        await self._all(rows.POSTPONE, report_id, until.timestamp(), detail)

    async def backlog(self) -> Backlog:
        return rows.backlog((await self._found(rows.BACKLOG))[0])

    async def criteria(self, key: CriteriaKey) -> tuple[Criterion, ...] | None:
        found = await self._found(rows.CRITERIA, *rows.criteria_columns(key))
        return criteria_from_json(found[0][0]) if found else None

    async def keep_criteria(self, key: CriteriaKey, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        columns, document = rows.criteria_columns(key), criteria_to_json(criteria)

        def work(db: sqlite3.Connection) -> bytes:
            db.execute(rows.KEEP_CRITERIA, (*columns, document))
            stands: bytes = db.execute(rows.CRITERIA, columns).fetchone()[0]
            return stands

        return criteria_from_json(await self._database.run(work))

    async def close(self) -> None:
        await self._database.close()

    async def _all(self, sql: str, *values: Any) -> list[Any]:
        return await self._database.run(lambda db: db.execute(sql, values).fetchall())

    async def _found(self, sql: str, *values: Any) -> list[Any]:
        return await self._database.look(lambda db: db.execute(sql, values).fetchall())


def _found(db: sqlite3.Connection, interview_id: str, known: int = 0) -> Any:
    row = db.execute(_GET, (interview_id, known)).fetchone()
    if row is None:
        raise InterviewNotFound(interview_id)
    return row
