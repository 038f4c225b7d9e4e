"""AddFrames: a batch of pictures is read at once, counted in the interview's row, and forgotten."""

from dataclasses import dataclass, field
from datetime import datetime

from services.common.errors import Overloaded
from services.orchestrator.frame_sums import FrameBatch, FrameSums
from services.orchestrator.interview import Interview
from services.orchestrator.interviews import Interviews
from services.orchestrator.judgement import EmotionReading
from services.orchestrator.judges import EmotionReader


@dataclass
class FrameIntake:
    """Takes batches: at most `most_at_once` are held in memory, the next is told to come back later."""

    interviews: Interviews
    emotions: EmotionReader
    most_at_once: int
    _under_way: int = field(default=0, init=False)

    async def add(self, interview_id: str, batch: FrameBatch, *, timeout_seconds: float) -> FrameSums:
        """What all batches of the question came to, this one counted once however often it comes.

        Raises InterviewNotFound, QuestionNotFound, ConsentMissing, EmotionOff, AnswerSettled,
        InterviewClosed, TooManyFrames, Overloaded, EmotionUnavailable; then nothing was counted.
        """
        reading: EmotionReading | None = None

        def count(interview: Interview, now: datetime) -> Interview:
            interview.question(batch.question_id)
            self.interviews.check_emotions(interview)
            known = interview.frame_sums(batch.question_id)
            return interview.with_frames(known.plus(batch.batch_id, len(batch.frames), reading), now)

        interview = await self.interviews.get(interview_id)
        if count(interview, interview.touched_at) is not interview:  # it may come, and has not come before
            reading = await self._read(batch, timeout_seconds)
            interview = await self.interviews.add_frames(interview_id, count)
        return interview.frame_sums(batch.question_id)

    async def _read(self, batch: FrameBatch, timeout_seconds: float) -> EmotionReading | None:
        if self._under_way >= self.most_at_once:
            raise Overloaded(f"{self.most_at_once} batches of frames are being read here")
        self._under_way += 1
        try:
            return await self.emotions.read(batch.frames, timeout_seconds=timeout_seconds)
        finally:
            self._under_way -= 1
