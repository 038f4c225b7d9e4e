"""How the embedded store reads and writes."""

import asyncio
import os
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from services.orchestrator.sqlite_store.file import locked, opened
from services.orchestrator.store import LostRace, StoreUnavailable

Result = TypeVar("Result")


class Database:
    """One SQLite file, and the one thread that does all its work.

    Writes that wait at the same time are committed together: the sync to disk is what they cost.
    """

    def __init__(self, path: Path, busy_seconds: float) -> None:
        """Opens or makes the file. Raises SystemExit when another process has it, OSError, sqlite3.Error."""
        self._waiting: deque[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        path = path.resolve()  # one lock, by whatever links the file is reached
        self._lock = locked(path)
        self._db = self._thread.submit(opened, path, busy_seconds).result()

    async def close(self) -> None:
        """Ends all use of the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._db.close)
        self._thread.shutdown()
        os.close(self._lock)

    async def look(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Reads: needs no lock, so not even a tool that holds the file is in its way."""

        def look() -> Result:
            try:
                return work(self._db)
            except sqlite3.Error as error:
                raise StoreUnavailable(f"the store cannot be read: {error}") from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, look)

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
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
