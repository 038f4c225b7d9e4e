"""The directory of a cluster: its settings, logs and data."""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "speakalka-kafka-"
_YOUNG_SECONDS = 60.0


class Workspace:
    """A directory of the caller's, which keeps settings and logs; or a temporary one, which goes whole."""

    def __init__(self, given: Path | None) -> None:
        self._own = given is None
        self._lock: int | None = None
        if given is None:
            _sweep()
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._lock = _lock(self.path)
        else:
            self.path = given.absolute()
            self.path.mkdir(parents=True, exist_ok=True)
        self.data = self.path / "data"

    def remove(self) -> None:
        """Removes the data, and the directory if it is a temporary one."""
        shutil.rmtree(self.path if self._own else self.data, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _sweep() -> None:
    """Removes what clusters left whose process was killed before it could."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if time.time() - left.stat().st_mtime > _YOUNG_SECONDS:
                os.close(_lock(left))
                shutil.rmtree(left, ignore_errors=True)
        except OSError:  # in use, or somebody else's
            continue


def _lock(directory: Path) -> int:
    """Locks a directory for as long as this process lives. Raises BlockingIOError if another one has it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
