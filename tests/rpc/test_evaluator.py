"""EvaluatorService over a real channel, with the rubric judge."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import math
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest
from google.protobuf.descriptor import Descriptor
from interview.v1 import core_pb2
from interview.v1 import evaluator_service_pb2 as pb

from services.common.clock import SystemClock
from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    DraftTask,
    Evaluation,
    FollowUp,
    FollowUpTask,
    JudgeInfo,
    Judgement,
    Provenance,
)
from services.evaluator.rubric_judge import RubricJudge
from tests.rpc.evaluator_channel import Told, evaluator

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub

Change = Callable[[pb.EvaluateAnswerRequest], object]
FollowUpChange = Callable[[pb.GenerateFollowUpRequest], object]


@pytest.fixture
async def stub() -> AsyncIterator[EvaluatorServiceAsyncStub]:
    async with evaluator(RubricJudge(SystemClock())) as connected:
        yield connected


def answer_request() -> pb.EvaluateAnswerRequest:
    return pb.EvaluateAnswerRequest(
        topic="Python",
        question_text="Чем список отличается от кортежа?",
        answer_text="Список изменяемый, а кортеж неизменяемый.",
        difficulty=1,
        criteria=[
            core_pb2.Criterion(text="Кортеж неизменяемый"),
            core_pb2.Criterion(text="Память", weight=3),
        ],
    )


def follow_up_request() -> pb.GenerateFollowUpRequest:
    return pb.GenerateFollowUpRequest(
        topic="Python",
        difficulty=2,
        turns=[pb.Turn(question_text="Что такое список?", answer_text="Массив.")],
    )


async def test_an_answer_gets_a_score_a_text_verdicts_and_provenance(stub: EvaluatorServiceAsyncStub) -> None:
    """Unset language means Russian, unset weight 1; everything the proto promises is there."""
    reply = await stub.EvaluateAnswer(answer_request())
    assert reply.evaluation.score == 3  # 1 of 1 + 3
    assert reply.evaluation.text.startswith("Ответ неполон")
    first, second = reply.evaluation.verdicts
    assert (first.criterion, first.weight, first.verdict) == ("Кортеж неизменяемый", 1, core_pb2.VERDICT_MET)
    assert first.quote in answer_request().answer_text
    assert (second.weight, second.verdict, second.quote) == (3, core_pb2.VERDICT_NOT_MET, "")
    assert reply.provenance.judge == "rubric"
    assert len(reply.provenance.input_hash) == 64
    assert reply.provenance.HasField("duration")
    assert (reply.provenance.model, reply.provenance.prompt_version) == ("", "")
    assert (
        reply.provenance.rubric_version == (await stub.GetJudgeInfo(pb.GetJudgeInfoRequest())).rubric_version
    )


async def test_nothing_to_judge_by_is_ok_and_without_a_score(stub: EvaluatorServiceAsyncStub) -> None:
    """UNSCORED is an outcome, not an error; no number is in the reply."""
    request = answer_request()
    del request.criteria[:]
    reply = await stub.EvaluateAnswer(request)
    assert not reply.HasField("evaluation")
    assert reply.unscored.reason == core_pb2.UNSCORED_REASON_NOTHING_TO_JUDGE_BY
    assert reply.unscored.detail


async def test_the_rubric_judge_says_what_it_is_and_writes_no_questions(
    stub: EvaluatorServiceAsyncStub,
) -> None:
    """GetJudgeInfo names it; GenerateFollowUp is FAILED_PRECONDITION with a reason."""
    info = await stub.GetJudgeInfo(pb.GetJudgeInfoRequest())
    assert (info.judge, info.model, info.generates_follow_ups) == ("rubric", "", False)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GenerateFollowUp(follow_up_request())
    told = Told(refused.value)
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "FOLLOW_UP_UNSUPPORTED")


def draft_request() -> pb.DraftCriteriaRequest:
    return pb.DraftCriteriaRequest(topic="Python", question_text="Что такое список?", difficulty=1)


async def test_the_rubric_judge_drafts_no_criteria(stub: EvaluatorServiceAsyncStub) -> None:
    """GetJudgeInfo says so; DraftCriteria is FAILED_PRECONDITION with a reason."""
    assert not (await stub.GetJudgeInfo(pb.GetJudgeInfoRequest())).drafts_criteria
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.DraftCriteria(draft_request())
    told = Told(refused.value)
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CRITERIA_UNSUPPORTED")


BAD_DRAFTS: list[tuple[str, Callable[[pb.DraftCriteriaRequest], object]]] = [
    ("language", lambda r: setattr(r, "language", 7)),
    ("topic", lambda r: setattr(r, "topic", "")),
    ("question_text", lambda r: setattr(r, "question_text", "в" * 2001)),
    ("difficulty", lambda r: setattr(r, "difficulty", 0)),
    ("reference_answer", lambda r: setattr(r, "reference_answer", "э" * 8001)),
]


@pytest.mark.parametrize(("field", "spoil"), BAD_DRAFTS)
async def test_a_bad_request_for_criteria_names_its_field(
    stub: EvaluatorServiceAsyncStub, field: str, spoil: Callable[[pb.DraftCriteriaRequest], object]
) -> None:
    """INVALID_ARGUMENT comes before CRITERIA_UNSUPPORTED."""
    request = draft_request()
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.DraftCriteria(request)
    told = Told(refused.value)
    assert (told.code, told.reason, told.field) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", field)


def _many_criteria(request: pb.EvaluateAnswerRequest) -> None:
    request.criteria.extend([core_pb2.Criterion(text="c")] * 11)


BAD_ANSWERS: list[tuple[str, Change]] = [
    ("language", lambda r: setattr(r, "language", 7)),
    ("topic", lambda r: setattr(r, "topic", "")),
    ("topic", lambda r: setattr(r, "topic", "т" * 101)),
    ("question_text", lambda r: setattr(r, "question_text", " \n")),
    ("question_text", lambda r: setattr(r, "question_text", "в" * 2001)),
    ("question_text", lambda r: setattr(r, "question_text", "a\x00b")),
    ("answer_text", lambda r: setattr(r, "answer_text", "")),
    ("answer_text", lambda r: setattr(r, "answer_text", " \t\n")),
    ("answer_text", lambda r: setattr(r, "answer_text", "я" * (16 * 1024) + "a")),
    ("answer_text", lambda r: setattr(r, "answer_text", "a\x1b[31m")),
    ("difficulty", lambda r: setattr(r, "difficulty", 0)),
    ("difficulty", lambda r: setattr(r, "difficulty", 6)),
    ("criteria", _many_criteria),
    ("criteria[1].text", lambda r: setattr(r.criteria[1], "text", "")),
    ("criteria[1].text", lambda r: setattr(r.criteria[1], "text", "к" * 501)),
    ("criteria[0].weight", lambda r: setattr(r.criteria[0], "weight", -1)),
    ("criteria[0].weight", lambda r: setattr(r.criteria[0], "weight", 100.5)),
    ("criteria[0].weight", lambda r: setattr(r.criteria[0], "weight", math.nan)),
    ("criteria[0].weight", lambda r: setattr(r.criteria[0], "weight", math.inf)),
    ("reference_answer", lambda r: setattr(r, "reference_answer", "э" * 8001)),
    ("reference_answer", lambda r: setattr(r, "reference_answer", "a\x07")),
    ("earlier_turns[0].question_text", lambda r: r.earlier_turns.add(answer_text="a")),
    (
        "earlier_turns[0].answer_text",
        lambda r: r.earlier_turns.add(question_text="q", answer_text="a" * 32769),
    ),
    ("earlier_turns", lambda r: r.earlier_turns.extend([pb.Turn(question_text="q")] * 101)),
]


@pytest.mark.parametrize(("field", "spoil"), BAD_ANSWERS)
async def test_a_bad_request_to_judge_names_its_field(
    stub: EvaluatorServiceAsyncStub, field: str, spoil: Change
) -> None:
    """Each limit of the design, passed by one, is INVALID_ARGUMENT with a BadRequest naming the field."""
    request = answer_request()
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.EvaluateAnswer(request)
    told = Told(refused.value)
    assert (told.code, told.reason, told.field) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", field)


BAD_FOLLOW_UPS: list[tuple[str, FollowUpChange]] = [
    ("language", lambda r: setattr(r, "language", 7)),
    ("topic", lambda r: setattr(r, "topic", "")),
    ("difficulty", lambda r: setattr(r, "difficulty", 6)),
    ("turns", lambda r: r.ClearField("turns")),
    ("turns[1].question_text", lambda r: r.turns.add(answer_text="a")),
    ("last_verdicts[0].verdict", lambda r: r.last_verdicts.add(criterion="c")),
    ("last_verdicts[0].criterion", lambda r: r.last_verdicts.add(verdict=core_pb2.VERDICT_MET)),
    ("last_verdicts[0].weight", lambda r: r.last_verdicts.add(criterion="c", verdict=1, weight=-1)),
    ("known_questions[1]", lambda r: r.known_questions.extend(["в?", ""])),
    ("known_questions", lambda r: r.known_questions.extend(["в?"] * 1001)),
]


@pytest.mark.parametrize(("field", "spoil"), BAD_FOLLOW_UPS)
async def test_a_bad_request_for_a_question_names_its_field(
    stub: EvaluatorServiceAsyncStub, field: str, spoil: FollowUpChange
) -> None:
    """INVALID_ARGUMENT comes before FOLLOW_UP_UNSUPPORTED."""
    request = follow_up_request()
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GenerateFollowUp(request)
    told = Told(refused.value)
    assert (told.code, told.reason, told.field) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", field)


async def test_requests_at_their_limits_are_taken(stub: EvaluatorServiceAsyncStub) -> None:
    """The largest lawful request is judged, not refused."""
    request = answer_request()
    request.topic = "т" * 100
    request.question_text = "в" * 2000
    request.answer_text = "яблоко " * 2520  # 13 bytes each: just under 32 KiB
    request.reference_answer = "э" * 8000
    del request.criteria[:]
    request.criteria.extend([core_pb2.Criterion(text="к" * 500, weight=100)] * 12)
    request.earlier_turns.extend([pb.Turn(question_text="q")] * 100)
    reply = await stub.EvaluateAnswer(request)
    assert reply.evaluation.score == 0
    assert len(reply.evaluation.text) <= 4_000


BLIND_TO = ("name", "candidate", "emotion", "frame", "face", "picture", "photo", "age", "gender", "reading")


def _fields(message: Descriptor) -> set[str]:
    found = {field.name for field in message.fields}
    return found.union(*(_fields(field.message_type) for field in message.fields if field.message_type))


@pytest.mark.parametrize(
    "message",
    [
        pb.EvaluateAnswerRequest.DESCRIPTOR,
        pb.GenerateFollowUpRequest.DESCRIPTOR,
        pb.DraftCriteriaRequest.DESCRIPTOR,
    ],
)
def test_the_judge_is_blind_by_type(message: Descriptor) -> None:
    """No field of a request, however deep, has room for who the candidate is or looks like."""
    words = {word for name in _fields(message) for word in name.split("_")}
    assert words
    assert not words.intersection(BLIND_TO)


class WatchedJudge:
    """Remembers how much time it was given."""

    info = JudgeInfo(judge="watched", generates_follow_ups=True)

    def __init__(self) -> None:
        self.within_seconds: list[float] = []

    async def evaluate(self, task: AnswerTask, *, within_seconds: float) -> Judgement:
        self.within_seconds.append(within_seconds)
        return Judgement(Evaluation(0, task.topic, ()), Provenance("watched", "", 0.0))

    async def follow_up(self, task: FollowUpTask, *, within_seconds: float) -> FollowUp:
        self.within_seconds.append(within_seconds)
        return FollowUp(task.topic, ())

    async def draft(self, task: DraftTask, *, within_seconds: float) -> tuple[Criterion, ...]:
        self.within_seconds.append(within_seconds)
        return (Criterion(task.topic),)


async def test_the_judge_gets_the_time_that_the_caller_leaves() -> None:
    """The call's deadline less what the reply needs; 60 seconds for calls without one."""
    judge = WatchedJudge()
    async with evaluator(judge) as stub:
        await stub.EvaluateAnswer(answer_request(), timeout=20)
        await stub.GenerateFollowUp(follow_up_request(), timeout=20)
        await stub.DraftCriteria(draft_request(), timeout=20)
        await stub.EvaluateAnswer(answer_request())
    judging, asking, drafting, unbounded = judge.within_seconds
    assert 0 < judging < 20
    assert 0 < asking < 20
    assert 0 < drafting < 20
    assert 55 < unbounded < 60
