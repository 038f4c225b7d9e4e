"""Faces and eyes in grey pictures.

They are those that deepface's `analyze` finds, with the same boxes, at a fraction of the cost. Deepface's own
search runs over a picture with a border of half its size, from 24 px up. Here a reduced picture is searched
first; then deepface's search is repeated only around what was found, on a canvas of deepface's size (its
pyramid depends on it) and for faces of about that size. Sizes are searched one by one, for a crew to share.
"""

from collections.abc import Iterator

from services.emotion.crew import Crew
from services.emotion.opencv.cascades import (
    EYE_WINDOW,
    FACE_WINDOW,
    Cascades,
    Window,
    fired,
    grouped,
    sides,
)
from services.emotion.opencv.looks import Look, faces_roughly
from services.emotion.opencv.pictures import Eyes, Pixels, Point, cut
from services.emotion.opencv.pyramid import NEIGHBOURS, STEP, boxes_near
from services.emotion.reading import Box

# The second look only where the first one leads to nothing.
_LOOKS = (Look(240, 1.2, 2, 0.1), Look(400, 1.1, 1, 0.25))
# Eyes are looked for from this share of the face up; smaller ones only if that gave no two of the second.
_LARGE_EYE, _SURELY_LARGE_EYE = 0.14, 0.165
_MOST_CANDIDATES = 6
_SAME_FACE = 0.3


class CascadeSearch:
    """Finds faces and eyes in grey pictures, together with whoever of the crew is idle."""

    def __init__(self, crew: Crew[Cascades]) -> None:
        self._crew = crew

    def faces(self, picture: Pixels) -> list[Box]:
        """The faces, largest first, each where deepface's `analyze` has it; they may reach over the edge."""
        if min(picture.shape) < FACE_WINDOW:
            return []
        for look in _LOOKS:
            candidates = faces_roughly(self._crew, picture, look)[:_MOST_CANDIDATES]
            found = _distinct(box for one in candidates for box in boxes_near(self._crew, picture, one))
            if found:
                return found
        return []

    def eyes(self, picture: Pixels, face: Box) -> Eyes | None:
        """The two largest eyes inside a face's box, as deepface takes them; None if there are not two."""
        inside = cut(picture, face)
        large = int(_LARGE_EYE * face.width)
        two = self._two_eyes(inside, max(large, EYE_WINDOW))
        if large > EYE_WINDOW and (len(two) < 2 or two[1].width < _SURELY_LARGE_EYE * face.width):
            two = self._two_eyes(inside, EYE_WINDOW)
        if len(two) < 2:
            return None
        right, left = sorted(two, key=lambda eye: eye.left)
        return _centre(left, face), _centre(right, face)

    def _two_eyes(self, inside: Pixels, smallest: int) -> list[Box]:
        def windows(cascades: Cascades, side: int) -> list[Window]:
            return fired(cascades.eyes, inside, STEP, side)

        wanted = sides(EYE_WINDOW, STEP, smallest, min(inside.shape))
        return grouped(self._crew.each(windows, wanted), NEIGHBOURS)[:2]


def _distinct(boxes: Iterator[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in boxes:
        if all(box.overlap(other) < _SAME_FACE for other in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: -box.width * box.height)


def _centre(eye: Box, face: Box) -> Point:
    return face.left + eye.left + eye.width // 2, face.top + eye.top + eye.height // 2
