"""A store that is locked, full or away while callers hold interviews: nothing lost, back by itself."""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.fakes.messages import technical
from tests.faults.orchestrator.callers import Callers
from tests.faults.orchestrator.replicas import Replica, orchestrator
from tests.postgres import PostgresServer
from tests.rpc.orchestra import Peers, failure

LOCKED_SECONDS = 3.0
LONG = "word " * 6_000  # more than a page of any file has left


@asynccontextmanager
async def held(folder: Path, database: str, peers: Peers) -> AsyncIterator[tuple[Replica, Callers]]:
    """An orchestrator as a process, and who calls it."""
    address = f"127.0.0.1:{peers.port}"
    env = {f"ORCHESTRATOR_{peer}_ADDRESS": address for peer in ("EVALUATOR", "EMOTION", "REPORTER")}
    with orchestrator(folder, database, **env) as served:
        async with Callers([served.address], technical("A", "B")) as callers:
            yield served, callers


async def begun(callers: Callers) -> str:
    started = await callers.stub.StartInterview(
        pb.StartInterviewRequest(specification=callers.spec), timeout=15
    )
    return started.interview_id


def answer(interview_id: str, number: int = 1) -> pb.SubmitAnswerRequest:
    return pb.SubmitAnswerRequest(interview_id=interview_id, question_id=f"q{number}", answer_text=LONG)


async def refused(call: Callable[[], Any]) -> None:
    """The call is told UNAVAILABLE, STORE_UNAVAILABLE, and to come back."""
    failed = await failure(call())
    assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert failed.retry_seconds


async def goes_on(callers: Callers, peers: Peers, interview_id: str) -> None:
    """The interview is held to its end by the very same process, and each answer judged once."""
    for number in (1, 2):
        reply = await callers.submit(answer(interview_id, number))
        assert reply.answer.score == 5
    assert reply.state == core.INTERVIEW_STATE_COMPLETED
    assert len(peers.evaluator.evaluate.requests) == 2
    assert len({request.report.report_id for request in peers.reporter.publish.requests}) == 1


async def test_a_sqlite_file_that_is_locked_for_3_seconds(tmp_path: Path, peers: Peers) -> None:
    """A backup tool holds it: calls wait and are served."""
    path = tmp_path / "orchestrator.db"
    async with held(tmp_path, f"sqlite:///{path}", peers) as (_, callers):
        interview_id = await begun(callers)
        with sqlite3.connect(path, isolation_level=None) as tool:
            tool.execute("BEGIN EXCLUSIVE")
            call = asyncio.create_task(callers.submit(answer(interview_id)))
            done, _ = await asyncio.wait({call}, timeout=LOCKED_SECONDS)
            assert not done
            tool.execute("ROLLBACK")
        tool.close()
        assert (await call).answer.score == 5
        await goes_on(callers, peers, interview_id)


async def test_a_postgresql_table_that_is_locked_for_3_seconds(
    tmp_path: Path, peers: Peers, postgres_server: PostgresServer
) -> None:
    """Somebody alters it: calls wait and are served."""
    url = await postgres_server.new_database()
    async with held(tmp_path, url, peers) as (_, callers):
        interview_id = await begun(callers)
        tool = await asyncpg.connect(url)
        async with tool.transaction():
            await tool.execute("LOCK TABLE interviews IN ACCESS EXCLUSIVE MODE")
            call = asyncio.create_task(callers.submit(answer(interview_id)))
            done, _ = await asyncio.wait({call}, timeout=LOCKED_SECONDS)
            assert not done
        await tool.close()
        assert (await call).answer.score == 5
        await goes_on(callers, peers, interview_id)


async def test_a_postgresql_that_restarts(
    tmp_path: Path, peers: Peers, postgres_server: PostgresServer
) -> None:
    """Away: UNAVAILABLE; back: the same interview goes on, without a restart of ours."""
    async with held(tmp_path, await postgres_server.new_database(), peers) as (_, callers):
        interview_id = await begun(callers)
        await asyncio.to_thread(postgres_server.stop)
        try:
            await refused(lambda: callers.stub.SubmitAnswer(answer(interview_id), timeout=15))
        finally:
            await asyncio.to_thread(postgres_server.start)
        await goes_on(callers, peers, interview_id)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="sets a limit of another process: Linux only")
async def test_a_disk_that_is_full(tmp_path: Path, peers: Peers) -> None:
    """The kernel lets no file of the process grow: UNAVAILABLE; with room again the very same calls go on."""
    path = tmp_path / "orchestrator.db"
    async with held(tmp_path, f"sqlite:///{path}", peers) as (served, callers):
        interview_id = await begun(callers)
        unlimited = resource.prlimit(served.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(served.pid, resource.RLIMIT_FSIZE, (4096, unlimited[1]))
        for _ in range(3):
            await refused(lambda: callers.stub.SubmitAnswer(answer(interview_id), timeout=15))
            await refused(
                lambda: callers.stub.StartInterview(
                    pb.StartInterviewRequest(specification=callers.spec), timeout=15
                ),
            )
        resource.prlimit(served.pid, resource.RLIMIT_FSIZE, unlimited)
        await goes_on(callers, peers, interview_id)
