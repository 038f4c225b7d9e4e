"""Pictures that were made to break who reads them, with what should be said of each."""

import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from services.emotion.reading import FrameOutcome
from tests.fakes import pictures

UNREADABLE = frozenset({FrameOutcome.UNREADABLE})
NO_FACE = frozenset({FrameOutcome.NO_FACE})
HUGE = frozenset({FrameOutcome.TOO_MANY_PIXELS})
READ = frozenset({FrameOutcome.ACCEPTED})
ANY = frozenset(FrameOutcome)
"""For damage that may leave a picture, of a face or not: an outcome, whichever, and nothing else."""
BROKEN = frozenset({FrameOutcome.UNREADABLE, FrameOutcome.TOO_MANY_PIXELS})


@dataclass(frozen=True)
class Hostile:
    """`expected`: the outcomes that are right."""

    name: str
    data: bytes
    expected: frozenset[FrameOutcome]


def hostile(photo: NDArray[Any], mutations: int) -> Iterator[Hostile]:
    """All kinds, with so many random changes of good files; `photo` shows one face (BGR). Always the same."""
    good = {kind: bytes(cv2.imencode(f".{kind}", photo)[1]) for kind in ("jpg", "png", "webp")}
    yield from _cut_off(good)
    yield from _of_other_sizes()
    yield from _of_odd_kinds(photo, good)
    yield from _bombs(good)
    yield from _of_wrong_types(photo, good)
    yield from _changed(good, mutations)


def _cut_off(good: dict[str, bytes]) -> Iterator[Hostile]:
    for kind, data in good.items():
        for part in range(25):
            end = len(data) * part // 25
            yield Hostile(f"{kind} of {end} bytes", data[:end], UNREADABLE)


def _of_other_sizes() -> Iterator[Hostile]:
    for side in (30_000, 65_535, 2**31 - 1):
        yield Hostile(f"png {side} px a side", pictures.png(side, side, rows=0), HUGE)
    yield Hostile("jpeg 30,000 px a side", pictures.jpeg(30_000, 30_000), HUGE)
    canvas = b"\0\0\0\0" + (29_999).to_bytes(3, "little") * 2
    yield Hostile("webp 30,000 px a side", pictures.webp((b"VP8X", canvas), (b"VP8 ", bytes(40))), HUGE)
    for width, height in ((1, 1), (1, 5000), (30_000, 1), (2, 3), (23, 23)):
        yield Hostile(f"png {width} x {height}", pictures.png(width, height), NO_FACE)
    for width, height in ((0, 0), (0, 10), (10, 0)):
        yield Hostile(f"png {width} x {height}", pictures.png(width, height, rows=1), UNREADABLE)


def _of_odd_kinds(photo: NDArray[Any], good: dict[str, bytes]) -> Iterator[Hostile]:
    yield Hostile("16 bit", bytes(cv2.imencode(".png", photo.astype(np.uint16) * 257)[1]), READ)
    yield Hostile(
        "one bit", bytes(cv2.imencode(".png", photo[:, :, 1], [cv2.IMWRITE_PNG_BILEVEL, 1])[1]), ANY - BROKEN
    )
    yield Hostile(
        "transparent", bytes(cv2.imencode(".png", cv2.cvtColor(photo, cv2.COLOR_BGR2BGRA))[1]), READ
    )
    progressive = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1]
    yield Hostile("progressive", bytes(progressive), READ)
    yield Hostile("palette", _palette(64), NO_FACE)
    yield Hostile("CMYK", _cmyk(64), NO_FACE)
    frames = cv2.Animation()
    frames.frames, frames.durations = [photo, *[np.zeros_like(photo)] * 20], [40] * 21
    for kind in ("png", "webp"):
        yield Hostile(f"animated {kind}", bytes(cv2.imencodeanimation(f".{kind}", frames)[1]), ANY - BROKEN)
    for orientation in (0, 1, 9, 65_535):
        yield Hostile(f"orientation {orientation}", pictures.turned(good["jpg"], orientation), READ)
    for name, body in _exif_loops().items():
        segment = pictures.segment(0xE1, b"Exif\0\0" + body)
        yield Hostile(f"EXIF {name}", good["jpg"][:2] + segment + good["jpg"][2:], READ)


