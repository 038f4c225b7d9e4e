"""Gets deepface's official weights from where deepface itself gets them, with gdown, which it uses too.

A bounded try: each address has a timeout, all together have one. A file takes its place only when it is
whole and what it should be, and its SHA-256 is recorded beside it.
"""

import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import gdown
import requests

from services.emotion.reading import WeightsMissing
from services.emotion.weights import WeightsFile, record_sha256, sha256_of

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0

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
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        return [_fetch_one(folder, file, check, Path(scratch), cancel) for file in missing]


def _fetch_one(folder: Path, file: WeightsFile, check: Check, scratch: Path, cancel: threading.Event) -> Path:
    tries = []
    for url in file.urls:
        try:
            return _put_in_place(_download(url, file, scratch, check, cancel), folder / file.name)
        except (requests.RequestException, gdown.exceptions.DownloadError, WeightsMissing) as error:
            tries.append(f"{urlsplit(url).hostname}: {_briefly(error)}")
    raise FetchFailed(
        f"cannot download {file.name} ({'; '.join(tries)}); try again online, or put it into {folder} by hand"
    )


def _download(url: str, file: WeightsFile, scratch: Path, check: Check, cancel: threading.Event) -> Path:
    """gdown shows the progress. What came is checked: a proxy's login page comes with status 200 too."""
    path = scratch / file.name
    gdown.download(url, str(path), use_cookies=False, timeout=(CONNECT_SECONDS, READ_SECONDS), cancel=cancel)
    check(file, path)
    return path


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
