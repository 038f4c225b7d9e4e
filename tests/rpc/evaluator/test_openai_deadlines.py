"""How long a call waits for a model: deadlines, pauses that the server asks for, places."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest

from services.common.clock import SystemClock
from services.evaluator.in_flight import InFlight
from tests.fakes.llm_server import LlmServer
from tests.rpc.evaluator.openai_requests import answer_request, refused
from tests.rpc.evaluator_channel import evaluator
from tests.rpc.openai_judge import openai_judge

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub


async def test_the_callers_deadline_is_kept(stub: EvaluatorServiceAsyncStub, llm: LlmServer) -> None:
    """A server that never answers: our own UNAVAILABLE comes before the caller's DEADLINE_EXCEEDED."""
    await stub.EvaluateAnswer(answer_request())  # connections stand from now on
    llm.fail("slow")
    told = await refused(stub.EvaluateAnswer(answer_request(), timeout=2))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAVAILABLE, "JUDGE_UNAVAILABLE")


async def test_without_a_deadline_the_default_holds(llm: LlmServer) -> None:
    """A call that names none is not held for ever."""
    llm.fail("slow")
    async with openai_judge(llm.url) as judge, evaluator(judge, default_deadline_seconds=0.3) as stub:
        async with asyncio.timeout(60):  # the client's own bound is minutes
            told = await refused(stub.EvaluateAnswer(answer_request()))
    assert told.code is grpc.StatusCode.UNAVAILABLE


async def test_a_wait_that_ends_after_the_deadline_is_not_begun(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer
) -> None:
    """Retry-After of 50 s inside 20 s: the caller hears at once, and hears the 50 s."""
    llm.fail("rate_limited", retry_after="50")
    told = await refused(stub.EvaluateAnswer(answer_request(), timeout=20))
    assert told.code is grpc.StatusCode.UNAVAILABLE
    assert 49 < told.retry_seconds <= 50
    assert len(llm.requests) == 1


async def test_retry_after_is_obeyed(llm: LlmServer) -> None:
    """The next request comes no sooner than the server asked for."""
    clock = _RecordingClock()
    async with openai_judge(llm.url, clock=clock) as judge, evaluator(judge) as stub:
        llm.fail("rate_limited", times=1, retry_after="7")
        assert (await stub.EvaluateAnswer(answer_request())).evaluation.score == 9
    assert len(clock.slept) == 1
    assert 7 <= clock.slept[0] < 8


@pytest.mark.parametrize("asked", ["86400", "1e300"])
async def test_a_pause_of_a_day_is_kept_for_a_minute(llm: LlmServer, asked: str) -> None:
    """Then the server is asked again: one wrong header does not end all judging."""
    clock = _RecordingClock()
    async with openai_judge(llm.url, clock=clock) as judge, evaluator(judge) as stub:
        llm.fail("rate_limited", times=1, retry_after=asked)
        told = await refused(stub.EvaluateAnswer(answer_request(), timeout=20))
        assert (told.code, told.retry_seconds) == (grpc.StatusCode.UNAVAILABLE, 60)
        assert (await refused(stub.EvaluateAnswer(answer_request(), timeout=20))).retry_seconds == 60
        await clock.sleep(60)
        assert (await stub.EvaluateAnswer(answer_request(), timeout=20)).evaluation.score == 9
    assert len(llm.requests) == 2


class _RecordingClock(SystemClock):
    """Sleeps in no time and remembers for how long; nothing else takes any of its time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return float(sum(self.slept))

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)


async def test_more_than_may_wait_are_refused_with_retry_info(llm: LlmServer) -> None:
    """One place and no queue: the second call is RESOURCE_EXHAUSTED; later ones are taken again."""
    llm.fail("slow", times=1)
    async with openai_judge(llm.url, in_flight=InFlight(1, 0)) as judge, evaluator(judge) as stub:
        held = stub.EvaluateAnswer(answer_request(), timeout=1)
        await llm.seen(1)
        told = await refused(stub.EvaluateAnswer(answer_request()))
        assert (told.code, told.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
        assert told.retry_seconds > 0
        assert (await refused(held)).code is grpc.StatusCode.UNAVAILABLE
        assert (await stub.EvaluateAnswer(answer_request())).evaluation.score == 9
