"""EvaluatorService over a real channel, with the rubric judge."""

from __future__ import annotations  # the stub's async type is known to type checkers only

from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest
from google.protobuf.descriptor import Descriptor
from interview.v1 import core_pb2
from interview.v1 import evaluator_service_pb2 as pb

from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    DraftTask,
    Evaluation,
    FollowUp,
    FollowUpTask,
    Judgement,
    Provenance,
)
from services.evaluator.judge import JudgeInfo
from tests.rpc.evaluator.rubric_requests import answer_request, draft_request, follow_up_request
from tests.rpc.evaluator_channel import Told, evaluator

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub


async def test_an_answer_gets_a_score_a_text_verdicts_and_provenance(
    rubric_stub: EvaluatorServiceAsyncStub,
) -> None:
    """Unset language means Russian, unset weight 1; everything the proto promises is there."""
    reply = await rubric_stub.EvaluateAnswer(answer_request())
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
        reply.provenance.rubric_version
        == (await rubric_stub.GetJudgeInfo(pb.GetJudgeInfoRequest())).rubric_version
    )


async def test_nothing_to_judge_by_is_ok_and_without_a_score(rubric_stub: EvaluatorServiceAsyncStub) -> None:
    """UNSCORED is an outcome, not an error; no number is in the reply."""
    request = answer_request()
    del request.criteria[:]
    reply = await rubric_stub.EvaluateAnswer(request)
    assert not reply.HasField("evaluation")
    assert reply.unscored.reason == core_pb2.UNSCORED_REASON_NOTHING_TO_JUDGE_BY
    assert reply.unscored.detail


async def test_the_rubric_judge_says_what_it_is_and_writes_no_questions(
    rubric_stub: EvaluatorServiceAsyncStub,
) -> None:
    """GetJudgeInfo names it; GenerateFollowUp is FAILED_PRECONDITION with a reason."""
    info = await rubric_stub.GetJudgeInfo(pb.GetJudgeInfoRequest())
    assert (info.judge, info.model, info.generates_follow_ups) == ("rubric", "", False)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rubric_stub.GenerateFollowUp(follow_up_request())
    told = Told(refused.value)
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "FOLLOW_UP_UNSUPPORTED")


async def test_the_rubric_judge_drafts_no_criteria(rubric_stub: EvaluatorServiceAsyncStub) -> None:
    """GetJudgeInfo says so; DraftCriteria is FAILED_PRECONDITION with a reason."""
    assert not (await rubric_stub.GetJudgeInfo(pb.GetJudgeInfoRequest())).drafts_criteria
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await rubric_stub.DraftCriteria(draft_request())
    told = Told(refused.value)
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CRITERIA_UNSUPPORTED")


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
