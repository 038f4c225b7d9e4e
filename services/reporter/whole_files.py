"""Whole files of a folder: read; written and synced. Calls block; all raise OSError if the disk fails."""

import errno
from collections.abc import Iterable
from typing import TypeAlias

from services.reporter.files import Folder
from services.reporter.names import new_tmp_name
from services.reporter.record import LARGEST_BYTES

# Names whose sync failed. Asked again the system may say yes although nothing was written: they are not
# trusted any more, and what they hold is written again under another name.
Doubts: TypeAlias = set[str]


class NotPlain(OSError):
    """The entry is no plain file: a folder, a FIFO, a symbolic link."""


def read_file(folder: Folder, name: str) -> bytes:
    """The file's content, or as much as shows that it is too large. Raises NotPlain, OSError."""
    try:
        handle = folder.open(name)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise NotPlain(error.errno, "not a plain file", name) from error
        raise
    try:
        return _read(folder, handle, name)
    finally:
        folder.close(handle)


def _read(folder: Folder, handle: int, name: str) -> bytes:
    if not folder.info(handle).plain:
        raise NotPlain(errno.EINVAL, "not a plain file", name)
    parts = bytearray()
    while len(parts) <= LARGEST_BYTES:
        part = folder.read(handle, LARGEST_BYTES + 1)
        if not part:
            break
        parts += part
    return bytes(parts)


def write_file(folder: Folder, value: bytes) -> str:
    """A synced file of its own, not yet named as anything. Its name."""
    return _written(folder, [value])


def copy_file(folder: Folder, name: str, target: Folder) -> str:
    """A synced copy of a file in `target`, not yet named as anything. Its name."""
    source = folder.open(name)
    try:
        return _written(target, iter(lambda: folder.read(source, LARGEST_BYTES), b""))
    finally:
        folder.close(source)


def _written(folder: Folder, parts: Iterable[bytes]) -> str:
    name = new_tmp_name()
    handle = folder.create(name)
    try:
        for part in parts:
            _write_all(folder, handle, part)
        folder.sync(handle)
    except OSError:
        folder.unlink(name)
        raise
    finally:
        folder.close(handle)
    return name


def _write_all(folder: Folder, handle: int, value: bytes) -> None:
    rest = memoryview(value)
    while rest:
        written = folder.write(handle, rest)
        if written == 0:
            raise OSError(errno.ENOSPC, "the disk takes no more")
        rest = rest[written:]


def sync_file(folder: Folder, name: str) -> None:
    """Makes sure that a file's content is on the disk. Raises OSError, and then must not be asked again."""
    handle = folder.open(name)
    try:
        folder.sync(handle)
    finally:
        folder.close(handle)
