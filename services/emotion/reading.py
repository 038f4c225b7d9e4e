"""The nouns of the emotion service: emotions, what became of a frame, a reading, and the ports behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isclose, isfinite
from typing import ClassVar, Generic, Protocol, TypeAlias, TypeVar

from services.common.errors import Unavailable

Face = TypeVar("Face")
Face_co = TypeVar("Face_co", covariant=True)
Face_contra = TypeVar("Face_contra", contravariant=True)


class Emotion(Enum):
    """The seven emotions told apart. Values are their names in reports, the order is that of the proto."""

    NEUTRAL = "neutral"
    HAPPINESS = "happiness"
    SADNESS = "sadness"
    ANGER = "anger"
    SURPRISE = "surprise"
    FEAR = "fear"
    DISGUST = "disgust"


Probabilities: TypeAlias = tuple[float, ...]
"""One fraction per emotion, in the order of `Emotion`; they add up to 1."""


class FrameOutcome(Enum):
    """What became of one frame. Values are the labels of the metric."""

    ACCEPTED = "accepted"
    UNREADABLE = "unreadable"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    FACE_TOO_SMALL = "face_too_small"
    BLURRED = "blurred"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a picture, in pixels from its upper left corner. May reach over the edges."""

    left: int
    top: int
    width: int
    height: int

    def overlap(self, other: "Box") -> float:
        """What both cover, as a share of what either covers; 0 to 1."""
        wide = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        high = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        both = max(0, wide) * max(0, high)
        return both / (self.width * self.height + other.width * other.height - both)

    def with_room(self, share: float) -> "Box":
        """A larger rectangle about the same middle, by a share of the width to each side."""
        room = int(share * self.width)
        return Box(self.left - room, self.top - room, self.width + 2 * room, self.height + 2 * room)

    def scaled(self, factor: float) -> "Box":
        """The same rectangle in a picture `factor` times as large."""
        return Box(*(round(factor * n) for n in (self.left, self.top, self.width, self.height)))


@dataclass(frozen=True, slots=True)
class SeenFace:
    """The one face of a frame: where it is in the picture as it was sent, turned upright; how sharp it is,
    if it was looked at closely: how much of its contrast is fine detail, 0 for none.
    """

    box: Box
    sharpness: float | None = None


class FrameRefused(Exception):
    """A frame cannot be used; `outcome` says why, `face` what was found. Never leaves the service."""

    def __init__(self, outcome: FrameOutcome, face: SeenFace | None = None) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
        self.face = face


@dataclass(frozen=True, slots=True)
class Found(Generic[Face_co]):
    """A face taken out of a frame, and where it was."""

    cut: Face_co
    seen: SeenFace


class WeightsMissing(Unavailable):
    """The model's weights are not on this machine, or are not what they should be.

    A repeat does not help before somebody has put them there, so there is no RetryInfo.
    """

    reason: ClassVar[str] = "WEIGHTS_MISSING"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.retry_after_seconds = None


class DetectorMissing(Exception):
    """The detector that the settings name cannot be loaded here. The message is one line for a person."""

    def __init__(self, detector: str, why: str) -> None:
        super().__init__(f"EMOTION_DETECTOR: {detector} cannot be used: {' '.join(why.split())[:300]}")


@dataclass(frozen=True, slots=True)
class FrameReading:
    """What became of one frame; with `probabilities` exactly when it was accepted. Raises ValueError.

    `face` is there when exactly one was found, accepted or not.
    """

    outcome: FrameOutcome
    probabilities: Probabilities | None = None
    face: SeenFace | None = None

    def __post_init__(self) -> None:
        if (self.outcome is FrameOutcome.ACCEPTED) != (self.probabilities is not None):
            raise ValueError("a frame has probabilities exactly when it was accepted")
        if self.probabilities is not None:
            check_probabilities(self.probabilities)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the accepted frames of one answer showed together. Raises ValueError."""

    probabilities: Probabilities
    accepted_frames: int

    def __post_init__(self) -> None:
        check_probabilities(self.probabilities)
        if self.accepted_frames < 1:
            raise ValueError("a reading rests on at least one frame")

    @property
    def primary_emotion(self) -> Emotion:
        """The emotion with the highest probability; of equal ones the first in the order of `Emotion`."""
        return tuple(Emotion)[self.probabilities.index(self.confidence)]

    @property
    def confidence(self) -> float:
        """Probability of the primary emotion, 0 to 1."""
        return max(self.probabilities)


def check_probabilities(probabilities: Probabilities) -> None:
    """Raises ValueError unless there are seven fractions that add up to 1."""
    if len(probabilities) != len(Emotion):
        raise ValueError(f"{len(Emotion)} probabilities are needed, not {len(probabilities)}")
    if not all(isfinite(p) and 0 <= p <= 1 for p in probabilities):
        raise ValueError("a probability lies between 0 and 1")
    if not isclose(sum(probabilities), 1, abs_tol=1e-6):
        raise ValueError("probabilities add up to 1")


class FaceFinder(Protocol[Face_co]):
    """Takes the one usable face out of a frame. Used by one thread at a time."""

    def find(self, frame: bytes) -> "Found[Face_co]":
        """The face, cut out and upright. Raises FrameRefused, and nothing else, whatever the bytes are."""


class EmotionModel(Protocol[Face_contra]):
    """Tells emotions apart."""

    def classify(self, faces: Sequence[Face_contra]) -> list[Probabilities]:
        """One vector per face, in their order."""


class FaceAnalyzer(Protocol):
    """Reads frames. What the servicer calls."""

    async def analyze(self, frames: Sequence[bytes]) -> list[FrameReading]:
        """One result per frame, in their order. Raises Overloaded, WeightsMissing."""

    async def close(self) -> None:
        """Gives back what it holds. Nothing may be analysed afterwards."""
