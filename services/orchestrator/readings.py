"""The reading of the frames that came with an answer: begun at once, waited for only so long."""

import asyncio
from collections.abc import Sequence

from services.common import logs
from services.common.clock import Clock
from services.common.errors import Overloaded
from services.orchestrator.judgement import EmotionAbsence, EmotionReading
from services.orchestrator.judges import EmotionReader, EmotionUnavailable

GRACE_SECONDS = 1.0

log = logs.get_logger()


class FrameReading:
    """One reading under way. It is worth waiting for until `wait_seconds` after the frames came,
    or `GRACE_SECONDS` from now, whichever is later."""

    def __init__(
        self,
        emotions: EmotionReader,
        frames: Sequence[bytes],
        clock: Clock,
        *,
        wait_seconds: float,
        judge_seconds: float,
    ) -> None:
        """`judge_seconds`: the most that judging may take, which is how long the reading may be of use."""
        self._clock = clock
        self._until = clock.monotonic() + wait_seconds
        # Longer than `result` ever waits: it is the wait that decides what is too late.
        longest = max(wait_seconds, judge_seconds) + 2 * GRACE_SECONDS
        self._task = asyncio.create_task(emotions.read(frames, timeout_seconds=longest))
        self._task.add_done_callback(_observe)

    async def result(self) -> tuple[EmotionReading | None, EmotionAbsence | None]:
        """The reading, or why there is none."""
        wait = max(GRACE_SECONDS, self._until - self._clock.monotonic())
        done, _ = await asyncio.wait({self._task}, timeout=wait)
        if not done:
            return None, EmotionAbsence.TIMEOUT
        try:
            reading = self._task.result()
        except (EmotionUnavailable, Overloaded):
            return None, EmotionAbsence.UNAVAILABLE
        except Exception as error:  # a fault of ours in reading a face must not fail the answer
            log.error("emotion reading failed", exc_info=error)
            return None, EmotionAbsence.UNAVAILABLE
        return reading, None if reading else EmotionAbsence.NO_FACE

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        self._task.cancel()


def _observe(task: asyncio.Task[EmotionReading | None]) -> None:
    """A failure that came too late for anybody to ask is not an error of ours."""
    if not task.cancelled():
        task.exception()
