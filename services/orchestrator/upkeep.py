"""What has to happen to interviews although nobody calls: resume, give up, finish what was abandoned."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from services.common import logs
from services.common.clock import Clock
from services.orchestrator.interviews import Interviews
from services.orchestrator.judges import JudgeUnavailable
from services.orchestrator.judging import Judging
from services.orchestrator.pauses import LONGEST_PAUSE_SECONDS, pause_seconds
from services.orchestrator.store import Store, StoreUnavailable

MOST_AT_ONCE = 16
# A caller who was cut off repeats at once, and only he still has the frames: he goes first.
CALLER_FIRST_SECONDS = 5.0

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
                try:
                    await self.round()
                except Exception as error:  # a fault of ours must not end all upkeep: seen, and tried again
                    log.error("upkeep failed", exc_info=error)
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
        self._forget_old_pauses()
        for interview_id in await self.store.unsettled():
            if interview_id not in self._under_way:
                await self._work_on(interview_id, self._resume_one)

    async def _work_on(self, interview_id: str, work: Callable[[str], Awaitable[None]]) -> None:
        """One interview that cannot be worked on does not hold up the others."""
        if interview_id in self._pauses and self.clock.monotonic() < self._pauses[interview_id].until:
            return
        try:
            await work(interview_id)
        except StoreUnavailable:
            raise
        except Exception as error:
            self._pause(interview_id)
            log.error("upkeep of an interview failed", interview_id=interview_id, exc_info=error)

    async def _resume_one(self, interview_id: str) -> None:
        interview = await self.interviews.get(interview_id)
        if not interview.answers:
            return
        answer = interview.answers[-1]
        if self.judging.is_running(interview_id, answer.question_id):
            return
        age = (self.clock.now() - answer.received_at).total_seconds()
        if answer.pending and age > self.patience.pending:
            await self.judging.give_up(interview, answer)
        elif 0 <= age < CALLER_FIRST_SECONDS:  # below 0: the clock was set back
            return
        elif len(self._under_way) < MOST_AT_ONCE:
            self._try(interview_id, answer.question_id)

    def _try(self, interview_id: str, question_id: str) -> None:
        task = self._under_way[interview_id] = asyncio.create_task(self._settle(interview_id, question_id))
        task.add_done_callback(lambda _: self._under_way.pop(interview_id))

    async def _settle(self, interview_id: str, question_id: str) -> None:
        try:
            await self.judging.settle(interview_id, question_id)
        except (JudgeUnavailable, StoreUnavailable) as error:
            first = interview_id not in self._pauses
            pause = self._pause(interview_id)
            if first:  # it is tried again and again: once is enough to know of it
                log.info(
                    "answer still pending", interview_id=interview_id, why=str(error), again_in_seconds=pause
                )
        except Exception:  # noqa: BLE001 (judging logs it with its traceback)
            self._pause(interview_id)

    def _pause(self, interview_id: str) -> float:
        """Leaves an interview alone, twice as long with every failure. Returns the seconds."""
        failures = self._pauses[interview_id].failures + 1 if interview_id in self._pauses else 1
        seconds = pause_seconds(failures)
        self._pauses[interview_id] = _Pause(failures, self.clock.monotonic() + seconds)
        return seconds

    def _forget_old_pauses(self) -> None:
        """Whatever fails again is paused again soon after its pause; the others were settled."""
        recent = self.clock.monotonic() - LONGEST_PAUSE_SECONDS
        self._pauses = {i: pause for i, pause in self._pauses.items() if pause.until > recent}

    async def _finish_abandoned(self) -> None:
        since = self.clock.now() - timedelta(seconds=self.patience.idle)

        async def finish(interview_id: str) -> None:
            await self.interviews.abandon(interview_id, since)

        for interview_id in await self.store.untouched_since(since):
            await self._work_on(interview_id, finish)
