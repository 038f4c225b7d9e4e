"""One suite over the orchestrator and over the fake that clients are tested against."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import (
    OrchestratorServiceStub,
    add_OrchestratorServiceServicer_to_server,
)

from services.common.server import MIB, Server
from services.common.settings import ServerSettings
from tests.fakes.clock import FakeClock
from tests.fakes.evaluator import scored
from tests.fakes.messages import consented, technical
from tests.fakes.orchestrator import FakeOrchestrator
from tests.rpc.orchestra import Failure, Orchestra, Peers

if TYPE_CHECKING:  # there in the type stubs only
    from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceAsyncStub


@dataclass(frozen=True)
class Side:
    """One of the two, and how its next answers are judged."""

    stub: OrchestratorServiceAsyncStub
    judge: Callable[[int], None]

    async def start(
        self, spec: core.InterviewSpecification, request_id: str = ""
    ) -> pb.StartInterviewResponse:
        return await self.stub.StartInterview(
            pb.StartInterviewRequest(specification=spec, request_id=request_id), timeout=15
        )

    async def answer(self, interview_id: str, question_id: str, text: str) -> pb.SubmitAnswerResponse:
        request = pb.SubmitAnswerRequest(interview_id=interview_id, question_id=question_id, answer_text=text)
        return await self.stub.SubmitAnswer(request, timeout=75)


@asynccontextmanager
async def the_original(tmp_path: Path) -> AsyncIterator[Side]:
    async with Peers() as peers, Orchestra(tmp_path / "store.db", peers, FakeClock()) as orchestra:
        replies = peers.evaluator.evaluate.replies
        yield Side(orchestra.stub, lambda score: replies.append(scored(score)))


@asynccontextmanager
async def the_fake(_: Path) -> AsyncIterator[Side]:
    scores: deque[int] = deque()
    server = Server(
        "interview.v1.OrchestratorService",
        ServerSettings(port=0, metrics_port=0, drain_seconds=0.2),
        receive_limit_bytes=10 * MIB,
    )
    add_OrchestratorServiceServicer_to_server(FakeOrchestrator(lambda _: scores.popleft()), server.grpc)
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Side(OrchestratorServiceStub(channel), scores.append)


@pytest.fixture(params=[the_original, the_fake])
async def side(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Side]:
    async with request.param(tmp_path) as found:
        yield found


async def test_good_answers_deepen_and_others_move_on(side: Side) -> None:
    """Prepared follow-ups in their order after a 7 and more; else the next topic; then the end."""
    for score in (7, 8, 6):
        side.judge(score)
    started = await side.start(technical("Python", "SQL", follow_ups=1))
    walked = [started.first_question]
    for number in (1, 2, 3):
        reply = await side.answer(started.interview_id, f"q{number}", f"answer {number}")
        if reply.HasField("next_question"):
            walked.append(reply.next_question)
    assert [(q.question_id, q.text, q.topic, q.depth, q.difficulty, q.generated) for q in walked] == [
        ("q1", "Python start?", "Python", 0, 1, False),
        ("q2", "Python follow-up 1?", "Python", 1, 2, False),
        ("q3", "SQL start?", "SQL", 0, 1, False),
    ]
    assert reply.state == core.INTERVIEW_STATE_COMPLETED
    assert reply.progress == core.Progress(
        questions_asked=3, answers_settled=3, max_questions=20, topics_begun=2, topics_total=2
    )


async def test_a_result_holds_the_answer_and_its_score(side: Side) -> None:
    """The reply tells what was asked, what was said and what it was worth."""
    side.judge(4)
    started = await side.start(technical("Python", "SQL"))
    answer = (await side.answer(started.interview_id, "q1", "said")).answer
    assert (answer.question, answer.answer_text, answer.score) == (started.first_question, "said", 4)
    assert answer.state == core.ANSWER_STATE_SCORED


async def test_a_repeated_start_is_the_same_interview(side: Side) -> None:
    """The request id decides, not the number of calls."""
    first, again, other = [await side.start(technical(), request_id) for request_id in ("one", "one", "two")]
    assert first == again
    assert other.interview_id != first.interview_id


async def test_a_repeated_answer_has_the_same_result(side: Side) -> None:
    """The stored result of that answer with its next question, though others followed."""
    for score in (5, 5):
        side.judge(score)
    interview_id = (await side.start(technical("Python", "SQL"))).interview_id
    first = await side.answer(interview_id, "q1", "said")
    await side.answer(interview_id, "q2", "said")
    again = await side.answer(interview_id, "q1", "said")
    assert (again.answer, again.next_question) == (first.answer, first.next_question)


async def test_another_answer_to_the_same_question_is_refused(side: Side) -> None:
    """The first answer stands."""
    side.judge(5)
    interview_id = (await side.start(technical("Python", "SQL"))).interview_id
    await side.answer(interview_id, "q1", "said")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await side.answer(interview_id, "q1", "something else")
    failure = Failure(refused.value)
    assert (failure.code, failure.reason) == (grpc.StatusCode.ALREADY_EXISTS, "ANSWER_EXISTS")


async def test_an_unknown_interview_is_not_found(side: Side) -> None:
    """Every call that names an interview says so."""
    calls = (
        side.stub.GetInterview(pb.GetInterviewRequest(interview_id="interview_0X"), timeout=5),
        side.stub.GetReport(pb.GetReportRequest(interview_id="interview_0X"), timeout=5),
        side.stub.FinishInterview(pb.FinishInterviewRequest(interview_id="interview_0X"), timeout=15),
        side.stub.CancelInterview(pb.CancelInterviewRequest(interview_id="interview_0X"), timeout=15),
    )
    for call in calls:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        assert Failure(refused.value).reason == "INTERVIEW_NOT_FOUND"


async def test_finishing_gives_the_report_and_where_it_is(side: Side) -> None:
    """An interview ended early has a report of what there is; GetReport tells the same."""
    side.judge(5)
    interview_id = (await side.start(technical("Python", "SQL"))).interview_id
    await side.answer(interview_id, "q1", "said")
    finished = await side.stub.FinishInterview(
        pb.FinishInterviewRequest(interview_id=interview_id), timeout=15
    )
    told = await side.stub.GetReport(pb.GetReportRequest(interview_id=interview_id), timeout=5)
    report = finished.report
    assert finished.state == core.INTERVIEW_STATE_COMPLETED
    assert (report.average_score, report.scored_answers, report.questions_asked) == (5.0, 1, 2)
    assert [answer.answer_text for answer in report.answers] == ["said"]
    assert told.report == report
    assert told.delivery.report_id == report.report_id == f"{interview_id}.1"


async def test_an_interview_is_told_as_it_stands(side: Side) -> None:
    """What was answered, and what waits."""
    side.judge(5)
    interview_id = (await side.start(technical("Python", "SQL"))).interview_id
    await side.answer(interview_id, "q1", "said")
    shown = await side.stub.GetInterview(pb.GetInterviewRequest(interview_id=interview_id), timeout=5)
    assert shown.state == core.INTERVIEW_STATE_IN_PROGRESS
    assert [answer.answer_text for answer in shown.answers] == ["said"]
    assert shown.current_question.question_id == "q2"


async def test_a_batch_of_frames_counts_once(side: Side) -> None:
    """The reply tells of all batches of the question; a repeated one changes nothing."""
    interview_id = (await side.start(consented())).interview_id
    told = []
    for batch_id in ("a", "b", "a"):
        request = pb.AddFramesRequest(
            interview_id=interview_id, question_id="q1", batch_id=batch_id, frames=[b"picture"]
        )
        told.append((await side.stub.AddFrames(request, timeout=15)).received_frames)
    assert told == [1, 2, 2]


async def test_a_whole_interview_is_assessed(side: Side) -> None:
    """Every question in the order given, whatever the scores; then the report; a repeat tells the same."""
    for score in (2, 9, 5):
        side.judge(score)
    request = pb.AssessInterviewRequest(
        request_id="assessed",
        specification=technical("A", "B", follow_ups=1),
        answers=[pb.TranscriptAnswer(answer_text=text) for text in ("one", "two", "three")],
    )
    for _ in range(2):
        updates = [update async for update in side.stub.AssessInterview(request, timeout=75)]
        assert [update.answer.score for update in updates[1:-1]] == [2, 9, 5]
        assert [update.answer.question.text for update in updates[1:-1]] == [
            "A start?",
            "A follow-up 1?",
            "B start?",
        ]
        assert len({update.interview_id for update in updates}) == 1
        assert updates[-1].state == core.INTERVIEW_STATE_COMPLETED
        assert [answer.answer_text for answer in updates[-1].report.answers] == ["one", "two", "three"]


async def test_a_consent_is_withdrawn_once(side: Side) -> None:
    """A repeat tells the same instant; where there was none, there is nothing to withdraw."""
    told = []
    for spec in (consented(), technical()):
        interview_id = (await side.start(spec)).interview_id
        request = pb.WithdrawConsentRequest(interview_id=interview_id)
        told.append([await side.stub.WithdrawConsent(request, timeout=15) for _ in range(2)])
    assert [first == again for first, again in told] == [True, True]
    assert [first.HasField("withdraw_time") for first, _ in told] == [True, False]


async def test_a_cancelled_interview_stays_so(side: Side) -> None:
    """Cancelling twice is cancelling once; a completed one keeps its report."""
    first, second = [(await side.start(technical())).interview_id for _ in range(2)]
    cancelled = pb.CancelInterviewRequest(interview_id=first)
    for reply in [await side.stub.CancelInterview(cancelled, timeout=15) for _ in range(2)]:
        assert reply.state == core.INTERVIEW_STATE_CANCELLED
    await side.stub.FinishInterview(pb.FinishInterviewRequest(interview_id=second), timeout=15)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await side.stub.CancelInterview(pb.CancelInterviewRequest(interview_id=second), timeout=15)
    assert Failure(refused.value).reason == "INTERVIEW_COMPLETED"
