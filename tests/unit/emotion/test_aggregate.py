"""A reading is the plain mean of the accepted frames."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.emotion.aggregate import aggregate
from services.emotion.reading import Emotion, FrameOutcome, FrameReading, Probabilities
from tests.fakes.emotion import certain

REFUSED = [FrameReading(outcome) for outcome in FrameOutcome if outcome is not FrameOutcome.ACCEPTED]
weights = st.lists(st.floats(0.01, 1), min_size=7, max_size=7)


def accepted(probabilities: Probabilities) -> FrameReading:
    return FrameReading(FrameOutcome.ACCEPTED, probabilities)


def distribution(parts: list[float]) -> Probabilities:
    return tuple(part / sum(parts) for part in parts)


def test_nothing_accepted_is_no_reading() -> None:
    """Without a usable frame there is no reading, least of all a neutral one."""
    assert aggregate(REFUSED) is None
    assert aggregate([]) is None


def test_plain_mean() -> None:
    """Each accepted frame counts the same."""
    happy, sad = accepted(certain(Emotion.HAPPINESS)), accepted(certain(Emotion.SADNESS))
    reading = aggregate([happy, sad, happy, happy])
    assert reading is not None
    assert reading.probabilities == (0, 0.75, 0.25, 0, 0, 0, 0)
    assert reading.primary_emotion is Emotion.HAPPINESS
    assert (reading.confidence, reading.accepted_frames) == (0.75, 4)


@given(st.lists(weights, min_size=1, max_size=16), st.integers(0, 5), st.randoms(use_true_random=False))
def test_refused_frames_and_order_change_nothing(
    parts: list[list[float]], refused: int, random: Random
) -> None:
    """Refused frames are left out, and the order of frames does not matter, to the last bit."""
    frames = [accepted(distribution(part)) for part in parts]
    mixed = frames + REFUSED[:refused]
    random.shuffle(mixed)
    reading = aggregate(mixed)
    assert reading == aggregate(frames)
    assert reading is not None
    assert reading.accepted_frames == len(frames)
    assert sum(reading.probabilities) == pytest.approx(1)
