"""Disks in trouble: real ones, mounted small where root may, and one whose syncs fail."""

import errno
import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.fakes.file_layer import FileLayer
from tests.needs import left_out

_DISK_BYTES = 1024 * 1024
_INODES = 64


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """A file system of its own, 1 MiB with 64 inodes, at `path`. Left out for who may not mount."""
    if os.geteuid() != 0:
        left_out("mounting a small disk needs root")
    path.mkdir()
    options = f"size={_DISK_BYTES},nr_inodes={_INODES},mode=0700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        left_out(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


@contextmanager
def _until_no_space() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


class Trouble(ABC):
    """Something that keeps a disk from taking files."""

    def __init__(self, disk: Path, layer: FileLayer) -> None:
        self.disk = disk
        self.layer = layer

    @abstractmethod
    def begin(self) -> None:
        """From now on no file can be written."""

    @abstractmethod
    def end(self) -> None:
        """Files can be written again."""


class Full(Trouble):
    """No byte is left."""

    def begin(self) -> None:
        with (self.disk / "ballast").open("wb", buffering=0) as ballast, _until_no_space():
            while True:
                ballast.write(bytes(4096))

    def end(self) -> None:
        (self.disk / "ballast").unlink()


class NoInodes(Trouble):
    """Bytes are left, but no more files can be made."""

    def begin(self) -> None:
        with _until_no_space():
            for number in count():
                (self.disk / f"ballast-{number}").touch()

    def end(self) -> None:
        for ballast in self.disk.glob("ballast-*"):
            ballast.unlink()


class ReadOnly(Trouble):
    """The disk was remounted read-only, as the kernel does after errors."""

    def begin(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", self.disk], check=True)

    def end(self) -> None:
        subprocess.run(["mount", "-o", "remount,rw", self.disk], check=True)


class FailingSyncs(Trouble):
    """What is written is taken, and then cannot be kept: EIO from every fsync."""

    def begin(self) -> None:
        self.layer.fails = lambda what: errno.EIO if what.startswith("sync") else None

    def end(self) -> None:
        self.layer.fails = lambda _: None


TROUBLES = [Full, NoInodes, ReadOnly, FailingSyncs]
