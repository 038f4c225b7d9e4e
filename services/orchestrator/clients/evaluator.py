"""The peers: evaluator, emotion and reporter, called over gRPC and spoken of in our own nouns."""

import math
from collections.abc import Iterable, Sequence

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from interview.v1 import core_pb2 as core
from interview.v1 import emotion_service_pb2 as emotion_pb
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from interview.v1 import reporter_service_pb2 as reporter_pb
from interview.v1.emotion_service_pb2_grpc import EmotionServiceStub
from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceStub
from interview.v1.reporter_service_pb2_grpc import ReporterServiceStub

from services.common import logs
from services.common.channel import PeerMethod
from services.common.clock import SystemClock
from services.common.errors import InvalidField, Overloaded
from services.common.peer_log import PeerLog
from services.orchestrator import messages
from services.orchestrator.judgement import (
    CriterionVerdict,
    EmotionReading,
    Judgement,
    Provenance,
    Unscored,
    UnscoredReason,
)
from services.orchestrator.judges import (
    Draft,
    DraftTask,
    EmotionUnavailable,
    FollowUp,
    FollowUpTask,
    JudgeInfo,
    JudgeUnavailable,
    JudgingTask,
    NoCriteria,
    NoFollowUp,
    Turn,
)
from services.orchestrator.outbox import ReporterUnavailable, ReportRefused
from services.orchestrator.report import Report
from services.orchestrator.specification import Criterion
from services.orchestrator.store import Delivery, DeliveryStatus

EVALUATOR = "interview.v1.EvaluatorService"
EMOTION = "interview.v1.EmotionService"
REPORTER = "interview.v1.ReporterService"
PUBLISH_SECONDS = 45.0
# What the reporter receives at most. A larger report would fail the same way for ever: a person has to look.
LARGEST_PUBLISH_BYTES = 5 * 1024 * 1024

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
_EMOTIONS = [core.Emotion.Value(name) for name in messages.EMOTIONS.values()]
_STATUSES = {
    core.DeliveryStatus.Value(f"DELIVERY_STATUS_{status.name}"): status
    for status in (DeliveryStatus.DELIVERED, DeliveryStatus.FILED, DeliveryStatus.REJECTED)
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
                raise NoCriteria(_told(error)) from error
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
            raise NoFollowUp(_told(error)) from error
        except InvalidField as error:
            raise NoFollowUp(f"the evaluator's criteria break a rule: {error}") from error


class EmotionClient:
    """Implements EmotionReader."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        stub = EmotionServiceStub(channel)
        self._clock = SystemClock()
        self.peer = PeerLog("emotion", self._clock)
        self._analyze = PeerMethod(f"/{EMOTION}/AnalyzeFrames", stub.AnalyzeFrames, self.peer)

    async def read(self, frames: Sequence[bytes], *, timeout_seconds: float) -> EmotionReading | None:
        request = emotion_pb.AnalyzeFramesRequest(frames=frames)
        try:
            return _reading(await self._analyzed(request, timeout_seconds))
        except grpc.aio.AioRpcError as error:
            seconds = _retry_after(error)
            if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                raise Overloaded("too many frames wait to be read", retry_after_seconds=seconds) from error
            raise EmotionUnavailable(
                "the emotion service is not available", retry_after_seconds=seconds
            ) from error
        except InvalidField as error:
            log.error("the emotion service's reply breaks a rule", field=error.field)
            raise EmotionUnavailable("the emotion service's reply makes no sense") from error

    async def _analyzed(
        self, request: emotion_pb.AnalyzeFramesRequest, timeout_seconds: float
    ) -> emotion_pb.AnalyzeFramesResponse:
        """Frames of a replica that dies or stops meanwhile go to another, once, in the time that is left."""
        until = self._clock.monotonic() + timeout_seconds
        try:
            return await self._analyze(request, timeout_seconds=timeout_seconds)
        except grpc.aio.AioRpcError as error:
            if not _has_left(error):
                raise
        return await self._analyze(request, timeout_seconds=until - self._clock.monotonic())


class ReporterClient:
    """Implements Reporter."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        stub = ReporterServiceStub(channel)
        self.peer = PeerLog("reporter", SystemClock())
        self._publish = PeerMethod(f"/{REPORTER}/PublishReport", stub.PublishReport, self.peer)

    async def publish(self, report: Report) -> Delivery:
        request = reporter_pb.PublishReportRequest(report=messages.report(report))
        if request.ByteSize() > LARGEST_PUBLISH_BYTES:
            raise ReportRefused(
                f"the report has {request.ByteSize():,} bytes, more than the reporter receives"
            )
        try:
            delivery = (await self._publish(request, timeout_seconds=PUBLISH_SECONDS)).delivery
        except grpc.aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ALREADY_EXISTS):
                raise ReportRefused(_told(error)) from error
            raise ReporterUnavailable(_told(error)) from error
        if delivery.status not in _STATUSES:
            raise ReporterUnavailable(f"the reporter's receipt is none: status {delivery.status}")
        return Delivery(
            status=_STATUSES[delivery.status],
            topic=delivery.topic,
            partition=delivery.partition,
            offset=delivery.offset,
            file_name=delivery.file_name,
            detail=delivery.detail,
        )


def _judge_unavailable(error: grpc.aio.AioRpcError) -> JudgeUnavailable:
    seconds = _retry_after(error)
    return JudgeUnavailable("the judge is not available; the answer is kept", retry_after_seconds=seconds)


def _criteria(given: Iterable[core.Criterion]) -> tuple[Criterion, ...]:
    return tuple(Criterion(one.text, one.weight or 1.0) for one in given)


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


def _reading(reply: emotion_pb.AnalyzeFramesResponse) -> EmotionReading | None:
    if not reply.HasField("reading"):
        return None
    by_number: dict[int, float] = {one.emotion: one.probability for one in reply.reading.emotions}
    # A missing one is no probability at all, which the constructor refuses; means of floats end just above 1.
    probabilities = tuple(_rounded_down(by_number.get(number, math.nan)) for number in _EMOTIONS)
    return EmotionReading(probabilities, reply.reading.accepted_frames)


def _rounded_down(probability: float) -> float:
    return 1.0 if 1.0 < probability <= 1.0 + 1e-6 else probability


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


def _retry_after(error: grpc.aio.AioRpcError) -> float:
    """Seconds the peer asks to wait, else one."""
    info = error_details_pb2.RetryInfo()
    for detail in _details(error):
        if _unpack(detail, info):
            return float(info.retry_delay.ToNanoseconds() / 1e9)
    return 1.0


def _has_left(error: grpc.aio.AioRpcError) -> bool:
    """Whether the replica broke off: it says that it stops, or nothing at all."""
    info = error_details_pb2.ErrorInfo()
    reasons = {info.reason for detail in _details(error) if _unpack(detail, info)}
    return error.code() is grpc.StatusCode.UNAVAILABLE and reasons <= {"STOPPING"}


def _details(error: grpc.aio.AioRpcError) -> Sequence[Message]:
    try:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # an AioRpcError has all that it reads
    except (ValueError, DecodeError):  # details of somebody in between, not of our peer
        return ()
    return status.details if status else ()


def _unpack(detail: Message, into: Message) -> bool:
    return bool(detail.Unpack(into))  # type: ignore[attr-defined]  # details are google.protobuf.Any


def _told(error: grpc.aio.AioRpcError) -> str:
    return f"{error.code().name}: {error.details()}"
