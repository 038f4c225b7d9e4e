"""Frames of an answer that come in batches before it: what is kept of them is sums and counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.common.errors import InvalidField
from services.common.fields import checked_text
from services.orchestrator.judgement import Emotion, EmotionReading

MAX_FRAMES = 16
MAX_FRAME_BYTES = 512 * 1024
MAX_BATCHES = 200
LONGEST_BATCH_ID = 64

_NOTHING = (0.0,) * len(Emotion)


def check_frames(frames: Sequence[bytes], *, fewest: int = 0) -> None:
    """Raises InvalidField when the frames of one call break a limit."""
    if not fewest <= len(frames) <= MAX_FRAMES:
        raise InvalidField("frames", f"must be {fewest} to {MAX_FRAMES}, there are {len(frames)}")
    for i, frame in enumerate(frames):
        if len(frame) > MAX_FRAME_BYTES:
            raise InvalidField(f"frames[{i}]", f"at most {MAX_FRAME_BYTES:,} bytes, has {len(frame):,}")


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Frames of one question as their caller hands them in. Raises InvalidField when it breaks a limit."""

    question_id: str
    batch_id: str
    frames: tuple[bytes, ...]

    def __post_init__(self) -> None:
        checked_text("batch_id", self.batch_id, shortest=1, longest=LONGEST_BATCH_ID)
        check_frames(self.frames, fewest=1)


@dataclass(frozen=True, slots=True)
class FrameSums:
    """What the batches of one question showed together: per emotion the sum over the accepted frames."""

    question_id: str
    sums: tuple[float, ...] = _NOTHING
    received: int = 0
    accepted: int = 0
    batches: tuple[str, ...] = ()

    def plus(self, batch_id: str, received: int, reading: EmotionReading | None) -> "FrameSums":
        """With one more batch; itself when the batch was counted before."""
        if batch_id in self.batches:
            return self
        counted = replace(self, received=self.received + received, batches=(*self.batches, batch_id))
        return counted._with(reading)

    def reading(self, last: EmotionReading | None = None) -> EmotionReading | None:
        """The mean over all accepted frames, those behind `last` among them; None without any."""
        together = self._with(last)
        if not together.accepted:
            return None
        means = tuple(min(total / together.accepted, 1.0) for total in together.sums)
        return EmotionReading(means, together.accepted)

    def _with(self, reading: EmotionReading | None) -> "FrameSums":
        if reading is None:
            return self
        pairs = zip(self.sums, reading.probabilities, strict=True)
        sums = tuple(total + mean * reading.accepted_frames for total, mean in pairs)
        return replace(self, sums=sums, accepted=self.accepted + reading.accepted_frames)
