"""Searching in parts finds what a search of the whole does."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.emotion.analysis import search_threads
from services.emotion.crew import Crew
from services.emotion.frames import checked_header
from services.emotion.opencv.cascades import (
    EYE_CASCADE,
    FACE_CASCADE,
    FACE_WINDOW,
    Cascades,
    carried_cascade,
    fired,
    grouped,
    load_cascades,
    sides,
)
from services.emotion.opencv.faces import CascadeSearch
from services.emotion.opencv.pictures import Pixels, decode
from services.emotion.opencv.pyramid import part_of_level
from services.emotion.reading import Box
from tests.unit.emotion.conftest import Photo


def cascades() -> Cascades:
    return load_cascades(carried_cascade(FACE_CASCADE), carried_cascade(EYE_CASCADE))


def pixels(photo: Photo) -> Pixels:
    return decode(photo.data, checked_header(photo.data, 1 << 26))


@given(st.integers(40, 700), st.integers(40, 700), st.integers(0, 15), st.data())
@hypothesis_settings(max_examples=60, deadline=None)
def test_a_part_of_a_level_is_that_part(height: int, width: int, power: int, data: st.DataObject) -> None:
    """Bit for bit what OpenCV makes of the whole picture, cut out."""
    canvas = np.random.default_rng(height * width).integers(0, 256, (height, width)).astype(np.uint8)
    size = max(1, round(height / 1.1**power)), max(1, round(width / 1.1**power))
    whole = cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_LINEAR_EXACT)
    top, left = (data.draw(st.integers(0, side - 1)) for side in size)
    rows, columns = range(top, data.draw(st.integers(top + 1, size[0]))), range(left, size[1])
    assert np.array_equal(
        part_of_level(canvas, size, rows, columns), whole[rows.start : rows.stop, columns.start :]
    )


@pytest.mark.parametrize("step", [1.1, 1.2])
def test_one_size_after_the_other_finds_what_all_at_once_do(photos: list[Photo], step: float) -> None:
    """The same boxes, in whatever order the sizes come."""
    faces = cascades().faces
    for picture in map(pixels, photos):
        found = faces.detectMultiScale(picture, step, 3)
        by_size = [
            fired(faces, picture, step, side)
            for side in sides(FACE_WINDOW, step, FACE_WINDOW, min(picture.shape))
        ]
        assert set(grouped(reversed(by_size), 3)) == {Box(*map(int, box)) for box in found}


def test_who_helps_makes_no_difference(photos: list[Photo]) -> None:
    """Faces and eyes are the same with a crew of three threads as alone."""
    alone = CascadeSearch(Crew([cascades()]))
    with search_threads(3) as threads:
        helped = CascadeSearch(Crew([cascades() for _ in range(3)], threads))
        for picture in map(pixels, photos):
            faces = alone.faces(picture)
            assert helped.faces(picture) == faces
            assert [helped.eyes(picture, face) for face in faces] == [
                alone.eyes(picture, face) for face in faces
            ]
