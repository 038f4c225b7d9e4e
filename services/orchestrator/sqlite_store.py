"""The embedded store: one SQLite file, WAL, synchronous=FULL, one thread that does all its work."""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TypeAlias, TypeVar

from services.common import logs
from services.orchestrator.documents import (
    DamagedDocument,
    interview_from_json,
    interview_to_json,
    report_from_json,
    report_to_json,
)
from services.orchestrator.interview import Interview, InterviewNotFound
from services.orchestrator.report import Report
from services.orchestrator.store import (
    Backlog,
    Delivery,
    DeliveryStatus,
    LostRace,
    ReportNotReady,
    Stored,
    StoredReport,
    StoreUnavailable,
)

Result = TypeVar("Result")
ReportRow: TypeAlias = tuple[bytes, str, str, int, int, str, str, int]  # as _REPORT_COLUMNS lists them

_BATCH = 500
_REPORT_COLUMNS = 'document, status, topic, partition, "offset", file_name, detail, attempts'
_DAMAGED_PAUSE_SECONDS = 3600.0

log = logs.get_logger()


class SqliteStore:
    """Implements Store. A second process on the same file refuses to start."""

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        """Opens or makes the file; waits `busy_seconds` for a tool that holds it, such as a backup.

        Raises SystemExit with one line when it cannot be used.
        """
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        try:
            path = path.resolve()  # one lock, by whatever links the file is reached
            self._lock = _locked(path)
            self._db = self._thread.submit(_open, path, busy_seconds).result()
        except (sqlite3.Error, OSError, RuntimeError) as error:
            raise SystemExit(f"ORCHESTRATOR_DATABASE_URL: cannot open {path}: {error}") from error

    async def add(self, interview: Interview, request_id: str) -> Interview:
        return await self._run(lambda db: _add(db, interview, request_id))

    async def get(self, interview_id: str) -> Stored:
        return await self._run(lambda db: _get(db, interview_id))

    async def save(self, read: Stored, changed: Interview, report: Report | None = None) -> Stored:
        return await self._run(lambda db: _save(db, read, changed, report))

    async def unsettled(self) -> Sequence[str]:
        query = "SELECT interview_id FROM interviews WHERE unsettled = 1 ORDER BY touched_at LIMIT ?"
        return await self._run(lambda db: _ids(db, query, _BATCH))

    async def untouched_since(self, instant: datetime) -> Sequence[str]:
        query = (
            "SELECT interview_id FROM interviews WHERE state = 'IN_PROGRESS' AND unsettled = 0"
            " AND touched_at < ? ORDER BY touched_at LIMIT ?"
        )
        return await self._run(lambda db: _ids(db, query, instant.timestamp(), _BATCH))

    async def report(self, interview_id: str) -> StoredReport:
        return await self._run(lambda db: _report(db, interview_id))

    async def waiting_reports(self, now: datetime, limit: int) -> Sequence[StoredReport]:
        return await self._run(lambda db: _waiting(db, now, limit))

    async def settle_report(self, report_id: str, delivery: Delivery) -> None:
        await self._run(lambda db: _settle_report(db, report_id, delivery))

    async def postpone_report(self, report_id: str, until: datetime, detail: str) -> None:
        statement = "UPDATE reports SET attempts = attempts + 1, due_at = ?, detail = ? WHERE report_id = ?"
        await self._run(lambda db: db.execute(statement, (until.timestamp(), detail, report_id)))

    async def backlog(self) -> Backlog:
        return await self._run(_backlog)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._db.close)
        self._thread.shutdown()
        os.close(self._lock)

    async def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    def _transaction(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._db)
                self._db.execute("COMMIT")
            except BaseException:
                # After some errors (disk full among them) SQLite has rolled back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            return result
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the store did not take the change: {error}") from error


def _locked(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise SystemExit(
            f"ORCHESTRATOR_DATABASE_URL: {path} is in use by another process;"
            " several orchestrators need PostgreSQL (postgresql://...)"
        ) from None
    return lock


def _open(path: Path, busy_seconds: float) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=busy_seconds)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    _migrate(db)
    return db


def _migrate(db: sqlite3.Connection) -> None:
    """Runs the numbered scripts that the file has not seen, each in one transaction."""
    (done,) = db.execute("PRAGMA user_version").fetchone()
    scripts = sorted(
        (
            script
            for script in resources.files(__package__).joinpath("migrations").iterdir()
            if script.name.startswith("sqlite_")
        ),
        key=lambda script: script.name,
    )
    for number, script in enumerate(scripts[done:], done + 1):
        db.executescript(f"BEGIN; {script.read_text()}; PRAGMA user_version = {number}; COMMIT;")


