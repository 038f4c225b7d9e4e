"""A disk in memory that keeps, when the power goes, only what was synced: a file layer for the reporter.

Stricter than any real one: a file's sync does not keep its name, a folder's sync does not keep its files,
what is unsynced may be kept in part and out of order, and a sync that failed once claims success the next
time although nothing was written (as Linux does, https://lwn.net/Articles/752063/).
"""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Self

from services.reporter.files import FileInfo, Folder, OpenFolder

_ABOVE = 0  # the folder in which the directory has its name
_ROOT = 1
_NAME = "reports"
_MOST_SUBSETS_OF = 6


class PowerCut(BaseException):
    """The process ends here, as if by `kill -9`. Not an Exception: nobody may handle it."""


@dataclass
class Tree:
    """What a disk holds: contents and names, by the number of a file or folder."""

    files: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=lambda: {_ABOVE: {_NAME: _ROOT}, _ROOT: {}})


@dataclass(frozen=True)
class Written:
    """Bytes at a place of a file."""

    node: int
    at: int
    data: bytes

    def apply(self, tree: Tree) -> None:
        before = tree.files.get(self.node, b"").ljust(self.at, b"\0")
        tree.files[self.node] = before[: self.at] + self.data + before[self.at + len(self.data) :]


@dataclass(frozen=True)
class Named:
    """A name in a folder given to `target`, or taken away if that is None."""

    node: int
    name: str
    target: int | None

    def apply(self, tree: Tree) -> None:
        names = tree.folders.setdefault(self.node, {})
        if self.target is None:
            names.pop(self.name, None)
        else:
            names[self.name] = self.target


Change = Written | Named


class ForgetfulDisk:
    """Dies before call number `dies_at`; `fails` says which calls raise; `bytes_per_write` may be few."""

    def __init__(self) -> None:
        self.live = Tree()
        self.kept = Tree()
        self.pending: list[Change] = []
        self.is_folder: dict[int, bool] = {_ABOVE: True, _ROOT: True}
        self.calls: list[str] = []
        self.dies_at: int | None = None
        self.fails: Callable[[str], int | None] = lambda _: None
        self.bytes_per_write = 1000
        self._dead = False

    def open(self, path: Path) -> AbstractContextManager[Folder]:
        """The one directory there is."""
        return self.opener_of(ForgetfulFolder)(path)

    def opener_of(self, kind: "type[ForgetfulFolder]") -> OpenFolder:
        """Opens the directory as a folder of this kind."""

        @contextmanager
        def opened(path: Path) -> Iterator[Folder]:  # noqa: ARG001 - there is one directory
            yield kind(self, self._open_or_make(), _ABOVE)

        return opened

    def without_directory(self) -> Self:
        """The disk before anybody made the directory."""
        self.live, self.kept = Tree(folders={_ABOVE: {}}), Tree(folders={_ABOVE: {}})
        return self

    def _open_or_make(self) -> int:
        if _NAME not in self.live.folders[_ABOVE]:
            self.call("make directory")
            self.change(Named(_ABOVE, _NAME, self.new_node(is_folder=True)))
        return self.live.folders[_ABOVE][_NAME]

    def call(self, what: str) -> None:
        """A call's beginning. Raises PowerCut, OSError."""
        if self._dead or len(self.calls) == self.dies_at:
            self._dead = True
            raise PowerCut
        self.calls.append(what)
        number = self.fails(what)
        if number:
            raise OSError(number, errno.errorcode[number])

    def change(self, change: Change) -> None:
        """Done, but not kept yet."""
        change.apply(self.live)
        self.pending.append(change)

    def sync(self, node: int, what: str) -> None:
        """Keeps what is pending on `node`; if it fails that is forgotten, and the next sync will not tell."""
        mine = [change for change in self.pending if change.node == node]
        try:
            self.call(what)
        except OSError:
            mine.clear()
            raise
        finally:
            if not self._dead:
                self.pending = [change for change in self.pending if change.node != node]
        for change in mine:
            change.apply(self.kept)

    def new_node(self, *, is_folder: bool) -> int:
        """A number for a new file or folder."""
        self.is_folder[len(self.is_folder)] = is_folder
        return len(self.is_folder) - 1

    def contents(self, folder: str = "") -> dict[str, bytes]:
        """The files of the directory, or of a folder in it, as a living process sees them."""
        names = self._names_in(self.live.folders[_ABOVE], _NAME)
        if folder:
            names = self._names_in(names, folder)
        return {
            name: self.live.files.get(node, b"") for name, node in names.items() if not self.is_folder[node]
        }

    def _names_in(self, above: dict[str, int], name: str) -> dict[str, int]:
        return self.live.folders.get(above[name], {}) if name in above else {}

    def after_kill(self) -> "ForgetfulDisk":
        """The disk as the next process finds it: nothing is forgotten, and nothing more is kept."""
        after = ForgetfulDisk()
        after.live, after.kept = deepcopy(self.live), deepcopy(self.kept)
        after.pending, after.is_folder = list(self.pending), dict(self.is_folder)
        return after

    def after_power_cut(self) -> list["ForgetfulDisk"]:
        """Every disk that the next process may find: more or less of what was pending was kept."""
        found: list[ForgetfulDisk] = []
        for kept in _parts(self.pending):
            after = ForgetfulDisk()
            after.kept, after.is_folder = deepcopy(self.kept), dict(self.is_folder)
            for change in kept:
                change.apply(after.kept)
            after.live = deepcopy(after.kept)
            if all(after.kept != other.kept for other in found):
                found.append(after)
        return found


