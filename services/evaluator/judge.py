"""The port that judges implement, and what they refuse."""

from dataclasses import dataclass
from typing import Protocol

from services.common.errors import NotAllowed, Unavailable
from services.evaluator.evaluation import (
    RUBRIC_VERSION,
    AnswerTask,
    Criterion,
    DraftTask,
    FollowUp,
    FollowUpTask,
    Judgement,
)


class JudgeUnavailable(Unavailable):
    """The model is away, slow, overloaded, or refuses our credentials; the same call may succeed later."""

    reason = "JUDGE_UNAVAILABLE"


class FollowUpUnsupported(NotAllowed):
    """The judge at work writes no questions."""

    reason = "FOLLOW_UP_UNSUPPORTED"


class CriteriaUnsupported(NotAllowed):
    """The judge at work drafts no criteria."""

    reason = "CRITERIA_UNSUPPORTED"


class CriteriaUnusable(NotAllowed):
    """What the model drafts for this very question cannot be used, also not at a second try."""

    reason = "CRITERIA_UNUSABLE"


@dataclass(frozen=True, slots=True)
class JudgeInfo:
    """Which judge is at work."""

    judge: str
    generates_follow_ups: bool
    drafts_criteria: bool = False
    model: str = ""
    prompt_version: str = ""
    rubric_version: str = RUBRIC_VERSION


class Judge(Protocol):
    """Scores answers and may write the next question."""

    @property
    def info(self) -> JudgeInfo:
        """Which judge this is."""

    async def evaluate(self, task: AnswerTask, *, within_seconds: float) -> Judgement:
        """The judgement of one answer. Raises JudgeUnavailable, or Overloaded; never invents a score."""

    async def follow_up(self, task: FollowUpTask, *, within_seconds: float) -> FollowUp:
        """A question that is not known yet. Raises FollowUpUnsupported, JudgeUnavailable, or Overloaded."""

    async def draft(self, task: DraftTask, *, within_seconds: float) -> tuple[Criterion, ...]:
        """What answers to a question are to be judged by.

        Raises CriteriaUnsupported, CriteriaUnusable, JudgeUnavailable, or Overloaded.
        """
