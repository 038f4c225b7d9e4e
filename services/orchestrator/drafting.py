"""Criteria for questions that came without any: drafted once, kept, sent with every answer to the question.

The first draft that is kept stands, on every replica and after a restart: the same question is judged alike.
"""

from dataclasses import replace
from hashlib import sha256

import orjson

from services.common import logs
from services.common.clock import Clock
from services.orchestrator.joined import Joined
from services.orchestrator.judgement import Judgement, Unscored
from services.orchestrator.judges import (
    Drafter,
    DraftTask,
    FollowUp,
    FollowUpTask,
    JudgeInfo,
    JudgeUnavailable,
    JudgingTask,
    NoCriteria,
)
from services.orchestrator.specification import Criterion
from services.orchestrator.store import CriteriaKey, Store

DRAFTED = "criteria_drafted"
"""Flag of an answer that was judged by drafted criteria."""

# For so long a judge of another kind, or with other prompts, may go unnoticed.
INFO_SECONDS = 30.0
MOST_REMEMBERED = 1_000

Criteria = tuple[Criterion, ...]

log = logs.get_logger()


class DraftingJudge:
    """Implements Judge: as `judge` does, but with drafted criteria where a question has none of its own.

    A judge that drafts none judges without.
    """

    def __init__(self, judge: Drafter, store: Store, clock: Clock) -> None:
        self._judge = judge
        self._store = store
        self._clock = clock
        self._info: tuple[float, JudgeInfo] | None = None  # and until when it holds
        self._asking: Joined[None, JudgeInfo] = Joined()
        self._drafting: Joined[CriteriaKey, Criteria] = Joined()
        self._remembered: dict[CriteriaKey, Criteria] = {}

    async def info(self, *, timeout_seconds: float) -> JudgeInfo:
        return await self._judge.info(timeout_seconds=timeout_seconds)

    async def evaluate(self, task: JudgingTask, *, timeout_seconds: float) -> Judgement | Unscored:
        """As Judge has it; drafting counts into the time. Raises StoreUnavailable, too."""
        if task.criteria:
            return await self._judge.evaluate(task, timeout_seconds=timeout_seconds)
        until = self._clock.monotonic() + timeout_seconds
        try:
            criteria = await self._criteria(task, until)
        except TimeoutError as error:
            raise JudgeUnavailable("criteria are still being drafted; the answer is kept") from error
        outcome = await self._judge.evaluate(
            replace(task, criteria=criteria), timeout_seconds=self._left(until)
        )
        return _flagged(outcome) if criteria else outcome

    async def follow_up(self, task: FollowUpTask, *, timeout_seconds: float) -> FollowUp:
        return await self._judge.follow_up(task, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Drops what is under way: it is drafted again when it is needed."""
        await self._asking.close()
        await self._drafting.close()

    async def _criteria(self, task: JudgingTask, until: float) -> Criteria:
        """Those that stand for this question; none, if the judge drafts none. Raises TimeoutError, too."""
        info = await self._known_info(until)
        if not info.drafts_criteria:
            return ()
        key = criteria_key(task, info.prompt_version)
        if key in self._remembered:
            return self._remembered[key]
        return await self._drafting.result(
            key, lambda: self._kept(key, task, until), timeout_seconds=self._left(until)
        )

    async def _known_info(self, until: float) -> JudgeInfo:
        if self._info is None or self._info[0] <= self._clock.monotonic():
            ask = lambda: self._judge.info(timeout_seconds=self._left(until))  # noqa: E731
            info = await self._asking.result(None, ask, timeout_seconds=self._left(until))
            self._info = (self._clock.monotonic() + INFO_SECONDS, info)
        return self._info[1]

    async def _kept(self, key: CriteriaKey, task: JudgingTask, until: float) -> Criteria:
        criteria = await self._store.criteria(key)
        if criteria is not None:
            self._remember(key, criteria)
            return criteria
        try:
            draft = await self._judge.draft(_draft_task(task), timeout_seconds=self._left(until))
        except NoCriteria as error:
            log.warning("no criteria drafted", why=str(error))
            return ()
        # The replica that drafted them may be of another release than the one that said who judges.
        key = replace(key, prompt_version=draft.prompt_version)
        criteria = await self._store.keep_criteria(key, draft.criteria)
        log.info("criteria drafted", prompt_version=key.prompt_version, first=criteria == draft.criteria)
        self._remember(key, criteria)
        return criteria

    def _remember(self, key: CriteriaKey, criteria: Criteria) -> None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[key] = criteria

    def _left(self, until: float) -> float:
        return max(0.0, until - self._clock.monotonic())


def criteria_key(task: JudgingTask, prompt_version: str) -> CriteriaKey:
    """What criteria are kept under: nothing of it is of the candidate."""
    words = orjson.dumps([task.question, task.reference_answer])
    return CriteriaKey(sha256(words).hexdigest(), task.language, prompt_version)


def _draft_task(task: JudgingTask) -> DraftTask:
    return DraftTask(task.language, task.topic, task.question, task.difficulty, task.reference_answer)


def _flagged(outcome: Judgement | Unscored) -> Judgement | Unscored:
    if outcome.provenance is None:
        return outcome
    flags = (DRAFTED, *outcome.provenance.flags)
    return replace(outcome, provenance=replace(outcome.provenance, flags=flags))
