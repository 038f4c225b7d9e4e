"""The ports behind which judges and cameras work: what they are told, and how they fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.errors import InvalidField, Unavailable
from services.common.fields import checked_text
from services.orchestrator.judgement import CriterionVerdict, EmotionReading, Judgement, Unscored
from services.orchestrator.record_size import LARGEST_GENERATED_QUESTION_BYTES, json_bytes
from services.orchestrator.specification import MOST_CRITERIA, Criterion, Language, PreparedQuestion

LONGEST_PROMPT_VERSION = 100


class JudgeUnavailable(Unavailable):
    """The judge is away, slow or overloaded. The answer is stored."""

    reason = "JUDGE_UNAVAILABLE"


class NoFollowUp(Exception):
    """No follow-up question can be had: the judge writes none, or it failed to."""


class NoCriteria(Exception):
    """No criteria can be drafted for this question: the judge drafts none, or not for this one."""


class EmotionUnavailable(Unavailable):
    """The emotion service is away or failed."""

    reason = "EMOTION_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a topic and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class JudgingTask:
    """All a judge is told: nothing about who answers."""

    language: Language
    topic: str
    question: str
    answer: str
    difficulty: int
    criteria: tuple[Criterion, ...]
    reference_answer: str
    earlier_turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class FollowUpTask:
    """All a generator of questions is told."""

    language: Language
    topic: str
    difficulty: int
    turns: tuple[Turn, ...]
    last_verdicts: tuple[CriterionVerdict, ...]
    known_questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A generated question and what its answer will be judged by."""

    text: str
    criteria: tuple[Criterion, ...]

    def __post_init__(self) -> None:
        PreparedQuestion(self.text, criteria=self.criteria)  # the limits are those of a prepared one
        if json_bytes(self.text) > LARGEST_GENERATED_QUESTION_BYTES:
            raise InvalidField("text", f"at most {LARGEST_GENERATED_QUESTION_BYTES:,} bytes")
        if not self.criteria:
            raise InvalidField("criteria", "must not be empty: nothing could judge the answer")


@dataclass(frozen=True, slots=True)
class DraftTask:
    """All a drafter of criteria is told: the question, and what its author has to say of it."""

    language: Language
    topic: str
    question: str
    difficulty: int
    reference_answer: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What answers to a question are to be judged by, and the version of the prompt that drafted it."""

    criteria: tuple[Criterion, ...]
    prompt_version: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.criteria) <= MOST_CRITERIA:
            raise InvalidField("criteria", f"must be 1 to {MOST_CRITERIA}, there are {len(self.criteria)}")
        checked_text("prompt_version", self.prompt_version, longest=LONGEST_PROMPT_VERSION)


@dataclass(frozen=True, slots=True)
class JudgeInfo:
    """Which judge is at work."""

    judge: str
    model: str
    prompt_version: str
    rubric_version: str
    generates_follow_ups: bool
    drafts_criteria: bool


class Judge(Protocol):
    """Scores answers and writes follow-up questions."""

    async def info(self, *, timeout_seconds: float) -> JudgeInfo:
        """Which judge this is. Raises JudgeUnavailable."""

    async def evaluate(self, task: JudgingTask, *, timeout_seconds: float) -> Judgement | Unscored:
        """The outcome, final for this input. Raises JudgeUnavailable when a repeat may do better."""

    async def follow_up(self, task: FollowUpTask, *, timeout_seconds: float) -> FollowUp:
        """A question one step harder. Raises NoFollowUp."""


class Drafter(Judge, Protocol):
    """A judge that may also draft what answers are judged by."""

    async def draft(self, task: DraftTask, *, timeout_seconds: float) -> Draft:
        """Criteria for a question without any. Raises NoCriteria, or JudgeUnavailable as `evaluate` does."""


class EmotionReader(Protocol):
    """Reads emotions from frames."""

    async def read(self, frames: Sequence[bytes], *, timeout_seconds: float) -> EmotionReading | None:
        """The reading, or None without a usable face. Raises EmotionUnavailable, Overloaded."""
