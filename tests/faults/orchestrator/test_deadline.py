"""A caller with less patience than the judge needs."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from interview.v1 import orchestrator_service_pb2 as pb

from tests.fakes.clock import RunningClock
from tests.fakes.evaluator import scored
from tests.fakes.script import Script
from tests.postgres import PostgresServer
from tests.rpc.orchestra import Orchestra, Peers, Waits, failure

DEADLINE, JUDGE, REPEAT = 2.0, 8.0, 10.0


class LongJudge(Script[evaluator_pb.EvaluateAnswerRequest, evaluator_pb.EvaluateAnswerResponse]):
    """Takes its time."""

    async def __call__(
        self, request: evaluator_pb.EvaluateAnswerRequest, metadata: Any
    ) -> evaluator_pb.EvaluateAnswerResponse:
        reply = await super().__call__(request, metadata)
        await asyncio.sleep(JUDGE)
        return reply


async def test_the_repeat_finds_the_score(
    tmp_path: Path, peers: Peers, postgres_server: PostgresServer
) -> None:
    """2 s of patience, a judge of 8 s: after 10 s the repeat has the score at once; one call to the judge.

    In the same process, and on another replica.
    """
    peers.evaluator.evaluate = LongJudge(scored(8))
    shared = await postgres_server.new_database()
    async with (
        Orchestra(tmp_path / "orchestrator.db", peers, RunningClock(), Waits(judge=60)) as alone,
        Orchestra(shared, peers, RunningClock(), Waits(judge=60)) as first,
        Orchestra(shared, peers, RunningClock(), Waits(judge=60)) as second,
    ):
        replies = await asyncio.gather(repeated(alone, alone), repeated(first, second))
    assert [reply.answer.score for reply in replies] == [8, 8]
    assert len(peers.evaluator.evaluate.requests) == 2


async def repeated(one: Orchestra, then: Orchestra) -> pb.SubmitAnswerResponse:
    """What the repeat is told."""
    interview_id = await one.start()
    begun = asyncio.get_running_loop().time()
    failed = await failure(one.answer(interview_id, timeout=DEADLINE))
    assert failed.code is grpc.StatusCode.DEADLINE_EXCEEDED
    await asyncio.sleep(begun + REPEAT - asyncio.get_running_loop().time())
    return await then.answer(interview_id, timeout=DEADLINE)
