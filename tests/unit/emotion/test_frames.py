"""Frames are measured before anything is decoded."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.errors import InvalidField
from services.emotion.frames import MAX_FRAME_BYTES, checked_frames, checked_header
from services.emotion.headers import Format, Header
from services.emotion.reading import FrameOutcome, FrameRefused
from tests.fakes import pictures

LIMIT = 4096 * 4096
VP8X = bytes([8, 0, 0, 0])


def refused(frame: bytes) -> FrameOutcome:
    with pytest.raises(FrameRefused) as caught:
        checked_header(frame, LIMIT)
    return caught.value.outcome


def vp8(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(20)


def vp8l(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8L", b"\x2f" + (width - 1 | (height - 1) << 14).to_bytes(4, "little") + bytes(20)


def vp8x(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8X", VP8X + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


@pytest.mark.parametrize(
    ("frames", "field"),
    [
        ([], "frames"),
        ([b"x"] * 17, "frames"),
        ([b"x", b"x", b"x", bytes(MAX_FRAME_BYTES + 1)], "frames[3]"),
    ],
)
def test_limits_name_their_field(frames: list[bytes], field: str) -> None:
    """No frames, 17 frames and a frame of 512 KiB and a byte are the caller's fault."""
    with pytest.raises(InvalidField) as caught:
        checked_frames(frames)
    assert caught.value.field == field


def test_the_limits_themselves_pass() -> None:
    """16 frames of 512 KiB are taken."""
    assert len(checked_frames([bytes(MAX_FRAME_BYTES)] * 16)) == 16


@pytest.mark.parametrize(
    ("frame", "header"),
    [
        (pictures.png(30, 20), Header(Format.PNG, 30, 20, True)),
        (pictures.jpeg(640, 480), Header(Format.JPEG, 640, 480, True)),
        (pictures.jpeg(640, 480) + b"a thumbnail behind the end", Header(Format.JPEG, 640, 480, True)),
        (pictures.webp(vp8(640, 480)), Header(Format.WEBP, 640, 480, True)),
        (pictures.webp(vp8l(16383, 2)), Header(Format.WEBP, 16383, 2, True)),
        (pictures.webp(vp8x(300, 200), vp8(300, 200)), Header(Format.WEBP, 300, 200, True)),
    ],
)
def test_sizes_are_read_from_headers(frame: bytes, header: Header) -> None:
    """Format, width and height come out of the three formats without decoding."""
    assert checked_header(frame, LIMIT) == header


@pytest.mark.parametrize(
    "frame",
    [
        pictures.png(20_000, 20_000, rows=10),
        pictures.jpeg(20_000, 20_000),
        pictures.webp(vp8x(1 << 24, 1 << 24), vp8(10, 10)),
        pictures.webp(vp8x(10, 10), vp8l(16_384, 16_384)),
        pictures.png(4096, 4097, rows=1),
        pictures.png(20_000, 20_000, rows=10)[:40],
    ],
)
def test_bombs_are_too_many_pixels(frame: bytes) -> None:
    """The size that a header names counts, whatever follows it, and the larger one where two are named."""
    assert refused(frame) is FrameOutcome.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"GIF89a" + bytes(100),
        b"<svg/>",
        pictures.png(0, 10),
        pictures.jpeg(0, 10),
        pictures.webp(),
        pictures.webp(vp8x(300, 200)),
        pictures.webp((b"VP8 ", b"\x10\0\0\0\0\0" + struct.pack("<HH", 9, 9))),
        pictures.jpeg(640, 480, scans=0),
        pictures.jpeg(640, 480, scans=65, scan_bytes=20),
        pictures.jpeg(4000, 4000),
        pictures.jpeg(640, 480).replace(b"\xff\xc0", b"\xff\xc3"),
        b"\xff\xd8" + pictures.segment(0xDA, bytes(6)) + pictures.jpeg(64, 64)[2:],
        b"\xff\xd8" + pictures.jpeg(64, 64),
        b"\xff\xd8\xff\xd9",
        pictures.png(30, 20).replace(b"IDAT", b"iDAT"),
    ],
)
def test_what_is_no_picture_is_unreadable(frame: bytes) -> None:
    """Other formats, no size, no pixels, too many scans, more pixels than the bytes can hold."""
    assert refused(frame) is FrameOutcome.UNREADABLE


@given(
    st.sampled_from([pictures.png(60, 40), pictures.jpeg(64, 48), pictures.webp(vp8x(64, 48), vp8(64, 48))]),
    st.floats(0, 1, exclude_max=True),
)
def test_truncated_pictures_are_unreadable(frame: bytes, share: float) -> None:
    """A file that ends before its own end is refused, wherever it was cut."""
    assert refused(frame[: int(len(frame) * share)]) is FrameOutcome.UNREADABLE


@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"RIFF\0\0\0\0WEBPVP8X", b"RIFF"]
    ),
    st.binary(max_size=200),
)
def test_any_bytes_give_a_header_or_an_outcome(start: bytes, rest: bytes) -> None:
    """Nothing but FrameRefused comes out of reading a header."""
    try:
        header = checked_header(start + rest, LIMIT)
    except FrameRefused:
        return
    assert 0 < header.width * header.height <= LIMIT
    assert header.whole


def test_fill_bytes_before_markers_are_skipped() -> None:
    """Any number of 0xFF bytes may stand before a marker (T.81, B.1.1.2)."""
    plain = pictures.jpeg(640, 480)
    filled = plain.replace(b"\xff\xc0", b"\xff\xff\xff\xc0").replace(b"\xff\xd9", b"\xff\xff\xd9")
    assert filled != plain
    assert checked_header(filled + bytes(4000), LIMIT) == checked_header(plain + bytes(4000), LIMIT)
