"""OpenCV's cascades: where they are, and at which windows of a picture one fires."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import cv2

from services.emotion.opencv.pictures import Pixels
from services.emotion.reading import Box

FACE_CASCADE = "haarcascade_frontalface_default.xml"
EYE_CASCADE = "haarcascade_eye.xml"

# The sides of what they look at in one level of a pyramid.
FACE_WINDOW, EYE_WINDOW = 24, 20
# OpenCV's own figure for what makes two windows neighbours, as a share of their side.
ALIKE = 0.2

Window: TypeAlias = tuple[int, int, int, int]
"""Left, top, width, height."""


@dataclass(frozen=True, slots=True)
class Cascades:
    """For one thread at a time: a shared cascade gives wrong boxes."""

    faces: Any
    eyes: Any


def load_cascades(faces: Path, eyes: Path) -> Cascades:
    """Both cascades, from files that `is_cascade` takes."""
    return Cascades(cv2.CascadeClassifier(str(faces)), cv2.CascadeClassifier(str(eyes)))


def carried_cascade(name: str) -> Path:
    """Where the OpenCV wheel has this cascade, if it has it: OpenCV 4 does, 5 does not."""
    return Path(cv2.__file__).parent / "data" / name


def is_cascade(path: Path) -> bool:
    """Whether OpenCV can search with this file."""
    try:
        return not cv2.CascadeClassifier(str(path)).empty()
    except (cv2.error, SystemError):  # how OpenCV says that the text is no XML
        return False


def factors(window: int, step: float, smallest: int, largest: int) -> list[float]:
    """OpenCV's pyramid: 1, `step`, `step` squared ... times the window, as far as that lies in the bounds."""
    found, factor = [], 1.0
    while round(window * factor) <= largest:
        if round(window * factor) >= smallest:
            found.append(factor)
        factor *= step
    return found


def sides(window: int, step: float, smallest: int, largest: int) -> list[int]:
    """The same as sides, in pixels."""
    return [round(window * factor) for factor in factors(window, step, smallest, largest)]


def fired(cascade: Any, picture: Pixels, step: float, side: int) -> list[Window]:
    """The windows of one of the pyramid's sides at which the cascade fires.

    They may reach over the edge by a pixel, as they do where OpenCV groups them; ungrouped it cuts them off.
    """
    found = cascade.detectMultiScale(picture, step, 0, minSize=(side, side), maxSize=(side, side))
    return [(int(x), int(y), side, side) for x, y, *_ in found]


def grouped(windows: Iterable[Iterable[Window]], neighbours: int) -> list[Box]:
    """What a search of all these sides at once finds, largest first, whatever order the windows came in."""
    found, _ = cv2.groupRectangles(list(chain.from_iterable(windows)), neighbours, ALIKE)
    boxes = [Box(*map(int, box)) for box in found]
    return sorted(boxes, key=lambda box: (-box.width * box.height, box.left, box.top))
