"""What frames must be before anything is decoded: few, small, whole pictures of not too many pixels."""

from collections.abc import Sequence

from services.common.errors import InvalidField
from services.emotion.headers import Header, jpeg_header, png_header, webp_header
from services.emotion.reading import FrameOutcome, FrameRefused

MAX_FRAMES = 16
MAX_FRAME_BYTES = 512 * 1024


def checked_frames(frames: Sequence[bytes]) -> list[bytes]:
    """The frames of one call, if there are 1 to 16 of at most 512 KiB each. Raises InvalidField."""
    if not 1 <= len(frames) <= MAX_FRAMES:
        raise InvalidField("frames", f"must be 1 to {MAX_FRAMES} frames, are {len(frames)}")
    for index, frame in enumerate(frames):
        if len(frame) > MAX_FRAME_BYTES:
            raise InvalidField(
                f"frames[{index}]", f"must have at most {MAX_FRAME_BYTES:,} bytes, has {len(frame):,}"
            )
    return list(frames)


def checked_header(frame: bytes, max_pixels: int) -> Header:
    """Format and size of a picture as its header tells them, before anything is decoded.

    Raises FrameRefused: UNREADABLE for what is no JPEG, PNG or WebP, or ends too early;
    TOO_MANY_PIXELS over `max_pixels`, whatever follows the header.
    """
    header = _header(frame)
    if header is None:
        raise FrameRefused(FrameOutcome.UNREADABLE)
    if header.width * header.height > max_pixels:
        raise FrameRefused(FrameOutcome.TOO_MANY_PIXELS)
    if not header.whole:
        raise FrameRefused(FrameOutcome.UNREADABLE)
    return header


def _header(frame: bytes) -> Header | None:
    if frame.startswith(b"\xff\xd8\xff"):
        return jpeg_header(frame)
    if frame.startswith(b"\x89PNG\r\n\x1a\n"):
        return png_header(frame)
    if frame.startswith(b"RIFF") and frame[8:12] == b"WEBP":
        return webp_header(frame)
    return None
