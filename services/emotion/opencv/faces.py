"""Faces and eyes in grey pictures.

They are those that deepface's `analyze` finds, with the same boxes, at a fraction of the cost. Deepface's own
search runs over a picture with a border of half its size, from 24 px up. Here a reduced picture is searched
first; then deepface's search is repeated only around what was found, on a canvas of deepface's size (its
pyramid depends on it) and for faces of about that size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from services.emotion.opencv.pictures import Eyes, Pixels, Point, at_most, cut
from services.emotion.reading import Box

FACE_CASCADE = "haarcascade_frontalface_default.xml"
EYE_CASCADE = "haarcascade_eye.xml"

# deepface's own figures: pyramid step and neighbours (models/face_detection/OpenCv.py), its border
# (modules/detection.py).
_STEP, _NEIGHBOURS = 1.1, 10
_BORDER_SHARE = 0.5

_WINDOW = 24  # side of the face cascade
_EYE_WINDOW = 20
# Up to twice its window a cascade looks at every second place only: larger faces are sought in halves.
_OCTAVE = (2 * _WINDOW, 2 * _WINDOW)
# Eyes are looked for from this share of the face up; smaller ones only if that gave no two of the second.
_LARGE_EYE, _SURELY_LARGE_EYE = 0.14, 0.165
# Around a face that the first look found: how much room, and which sizes, decide on the box.
_ROOM, _SMALLER, _LARGER = 0.8, 0.6, 1.7
# OpenCV's own figure for what makes two windows neighbours; 24 px times 1.1 to the 45th is beyond any canvas.
_ALIKE = 0.2
_MOST_LEVELS = 45
_MOST_CANDIDATES = 6
_SAME_FACE = 0.3


@dataclass(frozen=True, slots=True)
class _Look:
    """A search over the whole picture: its longer side, pyramid step, neighbours, and border as a share."""

    side: int
    step: float
    neighbours: int
    border: float


# The second look only where the first one leads to nothing.
_LOOKS = (_Look(240, 1.2, 2, 0.1), _Look(400, 1.1, 1, 0.25))


def carried_cascade(name: str) -> Path:
    """Where the OpenCV wheel has this cascade, if it has it: OpenCV 4 does, 5 does not."""
    return Path(cv2.__file__).parent / "data" / name


def is_cascade(path: Path) -> bool:
    """Whether OpenCV can search with this file."""
    try:
        return not cv2.CascadeClassifier(str(path)).empty()
    except (cv2.error, SystemError):  # how OpenCV says that the text is no XML
        return False


class CascadeSearch:
    """Finds faces and eyes in grey pictures. For one thread at a time: a shared cascade gives wrong boxes."""

    def __init__(self, face_cascade: Path, eye_cascade: Path) -> None:
        self._faces = cv2.CascadeClassifier(str(face_cascade))
        self._eyes = cv2.CascadeClassifier(str(eye_cascade))

    def faces(self, picture: Pixels) -> list[Box]:
        """The faces, largest first, each where deepface's `analyze` has it; they may reach over the edge."""
        if min(picture.shape) < _WINDOW:
            return []
        for look in _LOOKS:
            candidates = self._look(picture, look)[:_MOST_CANDIDATES]
            found = _distinct(box for candidate in candidates for box in self._boxes(picture, candidate))
            if found:
                return found
        return []

    def eyes(self, picture: Pixels, face: Box) -> Eyes | None:
        """The two largest eyes inside a face's box, as deepface takes them; None if there are not two."""
        inside = cut(picture, face)
        large = int(_LARGE_EYE * face.width)
        two = self._two_eyes(inside, max(large, _EYE_WINDOW))
        if large > _EYE_WINDOW and (len(two) < 2 or two[1].width < _SURELY_LARGE_EYE * face.width):
            two = self._two_eyes(inside, _EYE_WINDOW)
        if len(two) < 2:
            return None
        right, left = sorted(two, key=lambda eye: eye.left)
        return _centre(left, face), _centre(right, face)

    def _two_eyes(self, inside: Pixels, smallest: int) -> list[Box]:
        found = self._eyes.detectMultiScale(inside, _STEP, _NEIGHBOURS, minSize=(smallest, smallest))
        return _largest_first(found)[:2]

    def _look(self, picture: Pixels, look: _Look) -> list[Box]:
        """Where faces may be, roughly, largest first."""
        searched = at_most(picture, look.side)
        scale, border = max(picture.shape) / max(searched.shape), look.border * max(searched.shape)
        room = round(border)
        searched = cv2.copyMakeBorder(searched, room, room, room, room, cv2.BORDER_CONSTANT)
        found: list[Box] = []
        while min(searched.shape) >= _WINDOW:
            boxes = self._faces.detectMultiScale(
                searched, look.step, look.neighbours, minSize=(_WINDOW, _WINDOW), maxSize=_OCTAVE
            )
            found += [_outside(box, border).scaled(scale) for box in _largest_first(boxes)]
            searched, scale, border = _halved(searched), 2 * scale, border / 2
        return sorted(found, key=lambda box: -box.width)

    def _boxes(self, picture: Pixels, near: Box) -> list[Box]:
        """What deepface's search finds around `near`, in faces of about its size."""
        below, beside = (int(_BORDER_SHARE * side) for side in picture.shape)
        canvas = cv2.copyMakeBorder(picture, below, below, beside, beside, cv2.BORDER_CONSTANT)
        around = Box(near.left + beside, near.top + below, near.width, near.height).with_room(_ROOM)
        windows = [w for level in _levels(near.width) for w in self._windows(canvas, around, level)]
        found, _ = cv2.groupRectangles(windows, _NEIGHBOURS, _ALIKE)
        return [Box(b.left - beside, b.top - below, b.width, b.height) for b in _largest_first(found)]

    def _windows(self, canvas: Pixels, around: Box, level: float) -> Iterator[tuple[int, int, int, int]]:
        """Where the cascade fires in one level of deepface's pyramid, in the canvas.

        A search of one level only looks at every second place. So does deepface in the levels up to 2; in the
        others it looks at each, for which this takes four turns.
        """
        height, width = (round(side / level) for side in canvas.shape)
        scaled = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_LINEAR_EXACT)
        top, left = (max(0, int(edge / level)) // 2 * 2 for edge in (around.top, around.left))
        part = scaled[top : top + int(around.height / level) + 2, left : left + int(around.width / level) + 2]
        side = round(_WINDOW * level)
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)) if level > 2 else ((0, 0),):
            turn = np.ascontiguousarray(part[down:, right:])
            for x, y, *_ in self._faces.detectMultiScale(turn, _STEP, 0, maxSize=(_WINDOW, _WINDOW)):
                place = round((left + right + int(x)) * level), round((top + down + int(y)) * level)
                yield (*place, side, side)


def _levels(width: int) -> list[float]:
    """The factors of deepface's pyramid at which its window is about `width`."""
    smallest, largest = max(_WINDOW, int(_SMALLER * width)), int(_LARGER * width) + 1
    factors = (_STEP**power for power in range(_MOST_LEVELS))
    return [factor for factor in factors if smallest <= round(_WINDOW * factor) <= largest]


def _largest_first(found: Any) -> list[Box]:
    """Boxes in an order that does not depend on how threads took turns."""
    boxes = [Box(*map(int, box)) for box in found]
    return sorted(boxes, key=lambda box: (-box.width * box.height, box.left, box.top))


def _outside(box: Box, border: float) -> Box:
    """A box of a picture with a border, in the picture without it."""
    return Box(round(box.left - border), round(box.top - border), box.width, box.height)


def _halved(picture: Pixels) -> Pixels:
    height, width = picture.shape
    return cv2.resize(picture, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)


def _distinct(boxes: Iterator[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in boxes:
        if all(box.overlap(other) < _SAME_FACE for other in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: -box.width * box.height)


def _centre(eye: Box, face: Box) -> Point:
    return face.left + eye.left + eye.width // 2, face.top + eye.top + eye.height // 2
