"""The real file system with its calls written down, and faults on demand."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.reporter.files import FileInfo, Folder, open_folder


class FileLayer:
    """Opens folders whose calls are listed in `calls`; `fails` decides which of them raise an OSError."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fails: Callable[[str], int | None] = lambda _: None
        self.bytes_per_write = 2**30

    @contextmanager
    def open(self, path: Path) -> Iterator[Folder]:
        with open_folder(path) as folder:
            yield ListedFolder(self, folder, "")

    def call(self, what: str) -> None:
        """Lists a call. Raises OSError if it is to fail."""
        self.calls.append(what)
        number = self.fails(what)
        if number:
            raise OSError(number, errno.errorcode[number])


class ListedFolder:
    """A folder of a FileLayer. Unfinished files are called `tmp` in the list."""

    def __init__(self, layer: FileLayer, folder: Folder, prefix: str) -> None:
        self._layer = layer
        self._folder = folder
        self._prefix = prefix

    def _call(self, what: str, name: str = "") -> None:
        shown = "tmp" if name.startswith(".tmp-") else name
        self._layer.call(f"{what} {self._prefix}{shown}".strip())

    def create(self, name: str) -> int:
        self._call("create", name)
        return self._folder.create(name)

    def open(self, name: str) -> int:
        return self._folder.open(name)

    def read(self, handle: int, size: int) -> bytes:
        return self._folder.read(handle, size)

    def write(self, handle: int, data: memoryview) -> int:
        self._call("write")
        return self._folder.write(handle, data[: self._layer.bytes_per_write])

    def info(self, handle: int) -> FileInfo:
        return self._folder.info(handle)

    def has(self, name: str) -> bool:
        return self._folder.has(name)

    def info_of(self, name: str) -> FileInfo:
        return self._folder.info_of(name)

    def sync(self, handle: int) -> None:
        self._call("sync")
        self._folder.sync(handle)

    def close(self, handle: int) -> None:
        self._folder.close(handle)

    def link(self, name: str, target: Folder, new_name: str) -> None:
        assert isinstance(target, ListedFolder)
        target._call("link", new_name)
        self._folder.link(name, target._folder, new_name)

    def unlink(self, name: str) -> None:
        self._call("unlink", name)
        self._folder.unlink(name)

    def sync_folder(self) -> None:
        self._call("sync folder")
        self._folder.sync_folder()

    def sync_name(self) -> None:
        self._folder.sync_name()

    def names(self) -> list[str]:
        return self._folder.names()

    @contextmanager
    def subfolder(self, name: str) -> Iterator[Folder]:
        with self._folder.subfolder(name) as folder:
            yield ListedFolder(self._layer, folder, f"{name}/")

    def try_lock(self) -> bool:
        return self._folder.try_lock()

    def identity(self) -> tuple[int, int]:
        return self._folder.identity()

    def state(self) -> tuple[int, ...]:
        return self._folder.state()
