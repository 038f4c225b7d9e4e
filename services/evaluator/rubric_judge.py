"""The judge without a model: looks for what the criteria or the reference say. Deterministic, no network."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from services.common.clock import Clock
from services.common.errors import Overloaded
from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    CriterionVerdict,
    DraftTask,
    Evaluation,
    FollowUp,
    FollowUpTask,
    Judgement,
    Language,
    Provenance,
    Unscored,
    UnscoredReason,
    Verdict,
)
from services.evaluator.evaluation_text import evaluation_text, unscored_text
from services.evaluator.input_hash import hash_of
from services.evaluator.judge import CriteriaUnsupported, FollowUpUnsupported, JudgeInfo
from services.evaluator.matching import Answer, Match
from services.evaluator.quotes import has_invisible, visible
from services.evaluator.rubric import Rubric, Thresholds, rubric_of
from services.evaluator.scoring import coverage, rubric_score
from services.evaluator.words import words_of

NAME = "rubric"
_LONGEST_QUOTE = 400


@dataclass(frozen=True, slots=True)
class _Words:
    found: str
    missing: str
    nothing: str
    denied: str
    misplaced: str
    listed: str


_REASONS = {
    Language.RU: _Words(
        found="найдено: {}",
        missing="не найдено: {}",
        nothing="в ответе этого нет",
        denied="сказано с отрицанием: {}",
        misplaced="сказано о другом: {}",
        listed="слова только перечислены",
    ),
    Language.EN: _Words(
        found="found: {}",
        missing="not found: {}",
        nothing="the answer does not say it",
        denied="said with a negation: {}",
        misplaced="said of the other one: {}",
        listed="the words are only listed",
    ),
}


class RubricJudge:
    """Judges by comparing words: see docs/scoring.md for what that can and cannot see."""

    info = JudgeInfo(judge=NAME, generates_follow_ups=False)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Judging is CPU: on a thread of its own it does not keep the loop from answering probes. One thread,
        # for more would share the interpreter with the loop, and the stemmers.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=NAME)

    async def evaluate(self, task: AnswerTask, *, within_seconds: float) -> Judgement:
        """The judgement; UNSCORED where neither criteria nor reference have words.

        Raises Overloaded where others are judged for so long that none is ready in time.
        """
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(within_seconds):
                outcome, flags = await asyncio.get_running_loop().run_in_executor(
                    self._worker, _looked_at, task
                )
        except TimeoutError:
            raise Overloaded("no judgement was ready in time") from None
        seconds = self._clock.monotonic() - started
        provenance = Provenance(judge=NAME, input_hash=hash_of(task), duration_seconds=seconds, flags=flags)
        return Judgement(outcome, provenance)

    async def follow_up(self, task: FollowUpTask, *, within_seconds: float) -> FollowUp:  # noqa: ARG002 - refused
        """Raises FollowUpUnsupported: rules write no questions."""
        raise FollowUpUnsupported("the rubric judge writes no questions", judge=NAME)

    async def draft(self, task: DraftTask, *, within_seconds: float) -> tuple[Criterion, ...]:  # noqa: ARG002 - refused
        """Raises CriteriaUnsupported: rules know no facts to ask for."""
        raise CriteriaUnsupported("the rubric judge drafts no criteria", judge=NAME)


def _looked_at(task: AnswerTask) -> tuple[Evaluation | Unscored, tuple[str, ...]]:
    """What comes of the answer, and the flags that it deserves.

    A criterion without words cannot be looked for: whether it is met is not known, so it is left out.
    """
    criteria = tuple(criterion for criterion in task.criteria if words_of(criterion.text))
    rubric = rubric_of(task.question_text, criteria, task.reference_answer)
    answer = Answer(visible(task.answer_text), task.question_text, rubric.sides)
    return _judged(task, rubric, answer), _flags(task, criteria, answer)


def _judged(task: AnswerTask, rubric: Rubric, answer: Answer) -> Evaluation | Unscored:
    if not rubric.points:
        reason = UnscoredReason.NOTHING_TO_JUDGE_BY
        return Unscored(reason, unscored_text(task.language, reason))
    matches = [[(answer.find(phrase), limits) for phrase, limits in point.ways] for point in rubric.points]
    verdicts = tuple(
        _verdict(task.language, point.criterion, found, answer.is_list)
        for point, found in zip(rubric.points, matches, strict=True)
    )
    covered = coverage(verdicts)
    if rubric.reference is not None:  # compared as a whole
        covered = rubric.reference.coverage(answer, [match.share for found in matches for match, _ in found])
    score = rubric_score(covered)
    text = evaluation_text(task.language, score, verdicts, as_a_whole=rubric.reference is not None)
    return Evaluation(score, text, verdicts)


def _verdict(
    language: Language, criterion: Criterion, found: Sequence[tuple[Match, Thresholds]], listed: bool
) -> CriterionVerdict:
    """How the answer shows the criterion, in its words or in those of the reference where that shows it."""
    judged = [(limits.verdict(match), match) for match, limits in found]
    verdict, best = max(judged, key=lambda pair: _RANK[pair[0]])
    quote = "" if verdict is Verdict.NOT_MET else best.quote[:_LONGEST_QUOTE].rstrip()
    return CriterionVerdict(criterion, verdict, quote, _reason(language, best, verdict, listed))


_RANK = {Verdict.NOT_MET: 0, Verdict.PARTLY_MET: 1, Verdict.MET: 2}


def _reason(language: Language, match: Match, verdict: Verdict, listed: bool) -> str:
    words = _REASONS[language]
    parts = []
    if verdict is not Verdict.NOT_MET:
        parts.append(words.found.format(", ".join(match.found)))
        if match.missing:
            parts.append(words.missing.format(", ".join(match.missing)))
    if match.denied:
        parts.append(words.denied.format(", ".join(match.denied)))
    if match.misplaced:
        parts.append(words.misplaced.format(", ".join(match.misplaced)))
    if listed and verdict is not Verdict.MET:
        parts.append(words.listed)
    return "; ".join(parts) or words.nothing


def _flags(task: AnswerTask, criteria: Sequence[Criterion], answer: Answer) -> tuple[str, ...]:
    """`criteria` are those that could be looked for."""
    flags = {
        "question_copied": answer.has_copied_question,
        "words_listed": answer.is_list,
        "invisible_characters": has_invisible(task.answer_text),
        "criterion_without_words": len(criteria) < len(task.criteria),
        "criteria_from_reference": not criteria and bool(task.reference_answer.strip()),
    }
    return tuple(flag for flag, applies in flags.items() if applies)
