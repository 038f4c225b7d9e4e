"""What has to happen to interviews although nobody calls: resume, give up, finish what was abandoned."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from services.common import logs
from services.common.clock import Clock
from services.orchestrator.interview import Answer, Interview
from services.orchestrator.interviews import Interviews
from services.orchestrator.judgement import JudgeUnavailable
from services.orchestrator.judging import Judging
from services.orchestrator.store import Store, StoreUnavailable

MOST_AT_ONCE = 16
# A caller who was cut off repeats at once, and only he still has the frames: he goes first.
CALLER_FIRST_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 30.0

log = logs.get_logger()

SetReady = Callable[[bool, str], Awaitable[None]]


@dataclass(frozen=True)
class Patience:
    """Seconds: until a pending answer stays unscored; until an interview nobody touches is finished."""

    pending: float
    idle: float


@dataclass
class _Pause:
    failures: int
    until: float


@dataclass
class Upkeep:
    """Looks at the store every `period_seconds` and says by `set_ready` whether it works."""

    store: Store
    interviews: Interviews
    judging: Judging
    clock: Clock
    patience: Patience
    set_ready: SetReady
    period_seconds: float = 2.0
    _pauses: dict[str, _Pause] = field(default_factory=dict)
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        """Works until cancelled."""
        try:
            while True:
                await self.round()
                await self.clock.sleep(self.period_seconds)
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def round(self) -> None:
        """One look at everything that may be due."""
        try:
            await self._resume()
            await self._finish_abandoned()
        except StoreUnavailable as error:
            await self.set_ready(False, str(error))
        else:
            await self.set_ready(True, "")

    async def _resume(self) -> None:
        unsettled = await self.store.unsettled()
        self._pauses = {i: pause for i, pause in self._pauses.items() if i in set(unsettled)}
        for interview_id in unsettled:
            if interview_id not in self._under_way and len(self._under_way) < MOST_AT_ONCE:
                await self._resume_one(await self.interviews.get(interview_id))

    async def _resume_one(self, interview: Interview) -> None:
        if not interview.answers:
            return
        answer = interview.answers[-1]
        if answer.pending and self._age(answer) > self.patience.pending:
            await self.judging.give_up(interview.interview_id, answer.question_id)
        elif self._age(answer) < CALLER_FIRST_SECONDS:
            return
        elif not self.judging.is_running(interview.interview_id, answer.question_id):
            self._try(interview.interview_id, answer.question_id)

    def _try(self, interview_id: str, question_id: str) -> None:
        pause = self._pauses.get(interview_id)
        if pause is not None and self.clock.monotonic() < pause.until:
            return
        task = self._under_way[interview_id] = asyncio.create_task(self._settle(interview_id, question_id))
        task.add_done_callback(lambda _: self._under_way.pop(interview_id))

    async def _settle(self, interview_id: str, question_id: str) -> None:
        try:
            await self.judging.settle(interview_id, question_id)
        except (JudgeUnavailable, StoreUnavailable) as error:
            failures = self._pauses[interview_id].failures + 1 if interview_id in self._pauses else 1
            pause = min(2.0**failures, LONGEST_PAUSE_SECONDS)
            self._pauses[interview_id] = _Pause(failures, self.clock.monotonic() + pause)
            log.info(
                "answer still pending", interview_id=interview_id, why=str(error), again_in_seconds=pause
            )

    async def _finish_abandoned(self) -> None:
        since = self.clock.now() - timedelta(seconds=self.patience.idle)
        for interview_id in await self.store.untouched_since(since):
            await self.interviews.finish(interview_id, transition="abandoned")

    def _age(self, answer: Answer) -> float:
        return (self.clock.now() - answer.received_at).total_seconds()
