"""The report of a completed interview: counts, means and shares as the contract of topic `step3` has them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, tzinfo
from statistics import fmean

from services.orchestrator.answer import Answer, AskedQuestion
from services.orchestrator.interview import Interview
from services.orchestrator.judgement import Emotion, EmotionReading
from services.orchestrator.specification import InterviewKind, Language


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """One answer as the report tells it. `timestamp` is when it was received, in the report's time zone."""

    question: AskedQuestion
    topic: str
    answer: Answer
    timestamp: str


@dataclass(frozen=True, slots=True)
class EmotionSummary:
    """All readings together. Without any: None, empty, None, 0."""

    most_common: Emotion | None
    distribution: tuple[tuple[Emotion, float], ...]
    average_confidence: float | None
    total_analyses: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the report says, computed once: a repeat has the same bytes."""

    interview_id: str
    revision: int
    kind: InterviewKind
    room_id: str
    candidate_name: str
    language: Language
    completed_at: datetime
    completion_time: str
    questions_asked: int
    topics_covered: tuple[str, ...]
    average_score: float | None
    scored_answers: int
    unscored_answers: int
    emotion: EmotionSummary
    answers: tuple[ReportAnswer, ...]

    @property
    def report_id(self) -> str:
        """Unique for ever: interview and revision."""
        return f"{self.interview_id}.{self.revision}"


def build(interview: Interview, timezone: tzinfo) -> Report:
    """The newest report of a completed interview. Times are formatted in `timezone`."""
    if interview.completed_at is None:
        raise ValueError(f"{interview.interview_id} is not completed")
    answers = tuple(_answer(interview, answer, timezone) for answer in interview.answers)
    scores = [answer.score for answer in interview.answers if answer.score is not None]
    return Report(
        interview_id=interview.interview_id,
        revision=interview.revision,
        kind=interview.specification.kind,
        room_id=interview.specification.room_id,
        candidate_name=interview.specification.candidate_name,
        language=interview.specification.language,
        completed_at=interview.completed_at,
        completion_time=_local(interview.completed_at, timezone),
        questions_asked=len(interview.asked),
        topics_covered=tuple(dict.fromkeys(answer.topic for answer in answers)),
        average_score=round(fmean(scores), 2) if scores else None,
        scored_answers=len(scores),
        unscored_answers=len(answers) - len(scores),
        emotion=summarize([a.emotion for a in interview.answers if a.emotion is not None]),
        answers=answers,
    )


def summarize(readings: list[EmotionReading]) -> EmotionSummary:
    """Shares of primary emotions; the most common one, ties by mean probability; mean confidence."""
    if not readings:
        return EmotionSummary(None, (), None, 0)
    counts = Counter(reading.primary for reading in readings)
    means = {
        emotion: fmean(reading.probabilities[i] for reading in readings) for i, emotion in enumerate(Emotion)
    }
    return EmotionSummary(
        most_common=max(counts, key=lambda emotion: (counts[emotion], means[emotion])),
        distribution=tuple((e, round(counts[e] / len(readings), 4)) for e in Emotion if counts[e]),
        average_confidence=round(fmean(reading.confidence for reading in readings), 4),
        total_analyses=len(readings),
    )


def _answer(interview: Interview, answer: Answer, timezone: tzinfo) -> ReportAnswer:
    question = interview.question(answer.question_id)
    return ReportAnswer(
        question, interview.topic_name(question), answer, _local(answer.received_at, timezone)
    )


def _local(instant: datetime, timezone: tzinfo) -> str:
    return instant.astimezone(timezone).strftime("%Y-%m-%d %H:%M:%S")
