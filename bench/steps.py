"""What does one step of an interview cost in the store? Against the bare driver with the same rows.

`python -m bench.steps`: a step takes an interview of 18 KB and writes its next version, durably. SQLite and
stdlib sqlite3 behind one writer thread, PostgreSQL against a bare asyncpg pool. Reading and writing the rows'
documents is counted in: the bare side moves bytes. Where an interview is known from before, as it is to
SQLite, ours does not read it; the bare side always does. So SQLite is also measured with a look first, as an
interview takes it that is out of mind. Needs PostgreSQL's programs.
"""

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import asyncpg
import uvloop

from bench.rows import tell_rounds
from services.orchestrator.documents import interview_to_json
from services.orchestrator.interview import Interview
from services.orchestrator.postgres_store import PostgresStore
from services.orchestrator.sqlite_store import SqliteStore
from services.orchestrator.store import Store
from tests.fakes.nouns import answer, begun, score
from tests.postgres import PostgresServer

ROUNDS = 9
STEPS = 150
ROW_BYTES = 18_000

Step = Callable[[], Awaitable[None]]
# Line, side, the side it is measured against, goal.
ROWS = (
    ("4 SQLite, one step", "sqlite", "bare sqlite", 1.3),
    ("4 SQLite, one step after a look", "sqlite looking", "bare sqlite", 1.3),
    ("5 PostgreSQL, one step", "postgres", "bare postgres", 1.2),
)


def main() -> None:
    """Measures and prints three rows, and the CPU of the same."""
    with (
        tempfile.TemporaryDirectory(dir=".") as folder,
        PostgresServer(durable=True) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        rounds = runner.run(_rounds(Path(folder).resolve(), server))
    for line, one, other, at_most in ROWS:
        ours, bare = ([round_[side] for round_ in rounds] for side in (one, other))
        walls = [[wall * 1000 for wall, _ in side] for side in (ours, bare)]
        tell_rounds(f"{line}, p50", walls[0], walls[1], "ms", at_most=at_most)
        cpus = [statistics.median(cpu for _, cpu in side) * 1000 for side in (ours, bare)]
        print(f"   CPU of our process per step: {cpus[0]:.3f} ms, bare {cpus[1]:.3f} ms")


async def _rounds(folder: Path, server: PostgresServer) -> list[dict[str, tuple[float, float]]]:
    sqlite_store = SqliteStore(folder / "ours.db")
    postgres_store = await PostgresStore.open(await server.new_database())
    bare_sqlite, bare_postgres = BareSqlite(folder / "bare.db"), BarePostgres()
    await bare_postgres.open(await server.new_database())
    sides: dict[str, Step] = {
        "sqlite": await stepping(sqlite_store),
        "sqlite looking": await stepping(sqlite_store, look=True),
        "bare sqlite": bare_sqlite.step,
        "postgres": await stepping(postgres_store),
        "bare postgres": bare_postgres.step,
    }
    rounds = []
    for _ in range(ROUNDS + 1):
        order = random.sample(sorted(sides), len(sides))
        rounds.append({side: await _measured(sides[side]) for side in order})
    await sqlite_store.close()
    await postgres_store.close()
    bare_sqlite.close()
    await bare_postgres.close()
    return rounds[1:]  # the first one warms up


async def _measured(step: Step) -> tuple[float, float]:
    """p50 of a step, and CPU of this process per step, in seconds."""
    seconds, cpu = [], time.process_time()
    for _ in range(STEPS):
        begun_at = time.perf_counter()
        await step()
        seconds.append(time.perf_counter() - begun_at)
    return statistics.median(seconds), (time.process_time() - cpu) / STEPS


def large() -> Interview:
    """An interview whose document has about ROW_BYTES, in answers of a usual length."""
    interview = begun()
    while len(interview_to_json(interview)) < ROW_BYTES:
        number = len(interview.asked)
        asked = replace(interview.asked[0], question_id=f"q{number + 1}")
        settled = answer(asked, "слово " * 60).settled(score(5))
        interview = replace(interview, asked=(*interview.asked, asked), answers=(*interview.answers, settled))
    return interview


async def stepping(store: Store, *, look: bool = False) -> Step:
    """A step on a large interview that this store keeps, read first where it is not known, or on demand."""
    interview = replace(large(), interview_id=f"interview_{look}")
    await store.add(interview, "")

    async def step() -> None:
        known = None if look else store.known(interview.interview_id)
        read = known or await store.get(interview.interview_id)
        await store.save(read, replace(read.interview, touched_at=read.interview.touched_at))

    return step


class BareSqlite:
    """One writer thread, one commit per write, the same durability."""

    def __init__(self, path: Path, document: bytes | None = None) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._document = document or interview_to_json(large())
        self._thread.submit(self._open, path).result()

    async def step(self) -> None:
        """Reads the row, then writes it."""
        loop = asyncio.get_running_loop()
        version = await loop.run_in_executor(self._thread, self._read)
        await loop.run_in_executor(self._thread, self._write, version)

    async def put(self, row_id: str) -> None:
        """Writes a row, whether it is there or not."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._put, row_id)

    def close(self) -> None:
        """Ends it."""
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()

    def _open(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, version INTEGER, document BLOB)")
        self._db.execute("INSERT INTO rows VALUES ('a', 1, ?)", (self._document,))

    def _read(self) -> int:
        row = self._db.execute("SELECT version, document FROM rows WHERE id = 'a'").fetchone()
        return int(row[0])

    def _write(self, version: int) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        update = "UPDATE rows SET version = version + 1, document = ? WHERE id = 'a' AND version = ?"
        self._db.execute(update, (self._document, version))
        self._db.execute("COMMIT")

    def _put(self, row_id: str) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT OR REPLACE INTO rows VALUES (?, 1, ?)", (row_id, self._document))
        self._db.execute("COMMIT")


class BarePostgres:
    """A pool as its documentation shows it."""

    async def open(self, url: str) -> None:
        """Connects and makes the row."""
        self._document = interview_to_json(large())
        self._pool = await asyncpg.create_pool(url, min_size=1, max_size=10)
        await self._pool.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, version BIGINT, document BYTEA)")
        await self._pool.execute("INSERT INTO rows VALUES ('a', 1, $1)", self._document)

    async def step(self) -> None:
        """Reads the row, then writes it."""
        row = await self._pool.fetchrow("SELECT version, document FROM rows WHERE id = 'a'")
        assert row
        update = "UPDATE rows SET version = version + 1, document = $1 WHERE id = 'a' AND version = $2"
        await self._pool.execute(update, self._document, row[0])

    async def close(self) -> None:
        """Ends it."""
        await self._pool.close()


if __name__ == "__main__":
    main()
