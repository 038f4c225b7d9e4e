"""The evaluator, called over gRPC and spoken of in our own nouns."""

from collections.abc import Iterable

import grpc
import grpc.aio
from interview.v1 import core_pb2 as core
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceStub

from services.common import logs
from services.common.channel import PeerMethod
from services.common.clock import SystemClock
from services.common.errors import InvalidField
from services.common.peer_log import PeerLog
from services.orchestrator import messages
from services.orchestrator.clients.failures import retry_after, told
from services.orchestrator.clients.names import EVALUATOR
from services.orchestrator.judgement import (
    CriterionVerdict,
    Judgement,
    Provenance,
    Unscored,
    UnscoredReason,
)
from services.orchestrator.judges import (
    Draft,
    DraftTask,
    FollowUp,
    FollowUpTask,
    JudgeInfo,
    JudgeUnavailable,
    JudgingTask,
    NoCriteria,
    NoFollowUp,
    Turn,
)
from services.orchestrator.specification import Criterion

_VERDICTS = {core.Verdict.Value(name): verdict for verdict, name in messages.VERDICTS.items()}
_OURS_TO_GIVE = {UnscoredReason.JUDGE_UNAVAILABLE, UnscoredReason.INTERVIEW_CANCELLED}
_REASONS = {
    core.UnscoredReason.Value(name): reason
    for reason, name in messages.UNSCORED_REASONS.items()
    if reason not in _OURS_TO_GIVE
}
# The same question would fail the same way again; an evaluator of an earlier release knows no DraftCriteria.
_DRAFTS_NONE = {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNIMPLEMENTED,
}

log = logs.get_logger()


class EvaluatorClient:
    """Implements Drafter."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        stub = EvaluatorServiceStub(channel)
        self.peer = PeerLog("evaluator", SystemClock())
        self._evaluate = PeerMethod(f"/{EVALUATOR}/EvaluateAnswer", stub.EvaluateAnswer, self.peer)
        self._follow_up = PeerMethod(f"/{EVALUATOR}/GenerateFollowUp", stub.GenerateFollowUp, self.peer)
        self._draft = PeerMethod(f"/{EVALUATOR}/DraftCriteria", stub.DraftCriteria, self.peer)
        self._info = PeerMethod(f"/{EVALUATOR}/GetJudgeInfo", stub.GetJudgeInfo, self.peer)

    async def info(self, *, timeout_seconds: float) -> JudgeInfo:
        request = evaluator_pb.GetJudgeInfoRequest()
        try:
            reply = await self._info(request, timeout_seconds=timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise JudgeUnavailable("the evaluator does not say who judges") from error
        return JudgeInfo(
            judge=reply.judge,
            model=reply.model,
            prompt_version=reply.prompt_version,
            rubric_version=reply.rubric_version,
            generates_follow_ups=reply.generates_follow_ups,
            drafts_criteria=reply.drafts_criteria,
        )

    async def evaluate(self, task: JudgingTask, *, timeout_seconds: float) -> Judgement | Unscored:
        request = evaluator_pb.EvaluateAnswerRequest(
            language=messages.LANGUAGES[task.language],
            topic=task.topic,
            question_text=task.question,
            answer_text=task.answer,
            difficulty=task.difficulty,
            criteria=[messages.criterion(criterion) for criterion in task.criteria],
            reference_answer=task.reference_answer,
            earlier_turns=[_turn(turn) for turn in task.earlier_turns],
        )
        try:
            return _outcome(await self._evaluate(request, timeout_seconds=timeout_seconds))
        except grpc.aio.AioRpcError as error:
            raise _judge_unavailable(error) from error
        except InvalidField as error:
            log.error("the evaluator's reply breaks a rule", field=error.field)
            raise JudgeUnavailable("the judge's reply makes no sense; the answer is kept") from error

    async def draft(self, task: DraftTask, *, timeout_seconds: float) -> Draft:
        request = evaluator_pb.DraftCriteriaRequest(
            language=messages.LANGUAGES[task.language],
            topic=task.topic,
            question_text=task.question,
            difficulty=task.difficulty,
            reference_answer=task.reference_answer,
        )
        try:
            reply = await self._draft(request, timeout_seconds=timeout_seconds)
            return Draft(_criteria(reply.criteria), reply.prompt_version)
        except grpc.aio.AioRpcError as error:
            if error.code() in _DRAFTS_NONE:
                raise NoCriteria(told(error)) from error
            raise _judge_unavailable(error) from error
        except InvalidField as error:
            raise NoCriteria(f"the evaluator's criteria break a rule: {error}") from error

    async def follow_up(self, task: FollowUpTask, *, timeout_seconds: float) -> FollowUp:
        request = evaluator_pb.GenerateFollowUpRequest(
            language=messages.LANGUAGES[task.language],
            topic=task.topic,
            difficulty=task.difficulty,
            turns=[_turn(turn) for turn in task.turns],
            last_verdicts=[messages.verdict(verdict) for verdict in task.last_verdicts],
            known_questions=task.known_questions,
        )
        try:
            reply = await self._follow_up(request, timeout_seconds=timeout_seconds)
            return FollowUp(reply.question_text, _criteria(reply.criteria))
        except grpc.aio.AioRpcError as error:
            raise NoFollowUp(told(error)) from error
        except InvalidField as error:
            raise NoFollowUp(f"the evaluator's criteria break a rule: {error}") from error


def _judge_unavailable(error: grpc.aio.AioRpcError) -> JudgeUnavailable:
    seconds = retry_after(error)
    return JudgeUnavailable("the judge is not available; the answer is kept", retry_after_seconds=seconds)


def _criteria(given: Iterable[core.Criterion]) -> tuple[Criterion, ...]:
    return tuple(map(messages.criterion_in, given))


def _turn(noun: Turn) -> evaluator_pb.Turn:
    return evaluator_pb.Turn(question_text=noun.question, answer_text=noun.answer)


def _outcome(reply: evaluator_pb.EvaluateAnswerResponse) -> Judgement | Unscored:
    provenance = _provenance(reply.provenance)
    match reply.WhichOneof("outcome"):
        case "evaluation":
            verdicts = tuple(_verdict(verdict) for verdict in reply.evaluation.verdicts)
            return Judgement(reply.evaluation.score, reply.evaluation.text, verdicts, provenance)
        case "unscored" if reply.unscored.reason in _REASONS:
            return Unscored(_REASONS[reply.unscored.reason], reply.unscored.detail, provenance)
        case _:
            raise InvalidField("outcome", "must be an evaluation, or unscored with a known reason")


def _verdict(message: core.CriterionVerdict) -> CriterionVerdict:
    if message.verdict not in _VERDICTS:
        raise InvalidField("verdict", f"must be a known one, is {message.verdict}")
    return CriterionVerdict(
        criterion=message.criterion,
        weight=message.weight,
        verdict=_VERDICTS[message.verdict],
        quote=message.quote,
        reason=message.reason,
    )


def _provenance(message: core.Provenance) -> Provenance:
    return Provenance(
        judge=message.judge,
        model=message.model,
        prompt_version=message.prompt_version,
        rubric_version=message.rubric_version,
        input_hash=message.input_hash,
        input_tokens=message.input_tokens,
        output_tokens=message.output_tokens,
        duration_seconds=message.duration.ToNanoseconds() / 1e9,
        flags=tuple(message.flags),
    )