def _exif_loops() -> dict[str, bytes]:
    """Directories that name themselves, each other, or places beyond the end."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    itself = b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)
    many = b"II*\0" + struct.pack("<IH", 8, 65_535) + entry * 40
    beyond = b"II*\0" + struct.pack("<I", 2**32 - 1)
    return {"names itself": itself, "of too many entries": many, "beyond its end": beyond, "empty": b""}


def _bombs(good: dict[str, bytes]) -> Iterator[Hostile]:
    packed = zlib.compress(bytes(100_000_000), 9)
    head, rest = good["png"][:33], good["png"][33:]
    for kind, body in (
        (b"zTXt", b"a\0\0" + packed),
        (b"iTXt", b"a\0\1\0\0\0" + packed),
        (b"iCCP", b"a\0\0" + packed),
    ):
        yield Hostile(f"100 MB in {kind.decode()}", head + pictures.chunk(kind, body) + rest, ANY - BROKEN)
    many = b"".join(pictures.chunk(b"tEXt", b"a\0b") for _ in range(10_000))
    yield Hostile("10,000 texts", head + many + rest, ANY)
    yield Hostile("pixels of another size", pictures.png(4000, 4000, rows=1), UNREADABLE)
    yield Hostile("many scans", pictures.jpeg(4000, 4000, scans=2000, scan_bytes=20), UNREADABLE)


def _of_wrong_types(photo: NDArray[Any], good: dict[str, bytes]) -> Iterator[Hostile]:
    for kind in ("bmp", "tiff", "jp2", "ppm", "gif"):
        yield Hostile(kind, bytes(cv2.imencode(f".{kind}", photo)[1]), UNREADABLE)
    script = b"<svg onload='x()'/><?xml version='1.0'?>"
    for name, data in {
        "svg": script,
        "zip": b"PK\3\4" + bytes(60),
        "pdf": b"%PDF-1.7\n",
        "empty": b"",
    }.items():
        yield Hostile(name, data, UNREADABLE)
        yield Hostile(f"{name}, then a picture", data + good["png"], UNREADABLE if data else READ)
        yield Hostile(f"a picture, then {name}", good["jpg"] + data, READ)
    yield Hostile("png that says jpeg", b"\xff\xd8\xff" + good["png"][3:], BROKEN)
    yield Hostile("jpeg that says png", b"\x89PNG\r\n\x1a\n" + good["jpg"][8:], UNREADABLE)
    yield Hostile("two pictures in one", good["jpg"] + good["jpg"], ANY)


def _changed(good: dict[str, bytes], mutations: int) -> Iterator[Hostile]:
    chance = random.Random(200)
    for number in range(mutations):
        kind = chance.choice(sorted(good))
        data = bytearray(good[kind])
        for _ in range(chance.randint(1, 12)):
            # Headers decide more than pixels: half of the changes go there.
            place = chance.randrange(200 if chance.random() < 0.5 else len(data))
            data[place] = chance.randrange(256)
        yield Hostile(f"{kind} with change {number}", bytes(data), ANY)


def _palette(side: int) -> bytes:
    """A PNG of one colour out of a palette of one."""
    header = struct.pack(">IIBBBBB", side, side, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", b"\x80\x80\x80"),
        (b"IDAT", zlib.compress(bytes(side * (side + 1)))),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(pictures.chunk(*c) for c in chunks) + pictures.chunk(b"IEND", b"")


def _cmyk(side: int) -> bytes:
    """A JPEG of four colours, all grey: each block is two bits, "no difference" and "no more"."""
    quantities = pictures.segment(0xDB, b"\0" + b"\1" * 64)
    codes = b"".join(pictures.segment(0xC4, bytes([kind, 1]) + bytes(15) + b"\0") for kind in (0x00, 0x10))
    parts = b"".join(bytes([part, 0x11, 0]) for part in range(1, 5))
    frame = pictures.segment(0xC0, struct.pack(">BHHB", 8, side, side, 4) + parts)
    in_scan = b"".join(bytes([part, 0]) for part in range(1, 5))
    scan = pictures.segment(0xDA, b"\4" + in_scan + b"\0\x3f\0") + bytes((side // 8) ** 2)
    return b"\xff\xd8" + quantities + codes + frame + scan + b"\xff\xd9"
