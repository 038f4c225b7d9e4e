"""The rubric judge works beside the loop that answers calls and probes, one answer after the other."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
import pytest
from interview.v1 import core_pb2
from interview.v1 import evaluator_service_pb2 as pb

from services.evaluator import rubric_judge
from services.evaluator.rubric import rubric_of
from tests.rpc.evaluator.rubric_requests import answer_request
from tests.rpc.evaluator_channel import Told

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub

LONGEST_WAIT_SECONDS = 30


class Held:
    """Judging that begins, and goes on once it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, *given: Any) -> Any:
        self.begun.set()
        if not self.let_go.wait(LONGEST_WAIT_SECONDS):
            raise TimeoutError("nobody could let it go: judging holds everything up")
        return rubric_of(*given)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    judging = Held()
    monkeypatch.setattr(rubric_judge, "rubric_of", judging)
    return judging


async def test_other_calls_are_answered_while_an_answer_is_judged(
    rubric_stub: EvaluatorServiceAsyncStub, held: Held
) -> None:
    """The loop that answers probes is free meanwhile."""
    judging = rubric_stub.EvaluateAnswer(answer_request())
    await asyncio.to_thread(held.begun.wait, LONGEST_WAIT_SECONDS)
    assert (await rubric_stub.GetJudgeInfo(pb.GetJudgeInfoRequest())).judge == "rubric"
    held.let_go.set()
    assert (await judging).evaluation.verdicts[0].verdict == core_pb2.VERDICT_MET


async def test_who_waits_too_long_for_others_hears_it_in_time(
    rubric_stub: EvaluatorServiceAsyncStub, held: Held
) -> None:
    """RESOURCE_EXHAUSTED with RetryInfo before the caller's own deadline; later calls are judged."""
    first = rubric_stub.EvaluateAnswer(answer_request())
    await asyncio.to_thread(held.begun.wait, LONGEST_WAIT_SECONDS)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rubric_stub.EvaluateAnswer(answer_request(), timeout=2)
    told = Told(refused.value)
    assert (told.code, told.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert told.retry_seconds > 0
    held.let_go.set()
    assert (await first).HasField("evaluation")
    assert (await rubric_stub.EvaluateAnswer(answer_request())).HasField("evaluation")
