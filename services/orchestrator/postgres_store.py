"""The store for several replicas: one PostgreSQL database, its own clock for leases, short transactions."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.orchestrator import migrations, rows
from services.orchestrator.documents import criteria_from_json, criteria_to_json, interview_from_json
from services.orchestrator.interview import Interview
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
    StoreUnavailable,
)
from services.orchestrator.store_look import (
    NEWEST,
    WAITING,
    StoreLook,
    StoreNotThere,
    StoreUnusable,
    store_look,
)

_CONNECTIONS = 10
_BUSY_SECONDS = 5.0  # for a connection, and for each statement
_MIGRATION_LOCK = 7_305_621_001  # ours among the advisory locks of the database

# A lease that ends much later than a new one would is of a clock that was set back since: it counts as over.
_VALID = "(lease_until > now() AND lease_until <= now() + ?3 + ?3)"


def _numbered(sql: str) -> str:
    return sql.replace("?", "$")


_ADD, _STARTED, _UNTOUCHED = map(_numbered, (rows.ADD, rows.STARTED, rows.UNTOUCHED))
_ADD_REPORT, _REPORT, _BACKLOG = map(_numbered, (rows.ADD_REPORT, rows.REPORT, rows.BACKLOG))
_ERASE_EARLIER = _numbered(rows.ERASE_EARLIER)
_SETTLE, _POSTPONE, _PUT_OFF = map(_numbered, (rows.SETTLE, rows.POSTPONE, rows.PUT_OFF))
_HOLD = _numbered(rows.HOLD)
_CRITERIA, _KEEP_CRITERIA = map(_numbered, (rows.CRITERIA, rows.KEEP_CRITERIA))
_CLAIM = _numbered(rows.claim(lock="FOR UPDATE SKIP LOCKED"))
_GET = _numbered(  # ours, if it is so for long enough to renew it
    f"SELECT {rows.NEWS}, version, coalesce(lease_holder = ?4 AND {_VALID} AND lease_until > now() + ?3 / 3,"
    " false) FROM interviews WHERE interview_id = ?1"
)
_SAVE = _numbered(
    "UPDATE interviews SET version = version + 1, state = ?3, unsettled = ?4, touched_at = ?5, document = ?6,"
    " lease_holder = CASE WHEN ?7 THEN ?8 WHEN ?4 = 1 THEN lease_holder END,"
    " lease_until = CASE WHEN ?7 THEN now() + ?9 WHEN ?4 = 1 THEN lease_until END"
    " WHERE interview_id = ?1 AND version = ?2 RETURNING version"
)
_TAKE_LEASE = _numbered(
    "UPDATE interviews SET lease_holder = ?2, lease_until = now() + ?3 WHERE interview_id = ?1"
    f" AND unsettled = 1 AND (lease_holder IS NULL OR lease_holder = ?2 OR NOT {_VALID}) RETURNING version"
)
_DROP_LEASE = (
    "UPDATE interviews SET lease_holder = NULL, lease_until = NULL"
    " WHERE interview_id = $1 AND lease_holder = $2"
)
_UNSETTLED = _numbered(
    "SELECT interview_id FROM interviews WHERE unsettled = 1"
    f" AND (lease_holder IS NULL OR lease_holder = ?2 OR NOT {_VALID}) ORDER BY touched_at LIMIT ?1"
)


class PostgresStore:
    """Implements Store for any number of processes."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", *, lease_seconds: float) -> None:
        self._pool = pool
        self._lease = timedelta(seconds=lease_seconds)
        self._recent = Recent()
        self._holder = uuid4().hex  # this process, as long as it lives

    @classmethod
    async def open(cls, url: str, *, lease_seconds: float = LEASE_SECONDS) -> Self:
        """Connects and brings the database up to this release.

        Raises SystemExit with one line, without the password, when it cannot be used.
        """
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=0,
                max_size=_CONNECTIONS,
                timeout=_BUSY_SECONDS,
                command_timeout=_BUSY_SECONDS,
                server_settings={"application_name": "speakalka-orchestrator"},
                reset=_leave_as_is,
            )
            async with pool.acquire() as connection, connection.transaction():
                await _migrate(connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            raise SystemExit(f"ORCHESTRATOR_DATABASE_URL: cannot use {_where(url)}: {_why(error)}") from error
        return cls(pool, lease_seconds=lease_seconds)

    async def add(self, interview: Interview, request_id: str) -> Interview:
        row = (interview.interview_id, request_id or None, *rows.interview_columns(interview))
        async with self._connection() as db:
            if await db.fetchrow(_ADD, *row):
                return interview
            return interview_from_json(await db.fetchval(_STARTED, request_id))

    def known(self, interview_id: str) -> Stored | None:
        """Only with a lease: other replicas seldom write to an interview then."""
        known = self._recent.known(interview_id)
        return known if known and known.leased else None

    async def get(self, interview_id: str) -> Stored:
        known = self._recent.known(interview_id)
        row = await self._one(_GET, interview_id, known.version if known else 0, self._lease, self._holder)
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
            saved = await self._one(_SAVE, *row)
        else:
            erased = (changed.interview_id, changed.revision) if erase_earlier else None
            saved = await self._save_with(row, rows.report_columns(report, changed), erased)
        if saved is None:
            raise LostRace
        stored = Stored(changed, read.version + 1, leased=take_lease or read.leased)
        self._recent.keep(stored)
        return stored

    async def take_lease(self, interview_id: str) -> bool:
        return await self._one(_TAKE_LEASE, interview_id, self._holder, self._lease) is not None

    async def drop_lease(self, interview_id: str) -> None:
        await self._one(_DROP_LEASE, interview_id, self._holder)

    async def unsettled(self) -> Sequence[str]:
        return [row[0] for row in await self._all(_UNSETTLED, rows.BATCH, self._holder, self._lease)]

    async def untouched_since(self, instant: datetime) -> Sequence[str]:
        return [row[0] for row in await self._all(_UNTOUCHED, instant.timestamp())]

    async def report(self, interview_id: str) -> StoredReport:
        row = await self._one(_REPORT, interview_id)
        if row is None:
            await self.get(interview_id)
            raise ReportNotReady(interview_id)
        return rows.stored_report(row)

    async def claim_reports(self, now: datetime, limit: int) -> Sequence[StoredReport]:
        found = await self._all(_CLAIM, now.timestamp(), limit)
        claimed, put_off = rows.claimed(found, now)
        for row in put_off:
            await self._all(_PUT_OFF, *row)
        return claimed

    async def hold_report(self, claimed: StoredReport, until: datetime) -> None:
        await self._all(_HOLD, claimed.report.report_id, claimed.attempts, until.timestamp())

    async def settle_report(self, report_id: str, delivery: Delivery) -> None:
        await self._all(_SETTLE, report_id, *rows.receipt_columns(delivery))

    async def postpone_report(self, report_id: str, until: datetime, detail: str) -> None:
        await self._all(_POSTPONE, report_id, until.timestamp(), detail)

    async def backlog(self) -> Backlog:
        return rows.backlog((await self._all(_BACKLOG))[0])

    async def criteria(self, key: CriteriaKey) -> tuple[Criterion, ...] | None:
        found = await self._one(_CRITERIA, *rows.criteria_columns(key))
        return criteria_from_json(found[0]) if found else None

    async def keep_criteria(self, key: CriteriaKey, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        columns = rows.criteria_columns(key)
        async with self._connection() as db:
            await db.execute(_KEEP_CRITERIA, *columns, criteria_to_json(criteria))
            return criteria_from_json(await db.fetchval(_CRITERIA, *columns))

    async def close(self) -> None:
        await self._pool.close()

    async def _save_with(
        self, row: tuple[Any, ...], report: tuple[Any, ...], erased: tuple[str, int] | None
    ) -> Any:
        async with self._connection() as db, db.transaction():
            saved = await db.fetchrow(_SAVE, *row)
            if saved is not None:
                await db.execute(_ADD_REPORT, *report)
            if saved is not None and erased is not None:
                await db.execute(_ERASE_EARLIER, *erased)
            return saved

    async def _one(self, sql: str, *values: Any) -> Any:
        async with self._connection() as db:
            return await db.fetchrow(sql, *values)

    async def _all(self, sql: str, *values: Any) -> list[Any]:
        async with self._connection() as db:
            return await db.fetch(sql, *values)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        try:
            async with self._pool.acquire(timeout=_BUSY_SECONDS) as connection:
                yield connection
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            # Only its kind is told: its text may quote a row.
            raise StoreUnavailable(f"the store did not take the change: {type(error).__name__}") from error


async def look_at(url: str) -> StoreLook:
    """For the doctor: whether the database can be used. Raises StoreNotThere, StoreUnusable."""
    where = _where(url)
    try:
        db = await asyncpg.connect(url, timeout=_BUSY_SECONDS, command_timeout=_BUSY_SECONDS)
        try:
            time = await db.fetchval("SELECT clock_timestamp()")
            if await db.fetchval("SELECT to_regclass('reports')") is None:
                raise StoreNotThere(f"the schema of {where}")
            if await db.fetchval(
                "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"
            ):
                raise StoreUnusable(f"{where}: takes no writes: it is a standby, or read-only")
            return store_look(where, await db.fetchval(WAITING), await db.fetchval(NEWEST), time)
        finally:
            await db.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise StoreUnusable(f"{where}: {_why(error)}") from None


async def _leave_as_is(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """No session state of ours has to be undone: spares a round trip after every use of a connection."""


def _where(url: str) -> str:
    """Host and database, without user and password."""
    database = urlsplit(url)
    return f"{database.hostname or 'the socket'}{database.path}"


def _why(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


async def _migrate(db: "PoolConnectionProxy[asyncpg.Record]") -> None:
    """Runs the numbered scripts that the database has not seen; who comes at the same time waits."""
    await db.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
    if await db.fetchval("SELECT to_regclass('migrations')") is None:
        await db.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, run_at TIMESTAMPTZ NOT NULL)")
    done = await db.fetchval("SELECT coalesce(max(number), 0) FROM migrations")
    for number, script in enumerate(migrations.scripts("postgres")[done:], done + 1):
        await db.execute(script)
        await db.execute("INSERT INTO migrations VALUES ($1, now())", number)
