"""Pictures: decoded once, and a face cut out of one with its eyes level, as deepface's network sees it."""

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
# The input of deepface's classifiers (modules/demography.py) and of its emotion network.
_CLASSIFIER_SIDE = 224
NETWORK_SIDE = 48

_REDUCED = {
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


def use_threads(threads: int) -> None:
    """How many threads one search may use, in the whole process."""
    cv2.setNumThreads(threads)


def decode(frame: bytes, header: Header, *, colour: bool = False) -> Pixels:
    """The picture, upright as its EXIF data says, at most 640 px a side, grey or BGR. Raises FrameRefused."""
    try:
        picture = cv2.imdecode(np.frombuffer(frame, np.uint8), _flags(header, colour))
    except cv2.error:
        picture = None
    if picture is None or picture.size == 0:
        raise FrameRefused(FrameOutcome.UNREADABLE)
    return at_most(picture, SEARCHED_SIDE)


def _flags(header: Header, colour: bool) -> int:
    """JPEG can be decoded at a half, a quarter or an eighth of its size, which costs less time and memory."""
    if colour:
        return cv2.IMREAD_COLOR
    if header.format is not Format.JPEG:
        return cv2.IMREAD_GRAYSCALE
    fitting = [flag for n, flag in _REDUCED.items() if max(header.width, header.height) >= n * SEARCHED_SIDE]
    return fitting[-1] if fitting else cv2.IMREAD_GRAYSCALE


def at_most(picture: Pixels, side: int) -> Pixels:
    """The same picture, made smaller where a side is longer than that."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def grey(picture: Pixels) -> Pixels:
    """A grey picture of a BGR one."""
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


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
