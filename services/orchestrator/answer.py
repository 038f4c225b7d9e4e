"""A question that was put to the candidate, and the answer to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from services.orchestrator.frame_sums import FrameSums
from services.orchestrator.judgement import (
    CriterionVerdict,
    EmotionAbsence,
    EmotionReading,
    Judgement,
    Provenance,
    Unscored,
    UnscoredReason,
)
from services.orchestrator.specification import Criterion


class AnswerState(Enum):
    """Where an answer stands."""

    PENDING = "PENDING"
    SCORED = "SCORED"
    UNSCORED = "UNSCORED"


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that was put to the candidate, with what its answer is judged by."""

    question_id: str
    text: str
    topic_index: int
    difficulty: int
    depth: int
    generated: bool = False
    reference_answer: str = ""
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and what became of it. `frames` is how many pictures came with it; they are never kept."""

    question_id: str
    text: str
    received_at: datetime
    declined: bool = False
    frames: int = 0
    state: AnswerState = AnswerState.PENDING
    score: int | None = None
    evaluation: str = ""
    unscored_reason: UnscoredReason | None = None
    verdicts: tuple[CriterionVerdict, ...] = ()
    provenance: Provenance | None = None
    emotion: EmotionReading | None = None
    emotion_absence: EmotionAbsence | None = None
    follow_up_skipped: bool = False

    @property
    def pending(self) -> bool:
        """Whether its score is still waited for."""
        return self.state is AnswerState.PENDING

    def seen(self, frames: FrameSums) -> "Answer":
        """With one reading of all its frames: those that came in batches, and those that came with it."""
        reading = frames.reading(self.emotion)
        absence = None if reading else self.emotion_absence or EmotionAbsence.NO_FACE
        return replace(self, emotion=reading, emotion_absence=absence)

    def unseen(self) -> "Answer":
        """Without its reading, or the one it waits for; why a settled answer never had one still holds."""
        waits = self.pending and (self.frames or self.emotion_absence)
        if self.emotion is None and not waits:
            return self
        return replace(self, emotion=None, emotion_absence=EmotionAbsence.CONSENT_WITHDRAWN)

    def settled(self, outcome: Judgement | Unscored) -> "Answer":
        """With its score, or with the reason why it will never have one."""
        if isinstance(outcome, Unscored):
            return replace(
                self,
                state=AnswerState.UNSCORED,
                unscored_reason=outcome.reason,
                evaluation=outcome.detail,
                provenance=outcome.provenance,
            )
        return replace(
            self,
            state=AnswerState.SCORED,
            score=outcome.score,
            evaluation=outcome.text,
            verdicts=outcome.verdicts,
            provenance=outcome.provenance,
        )
