"""The judge without a model: looks for what the criteria or the reference say. Deterministic, no network."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.clock import Clock
from services.evaluator.evaluation import (
    AnswerTask,
    CriteriaUnsupported,
    Criterion,
    CriterionVerdict,
    DraftTask,
    Evaluation,
    FollowUp,
    FollowUpTask,
    FollowUpUnsupported,
    JudgeInfo,
    Judgement,
    Language,
    Provenance,
    Unscored,
    UnscoredReason,
    Verdict,
)
from services.evaluator.evaluation_text import evaluation_text, unscored_text
from services.evaluator.input_hash import hash_of
from services.evaluator.key_points import key_points
from services.evaluator.matching import Answer, Match, phrase_of
from services.evaluator.quotes import has_invisible, visible
from services.evaluator.scoring import coverage, rubric_score

NAME = "rubric"
_LONGEST_QUOTE = 400


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which share of its words a criterion is met, or partly met."""

    met: float
    partly: float


CRITERION = Thresholds(met=0.5, partly=0.25)
KEY_POINT = Thresholds(met=0.3, partly=0.15)
"""A sentence of a reference answer says more than a good answer must: measured on human scores."""


@dataclass(frozen=True, slots=True)
class _Words:
    found: str
    missing: str
    nothing: str
    negated: str


_REASONS = {
    Language.RU: _Words(
        found="найдено: {}",
        missing="не найдено: {}",
        nothing="в ответе этого нет",
        negated="сказано с отрицанием",
    ),
    Language.EN: _Words(
        found="found: {}",
        missing="not found: {}",
        nothing="the answer does not say it",
        negated="said with a negation",
    ),
}


class RubricJudge:
    """Judges by comparing words: see docs/scoring.md for what that can and cannot see."""

    info = JudgeInfo(judge=NAME, generates_follow_ups=False)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def evaluate(self, task: AnswerTask, *, within_seconds: float) -> Judgement:  # noqa: ARG002 - takes no time
        """The judgement; UNSCORED where there are neither criteria nor a reference with words."""
        started = self._clock.monotonic()
        answer = Answer(visible(task.answer_text), task.question_text)
        outcome = _judged(task, answer)
        provenance = Provenance(
            judge=NAME,
            input_hash=hash_of(task),
            duration_seconds=self._clock.monotonic() - started,
            flags=_flags(task, answer),
        )
        return Judgement(outcome, provenance)

    async def follow_up(self, task: FollowUpTask, *, within_seconds: float) -> FollowUp:  # noqa: ARG002 - refused
        """Raises FollowUpUnsupported: rules write no questions."""
        raise FollowUpUnsupported("the rubric judge writes no questions", judge=NAME)

    async def draft(self, task: DraftTask, *, within_seconds: float) -> tuple[Criterion, ...]:  # noqa: ARG002 - refused
        """Raises CriteriaUnsupported: rules know no facts to ask for."""
        raise CriteriaUnsupported("the rubric judge drafts no criteria", judge=NAME)


def _judged(task: AnswerTask, answer: Answer) -> Evaluation | Unscored:
    verdicts = _verdicts(task, answer)
    if not verdicts:
        reason = UnscoredReason.NOTHING_TO_JUDGE_BY
        return Unscored(reason, unscored_text(task.language, reason))
    score = rubric_score(coverage(verdicts))
    return Evaluation(score, evaluation_text(task.language, score, verdicts), verdicts)


def _verdicts(task: AnswerTask, answer: Answer) -> tuple[CriterionVerdict, ...]:
    """One per criterion; without criteria, one per key point of the reference."""
    points = key_points(task.reference_answer)
    if not task.criteria:
        return tuple(_verdict(task, answer, point, (), KEY_POINT) for point in points)
    return tuple(_verdict(task, answer, criterion, points, CRITERION) for criterion in task.criteria)


def _verdict(
    task: AnswerTask, answer: Answer, criterion: Criterion, points: Sequence[Criterion], limits: Thresholds
) -> CriterionVerdict:
    """How the answer shows the criterion, in its words or in those of the reference where that shows it."""
    best = answer.find(phrase_of(criterion.text, task.question_text))
    verdict = _by_share(best, limits)
    for point in _said_by(criterion, points, task.question_text):
        match = answer.find(phrase_of(point.text, task.question_text))
        other = _by_share(match, KEY_POINT)
        if _RANK[other] > _RANK[verdict]:
            best, verdict = match, other
    quote = "" if verdict is Verdict.NOT_MET else best.quote[:_LONGEST_QUOTE].rstrip()
    return CriterionVerdict(criterion, verdict, quote, _reason(task.language, best, verdict))


_RANK = {Verdict.NOT_MET: 0, Verdict.PARTLY_MET: 1, Verdict.MET: 2}


def _said_by(criterion: Criterion, points: Sequence[Criterion], question: str) -> list[Criterion]:
    """The key points of the reference that show the criterion themselves."""
    phrase = phrase_of(criterion.text, question)
    return [p for p in points if _by_share(Answer(p.text, "").find(phrase), CRITERION) is Verdict.MET]


def _by_share(match: Match, limits: Thresholds) -> Verdict:
    """One word out of many shows nothing. What is said with a negation is shown in part at most."""
    if match.weight <= 1 and match.share < 0.5:
        return Verdict.NOT_MET
    if match.share >= limits.met:
        return Verdict.PARTLY_MET if match.negated else Verdict.MET
    return Verdict.PARTLY_MET if match.share >= limits.partly else Verdict.NOT_MET


def _reason(language: Language, match: Match, verdict: Verdict) -> str:
    words = _REASONS[language]
    if verdict is Verdict.NOT_MET:
        return words.nothing
    parts = [words.found.format(", ".join(match.found))]
    if match.missing:
        parts.append(words.missing.format(", ".join(match.missing)))
    if match.negated and verdict is Verdict.PARTLY_MET:
        parts.append(words.negated)
    return "; ".join(parts)


def _flags(task: AnswerTask, answer: Answer) -> tuple[str, ...]:
    flags = {
        "question_copied": answer.has_copied_question,
        "invisible_characters": has_invisible(task.answer_text),
        "criteria_from_reference": not task.criteria and bool(task.reference_answer.strip()),
    }
    return tuple(flag for flag, applies in flags.items() if applies)
