"""Between the messages of `interview.v1` and the reporter's own nouns."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from interview.v1 import core_pb2, interview_report_pb2, reporter_service_pb2

from services.common.errors import InvalidField
from services.reporter.receipts import Outcome, Receipt
from services.reporter.report import (
    EMOTIONS,
    Answer,
    CriterionVerdict,
    EmotionSummary,
    Kind,
    Provenance,
    Question,
    Reading,
    Report,
)

Message = TypeVar("Message")
Noun = TypeVar("Noun")

_KINDS = {
    core_pb2.INTERVIEW_KIND_ROOM: Kind.ROOM,
    core_pb2.INTERVIEW_KIND_TECHNICAL: Kind.TECHNICAL,
}
_LANGUAGES = {core_pb2.LANGUAGE_UNSPECIFIED: "ru", core_pb2.LANGUAGE_RU: "ru", core_pb2.LANGUAGE_EN: "en"}
_EMOTIONS: dict[int, str] = {core_pb2.Emotion.Value(f"EMOTION_{name.upper()}"): name for name in EMOTIONS}
_VERDICTS = {
    core_pb2.VERDICT_MET: "met",
    core_pb2.VERDICT_PARTLY_MET: "partly_met",
    core_pb2.VERDICT_NOT_MET: "not_met",
}
_UNSCORED_REASONS = {
    number: name.removeprefix("UNSCORED_REASON_").lower()
    for name, number in core_pb2.UnscoredReason.items()
    # A cancelled interview has no report.
    if number not in (core_pb2.UNSCORED_REASON_UNSPECIFIED, core_pb2.UNSCORED_REASON_INTERVIEW_CANCELLED)
}
_STATUSES = {
    Outcome.DELIVERED: core_pb2.DELIVERY_STATUS_DELIVERED,
    Outcome.FILED: core_pb2.DELIVERY_STATUS_FILED,
    Outcome.REJECTED: core_pb2.DELIVERY_STATUS_REJECTED,
}


def report_in(request: reporter_service_pb2.PublishReportRequest) -> Report:
    """The report of `request`. Raises InvalidField, which names the field of the request."""
    return _within("report", _report, request.report)


def _report(message: interview_report_pb2.InterviewReport) -> Report:
    return Report(
        report_id=message.report_id,
        interview_id=message.interview_id,
        revision=message.revision,
        kind=_known(_KINDS, "kind", message.kind),
        room_id=message.room_id or None,
        candidate_name=message.candidate_name,
        language=_known(_LANGUAGES, "language", message.language),
        complete_time_ms=_milliseconds(message),
        completion_time=message.completion_time,
        questions_asked=message.questions_asked,
        topics_covered=tuple(message.topics_covered),
        average_score=message.average_score if message.HasField("average_score") else None,
        scored_answers=message.scored_answers,
        unscored_answers=message.unscored_answers,
        emotion=_within("emotion", _summary, message.emotion),
        answers=_each("answers", _answer, message.answers),
    )


def delivery_of(receipt: Receipt) -> core_pb2.Delivery:
    """`receipt` as a message."""
    return core_pb2.Delivery(
        report_id=receipt.report_id,
        status=_STATUSES[receipt.outcome],
        topic=receipt.topic,
        partition=receipt.partition,
        offset=receipt.offset,
        file_name=receipt.file_name,
        detail=receipt.detail,
    )


def _milliseconds(message: interview_report_pb2.InterviewReport) -> int:
    if not message.HasField("complete_time"):
        raise InvalidField("complete_time", "must be set")
    nanos = message.complete_time.nanos
    if not 0 <= nanos < 1_000_000_000:
        raise InvalidField("complete_time", "nanos must be 0 to 999,999,999")
    return message.complete_time.seconds * 1000 + nanos // 1_000_000


def _summary(message: interview_report_pb2.EmotionSummary) -> EmotionSummary:
    return EmotionSummary(
        most_common_emotion=_known(_EMOTIONS, "most_common_emotion", message.most_common_emotion)
        if message.most_common_emotion
        else None,
        emotion_distribution=tuple(
            (_known(_EMOTIONS, "emotion_distribution", share.emotion), share.share)
            for share in message.emotion_distribution
        ),
        average_confidence=message.average_confidence if message.HasField("average_confidence") else None,
        total_analyses=message.total_analyses,
    )


def _answer(message: interview_report_pb2.ReportAnswer) -> Answer:
    return Answer(
        question=_within("question", _question, message.question),
        answer_text=message.answer_text,
        score=message.score if message.HasField("score") else None,
        evaluation=message.evaluation,
        timestamp=message.timestamp,
        emotion=_within("emotion", _reading, message.emotion) if message.HasField("emotion") else None,
        declined=message.declined,
        unscored_reason=_known(_UNSCORED_REASONS, "unscored_reason", message.unscored_reason)
        if message.unscored_reason
        else None,
        verdicts=_each("verdicts", _verdict, message.verdicts),
        provenance=_within("provenance", _provenance, message.provenance)
        if message.HasField("provenance")
        else None,
        follow_up_skipped=message.follow_up_skipped,
    )


def _question(message: core_pb2.AskedQuestion) -> Question:
    return Question(
        question_id=message.question_id,
        text=message.text,
        topic=message.topic,
        difficulty=message.difficulty,
        depth=message.depth,
        generated=message.generated,
    )


def _reading(message: core_pb2.EmotionReading) -> Reading:
    return Reading(
        primary_emotion=_known(_EMOTIONS, "primary_emotion", message.primary_emotion),
        confidence=message.confidence,
        emotions={_EMOTIONS.get(one.emotion, ""): one.probability for one in message.emotions},
        accepted_frames=message.accepted_frames,
    )


def _verdict(message: core_pb2.CriterionVerdict) -> CriterionVerdict:
    return CriterionVerdict(
        criterion=message.criterion,
        weight=message.weight,
        verdict=_known(_VERDICTS, "verdict", message.verdict),
        quote=message.quote,
        reason=message.reason,
    )


def _provenance(message: core_pb2.Provenance) -> Provenance:
    return Provenance(
        judge=message.judge,
        model=message.model,
        prompt_version=message.prompt_version,
        rubric_version=message.rubric_version,
        input_hash=message.input_hash,
        input_tokens=message.input_tokens,
        output_tokens=message.output_tokens,
        duration_seconds=message.duration.seconds + message.duration.nanos / 1e9,
        flags=tuple(message.flags),
    )


def _within(path: str, translate: Callable[[Message], Noun], message: Message) -> Noun:
    try:
        return translate(message)
    except InvalidField as error:
        raise error.under(path) from None


def _each(field: str, translate: Callable[[Message], Noun], messages: Iterable[Message]) -> tuple[Noun, ...]:
    nouns: list[Noun] = []
    try:
        for message in messages:
            nouns.append(translate(message))
    except InvalidField as error:
        raise error.under(f"{field}[{len(nouns)}]") from None
    return tuple(nouns)


def _known(nouns: dict[Any, Noun], field: str, number: int) -> Noun:
    noun = nouns.get(number)
    if noun is None:
        raise InvalidField(field, f"must be set to a known value, is {number}")
    return noun
