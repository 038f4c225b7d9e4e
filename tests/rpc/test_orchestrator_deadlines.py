"""The caller's deadline: reads refuse early, answers never, and peers are given what is left of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.fakes.clock import FakeClock
from tests.fakes.messages import consented
from tests.rpc.orchestra import Orchestra, Peers, Waits, failure

READS: list[Callable[[Orchestra, str], Any]] = [
    lambda o, i: o.stub.GetInterview(pb.GetInterviewRequest(interview_id=i), timeout=10),
    lambda o, i: o.stub.GetReport(pb.GetReportRequest(interview_id=i), timeout=10),
    lambda o, _: o.stub.GetServiceInfo(pb.GetServiceInfoRequest(), timeout=10),
]


@pytest.mark.parametrize("read", READS, ids=["GetInterview", "GetReport", "GetServiceInfo"])
async def test_a_read_with_too_little_time_left_is_refused_at_once(
    database: Path, peers: Peers, read: Callable[[Orchestra, str], Any]
) -> None:
    """DEADLINE_EXCEEDED, DEADLINE_TOO_SHORT, long before the deadline itself; no peer is asked."""
    async with Orchestra(database, peers, FakeClock(), Waits(read=30)) as orchestra:
        told = await failure(read(orchestra, await orchestra.start()))
    assert (told.code, told.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_TOO_SHORT")
    assert peers.evaluator.info.requests == []


async def test_an_answer_is_never_refused_for_its_deadline(database: Path, peers: Peers) -> None:
    """However short: it is stored and judged, and a repeat has the score."""
    async with Orchestra(database, peers, FakeClock(), Waits(read=30)) as orchestra:
        interview_id = await orchestra.start()
        assert (await orchestra.answer(interview_id, timeout=10)).answer.score == 5
        assert (await orchestra.finish(interview_id)).state == core.INTERVIEW_STATE_COMPLETED


async def test_a_read_without_a_deadline_has_the_usual_one(database: Path, peers: Peers) -> None:
    """5 s: enough by the real measure, too little where more is asked for."""
    async with Orchestra(database, peers, FakeClock(), Waits(read=4)) as orchestra:
        interview_id = await orchestra.start()
        request = pb.GetInterviewRequest(interview_id=interview_id)
        assert (await orchestra.stub.GetInterview(request)).interview_id == interview_id


async def test_frames_go_on_with_the_callers_deadline(orchestra: Orchestra, peers: Peers) -> None:
    """What is left of it is the emotion service's; without one it is 15 s."""
    request = pb.AddFramesRequest(
        interview_id=await orchestra.start(consented()), question_id="q1", batch_id="a", frames=[b"1"]
    )
    await orchestra.stub.AddFrames(request, timeout=7)
    request.batch_id = "b"
    await orchestra.stub.AddFrames(request)
    first, second = peers.emotion.seconds_left
    assert 0 < first < 8  # gRPC itself rounds
    assert 8 < second < 16


async def test_an_end_tells_that_the_report_waits_before_the_deadline(
    orchestra: Orchestra, peers: Peers
) -> None:
    """The wait for the receipt is shorter than the caller's time: the end is told, not DEADLINE_EXCEEDED."""
    peers.reporter.publish.hold()
    request = pb.FinishInterviewRequest(interview_id=await orchestra.start())
    reply = await orchestra.stub.FinishInterview(request, timeout=1.5)
    assert reply.state == core.INTERVIEW_STATE_COMPLETED
    assert reply.delivery.status == core.DELIVERY_STATUS_WAITING
