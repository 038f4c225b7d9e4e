"""One launcher per folder: they would share the store, the logs and the reports."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotAlone(Exception):
    """Another launcher is at work in this folder."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds the lock of `folder`, made if it is missing. Raises NotAlone, naming the other's process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "launcher.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise NotAlone(
                f"another make run or make serve is at work in this folder (process {lock.read().strip()}); "
                "stop it first, or hold an interview there: .venv/bin/speakalka interview FILE.yaml"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
