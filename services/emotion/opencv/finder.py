"""From the bytes of a frame to the one face in it, whichever detector looks for faces."""

from collections.abc import Sequence
from typing import Protocol

from services.emotion import metrics
from services.emotion.frames import checked_header
from services.emotion.headers import Header
from services.emotion.opencv.faces import CascadeSearch
from services.emotion.opencv.pictures import Eyes, Pixels, decode, grey, levelled, sharpness
from services.emotion.reading import Box, Found, FrameOutcome, FrameRefused, SeenFace
from services.emotion.settings import EmotionSettings


class Detector(Protocol):
    """Looks for faces in a decoded picture. Used by one thread at a time."""

    colour: bool

    def faces(self, picture: Pixels) -> list[Box]:
        """All faces, largest first."""

    def eyes(self, picture: Pixels, face: Box) -> Eyes | None:
        """The eyes of one of them."""


class OpenCvDetector:
    """deepface's default, at a fraction of its cost."""

    colour = False

    def __init__(self, cascades: CascadeSearch) -> None:
        self.faces = cascades.faces
        self.eyes = cascades.eyes


class PipelineFaceFinder:
    """From bytes to a levelled face: header, decode, faces, eyes, cut."""

    def __init__(self, detector: Detector, settings: EmotionSettings) -> None:
        self._detector = detector
        self._settings = settings

    def find(self, frame: bytes) -> Found[Pixels]:
        """The face, eyes level, 48 x 48, grey, 0 to 1. Raises FrameRefused."""
        with metrics.DECODE_SECONDS.time():
            header = checked_header(frame, self._settings.max_pixels)
            picture = decode(frame, header, colour=self._detector.colour)
        with metrics.DETECT_SECONDS.time():
            return self._only_face(picture, header)

    def _only_face(self, picture: Pixels, header: Header) -> Found[Pixels]:
        boxes = self._detector.faces(picture)
        scale = max(header.width, header.height) / max(picture.shape[:2])
        if len(boxes) == 1 and min(boxes[0].width, boxes[0].height) < self._settings.min_face_pixels:
            raise FrameRefused(FrameOutcome.FACE_TOO_SMALL, SeenFace(boxes[0].scaled(scale)))
        box = only(boxes, self._settings.min_face_pixels)
        shades = grey(picture) if self._detector.colour else picture
        face = levelled(shades, box, self._detector.eyes(shades, box))
        seen = SeenFace(box.scaled(scale), sharpness(face))
        if sharpness(face) < self._settings.min_sharpness:
            raise FrameRefused(FrameOutcome.BLURRED, seen)
        return Found(face, seen)


def only(boxes: Sequence[Box], smallest: int) -> Box:
    """The one box that is large enough. Raises FrameRefused."""
    usable = [box for box in boxes if min(box.width, box.height) >= smallest]
    if len(usable) > 1:
        raise FrameRefused(FrameOutcome.SEVERAL_FACES)
    if not usable:
        raise FrameRefused(FrameOutcome.FACE_TOO_SMALL if boxes else FrameOutcome.NO_FACE)
    return usable[0]
