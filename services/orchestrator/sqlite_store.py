"""The embedded store: one SQLite file, WAL, synchronous=FULL, one thread that does all its work.

Writes that wait at the same time are committed together: the sync to disk is what they cost.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from services.orchestrator import migrations, rows
from services.orchestrator.documents import criteria_from_json, criteria_to_json, interview_from_json
from services.orchestrator.interview import Interview
from services.orchestrator.recent import Recent
from services.orchestrator.refusals import InterviewNotFound, ReportNotReady
from services.orchestrator.report import Report
from services.orchestrator.specification import Criterion
from services.orchestrator.store import (
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

Result = TypeVar("Result")

_GET = f"SELECT {rows.NEWS}, version FROM interviews WHERE interview_id = ?1"
_SAVE = (
    "UPDATE interviews SET version = version + 1, state = ?3, unsettled = ?4, touched_at = ?5, document = ?6"
    " WHERE interview_id = ?1 AND version = ?2"
)
_UNSETTLED = f"SELECT interview_id FROM interviews WHERE unsettled = 1 ORDER BY touched_at LIMIT {rows.BATCH}"
_CLAIM = rows.claim()
# What the process before us had claimed or put off is due: whatever it was at, it is no longer.
_DROP_CLAIMS = "UPDATE reports SET due_at = completed_at WHERE status = 'WAITING' AND due_at > completed_at"


class SqliteStore:
    """Implements Store. A second process on the same file refuses to start.

    So no other process can have a lease: each is this one's own, and ends with it.
    """

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        """Opens or makes the file; waits `busy_seconds` for a tool that holds it, such as a backup.

        Raises SystemExit with one line when it cannot be used.
        """
        self._recent = Recent()
        self._waiting: deque[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        try:
            path = path.resolve()  # one lock, by whatever links the file is reached
            self._lock = _locked(path)
            self._db = self._thread.submit(_open, path, busy_seconds).result()
        except (sqlite3.Error, OSError, RuntimeError) as error:
            raise SystemExit(f"ORCHESTRATOR_DATABASE_URL: cannot open {path}: {error}") from error

    async def add(self, interview: Interview, request_id: str) -> Interview:
        def work(db: sqlite3.Connection) -> Interview:
            row = (interview.interview_id, request_id or None, *rows.interview_columns(interview))
            if db.execute(rows.ADD, row).fetchone():
                return interview
            return interview_from_json(db.execute(rows.STARTED, (request_id,)).fetchone()[0])

        kept = await self._run(work)
        if kept is interview:
            self._recent.keep(Stored(interview, version=1, leased=True))
        return kept

    def known(self, interview_id: str) -> Stored | None:
        return self._recent.known(interview_id)

    async def get(self, interview_id: str) -> Stored:
        known = self._recent.known(interview_id)
        version = known.version if known else 0
        document, newest = await self._look(lambda db: _found(db, interview_id, version))
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

        await self._run(work)
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

        return rows.stored_report(await self._look(work))

    async def claim_reports(self, now: datetime, limit: int) -> Sequence[StoredReport]:
        found = await self._all(_CLAIM, now.timestamp(), limit)
        claimed, put_off = rows.claimed(found, now)
        for row in put_off:
            await self._all(rows.PUT_OFF, *row)
        return claimed

    async def hold_report(self, claimed: StoredReport, until: datetime) -> None:
        await self._all(rows.HOLD, claimed.report.report_id, claimed.attempts, until.timestamp())

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

        return criteria_from_json(await self._run(work))

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._db.close)
        self._thread.shutdown()
        os.close(self._lock)

    async def _all(self, sql: str, *values: Any) -> list[Any]:
        return await self._run(lambda db: db.execute(sql, values).fetchall())

    async def _found(self, sql: str, *values: Any) -> list[Any]:
        return await self._look(lambda db: db.execute(sql, values).fetchall())

    async def _look(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Reads: needs no lock, so not even a tool that holds the file is in its way."""

        def look() -> Result:
            try:
                return work(self._db)
            except sqlite3.Error as error:
                raise StoreUnavailable(f"the store cannot be read: {error}") from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, look)

    async def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Does it in a transaction, with all that waits by then: one sync to disk serves them all."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((work, done))
        if len(self._waiting) == 1:  # else the thread is not done with those before, and takes this one along
            self._thread.submit(self._commit_waiting, loop)
        return await done

    def _commit_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        batch = []
        while self._waiting:
            batch.append(self._waiting.popleft())
        outcomes = self._transaction([work for work, _ in batch])
        loop.call_soon_threadsafe(_resolve, [done for _, done in batch], outcomes)

    def _transaction(self, batch: list[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        """What each came to, an exception perhaps; all fail together if the database does."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                outcomes = [_attempted(work, self._db) for work in batch]
                self._db.execute("COMMIT")
            except BaseException:
                # After some errors (disk full among them) SQLite has rolled back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            return outcomes
        except sqlite3.OperationalError as error:  # the disk, a lock: each would fare alike
            return [_unavailable(error) for _ in batch]
        except Exception as error:  # noqa: BLE001 (told to whoever asked for the work)
            if len(batch) > 1:  # that of one of them: nothing is done yet, now each for itself
                return [outcome for work in batch for outcome in self._transaction([work])]
            return [_unavailable(error) if isinstance(error, sqlite3.Error) else error]


def _attempted(work: Callable[[sqlite3.Connection], Any], db: sqlite3.Connection) -> Any:
    """What it returned, or a lost race, which leaves nothing to undo."""
    try:
        return work(db)
    except LostRace as lost:
        return lost


def _unavailable(error: sqlite3.Error) -> StoreUnavailable:
    return StoreUnavailable(f"the store did not take the change: {error}")


def _resolve(waiting: list[asyncio.Future[Any]], outcomes: list[Any]) -> None:
    for done, outcome in zip(waiting, outcomes, strict=True):
        if done.done():  # whoever asked has left
            continue
        if isinstance(outcome, Exception):
            done.set_exception(outcome)
        else:
            done.set_result(outcome)


def _found(db: sqlite3.Connection, interview_id: str, known: int = 0) -> Any:
    row = db.execute(_GET, (interview_id, known)).fetchone()
    if row is None:
        raise InterviewNotFound(interview_id)
    return row


def look_at(path: Path) -> StoreLook:
    """For the doctor: whether the file can be used, also while an orchestrator does.

    Raises StoreNotThere, StoreUnusable.
    """
    if not path.is_file():
        raise StoreNotThere(str(path))
    try:
        # Not read-only: that would leave files of the write-ahead log behind.
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)
        try:
            [(waiting,)], newest = db.execute(WAITING).fetchall(), db.execute(NEWEST).fetchone()
        finally:
            db.close()
    except sqlite3.Error as error:
        raise StoreUnusable(f"{path}: {error}") from None
    return store_look(str(path), waiting, newest[0] if newest else None)


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
    db.execute(_DROP_CLAIMS)
    return db


def _migrate(db: sqlite3.Connection) -> None:
    """Runs the numbered scripts that the file has not seen, each in one transaction."""
    (done,) = db.execute("PRAGMA user_version").fetchone()
    for number, script in enumerate(migrations.scripts("sqlite")[done:], done + 1):
        db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
