"""AssessInterview: a whole transcript in, progress, then the report; nothing of its own."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from services.common import metrics
from tests.fakes.clock import FakeClock
from tests.fakes.evaluator import JudgeAway, question, scored, unscored
from tests.fakes.messages import consented, technical
from tests.rpc.orchestra import Orchestra, Peers, eventually, failure

METHOD = "/interview.v1.OrchestratorService/AssessInterview"


def transcript(
    *texts: str, spec: core.InterviewSpecification | None = None, request_id: str = "", **more: Any
) -> pb.AssessInterviewRequest:
    """Two topics of two questions each, and these answers; an empty one is declined."""
    return pb.AssessInterviewRequest(
        request_id=request_id,
        specification=spec or technical("A", "B", follow_ups=1),
        answers=[pb.TranscriptAnswer(answer_text=text, declined=not text) for text in texts],
        **more,
    )


async def assessed(
    orchestra: Orchestra, request: pb.AssessInterviewRequest
) -> list[pb.AssessInterviewResponse]:
    """All updates."""
    return [update async for update in orchestra.stub.AssessInterview(request, timeout=20)]


async def begun(call: Any) -> str:
    """The interview's id, once the stream tells it."""
    update: pb.AssessInterviewResponse = await anext(aiter(call))
    return update.interview_id


async def test_a_transcript_is_scored_answer_by_answer(orchestra: Orchestra, peers: Peers) -> None:
    """An update at the start, one per answer with its result, one at the end with report and receipt."""
    peers.evaluator.evaluate.replies.extend([scored(9), scored(2), unscored(core.UNSCORED_REASON_REFUSED)])
    updates = await assessed(orchestra, transcript("one", "two", "three", ""))
    first, *answers, last = updates
    assert len({update.interview_id for update in updates}) == 1
    assert (first.state, first.HasField("answer")) == (core.INTERVIEW_STATE_IN_PROGRESS, False)
    assert [update.answer.question.text for update in answers] == [
        "A start?",
        "A follow-up 1?",
        "B start?",
        "B follow-up 1?",
    ]
    assert [update.progress.answers_settled for update in answers] == [1, 2, 3, 4]
    assert [update.answer.score for update in answers if update.answer.HasField("score")] == [9, 2, 0]
    assert answers[2].answer.unscored_reason == core.UNSCORED_REASON_REFUSED
    assert answers[3].answer.provenance.judge == "rule:declined"
    assert not any(update.HasField("report") for update in updates[:-1])
    assert last.state == core.INTERVIEW_STATE_COMPLETED
    assert last.delivery.status == core.DELIVERY_STATUS_DELIVERED
    assert (last.report.average_score, last.report.questions_asked) == (3.67, 4)
    assert last.report == (await orchestra.report(last.interview_id)).report
    assert [request.report for request in peers.reporter.publish.requests] == [last.report]


async def test_nothing_is_generated(orchestra: Orchestra, peers: Peers) -> None:
    """The questions were asked already: a good answer deepens nothing, whatever the judge could write."""
    peers.evaluator.evaluate.otherwise = scored(10)
    peers.evaluator.follow_up.otherwise = question("Why?")
    last = (await assessed(orchestra, transcript("1", "2", "3", "4")))[-1]
    assert [answer.question.generated for answer in last.report.answers] == [False] * 4
    assert peers.evaluator.follow_up.requests == []


async def test_a_transcript_that_ends_early_is_finished_with_what_there_is(orchestra: Orchestra) -> None:
    """Fewer answers than questions: the interview ended there."""
    last = (await assessed(orchestra, transcript("one", "two", "three")))[-1]
    assert last.state == core.INTERVIEW_STATE_COMPLETED
    assert [answer.answer_text for answer in last.report.answers] == ["one", "two", "three"]


async def test_thirty_questions_need_no_policy(orchestra: Orchestra) -> None:
    """Without `max_questions` all that are given count; the default of other interviews does not."""
    spec = technical("A", "B", follow_ups=14)
    last = (await assessed(orchestra, transcript(*["answer"] * 30, spec=spec)))[-1]
    assert last.progress.max_questions == 30
    assert last.report.scored_answers == 30


async def test_a_repeat_goes_on_where_the_judge_went_away(orchestra: Orchestra, peers: Peers) -> None:
    """UNAVAILABLE with RetryInfo after what was scored; the repeat tells that again, judges only the rest."""
    peers.evaluator.evaluate.replies.extend([scored(9), JudgeAway("away")])
    request = transcript("one", "two", "three", "four", request_id="mine")
    call = orchestra.stub.AssessInterview(request, timeout=20)
    told: list[pb.AssessInterviewResponse] = []

    async def read() -> None:
        async for update in call:
            told.append(update)

    failed = await failure(read())
    assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "JUDGE_UNAVAILABLE")
    assert failed.retry_seconds == 1
    assert [update.answer.answer_text for update in told] == ["", "one"]
    updates = await assessed(orchestra, request)
    assert updates[0].interview_id == told[0].interview_id
    assert updates[1].answer == told[1].answer
    assert updates[-1].state == core.INTERVIEW_STATE_COMPLETED
    assert len(peers.evaluator.evaluate.requests) == 5
    again = await assessed(orchestra, request)
    assert [update.answer for update in again] == [update.answer for update in updates]
    assert again[-1] == updates[-1]
    assert len(peers.evaluator.evaluate.requests) == 5


