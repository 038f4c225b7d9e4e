"""The nouns hold what they promise."""

import pytest

from services.emotion.reading import Emotion, FrameOutcome, FrameReading, Reading
from tests.fakes.emotion import certain

EVEN = (1 / 7,) * 7


def test_names_and_their_order() -> None:
    """Emotions are called and ordered as in reports and in the proto."""
    names = [emotion.value for emotion in Emotion]
    assert names == ["neutral", "happiness", "sadness", "anger", "surprise", "fear", "disgust"]


def test_primary_emotion_has_the_highest_probability() -> None:
    """The primary emotion is the likeliest one, its probability the confidence."""
    reading = Reading((0.1, 0.2, 0.05, 0.05, 0.5, 0.05, 0.05), 3)
    assert reading.primary_emotion is Emotion.SURPRISE
    assert reading.confidence == 0.5


def test_ties_go_to_the_first() -> None:
    """Equal probabilities: the first in the order of the enum, so that repeats agree."""
    assert Reading(EVEN, 1).primary_emotion is Emotion.NEUTRAL


@pytest.mark.parametrize(
    "bad",
    [(), (1.0,), (0.5,) * 7, (2.0, -1.0, 0, 0, 0, 0, 0), (float("nan"),) * 7, (*certain(Emotion.FEAR), 0.0)],
)
def test_a_reading_is_a_distribution(bad: tuple[float, ...]) -> None:
    """Seven finite fractions that add up to 1, or there is no reading."""
    with pytest.raises(ValueError, match="probabilit"):
        Reading(bad, 1)


def test_a_reading_needs_a_frame() -> None:
    """Nothing is read out of no frame."""
    with pytest.raises(ValueError, match="at least one frame"):
        Reading(EVEN, 0)


def test_only_accepted_frames_have_probabilities() -> None:
    """A refused frame carries no numbers, an accepted one always does."""
    with pytest.raises(ValueError, match="exactly when"):
        FrameReading(FrameOutcome.ACCEPTED)
    with pytest.raises(ValueError, match="exactly when"):
        FrameReading(FrameOutcome.NO_FACE, EVEN)
