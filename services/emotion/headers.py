"""Reads the size out of JPEG, PNG and WebP files, and whether they are whole, without decoding them.

None stands for a file whose size cannot be told. Sources: ITU-T T.81 annex B, the PNG specification (third
edition) chapter 5, RFC 9649 for WebP and RFC 6386 section 9.1 for its lossy frames.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

# Cameras and encoders write about ten scans; each costs a pass over all pixels and may be a few bytes long.
_MOST_JPEG_SCANS = 64
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_SOF, _SOF_OTHER = b"\xc0\xc1\xc2", b"\xc3\xc5\xc6\xc7\xc9\xca\xcb\xcd\xce\xcf"
_SOI, _EOI, _SOS, _TEM = b"\xd8", b"\xd9", b"\xda", b"\x01"


class Format(Enum):
    """The formats that are read."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says about itself: width and height in pixels, and whether it reaches its own end."""

    format: Format
    width: int
    height: int
    whole: bool


def png_header(data: bytes) -> Header | None:
    """Width and height from IHDR; whole when chunks follow each other up to IEND and hold image data."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        return None
    width, height = struct.unpack(">II", data[16:24])
    kinds = {kind for kind, _ in _chunks(data, 8, ">I4s", padding=4, end=b"IEND")}
    return _header(Format.PNG, width, height, {b"IDAT", b"IEND"} <= kinds)


def webp_header(data: bytes) -> Header | None:
    """The largest size that the file names: its canvas, or its frame; whole when the RIFF is all there."""
    width = height = 0
    pictures = False
    for kind, body in _chunks(data, 12, "<4sI", padding=0):
        size = _webp_size(kind, body)
        width, height = max(width, size[0]), max(height, size[1])
        pictures = pictures or kind in (b"VP8 ", b"VP8L", b"ANMF")
    (riff_bytes,) = struct.unpack("<I", data[4:8])
    return _header(Format.WEBP, width, height, pictures and riff_bytes + 8 <= len(data))


def jpeg_header(data: bytes) -> Header | None:
    """Width and height from the frame header; whole when segments and scans reach the end-of-image marker."""
    size: tuple[int, int] | None = None
    scans = 0
    for marker, body in _segments(data):
        if marker == _EOI:
            return _header(Format.JPEG, *size, scans > 0 and _enough_bits(data, *size)) if size else None
        if marker in _SOF:
            if size is not None or len(body) < 6:
                return None
            height, width = struct.unpack(">HH", body[1:5])
            size = (width, height)
        scans += marker == _SOS
        if marker in _SOF_OTHER or marker == _SOI or scans > _MOST_JPEG_SCANS or (scans and size is None):
            return None
    return _header(Format.JPEG, *size, False) if size else None


def _header(file_format: Format, width: int, height: int, whole: bool) -> Header | None:
    return Header(file_format, width, height, whole) if width > 0 and height > 0 else None


def _chunks(
    data: bytes, at: int, layout: str, *, padding: int, end: bytes | None = None
) -> Iterator[tuple[bytes, bytes]]:
    """Kind and first bytes of each chunk that is wholly there, up to and with the one called `end`."""
    while at + 8 <= len(data):
        first, second = struct.unpack_from(layout, data, at)
        kind, length = (second, first) if layout.startswith(">") else (first, second)
        body, at = at + 8, at + 8 + length + padding
        if layout.startswith("<"):
            at += length % 2
        if body + length + padding > len(data):
            return
        yield kind, data[body : body + min(length, 10)]
        if kind == end:
            return


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Width and height that one chunk names; zeros when it names none."""
    if len(body) >= 10 and kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if len(body) >= 10 and kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if len(body) >= 5 and kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return 0, 0


def _segments(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Marker and first bytes of each JPEG segment after the start of image, up to the end-of-image marker."""
    at = 2
    while found := _JPEG_MARKER.search(data, at):
        marker, at = found[1], found.end()
        if marker in (_EOI, _SOI, _TEM):
            yield marker, b""
            if marker == _EOI:
                return
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > len(data):
            return
        yield marker, data[at + 2 : at + min(length, 8)]
        at += length


def _enough_bits(data: bytes, width: int, height: int) -> bool:
    """Each block of 8 x 8 pixels takes at least one bit: a file with fewer lies about its size."""
    return len(data) * 8 >= (width + 7) // 8 * ((height + 7) // 8)
