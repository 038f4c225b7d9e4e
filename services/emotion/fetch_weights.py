"""Gets deepface's official weights from where deepface itself gets them, with gdown, which it uses too.

A bounded try: each address has a timeout, all together have one. A file takes its place only when it is
whole and what it should be, and its SHA-256 is recorded beside it. What came of a file before a try ended is
kept in a folder of its own, and the next try goes on from there.
"""

import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import gdown
import requests

from services.emotion.reading import WeightsMissing
from services.emotion.weights import WeightsFile, record_sha256, sha256_of

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
_SCRATCH = ".fetch-weights"

Check = Callable[[WeightsFile, Path], None]
"""Raises WeightsMissing when a fetched file is not what it should be."""


class FetchFailed(Exception):
    """The weights could not be had. The message is one line for a person."""


def fetch(folder: Path, files: Sequence[WeightsFile], check: Check, timeout_seconds: float) -> list[Path]:
    """Downloads those of `files` that are not in `folder`, and returns their paths.

    Raises FetchFailed, at the latest `timeout_seconds` after the start: names that do not resolve cannot be
    interrupted, so the download runs in a thread that a failing process does not wait for.
    """
    cancel = threading.Event()
    fetched: list[Path] = []
    failures: list[Exception] = []

    def download() -> None:
        try:
            fetched.extend(_fetch_missing(folder, files, check, cancel))
        except Exception as error:  # noqa: BLE001  not swallowed: raised below, in the caller's thread
            failures.append(error)

    thread = threading.Thread(target=download, name="fetch-weights", daemon=True)
    thread.start()
    thread.join(timeout_seconds)
    if thread.is_alive():
        cancel.set()
        thread.join(1)
        raise FetchFailed(f"not done within {timeout_seconds:g} s; give it longer with --timeout-seconds")
    for failure in failures:
        raise FetchFailed(str(failure)) if isinstance(failure, OSError) else failure
    return fetched


def _fetch_missing(
    folder: Path, files: Sequence[WeightsFile], check: Check, cancel: threading.Event
) -> list[Path]:
    missing = [file for file in files if not (folder / file.name).is_file()]
    if not missing:
        return []
    scratch = folder / _SCRATCH
    scratch.mkdir(parents=True, exist_ok=True)
    with _alone(scratch):
        try:
            return [_fetch_one(folder, file, check, scratch, cancel) for file in missing]
        finally:
            _remove_empty(scratch)


@contextmanager
def _alone(scratch: Path) -> Iterator[None]:
    """Two that append to one file would spoil it. Raises FetchFailed when another one is at work."""
    held = os.open(scratch, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise FetchFailed(f"another fetch-weights is at work in {scratch.parent}") from None
    finally:
        os.close(held)


def _fetch_one(folder: Path, file: WeightsFile, check: Check, scratch: Path, cancel: threading.Event) -> Path:
    tries = []
    for number, url in enumerate(file.urls):
        own = scratch / f"{file.name}.{number}"
        try:
            return _put_in_place(_download(url, file, own, check, cancel), folder / file.name)
        except (requests.RequestException, gdown.exceptions.DownloadError, WeightsMissing) as error:
            tries.append(f"{urlsplit(url).hostname}: {_briefly(error)}")
    raise FetchFailed(
        f"cannot download {file.name} ({'; '.join(tries)}); try again online, or put it into {folder} by hand"
    )


def _download(url: str, file: WeightsFile, own: Path, check: Check, cancel: threading.Event) -> Path:
    """gdown shows the progress and goes on where an earlier try ended. `own` is this address's alone.

    What came is checked: a proxy's login page comes with status 200 too. It is dropped if it is wrong, or if
    this try got nothing more than there was.
    """
    own.mkdir(exist_ok=True)
    path, before = own / file.name, _bytes_in(own)
    try:
        gdown.download(
            url,
            str(path),
            use_cookies=False,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            cancel=cancel,
            resume=True,
        )
        check(file, path)
    except WeightsMissing:
        shutil.rmtree(own)
        raise
    except Exception:
        if _bytes_in(own) == before:
            shutil.rmtree(own)
        raise
    return path


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _remove_empty(scratch: Path) -> None:
    """What a later try goes on with stays."""
    for folder in (*scratch.iterdir(), scratch):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _put_in_place(path: Path, target: Path) -> Path:
    path.chmod(0o644)  # gdown makes it its owner's alone; an image may run as another user
    record_sha256(target, sha256_of(path))
    os.replace(path, target)
    return target


def _briefly(error: Exception) -> str:
    """One line without the stack of causes that requests puts into its messages."""
    if isinstance(error, requests.ConnectionError):
        return "cannot be reached"
    return " ".join(str(error).split())[:200]
