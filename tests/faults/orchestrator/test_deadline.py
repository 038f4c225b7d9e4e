"""A caller with less patience than the judge needs."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from interview.v1 import evaluator_service_pb2 as evaluator_pb

from tests.fakes.clock import RunningClock
from tests.fakes.evaluator import scored
from tests.fakes.script import Script
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


@pytest.mark.parametrize("where", ["the same process", "another replica"])
async def test_the_repeat_finds_the_score(
    tmp_path: Path, request: pytest.FixtureRequest, peers: Peers, where: str
) -> None:
    """2 s of patience, a judge of 8 s: after 10 s the repeat has the score at once; one call to the judge."""
    peers.evaluator.evaluate = LongJudge(scored(8))
    store: Path | str = tmp_path / "orchestrator.db"
    if where == "another replica":
        store = await request.getfixturevalue("postgres_server").new_database()
    async with Orchestra(store, peers, RunningClock(), Waits(judge=60)) as first:
        interview_id = await first.start()
        begun = asyncio.get_running_loop().time()
        failed = await failure(first.answer(interview_id, timeout=DEADLINE))
        assert failed.code is grpc.StatusCode.DEADLINE_EXCEEDED
        await asyncio.sleep(begun + REPEAT - asyncio.get_running_loop().time())
        if where == "the same process":
            reply = await first.answer(interview_id, timeout=DEADLINE)
        else:
            async with Orchestra(store, peers, RunningClock()) as second:
                reply = await second.answer(interview_id, timeout=DEADLINE)
    assert reply.answer.score == 8
    assert len(peers.evaluator.evaluate.requests) == 1
