"""Stand-ins for the emotion service's finder, model and analyzer: they read words instead of pictures."""

from collections.abc import Sequence

from services.emotion.reading import (
    Box,
    Emotion,
    Found,
    FrameOutcome,
    FrameReading,
    FrameRefused,
    Probabilities,
    SeenFace,
)

SEEN = SeenFace(Box(10, 20, 100, 110), 0.5)


def certain(emotion: Emotion) -> Probabilities:
    """All of the probability on one emotion."""
    return tuple(float(other is emotion) for other in Emotion)


class FakeFinder:
    """A frame that names an outcome is refused with it; any other is its own face, seen at `SEEN`."""

    def find(self, frame: bytes) -> Found[str]:
        word = frame.decode()
        if word in {outcome.value for outcome in FrameOutcome}:
            raise FrameRefused(FrameOutcome(word))
        return Found(word, SEEN)


class FakeModel:
    """A face that names an emotion shows it. Remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def classify(self, faces: Sequence[str]) -> list[Probabilities]:
        self.batches.append(list(faces))
        return [certain(Emotion(face)) for face in faces]


class FakeAnalyzer:
    """A finder and a model of the above, without threads; `failure` is raised instead, when set."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self._finder = FakeFinder()
        self._model = FakeModel()

    async def analyze(self, frames: Sequence[bytes]) -> list[FrameReading]:
        if self.failure is not None:
            raise self.failure
        return [self._read(frame) for frame in frames]

    async def close(self) -> None:
        """Holds nothing."""

    def _read(self, frame: bytes) -> FrameReading:
        try:
            found = self._finder.find(frame)
        except FrameRefused as refused:
            return FrameReading(refused.outcome, face=refused.face)
        return FrameReading(FrameOutcome.ACCEPTED, self._model.classify([found.cut])[0], found.seen)
