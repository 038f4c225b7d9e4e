"""The embedded store: one SQLite file, WAL, synchronous=FULL, one thread that does all its work."""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TypeVar

from services.orchestrator import sqlite_rows as rows
from services.orchestrator.interview import Interview
from services.orchestrator.report import Report
from services.orchestrator.store import Backlog, Delivery, Stored, StoredReport, StoreUnavailable

Result = TypeVar("Result")

_BATCH = 500


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
        return await self._run(lambda db: rows.add(db, interview, request_id))

    async def get(self, interview_id: str) -> Stored:
        return await self._run(lambda db: rows.get(db, interview_id))

    async def save(self, read: Stored, changed: Interview, report: Report | None = None) -> Stored:
        return await self._run(lambda db: rows.save(db, read, changed, report))

    async def unsettled(self) -> Sequence[str]:
        query = "SELECT interview_id FROM interviews WHERE unsettled = 1 ORDER BY touched_at LIMIT ?"
        return await self._run(lambda db: rows.ids(db, query, _BATCH))

    async def untouched_since(self, instant: datetime) -> Sequence[str]:
        query = (
            "SELECT interview_id FROM interviews WHERE state = 'IN_PROGRESS' AND unsettled = 0"
            " AND touched_at < ? ORDER BY touched_at LIMIT ?"
        )
        return await self._run(lambda db: rows.ids(db, query, instant.timestamp(), _BATCH))

    async def report(self, interview_id: str) -> StoredReport:
        return await self._run(lambda db: rows.report(db, interview_id))

    async def waiting_reports(self, now: datetime, limit: int) -> Sequence[StoredReport]:
        return await self._run(lambda db: rows.waiting(db, now, limit))

    async def settle_report(self, report_id: str, delivery: Delivery) -> None:
        await self._run(lambda db: rows.settle_report(db, report_id, delivery))

    async def postpone_report(self, report_id: str, until: datetime, detail: str) -> None:
        statement = "UPDATE reports SET attempts = attempts + 1, due_at = ?, detail = ? WHERE report_id = ?"
        await self._run(lambda db: db.execute(statement, (until.timestamp(), detail, report_id)))

    async def backlog(self) -> Backlog:
        return await self._run(rows.backlog)

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
