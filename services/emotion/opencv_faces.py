"""OpenCV: a picture decoded once, the faces in it, and a face cut out with its eyes level.

The only module that knows OpenCV. Faces are those that deepface's `analyze` finds, with the same boxes, at a
fraction of the cost: deepface's own search runs over a picture with a border of half its size, from 24 px up.
Here a reduced picture is searched first; then deepface's search is repeated only around what was found, on a
canvas of deepface's size (its pyramid depends on it) and for faces of about that size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from services.emotion.headers import Format, Header
from services.emotion.reading import Box, FrameOutcome, FrameRefused

Pixels: TypeAlias = NDArray[Any]
Point: TypeAlias = tuple[int, int]
Eyes: TypeAlias = tuple[Point, Point]
"""Centres of the left and the right eye, as the person itself would say."""

SEARCHED_SIDE = 640
FACE_CASCADE = "haarcascade_frontalface_default.xml"
EYE_CASCADE = "haarcascade_eye.xml"

# deepface's own figures: pyramid step and neighbours (models/face_detection/OpenCv.py), its border
# (modules/detection.py), the input of its classifiers (modules/demography.py) and of its emotion network.
_STEP, _NEIGHBOURS = 1.1, 10
_BORDER_SHARE = 0.5
_CLASSIFIER_SIDE = 224
NETWORK_SIDE = 48

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
_REDUCED = {
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


@dataclass(frozen=True, slots=True)
class _Look:
    """A search over the whole picture: its longer side, pyramid step, neighbours, and border as a share."""

    side: int
    step: float
    neighbours: int
    border: float


# The second look only where the first one leads to nothing.
_LOOKS = (_Look(240, 1.2, 2, 0.1), _Look(400, 1.1, 1, 0.25))


def use_threads(threads: int) -> None:
    """How many threads one search may use, in the whole process."""
    cv2.setNumThreads(threads)


def carried_cascade(name: str) -> Path:
    """Where the OpenCV wheel has this cascade, if it has it: OpenCV 4 does, 5 does not."""
    return Path(cv2.__file__).parent / "data" / name


def is_cascade(path: Path) -> bool:
    """Whether OpenCV can search with this file."""
    try:
        return not cv2.CascadeClassifier(str(path)).empty()
    except (cv2.error, SystemError):  # how OpenCV says that the text is no XML
        return False


def decode(frame: bytes, header: Header, *, colour: bool = False) -> Pixels:
    """The picture, upright as its EXIF data says, at most 640 px a side, grey or BGR. Raises FrameRefused."""
    try:
        picture = cv2.imdecode(np.frombuffer(frame, np.uint8), _flags(header, colour))
    except cv2.error:
        picture = None
    if picture is None or picture.size == 0:
        raise FrameRefused(FrameOutcome.UNREADABLE)
    return _at_most(picture, SEARCHED_SIDE)


def _flags(header: Header, colour: bool) -> int:
    """JPEG can be decoded at a half, a quarter or an eighth of its size, which costs less time and memory."""
    if colour:
        return cv2.IMREAD_COLOR
    if header.format is not Format.JPEG:
        return cv2.IMREAD_GRAYSCALE
    fitting = [flag for n, flag in _REDUCED.items() if max(header.width, header.height) >= n * SEARCHED_SIDE]
    return fitting[-1] if fitting else cv2.IMREAD_GRAYSCALE


def _at_most(picture: Pixels, side: int) -> Pixels:
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def grey(picture: Pixels) -> Pixels:
    """A grey picture of a BGR one."""
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


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
        searched = _at_most(picture, look.side)
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


def cut(picture: Pixels, box: Box) -> Pixels:
    """The part of a grey picture under `box`, black where it reaches over the edge."""
    move = np.array([[1, 0, -box.left], [0, 1, -box.top]], np.float32)
    return cv2.warpAffine(picture, move, (box.width, box.height), flags=cv2.INTER_NEAREST)


def levelled(picture: Pixels, face: Box, eyes: Eyes | None) -> Pixels:
    """A face as the emotion network sees it in `analyze`: turned about its middle until the eyes are level,
    grey, 48 x 48, each value 0 to 1.
    """
    if eyes is None:
        upright = cut(picture, face)
    else:
        (left_x, left_y), (right_x, right_y) = eyes
        angle = float(np.degrees(np.arctan2(left_y - right_y, left_x - right_x)))
        middle = (face.left + face.width // 2, face.top + face.height // 2)
        turn = cv2.getRotationMatrix2D(middle, angle, 1.0)
        turn[:, 2] -= (face.left, face.top)
        upright = cv2.warpAffine(picture, turn, (face.width, face.height), flags=cv2.INTER_CUBIC)
    fractions = upright.astype(np.float32) / 255
    whole = cv2.resize(fractions, (_CLASSIFIER_SIDE, _CLASSIFIER_SIDE))
    return cv2.resize(whole, (NETWORK_SIDE, NETWORK_SIDE))


def sharpness(face: Pixels) -> float:
    """How much of a levelled face's contrast is fine detail: energy of its Laplacian over its variance."""
    return float(cv2.Laplacian(face, cv2.CV_32F).var() / max(float(face.var()), 1e-6))


def blank_face() -> Pixels:
    """A face without anything on it."""
    return np.zeros((NETWORK_SIDE, NETWORK_SIDE), np.float32)


def coloured(face: Pixels) -> Pixels:
    """A levelled face as deepface's client takes it: three equal channels."""
    return cv2.merge([face, face, face])


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


def only(boxes: Sequence[Box], smallest: int) -> Box:
    """The one box that is large enough. Raises FrameRefused."""
    usable = [box for box in boxes if min(box.width, box.height) >= smallest]
    if len(usable) > 1:
        raise FrameRefused(FrameOutcome.SEVERAL_FACES)
    if not usable:
        raise FrameRefused(FrameOutcome.FACE_TOO_SMALL if boxes else FrameOutcome.NO_FACE)
    return usable[0]
