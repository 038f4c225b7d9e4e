"""Sums of frames: the same reading however the frames were cut into batches."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.frame_sums import FrameSums
from services.orchestrator.judgement import Emotion, EmotionReading

FRAMES = st.lists(st.lists(st.floats(0.01, 1), min_size=7, max_size=7), min_size=1, max_size=40)


def vector(weights: list[float]) -> tuple[float, ...]:
    """Seven numbers as probabilities."""
    return tuple(weight / sum(weights) for weight in weights)


def mean(frames: list[tuple[float, ...]]) -> EmotionReading:
    """The reading of these frames in one call."""
    means = tuple(min(sum(column) / len(frames), 1.0) for column in zip(*frames, strict=True))
    return EmotionReading(means, len(frames))


@given(FRAMES, st.data())
def test_batches_do_not_matter(weights: list[list[float]], data: st.DataObject) -> None:
    """Cut anywhere, the last part inline or not: the plain mean over all frames."""
    frames = [vector(one) for one in weights]
    cuts = sorted({0, len(frames), *data.draw(st.lists(st.integers(0, len(frames)), max_size=5))})
    parts = [frames[a:b] for a, b in pairwise(cuts)]
    inline = mean(parts.pop()) if data.draw(st.booleans()) else None
    sums = FrameSums("q1")
    for number, part in enumerate(parts):
        sums = sums.plus(str(number), len(part), mean(part))
    found, whole = sums.reading(inline), mean(frames)
    assert found is not None
    assert found.accepted_frames == len(frames)
    assert found.probabilities == pytest.approx(whole.probabilities)


def test_a_batch_counts_once() -> None:
    """The second time it is the very same sums."""
    certain = EmotionReading((1.0,) + (0.0,) * (len(Emotion) - 1), 1)
    once = FrameSums("q1").plus("a", 3, certain)
    assert once.plus("a", 3, certain) is once
    assert (once.received, once.accepted) == (3, 1)


def test_no_accepted_frame_is_no_reading() -> None:
    """Received frames without a face add nothing but their number."""
    counted = FrameSums("q1").plus("a", 3, None)
    assert (counted.received, counted.accepted, counted.reading()) == (3, 0, None)