async def test_a_caller_that_leaves_costs_nothing(database: Path, peers: Peers) -> None:
    """The judgement under way is kept, nothing more begins; another replica goes on with a repeat."""
    request = transcript("one", "two", request_id="mine")
    clock = FakeClock()
    async with Orchestra(database, peers, clock) as first:
        peers.evaluator.evaluate.hold()
        call = first.stub.AssessInterview(request, timeout=20)
        interview_id = await begun(call)
        await peers.evaluator.evaluate.called()
        call.cancel()
        await eventually(lambda: metrics.SERVER_HANDLED.labels(*_labels("CANCELLED"))._value.get() > 0)
        peers.evaluator.evaluate.release()
        shown = await first.until(interview_id)
        assert [answer.score for answer in shown.answers] == [5]
    async with Orchestra(database, peers, clock) as second:
        updates = await assessed(second, request)
    assert updates[0].interview_id == interview_id
    assert [answer.answer_text for answer in updates[-1].report.answers] == ["one", "two"]
    assert len(peers.evaluator.evaluate.requests) == 2


def _labels(code: str) -> tuple[str, str, str, str]:
    return "server_stream", "interview.v1.OrchestratorService", "AssessInterview", code


async def test_the_same_interview_takes_single_calls_too(orchestra: Orchestra) -> None:
    """It is an interview like any other: shown, and its answers repeated, by the other RPCs."""
    last = (await assessed(orchestra, transcript("one", "two")))[-1]
    shown = await orchestra.shown(last.interview_id)
    assert shown.specification.policy.mode == core.POLICY_MODE_AS_GIVEN
    assert (await orchestra.answer(last.interview_id, text="one")).answer == shown.answers[0]


async def test_another_transcript_under_the_same_id_is_refused(orchestra: Orchestra) -> None:
    """Another specification, another answer, more answers: each its own reason."""
    await assessed(orchestra, transcript("one", "two", request_id="mine"))
    reasons = []
    for other in (
        transcript("one", "two", request_id="mine", spec=technical("B", "C")),
        transcript("one", "other", request_id="mine"),
        transcript("one", "two", "three", request_id="mine"),
    ):
        reasons.append((await failure(assessed(orchestra, other))).reason)
    assert reasons == ["REQUEST_ID_USED", "ANSWER_EXISTS", "INTERVIEW_CLOSED"]


async def test_a_cancelled_assessment_ends(orchestra: Orchestra) -> None:
    """Its caller hears why; what was told stays told."""
    call = orchestra.stub.AssessInterview(transcript("one"), timeout=20)
    interview_id = await begun(call)
    await orchestra.cancel(interview_id)

    async def rest() -> None:
        async for _ in call:
            pass

    assert (await failure(rest())).reason in ("INTERVIEW_CLOSED", "INTERVIEW_CANCELLED")


def _adaptive() -> core.InterviewSpecification:
    spec = technical("A", "B")
    spec.policy.mode = core.POLICY_MODE_ADAPTIVE
    return spec


def _too_few() -> core.InterviewSpecification:
    spec = technical("A", "B", follow_ups=1)
    spec.policy.max_questions = 3
    return spec


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (transcript(), "answers"),
        (transcript(*"12345"), "answers"),
        (transcript("one", " "), "answers[1].answer_text"),
        (transcript("one", "x" * (32 * 1024 + 1)), "answers[1].answer_text"),
        (
            pb.AssessInterviewRequest(
                specification=technical(), answers=[pb.TranscriptAnswer(answer_text="a", declined=True)]
            ),
            "answers[0].answer_text",
        ),
        (transcript("one", spec=_adaptive()), "specification.policy.mode"),
        (transcript("one", spec=_too_few()), "specification.policy.max_questions"),
        (transcript("one", spec=technical("A", "a")), "specification.topics[1].name"),
        (transcript("one", spec=core.InterviewSpecification()), "specification.kind"),
        (transcript("one", request_id="x" * 129), "request_id"),
    ],
)
async def test_a_bad_transcript_is_refused_before_anything_is_stored(
    orchestra: Orchestra, peers: Peers, request_: pb.AssessInterviewRequest, field: str
) -> None:
    """INVALID_ARGUMENT names the field, also of the last answer; nobody is asked to judge."""
    told = await failure(assessed(orchestra, request_))
    assert (told.code, told.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert peers.evaluator.evaluate.requests == []


async def test_bytes_that_are_no_transcript_are_refused(orchestra: Orchestra) -> None:
    """MALFORMED_REQUEST, from a stream as from any other method."""
    call: Any = orchestra.channel.unary_stream(METHOD)

    async def read() -> None:
        async for _ in call(b"\xff\xff\xff", timeout=10):
            pass

    assert (await failure(read())).reason == "MALFORMED_REQUEST"


async def test_an_assessment_is_counted_as_a_stream(orchestra: Orchestra) -> None:
    """grpc_server_handled_total with grpc_type server_stream, one for the whole stream."""
    counted = metrics.SERVER_HANDLED.labels(*_labels("OK"))
    before = counted._value.get()
    await assessed(orchestra, transcript("one", spec=consented("A")))
    assert counted._value.get() == before + 1


async def test_a_stopping_server_ends_a_stream_with_a_reason(database: Path, peers: Peers) -> None:
    """UNAVAILABLE, STOPPING: the repeat goes on on another replica."""

    async def rest() -> None:
        async for _ in call:
            pass

    async with Orchestra(database, peers, FakeClock()) as orchestra:
        peers.evaluator.evaluate.hold()
        call = orchestra.stub.AssessInterview(transcript("one", request_id="mine"), timeout=20)
        await begun(call)
        await peers.evaluator.evaluate.called()
        told = asyncio.create_task(failure(rest()))
    assert ((await told).code, (await told).reason) == (grpc.StatusCode.UNAVAILABLE, "STOPPING")
