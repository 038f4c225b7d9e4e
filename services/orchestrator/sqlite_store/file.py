"""The file of the embedded store: held by one process, opened, and brought up to this release."""

import fcntl
import os
import sqlite3
from pathlib import Path

from services.orchestrator import migrations
from services.orchestrator.store_look import (
    NEWEST,
    WAITING,
    StoreLook,
    StoreNotThere,
    StoreUnusable,
    store_look,
)

# What the process before us had claimed or put off is due: whatever it was at, it is no longer.
_DROP_CLAIMS = "UPDATE reports SET due_at = completed_at WHERE status = 'WAITING' AND due_at > completed_at"


def locked(path: Path) -> int:
    """A lock on the file, to be closed. Raises SystemExit with one line when another process has it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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


def opened(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection to the file as this release needs it. Raises OSError, sqlite3.Error."""
    _make_private(path)
    db = sqlite3.connect(path, isolation_level=None, timeout=busy_seconds)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    _migrate(db)
    db.execute(_DROP_CLAIMS)
    return db


def _make_private(path: Path) -> None:
    """Makes a file that holds candidates' answers for its owner only; one that is there keeps its mode.

    SQLite gives the files of the write-ahead log the mode of the database.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _migrate(db: sqlite3.Connection) -> None:
    """Runs the numbered scripts that the file has not seen, each in one transaction."""
    (done,) = db.execute("PRAGMA user_version").fetchone()
    for number, script in enumerate(migrations.scripts("sqlite")[done:], done + 1):
        db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


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
