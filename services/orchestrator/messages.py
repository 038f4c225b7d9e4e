"""Our nouns as protobuf messages, for callers and for peers alike."""

from datetime import datetime

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from interview.v1 import core_pb2 as core
from interview.v1 import interview_report_pb2 as report_pb

from services.orchestrator.answer import Answer, AskedQuestion
from services.orchestrator.judgement import (
    CriterionVerdict,
    Emotion,
    EmotionReading,
    Provenance,
    UnscoredReason,
    Verdict,
)
from services.orchestrator.report import EmotionSummary, Report, ReportAnswer
from services.orchestrator.specification import Criterion, InterviewKind, Language, PolicyMode

LANGUAGES = {Language.RU: core.LANGUAGE_RU, Language.EN: core.LANGUAGE_EN}
KINDS = {InterviewKind.ROOM: core.INTERVIEW_KIND_ROOM, InterviewKind.TECHNICAL: core.INTERVIEW_KIND_TECHNICAL}
MODES = {PolicyMode.ADAPTIVE: core.POLICY_MODE_ADAPTIVE, PolicyMode.AS_GIVEN: core.POLICY_MODE_AS_GIVEN}
# Names, which messages take as well as numbers.
VERDICTS = {verdict: f"VERDICT_{verdict.name}" for verdict in Verdict}
EMOTIONS = {emotion: f"EMOTION_{emotion.name}" for emotion in Emotion}
UNSCORED_REASONS = {reason: f"UNSCORED_REASON_{reason.name}" for reason in UnscoredReason}


def timestamp(instant: datetime) -> Timestamp:
    """An aware instant as a message."""
    message = Timestamp()
    message.FromDatetime(instant)
    return message


def criterion(noun: Criterion) -> core.Criterion:
    """One thing a good answer says."""
    return core.Criterion(text=noun.text, weight=noun.weight)


def criterion_in(message: core.Criterion) -> Criterion:
    """The way back; a weight that is unset is 1. Raises InvalidField."""
    return Criterion(message.text, message.weight or 1.0)


def verdict(noun: CriterionVerdict) -> core.CriterionVerdict:
    """How one criterion was judged."""
    return core.CriterionVerdict(
        criterion=noun.criterion,
        weight=noun.weight,
        verdict=VERDICTS[noun.verdict],
        quote=noun.quote,
        reason=noun.reason,
    )


def provenance(noun: Provenance | None) -> core.Provenance | None:
    """How a score came about."""
    if noun is None:
        return None
    duration = Duration()
    duration.FromNanoseconds(round(noun.duration_seconds * 1e9))
    return core.Provenance(
        judge=noun.judge,
        model=noun.model,
        prompt_version=noun.prompt_version,
        rubric_version=noun.rubric_version,
        input_hash=noun.input_hash,
        input_tokens=noun.input_tokens,
        output_tokens=noun.output_tokens,
        duration=duration,
        flags=noun.flags,
    )


def unscored_reason(noun: UnscoredReason | None) -> str | None:
    """Why there is no score; None when there is one."""
    return UNSCORED_REASONS[noun] if noun else None


def reading(noun: EmotionReading | None) -> core.EmotionReading | None:
    """What the frames of an answer showed."""
    if noun is None:
        return None
    return core.EmotionReading(
        primary_emotion=EMOTIONS[noun.primary],
        confidence=noun.confidence,
        emotions=[
            core.EmotionProbability(emotion=EMOTIONS[emotion], probability=probability)
            for emotion, probability in zip(Emotion, noun.probabilities, strict=True)
        ],
        accepted_frames=noun.accepted_frames,
    )


def asked_question(noun: AskedQuestion, topic: str) -> core.AskedQuestion:
    """A question that was put to the candidate; what its answer is judged by stays here."""
    return core.AskedQuestion(
        question_id=noun.question_id,
        text=noun.text,
        topic=topic,
        difficulty=noun.difficulty,
        depth=noun.depth,
        generated=noun.generated,
    )


def report(noun: Report) -> report_pb.InterviewReport:
    """The report, complete."""
    return report_pb.InterviewReport(
        report_id=noun.report_id,
        interview_id=noun.interview_id,
        revision=noun.revision,
        kind=KINDS[noun.kind],
        room_id=noun.room_id,
        candidate_name=noun.candidate_name,
        language=LANGUAGES[noun.language],
        complete_time=timestamp(noun.completed_at),
        completion_time=noun.completion_time,
        questions_asked=noun.questions_asked,
        topics_covered=noun.topics_covered,
        average_score=noun.average_score,
        scored_answers=noun.scored_answers,
        unscored_answers=noun.unscored_answers,
        emotion=_emotion_summary(noun.emotion),
        answers=[_report_answer(answer) for answer in noun.answers],
    )


def _emotion_summary(noun: EmotionSummary) -> report_pb.EmotionSummary:
    return report_pb.EmotionSummary(
        most_common_emotion=EMOTIONS[noun.most_common] if noun.most_common else None,
        emotion_distribution=[
            report_pb.EmotionShare(emotion=EMOTIONS[emotion], share=share)
            for emotion, share in noun.distribution
        ],
        average_confidence=noun.average_confidence,
        total_analyses=noun.total_analyses,
    )


def _report_answer(noun: ReportAnswer) -> report_pb.ReportAnswer:
    answer: Answer = noun.answer
    return report_pb.ReportAnswer(
        question=asked_question(noun.question, noun.topic),
        answer_text=answer.text,
        score=answer.score,
        evaluation=answer.evaluation,
        timestamp=noun.timestamp,
        emotion=reading(answer.emotion),
        declined=answer.declined,
        unscored_reason=unscored_reason(answer.unscored_reason),
        verdicts=[verdict(v) for v in answer.verdicts],
        provenance=provenance(answer.provenance),
        follow_up_skipped=answer.follow_up_skipped,
    )
