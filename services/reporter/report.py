"""The report of one interview as the reporter takes it: what its fields may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.common.errors import InvalidField
from services.common.fields import checked_range, without_control_characters
from services.reporter.rules import (
    LONGEST_INTERVIEW_ID,
    check_count,
    check_quantity,
    check_required,
    check_time,
    is_interview_id,
)

EMOTIONS = ("neutral", "happiness", "sadness", "anger", "surprise", "fear", "disgust")
_ALL_EMOTIONS = frozenset(EMOTIONS)

_LATEST_MS = 253_402_300_799_999  # the last millisecond of the year 9999


class Kind(Enum):
    """What an interview was held for."""

    ROOM = "ROOM"
    TECHNICAL = "TECHNICAL"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked."""

    question_id: str
    text: str
    topic: str
    difficulty: int
    depth: int
    generated: bool

    def __post_init__(self) -> None:
        check_required("question_id", self.question_id)
        check_required("text", self.text)
        check_required("topic", self.topic)
        checked_range("difficulty", self.difficulty, 1, 5)
        check_count("depth", self.depth)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the pictures of an answer showed: the mean probability (0..1) of all seven emotions."""

    primary_emotion: str
    confidence: float
    emotions: Mapping[str, float]
    accepted_frames: int

    def __post_init__(self) -> None:
        checked_range("confidence", self.confidence, 0.0, 1.0)
        if self.emotions.keys() != _ALL_EMOTIONS:
            raise InvalidField("emotions", "must name each of the seven emotions")
        for name, probability in self.emotions.items():
            if not 0.0 <= probability <= 1.0:
                raise InvalidField(f"emotions[{name}]", f"must be 0 to 1, is {probability}")
        checked_range("accepted_frames", self.accepted_frames, 1, 2**31)


@dataclass(frozen=True, slots=True)
class CriterionVerdict:
    """How one criterion was judged."""

    criterion: str
    weight: float
    verdict: str
    quote: str
    reason: str

    def __post_init__(self) -> None:
        check_quantity("weight", self.weight)


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a score came about."""

    judge: str
    model: str
    prompt_version: str
    rubric_version: str
    input_hash: str
    input_tokens: int
    output_tokens: int
    duration_seconds: float
    flags: tuple[str, ...]

    def __post_init__(self) -> None:
        check_count("input_tokens", self.input_tokens)
        check_count("output_tokens", self.output_tokens)
        check_quantity("duration", self.duration_seconds)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its score (0..10), or with the reason why it has none."""

    question: Question
    answer_text: str
    score: int | None
    evaluation: str
    timestamp: str
    emotion: Reading | None
    declined: bool
    unscored_reason: str | None
    verdicts: tuple[CriterionVerdict, ...]
    provenance: Provenance | None
    follow_up_skipped: bool

    def __post_init__(self) -> None:
        without_control_characters("answer_text", self.answer_text)
        check_time("timestamp", self.timestamp)
        if self.score is not None:
            checked_range("score", self.score, 0, 10)
        if (self.score is None) == (self.unscored_reason is None):
            raise InvalidField("score", "an answer has either a score or an unscored_reason")


@dataclass(frozen=True, slots=True)
class EmotionSummary:
    """All readings of an interview together; shares and confidence are 0..1."""

    most_common_emotion: str | None = None
    emotion_distribution: tuple[tuple[str, float], ...] = ()
    average_confidence: float | None = None
    total_analyses: int = 0

    def __post_init__(self) -> None:
        for name, share in self.emotion_distribution:
            checked_range(f"emotion_distribution[{name}]", share, 0.0, 1.0)
        if self.average_confidence is not None:
            checked_range("average_confidence", self.average_confidence, 0.0, 1.0)
        check_count("total_analyses", self.total_analyses)


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one interview, complete. `complete_time_ms` is epoch milliseconds."""

    report_id: str
    interview_id: str
    revision: int
    kind: Kind
    room_id: str | None
    candidate_name: str
    language: str
    complete_time_ms: int
    completion_time: str
    questions_asked: int
    topics_covered: tuple[str, ...]
    average_score: float | None
    scored_answers: int
    unscored_answers: int
    emotion: EmotionSummary
    answers: tuple[Answer, ...]

    def __post_init__(self) -> None:
        self._check_identity()
        check_required("candidate_name", self.candidate_name)
        checked_range("complete_time", self.complete_time_ms, 0, _LATEST_MS)
        check_time("completion_time", self.completion_time)
        for topic in self.topics_covered:
            check_required("topics_covered", topic)
        if self.average_score is not None:
            checked_range("average_score", self.average_score, 0.0, 10.0)
        for field in ("questions_asked", "scored_answers", "unscored_answers"):
            check_count(field, getattr(self, field))

    def _check_identity(self) -> None:
        if not is_interview_id(self.interview_id):
            raise InvalidField(
                "interview_id",
                f'must be "interview_" and letters and digits, at most {LONGEST_INTERVIEW_ID} in all',
            )
        if self.revision < 1:
            raise InvalidField("revision", "must be 1 or more")
        if self.report_id != f"{self.interview_id}.{self.revision}":
            raise InvalidField("report_id", f"must be {self.interview_id}.{self.revision}")
        if self.kind is Kind.ROOM:
            check_required("room_id", self.room_id or "")
        elif self.room_id is not None:
            raise InvalidField("room_id", "must be empty for a TECHNICAL interview")
