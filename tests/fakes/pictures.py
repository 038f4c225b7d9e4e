"""Pictures made by hand: honest ones, lying ones and bombs, without a codec."""

import struct
import zlib


def png(width: int, height: int, *, rows: int | None = None) -> bytes:
    """A black grey-scale PNG that says it is `width` x `height` and holds `rows` rows (default: all)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(width + 1)
    pixels = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def jpeg(width: int, height: int, *, scans: int = 1, scan_bytes: int = 2000) -> bytes:
    """The markers of a JPEG with room for `scans` scans; its pixels are no pixels."""
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x55" * scan_bytes
    return b"\xff\xd8" + frame + scan * scans + b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    """One JPEG segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """A RIFF file of type WEBP with these chunks."""
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def exif(orientation: int) -> bytes:
    """A TIFF header with nothing but an orientation (1 to 8)."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)


def turned(jpeg_bytes: bytes, orientation: int) -> bytes:
    """The same JPEG with an EXIF orientation."""
    return jpeg_bytes[:2] + segment(0xE1, b"Exif\0\0" + exif(orientation)) + jpeg_bytes[2:]
