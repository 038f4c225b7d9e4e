"""Random sequences of calls, repeats, crashes and restarts: the real service is what a small model says."""

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
import uvloop
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.orchestrator.machine import Machine
from tests.faults.orchestrator.play import World
from tests.faults.orchestrator.size import SIZE
from tests.postgres import PostgresServer

STEPS = 50
FEWEST = 5  # runs at a time: the first ones are always short


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as made:
        yield made


def test_one_process_on_sqlite(runner: asyncio.Runner, tmp_path: Path) -> None:
    """Whatever callers do and whenever it dies, every interview, reply and report is what the model says."""
    path = tmp_path / "orchestrator.db"

    async def empty() -> None:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)

    check(World(runner, path, 1, empty), SIZE.sqlite_steps)


def test_two_replicas_on_postgresql(runner: asyncio.Runner, postgres_server: PostgresServer) -> None:
    """The same with two replicas, of which any may be asked and any may die."""
    url = runner.run(postgres_server.new_database())

    async def empty() -> None:
        connection = await asyncpg.connect(url)
        if await connection.fetchval("SELECT to_regclass('interviews')"):
            await connection.execute("TRUNCATE interviews, drafted_criteria CASCADE")
        await connection.close()

    check(World(runner, url, 2, empty), SIZE.postgres_steps)


def check(world: World, steps: int) -> None:
    """Runs of up to STEPS steps until there were as many as `steps`: hypothesis ends some early.

    The same ones every time, so that a failure can be looked into; no two of them alike.
    """

    class Run(Machine):
        pass

    Run.world = world
    some = settings(
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),  # that it is slow is known
        report_multiple_bugs=False,
    )
    world.runner.run(world.peers.__aenter__())
    try:
        for number in count(1):
            left = steps - world.steps
            if left <= 0:
                break
            enough = settings(some, max_examples=max(left // STEPS, FEWEST))
            run_state_machine_as_test(seed(number)(Run), settings=enough)
    finally:
        world.runner.run(world.peers.__aexit__())