def _parts(changes: list[Change]) -> list[Sequence[Change]]:
    """None, all and each beginning of `changes`; where they are few, each subset."""
    if len(changes) > _MOST_SUBSETS_OF:
        return [changes[:end] for end in range(len(changes) + 1)]
    return [part for size in range(len(changes) + 1) for part in combinations(changes, size)]


class ForgetfulFolder:
    """A folder of a ForgetfulDisk. A handle is a file's number."""

    def __init__(self, disk: ForgetfulDisk, node: int, above: int) -> None:
        self._disk = disk
        self._node = node
        self._above = above

    def _names(self) -> dict[str, int]:
        return self._disk.live.folders.get(self._node, {})

    def _at(self, name: str) -> int:
        if name not in self._names():
            raise FileNotFoundError(errno.ENOENT, "no such name", name)
        return self._names()[name]

    def _must_be_free(self, name: str) -> None:
        if name in self._names():
            raise FileExistsError(errno.EEXIST, "the name is taken", name)

    def create(self, name: str) -> int:
        self._disk.call("create")
        self._must_be_free(name)
        node = self._disk.new_node(is_folder=False)
        self._disk.change(Named(self._node, name, node))
        return node

    def open(self, name: str) -> int:
        self._disk.call("open")
        self._position = 0
        return self._at(name)

    def read(self, handle: int, size: int) -> bytes:
        self._disk.call("read")
        part = self._disk.live.files.get(handle, b"")[self._position : self._position + size]
        self._position += len(part)
        return part

    def write(self, handle: int, data: memoryview) -> int:
        self._disk.call("write")
        taken = bytes(data[: self._disk.bytes_per_write])
        self._disk.change(Written(handle, len(self._disk.live.files.get(handle, b"")), taken))
        return len(taken)

    def info(self, handle: int) -> FileInfo:
        size = len(self._disk.live.files.get(handle, b""))
        return FileInfo(not self._disk.is_folder[handle], size, handle)

    def has(self, name: str) -> bool:
        self._disk.call("has")
        return name in self._names()

    def info_of(self, name: str) -> FileInfo:
        self._disk.call("info")
        return self.info(self._at(name))

    def sync(self, handle: int) -> None:
        self._disk.sync(handle, "sync")

    def close(self, handle: int) -> None:  # noqa: ARG002 - nothing is held
        self._disk.call("close")

    def link(self, name: str, target: Folder, new_name: str) -> None:
        assert isinstance(target, ForgetfulFolder)
        self._disk.call("link")
        target._must_be_free(new_name)
        self._disk.change(Named(target._node, new_name, self._at(name)))

    def replace(self, name: str, target: Folder, new_name: str) -> None:
        """`link`, but whatever has the name loses it. No port has this: a mutant does."""
        assert isinstance(target, ForgetfulFolder)
        self._disk.change(Named(target._node, new_name, self._at(name)))

    def unlink(self, name: str) -> None:
        self._disk.call("unlink")
        self._at(name)
        self._disk.change(Named(self._node, name, None))

    def sync_folder(self) -> None:
        self._disk.sync(self._node, "sync folder")

    def sync_name(self) -> None:
        self._disk.sync(self._above, "sync name")

    def names(self) -> list[str]:
        self._disk.call("names")
        return list(self._names())

    @contextmanager
    def subfolder(self, name: str) -> Iterator[Folder]:
        self._disk.call("open folder")
        if name not in self._names():
            self._disk.call("make folder")
            self._disk.change(Named(self._node, name, self._disk.new_node(is_folder=True)))
            try:
                self.sync_folder()
            except OSError:
                self._disk.change(Named(self._node, name, None))
                raise
        yield type(self)(self._disk, self._at(name), self._node)

    def try_lock(self) -> bool:
        self._disk.call("lock")
        return True

    def identity(self) -> tuple[int, int]:
        return 0, self._node

    def state(self) -> tuple[int, ...]:
        return 0, self._node, hash(frozenset(self.names()))