def _columns(interview: Interview) -> tuple[str, bool, float, bytes]:
    unsettled = interview.pending_answer is not None or interview.step_due
    return (interview.state.value, unsettled, interview.touched_at.timestamp(), interview_to_json(interview))


def _add(db: sqlite3.Connection, interview: Interview, request_id: str) -> Interview:
    if request_id:
        row = db.execute("SELECT document FROM interviews WHERE request_id = ?", (request_id,)).fetchone()
        if row:
            return interview_from_json(row[0])
    db.execute(
        "INSERT INTO interviews (interview_id, request_id, version, state, unsettled, touched_at, document)"
        " VALUES (?, ?, 1, ?, ?, ?, ?)",
        (interview.interview_id, request_id or None, *_columns(interview)),
    )
    return interview


def _get(db: sqlite3.Connection, interview_id: str) -> Stored:
    query = "SELECT document, version FROM interviews WHERE interview_id = ?"
    row = db.execute(query, (interview_id,)).fetchone()
    if row is None:
        raise InterviewNotFound(interview_id)
    return Stored(interview_from_json(row[0]), row[1])


def _save(db: sqlite3.Connection, read: Stored, changed: Interview, report: Report | None) -> Stored:
    done = db.execute(
        "UPDATE interviews SET version = version + 1, state = ?, unsettled = ?, touched_at = ?, document = ?"
        " WHERE interview_id = ? AND version = ?",
        (*_columns(changed), changed.interview_id, read.version),
    )
    if done.rowcount == 0:
        raise LostRace
    if report is not None:
        completed_at = report.completed_at.timestamp()
        db.execute(
            "INSERT INTO reports (report_id, interview_id, revision, status, completed_at, due_at, document)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                report.report_id,
                report.interview_id,
                report.revision,
                DeliveryStatus.WAITING.value,
                completed_at,
                completed_at,
                report_to_json(report),
            ),
        )
    return Stored(changed, read.version + 1)


def _ids(db: sqlite3.Connection, query: str, *arguments: float) -> list[str]:
    return [row[0] for row in db.execute(query, arguments)]


def _report(db: sqlite3.Connection, interview_id: str) -> StoredReport:
    query = f"SELECT {_REPORT_COLUMNS} FROM reports WHERE interview_id = ? ORDER BY revision DESC LIMIT 1"
    row = db.execute(query, (interview_id,)).fetchone()
    if row is None:
        _get(db, interview_id)
        raise ReportNotReady(interview_id)
    return _stored_report(row)


def _waiting(db: sqlite3.Connection, now: datetime, limit: int) -> list[StoredReport]:
    query = (
        f"SELECT report_id, {_REPORT_COLUMNS} FROM reports AS r"
        " WHERE status = 'WAITING' AND due_at <= ? AND NOT EXISTS"
        " (SELECT 1 FROM reports AS earlier WHERE earlier.interview_id = r.interview_id"
        "  AND earlier.status = 'WAITING' AND earlier.revision < r.revision)"
        " ORDER BY completed_at LIMIT ?"
    )
    rows = db.execute(query, (now.timestamp(), limit)).fetchall()
    read = [_read_or_put_off(db, now, *row) for row in rows]
    return [stored for stored in read if stored is not None]


def _read_or_put_off(
    db: sqlite3.Connection, now: datetime, report_id: str, *row: *ReportRow
) -> StoredReport | None:
    """A row that cannot be read stays, for a later release or a person; it does not hold up the others."""
    try:
        return _stored_report(row)
    except DamagedDocument as error:
        log.error("report cannot be read", report_id=report_id, error=str(error))
        due_at = now.timestamp() + _DAMAGED_PAUSE_SECONDS
        db.execute("UPDATE reports SET due_at = ? WHERE report_id = ?", (due_at, report_id))
        return None


def _stored_report(row: ReportRow) -> StoredReport:
    document, status, topic, partition, offset, file_name, detail, attempts = row
    delivery = Delivery(DeliveryStatus(status), topic, partition, offset, file_name, detail)
    return StoredReport(report_from_json(document), delivery, attempts)


def _settle_report(db: sqlite3.Connection, report_id: str, delivery: Delivery) -> None:
    db.execute(
        'UPDATE reports SET status = ?, topic = ?, partition = ?, "offset" = ?, file_name = ?, detail = ?'
        " WHERE report_id = ?",
        (
            delivery.status.value,
            delivery.topic,
            delivery.partition,
            delivery.offset,
            delivery.file_name,
            delivery.detail,
            report_id,
        ),
    )


def _backlog(db: sqlite3.Connection) -> Backlog:
    query = "SELECT count(*), min(completed_at) FROM reports WHERE status = 'WAITING'"
    count, oldest = db.execute(query).fetchone()
    return Backlog(count, None if oldest is None else datetime.fromtimestamp(oldest, UTC))
