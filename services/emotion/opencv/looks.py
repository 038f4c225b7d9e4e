"""A quick look at a whole picture: where faces may be."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2

from services.emotion.crew import Crew
from services.emotion.opencv.cascades import FACE_WINDOW, Cascades, Window, fired, grouped, sides
from services.emotion.opencv.pictures import Pixels, at_most
from services.emotion.reading import Box

# Up to twice its window a cascade looks at every second place only: larger faces are sought in halves.
_OCTAVE = 2 * FACE_WINDOW


@dataclass(frozen=True, slots=True)
class Look:
    """A search over the whole picture: its longer side, pyramid step, neighbours, and border as a share."""

    side: int
    step: float
    neighbours: int
    border: float


def faces_roughly(crew: Crew[Cascades], picture: Pixels, look: Look) -> list[Box]:
    """Where faces may be, largest first."""
    searched = at_most(picture, look.side)
    scale, border = max(picture.shape) / max(searched.shape), look.border * max(searched.shape)
    room = round(border)
    octaves = list(_halves(cv2.copyMakeBorder(searched, room, room, room, room, cv2.BORDER_CONSTANT)))
    wanted = [
        (number, side)
        for number, octave in enumerate(octaves)
        for side in sides(FACE_WINDOW, look.step, FACE_WINDOW, min(_OCTAVE, *octave.shape))
    ]

    def windows(cascades: Cascades, which: tuple[int, int]) -> list[Window]:
        number, side = which
        return fired(cascades.faces, octaves[number], look.step, side)

    found = list(zip(wanted, crew.each(windows, wanted), strict=True))
    boxes = [
        _outside(box, border / 2**number).scaled(scale * 2**number)
        for number in range(len(octaves))
        for box in grouped((windows for (octave, _), windows in found if octave == number), look.neighbours)
    ]
    return sorted(boxes, key=lambda box: -box.width)


def _halves(picture: Pixels) -> Iterator[Pixels]:
    """The picture, half of it, a quarter and so on, as long as a window fits."""
    while min(picture.shape) >= FACE_WINDOW:
        yield picture
        height, width = picture.shape
        half = (max(1, width // 2), max(1, height // 2))
        picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)


def _outside(box: Box, border: float) -> Box:
    """A box of a picture with a border, in the picture without it."""
    return Box(round(box.left - border), round(box.top - border), box.width, box.height)
