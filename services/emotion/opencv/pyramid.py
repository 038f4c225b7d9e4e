"""deepface's search for faces, in a part of its picture and of its pyramid."""

import cv2
import numpy as np
from numpy.typing import NDArray

from services.emotion.crew import Crew
from services.emotion.opencv.cascades import (
    FACE_WINDOW,
    Cascades,
    Window,
    factors,
    fired,
    grouped,
)
from services.emotion.opencv.pictures import Pixels, Point
from services.emotion.reading import Box

# deepface's own figures: pyramid step and neighbours (models/face_detection/OpenCv.py), its border
# (modules/detection.py).
STEP, NEIGHBOURS = 1.1, 10
_BORDER_SHARE = 0.5

# Which windows decide on the box of a face: their sizes, as shares of a rough box, and how far their middle
# may be from that of the box, as shares of the window. Of 100 windows that
# made up the faces of 600 photos 99 were such.
_SMALLER, _LARGER = 0.5, 2.0
_ABOVE, _BESIDE = 0.15, 0.2


def boxes_near(crew: Crew[Cascades], picture: Pixels, near: Box) -> list[Box]:
    """What deepface's search finds around `near`, in faces of about its size, largest first."""
    below, beside = (int(_BORDER_SHARE * side) for side in picture.shape)
    canvas = cv2.copyMakeBorder(picture, below, below, beside, beside, cv2.BORDER_CONSTANT)
    middle = near.left + near.width // 2 + beside, near.top + near.height // 2 + below
    levels = factors(FACE_WINDOW, STEP, int(_SMALLER * near.width), int(_LARGER * near.width) + 1)

    def windows(cascades: Cascades, level: float) -> list[Window]:
        return _windows(cascades, canvas, middle, level)

    found = grouped(crew.each(windows, levels), NEIGHBOURS)
    return [Box(box.left - beside, box.top - below, box.width, box.height) for box in found]


def _windows(cascades: Cascades, canvas: Pixels, middle: Point, level: float) -> list[Window]:
    """Where the cascade fires about `middle` in one level of deepface's pyramid, in the canvas.

    A search of one level only looks at every second place. So does deepface in the levels up to 2; in the
    others it looks at each: as it does here for windows of twice the size in a picture of twice the size.
    """
    height, width = (round(side / level) for side in canvas.shape)
    rows = _under_windows(middle[1] / level, height, _ABOVE)
    columns = _under_windows(middle[0] / level, width, _BESIDE)
    if min(len(rows), len(columns)) < FACE_WINDOW:
        return []
    part = part_of_level(canvas, (height, width), rows, columns)
    times = 2 if level > 2 else 1
    searched = cv2.resize(part, None, fx=times, fy=times, interpolation=cv2.INTER_NEAREST)
    side = round(FACE_WINDOW * level)
    places = (
        (x // times, y // times) for x, y, *_ in fired(cascades.faces, searched, 2, times * FACE_WINDOW)
    )
    return [(round((columns[0] + x) * level), round((rows[0] + y) * level), side, side) for x, y in places]


def _under_windows(middle: float, most: int, off: float) -> range:
    """The pixels of a row or column of a level under the windows about `middle`, from an even one, as
    deepface's.
    """
    reach = (0.5 + off) * FACE_WINDOW
    return range(max(0, int(middle - reach)) // 2 * 2, min(most, int(middle + reach) + 2))


def part_of_level(canvas: Pixels, size: tuple[int, int], rows: range, columns: range) -> Pixels:
    """A part of what cv2.resize(INTER_LINEAR_EXACT) makes of a canvas in `size` (height, width), bit for bit.

    It takes weights in whole 256ths and rounds once, at the end (modules/imgproc/src/resize.cpp).
    """
    above, below, down = _neighbours(canvas.shape[0], size[0], rows)
    left, right, across = _neighbours(canvas.shape[1], size[1], columns)
    lines = canvas[above, left[0] : right[-1] + 1] * (256 - down)[:, np.newaxis]
    lines += canvas[below, left[0] : right[-1] + 1] * down[:, np.newaxis]
    sums = lines[:, left - left[0]] * (256 - across.astype(np.uint32))
    sums += lines[:, right - left[0]] * across.astype(np.uint32)
    return ((sums + np.uint32(1 << 15)) >> np.uint32(16)).astype(np.uint8)


def _neighbours(
    side: int, resized: int, places: range
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]:
    """The two pixels of a side between which each place of the resized one lies; the second's weight."""
    exact = (np.arange(places.start, places.stop) + 0.5) * (side / resized) - 0.5
    first = np.floor(exact).astype(np.intp)
    weight = np.rint(256 * (exact - first)).astype(np.uint16)
    return first.clip(0, side - 1), (first + 1).clip(0, side - 1), weight
