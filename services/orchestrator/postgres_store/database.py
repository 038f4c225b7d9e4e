"""The PostgreSQL database: reached, brought up to this release, looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.orchestrator import migrations
from services.orchestrator.store import StoreUnavailable
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


class Database:
    """A pool of connections to one database."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str) -> Self:
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
        return cls(pool)

    async def close(self) -> None:
        """Ends all use of the database."""
        await self._pool.close()

    async def one(self, sql: str, *values: Any) -> Any:
        """The first row that the statement gives, if any. Raises StoreUnavailable."""
        async with self.connection() as db:
            return await db.fetchrow(sql, *values)

    async def all(self, sql: str, *values: Any) -> list[Any]:
        """All rows that the statement gives. Raises StoreUnavailable."""
        async with self.connection() as db:
            return await db.fetch(sql, *values)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """A connection of our own meanwhile. Raises StoreUnavailable."""
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
