"""Photos of the candidate, read whole before the interview starts."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from speakalka.failures import BadInput

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

# The orchestrator's limit. Looked at here too, so that it does not stop an interview half way.
_LIMIT_KIB = 512


def read_photo(file: Path) -> bytes:
    """The picture's bytes. Raises BadInput."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(str(file), error.strerror or "cannot be read") from None
    if len(data) > _LIMIT_KIB * 1024:
        raise BadInput(str(file), f"has {len(data) // 1024:,} KiB; a photo may have {_LIMIT_KIB}")
    return data


def photos_in_turn(folder: Path) -> Iterator[bytes]:
    """The folder's photos by name, one after the other, without end. Raises BadInput."""
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    except OSError as error:
        raise BadInput(str(folder), error.strerror or "cannot be read") from None
    if not files:
        raise BadInput(str(folder), f"holds no photo ({', '.join(_SUFFIXES)})")
    return cycle([read_photo(file) for file in files])
