"""What the evaluator's limits refuse, field by field, and what they just let through."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest
from interview.v1 import core_pb2
from interview.v1 import evaluator_service_pb2 as pb

from tests.rpc.evaluator.rubric_requests import answer_request, draft_request, follow_up_request
from tests.rpc.evaluator_channel import Told

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub

Change = Callable[[pb.EvaluateAnswerRequest], object]
FollowUpChange = Callable[[pb.GenerateFollowUpRequest], object]


BAD_DRAFTS: list[tuple[str, Callable[[pb.DraftCriteriaRequest], object]]] = [
    ("language", lambda r: setattr(r, "language", 7)),
    ("topic", lambda r: setattr(r, "topic", "")),
    ("question_text", lambda r: setattr(r, "question_text", "в" * 2001)),
    ("difficulty", lambda r: setattr(r, "difficulty", 0)),
    ("reference_answer", lambda r: setattr(r, "reference_answer", "э" * 8001)),
]


@pytest.mark.parametrize(("field", "spoil"), BAD_DRAFTS)
async def test_a_bad_request_for_criteria_names_its_field(
    rubric_stub: EvaluatorServiceAsyncStub, field: str, spoil: Callable[[pb.DraftCriteriaRequest], object]
) -> None:
    """INVALID_ARGUMENT comes before CRITERIA_UNSUPPORTED."""
    request = draft_request()
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rubric_stub.DraftCriteria(request)
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
    rubric_stub: EvaluatorServiceAsyncStub, field: str, spoil: Change
) -> None:
    """Each limit of the design, passed by one, is INVALID_ARGUMENT with a BadRequest naming the field."""
    request = answer_request()
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rubric_stub.EvaluateAnswer(request)
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
    rubric_stub: EvaluatorServiceAsyncStub, field: str, spoil: FollowUpChange
) -> None:
    """INVALID_ARGUMENT comes before FOLLOW_UP_UNSUPPORTED."""
    request = follow_up_request()
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rubric_stub.GenerateFollowUp(request)
    told = Told(refused.value)
    assert (told.code, told.reason, told.field) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", field)


async def test_requests_at_their_limits_are_taken(rubric_stub: EvaluatorServiceAsyncStub) -> None:
    """The largest lawful request is judged, not refused."""
    request = answer_request()
    request.topic = "т" * 100
    request.question_text = "в" * 2000
    request.answer_text = "яблоко " * 2520  # 13 bytes each: just under 32 KiB
    request.reference_answer = "э" * 8000
    del request.criteria[:]
    request.criteria.extend([core_pb2.Criterion(text="к" * 500, weight=100)] * 12)
    request.earlier_turns.extend([pb.Turn(question_text="q")] * 100)
    reply = await rubric_stub.EvaluateAnswer(request)
    assert reply.evaluation.score == 0
    assert len(reply.evaluation.text) <= 4_000
