"""From the frames of one answer to its reading: the plain mean, nothing made up."""

from collections.abc import Iterable
from math import fsum

from services.emotion.reading import FrameReading, Reading


def aggregate(frames: Iterable[FrameReading]) -> Reading | None:
    """The plain mean of the accepted frames' probabilities; None when no frame was accepted."""
    accepted = [frame.probabilities for frame in frames if frame.probabilities is not None]
    if not accepted:
        return None
    means = tuple(fsum(column) / len(accepted) for column in zip(*accepted, strict=True))
    return Reading(means, len(accepted))
