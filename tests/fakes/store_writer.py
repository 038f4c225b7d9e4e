"""Writes interviews and their reports to a SQLite store without end, and says after each that it is kept.

`python -m tests.fakes.store_writer PATH`: made to be killed.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from services.orchestrator.report import build
from services.orchestrator.sqlite_store import SqliteStore
from tests.fakes.clock import START
from tests.fakes.nouns import answered, begun


async def write(store: SqliteStore) -> None:
    """Prints "added N" and "ended N" for each interview, once the store has taken it."""
    number = 0
    while True:
        number += 1
        interview = replace(answered(begun(), 5), interview_id=f"interview_{number}")
        await store.add(interview, f"request {number}")
        sys.stdout.write(f"added {number}\n")
        sys.stdout.flush()
        ended = interview.finished(START)
        await store.save(await store.get(interview.interview_id), ended, build(ended, UTC))
        sys.stdout.write(f"ended {number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write(SqliteStore(Path(sys.argv[1]))))
