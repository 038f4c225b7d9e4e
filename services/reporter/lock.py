"""Which of the reporters that share a fallback directory redelivers: the holder of the directory's lock."""

import threading
from contextlib import ExitStack
from pathlib import Path

from services.reporter.files import Folder, OpenFolder, open_folder


class DirectoryLock:
    """The directory's lock. It falls free when its holder's process ends, however that happens."""

    def __init__(self, path: Path, open_root: OpenFolder = open_folder) -> None:
        self._path = path
        self._open_root = open_root
        self._stack = ExitStack()
        self._held: Folder | None = None
        self._one_thread = threading.Lock()

    def hold(self) -> bool:
        """Takes the lock if it is free; whether it is ours. Raises OSError."""
        with self._one_thread:
            if self._held is not None and self._is_current(self._held):
                return True
            self._let_go()
            folder = self._stack.enter_context(self._open_root(self._path))
            if not folder.try_lock():
                self._let_go()
                return False
            self._held = folder
            return True

    def release(self) -> None:
        """Gives the lock up."""
        with self._one_thread:
            self._let_go()

    def _let_go(self) -> None:
        self._held = None
        self._stack.close()

    def _is_current(self, held: Folder) -> bool:
        """Whether the directory is still the one that is locked: it may have been moved and made anew."""
        with self._open_root(self._path) as folder:
            return folder.identity() == held.identity()
