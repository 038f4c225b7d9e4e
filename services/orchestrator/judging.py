"""Judging: one task per answer. It belongs to the interview, not to a call, and outlives its caller.

Repeats in this process join the task. On another replica their own task waits for the lease, or the result.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.common import logs
from services.common.clock import Clock
from services.orchestrator import metrics
from services.orchestrator.answer import Answer
from services.orchestrator.interview import Interview
from services.orchestrator.interviews import Interviews
from services.orchestrator.judgement import (
    EmotionAbsence,
    EmotionReading,
    Judgement,
    Unscored,
    UnscoredReason,
    declined,
)
from services.orchestrator.judges import EmotionReader, Judge, JudgeUnavailable
from services.orchestrator.leases import Leases
from services.orchestrator.next_step import NextStep
from services.orchestrator.readings import FrameReading
from services.orchestrator.store import Stored, StoreUnavailable
from services.orchestrator.tasks import judging_task

Key = tuple[str, str]  # interview id, question id

log = logs.get_logger()


@dataclass(frozen=True)
class Timing:
    """Bounds in seconds: judge and follow-up together; the wait for a reading since its frames came."""

    judge: float
    emotion_wait: float


@dataclass
class _Running:
    task: asyncio.Task[Interview]
    reading: FrameReading | None = None


@dataclass
class Judging:
    """Settles answers and takes the step that follows."""

    interviews: Interviews
    leases: Leases
    judge: Judge
    emotions: EmotionReader
    clock: Clock
    timing: Timing
    _running: dict[Key, _Running] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._next = NextStep(self.interviews, self.judge, self.clock)

    async def settle(
        self,
        interview_id: str,
        question_id: str,
        frames: Sequence[bytes] = (),
        received: Stored | None = None,
    ) -> Interview:
        """The interview once this answer is settled and the next step taken; joins a running judgement.

        `received`: as it was stored a moment ago. Raises JudgeUnavailable (the answer stays PENDING),
        StoreUnavailable. Cancelling the caller does not cancel the judgement; after `drop` it is the
        interview as it stands.
        """
        key = (interview_id, question_id)
        running = self._running.get(key) or self._start(key, received)
        if frames and running.reading is None:
            running.reading = FrameReading(
                self.emotions,
                frames,
                self.clock,
                wait_seconds=self.timing.emotion_wait,
                judge_seconds=self.timing.judge,
            )
        await asyncio.wait({running.task})
        return await self.interviews.get(interview_id) if running.task.cancelled() else running.task.result()

    async def give_up(self, interview: Interview, answer: Answer) -> Interview:
        """Settles an answer that waited too long, UNSCORED unless it was declined; takes the next step."""
        outcome: Judgement | Unscored = Unscored(UnscoredReason.JUDGE_UNAVAILABLE)
        if answer.declined:
            outcome = declined(interview.specification.language)
        return await self._store(interview.interview_id, answer.question_id, outcome, *_kept_reading(answer))

    def drop(self, interview_id: str) -> None:
        """Ends what is under way here for an interview that nobody waits for any more."""
        for key, running in self._running.items():
            if key[0] == interview_id:
                running.task.cancel()

    def is_running(self, interview_id: str, question_id: str) -> bool:
        """Whether a judgement of this answer is under way here."""
        return (interview_id, question_id) in self._running

    async def close(self) -> None:
        """Drops what is under way: the answers stay PENDING and are resumed by the next process."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: Key, received: Stored | None) -> _Running:
        task = asyncio.create_task(self._settle(*key, received))
        running = self._running[key] = _Running(task)
        task.add_done_callback(lambda done: self._ended(key, done))
        return running

    def _ended(self, key: Key, done: asyncio.Task[Interview]) -> None:
        reading = self._running.pop(key).reading
        if reading is not None:
            reading.cancel()
        # Every caller may have left: a fault that nobody awaits must still be seen.
        error = None if done.cancelled() else done.exception()
        if error is not None and not isinstance(error, JudgeUnavailable | StoreUnavailable):
            log.error("judging failed", interview_id=key[0], question_id=key[1], exc_info=error)

    async def _settle(self, interview_id: str, question_id: str, received: Stored | None) -> Interview:
        interview = await self.leases.taken(
            interview_id, lambda current: not current.unsettled(question_id), received
        )
        answer = interview.answer(question_id)
        if answer is None or not interview.unsettled(question_id):
            return interview
        async with self.leases.held(interview_id):
            until = self.clock.monotonic() + self.timing.judge
            if answer.pending:
                interview = await self._judge(interview, answer, until)
            return await self._next.take(interview, until)

    async def _judge(self, interview: Interview, answer: Answer, until: float) -> Interview:
        try:
            outcome = await self._outcome(interview, answer, until)
        except JudgeUnavailable:
            metrics.JUDGE_FAILURES.inc()
            await self._keep_reading(interview.interview_id, answer)
            raise
        reading, absence = await self._reading(interview.interview_id, answer)
        return await self._store(interview.interview_id, answer.question_id, outcome, reading, absence)

    async def _outcome(self, interview: Interview, answer: Answer, until: float) -> Judgement | Unscored:
        if answer.declined:
            return declined(interview.specification.language)
        task = judging_task(interview, answer)
        return await self.judge.evaluate(task, timeout_seconds=until - self.clock.monotonic())

    async def _store(
        self,
        interview_id: str,
        question_id: str,
        outcome: Judgement | Unscored,
        reading: EmotionReading | None,
        absence: EmotionAbsence | None,
    ) -> Interview:
        stored = False

        def settle(interview: Interview) -> Interview:
            nonlocal stored
            settled = interview.with_reading(question_id, reading, absence).settled(question_id, outcome)
            answer = interview.answer(question_id)
            stored = answer is not None and answer.pending
            return self._next.without_writing(settled) if stored else interview

        interview = await self.interviews.change(interview_id, settle)
        if stored:
            _count(interview, outcome)
        else:
            metrics.LATE_RESULTS.inc()
        return interview

    async def _reading(
        self, interview_id: str, answer: Answer
    ) -> tuple[EmotionReading | None, EmotionAbsence | None]:
        """What the frames showed; an earlier reading stands, and one that was late is not added later."""
        reading = self._running[interview_id, answer.question_id].reading
        final = answer.emotion is not None or answer.emotion_absence is EmotionAbsence.TIMEOUT
        return await reading.result() if reading is not None and not final else _kept_reading(answer)

    async def _keep_reading(self, interview_id: str, answer: Answer) -> None:
        """The judge failed for now: what the frames showed is kept, the frames are not."""
        if self._running[interview_id, answer.question_id].reading is None:
            return
        reading, absence = await self._reading(interview_id, answer)
        await self.interviews.change(
            interview_id, lambda interview: interview.with_reading(answer.question_id, reading, absence)
        )


def _kept_reading(answer: Answer) -> tuple[EmotionReading | None, EmotionAbsence | None]:
    """What is known without frames: those that came before a crash are gone, and said to be."""
    lost = answer.frames > 0 and answer.emotion is None and answer.emotion_absence is None
    return answer.emotion, EmotionAbsence.UNAVAILABLE if lost else answer.emotion_absence


def _count(interview: Interview, outcome: Judgement | Unscored) -> None:
    judge = outcome.provenance.judge if outcome.provenance else ""
    name = outcome.reason.value.lower() if isinstance(outcome, Unscored) else "scored"
    metrics.ANSWERS.labels(name, judge).inc()
    log.info("answer settled", interview_id=interview.interview_id, outcome=name, judge=judge)
