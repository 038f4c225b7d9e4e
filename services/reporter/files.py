"""System calls on the fallback directory, one by one, so that a test can stand between them."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What the directory says about an entry. A symbolic link is not a plain file."""

    plain: bool
    size: int
    modified_ns: int


class Folder(Protocol):
    """One open directory; names are single components, symbolic links never followed. All raise OSError."""

    def create(self, name: str) -> int:
        """A handle to write a new file, for its owner only. FileExistsError if the name is taken."""

    def open(self, name: str) -> int:
        """A handle to read a file. Does not wait on a FIFO."""

    def read(self, handle: int, size: int) -> bytes:
        """At most `size` bytes; empty at the end."""

    def write(self, handle: int, data: memoryview) -> int:
        """How many bytes were taken: possibly fewer than given."""

    def info(self, handle: int) -> FileInfo:
        """About an open file."""

    def has(self, name: str) -> bool:
        """Whether there is an entry of this name, as far as can be seen. Cheaper than the error of `open`."""

    def info_of(self, name: str) -> FileInfo:
        """About an entry."""

    def sync(self, handle: int) -> None:
        """The file's content is on the disk afterwards."""

    def close(self, handle: int) -> None:
        """Ends the handle."""

    def link(self, name: str, target: "Folder", new_name: str) -> None:
        """A second name for a file, here or in `target`. FileExistsError if it is taken: never replaces."""

    def unlink(self, name: str) -> None:
        """Takes a name away."""

    def sync_folder(self) -> None:
        """The names are on the disk afterwards."""

    def sync_name(self) -> None:
        """The directory's own name is on the disk afterwards, and those of the directories above it."""

    def names(self) -> list[str]:
        """All entries, in no order."""

    def subfolder(self, name: str) -> AbstractContextManager["Folder"]:
        """The directory `name` in this one; made, for its owner only, if it is missing."""

    def try_lock(self) -> bool:
        """Whether the directory's lock is this handle's now; it is until the handle or the process ends."""

    def identity(self) -> tuple[int, int]:
        """Tells this directory from one that takes its place."""

    def state(self) -> tuple[int, ...]:
        """Another one whenever a name has come or gone, or another directory has taken this one's place.

        Two changes within one tick of the file system's clock may leave the same one.
        """


OpenFolder: TypeAlias = Callable[[Path], AbstractContextManager[Folder]]

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def open_folder(path: Path) -> Iterator[Folder]:
    """The directory at `path`; made, for its owner only, if it is missing. Raises OSError."""
    handle = _open_or_make(path)
    try:
        yield OsFolder(handle)
    finally:
        os.close(handle)


def _open_or_make(path: Path) -> int:
    try:
        return os.open(path, _DIRECTORY)
    except FileNotFoundError:
        _make(path, mode=0o700)
    return os.open(path, _DIRECTORY)


def _make(path: Path, mode: int = 0o777) -> None:
    """Makes the directory and those above it that are missing; each one's name is on the disk afterwards."""
    if not path.parent.exists():
        _make(path.parent)
    path.mkdir(mode, exist_ok=True)
    parent = os.open(path.parent, _DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


class OsFolder:
    """A folder of the operating system's."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def create(self, name: str) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, 0o600, dir_fd=self._handle)

    def open(self, name: str) -> int:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(name, flags, dir_fd=self._handle)

    def read(self, handle: int, size: int) -> bytes:
        return os.read(handle, size)

    def write(self, handle: int, data: memoryview) -> int:
        return os.write(handle, data)

    def info(self, handle: int) -> FileInfo:
        return _info(os.fstat(handle))

    def has(self, name: str) -> bool:
        return os.access(name, os.F_OK, dir_fd=self._handle, follow_symlinks=False)

    def info_of(self, name: str) -> FileInfo:
        return _info(os.stat(name, dir_fd=self._handle, follow_symlinks=False))

    def sync(self, handle: int) -> None:
        os.fsync(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def link(self, name: str, target: Folder, new_name: str) -> None:
        if not isinstance(target, OsFolder):
            raise TypeError("a link stays within one file layer")
        os.link(name, new_name, src_dir_fd=self._handle, dst_dir_fd=target._handle, follow_symlinks=False)

    def unlink(self, name: str) -> None:
        os.unlink(name, dir_fd=self._handle)

    def sync_folder(self) -> None:
        os.fsync(self._handle)

    def sync_name(self) -> None:
        _sync_above(self._handle)

    def names(self) -> list[str]:
        return os.listdir(self._handle)

    @contextmanager
    def subfolder(self, name: str) -> Iterator[Folder]:
        handle = self._open_or_make(name)
        try:
            yield OsFolder(handle)
        finally:
            os.close(handle)

    def _open_or_make(self, name: str) -> int:
        flags = _DIRECTORY | os.O_NOFOLLOW
        try:
            return os.open(name, flags, dir_fd=self._handle)
        except FileNotFoundError:
            os.mkdir(name, mode=0o700, dir_fd=self._handle)
        try:
            self.sync_folder()
        except OSError:
            # Asked again the system may say yes though the name is not on the disk: it is made anew.
            with suppress(OSError):  # somebody has put something into it already
                os.rmdir(name, dir_fd=self._handle)
            raise
        return os.open(name, flags, dir_fd=self._handle)

    def try_lock(self) -> bool:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def identity(self) -> tuple[int, int]:
        status = os.fstat(self._handle)
        return status.st_dev, status.st_ino

    def state(self) -> tuple[int, ...]:
        status = os.fstat(self._handle)
        return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _sync_above(handle: int) -> None:
    try:
        above = os.open("..", _DIRECTORY, dir_fd=handle)
    except PermissionError:
        return  # no directory of ours: whom it belongs to made it, and what is in it, before we came
    try:
        below, here = os.fstat(handle), os.fstat(above)
        if here.st_dev == below.st_dev and here.st_ino != below.st_ino:  # else the top of its file system
            os.fsync(above)
            _sync_above(above)
    finally:
        os.close(above)


def _info(status: os.stat_result) -> FileInfo:
    return FileInfo(stat.S_ISREG(status.st_mode), status.st_size, status.st_mtime_ns)
