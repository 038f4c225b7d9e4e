"""The files a model needs: where they lie, whether they are there, and whether they are what was fetched."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from services.emotion.reading import WeightsMissing


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file, and the addresses it can be had from, best first."""

    name: str
    urls: tuple[str, ...]

    def at(self, mirror: str | None) -> "WeightsFile":
        """The same file in a folder of another server, given its URL; without one, itself."""
        return replace(self, urls=(f"{mirror.rstrip('/')}/{self.name}",)) if mirror else self


def weights_folder(deepface_home: Path) -> Path:
    """Where deepface looks for its weights."""
    return deepface_home / ".deepface" / "weights"


def check_weights(
    deepface_home: Path, files: Sequence[WeightsFile], model: WeightsFile, sha256: str | None
) -> None:
    """Raises WeightsMissing unless all `files` are there and those with a known SHA-256 have it.

    `sha256`, where given, is that of `model`; else the one recorded beside a file counts, if there is one.
    """
    folder = weights_folder(deepface_home)
    missing = [file.name for file in files if not (folder / file.name).is_file()]
    if missing:
        raise WeightsMissing(
            f"{', '.join(missing)} not found under DEEPFACE_HOME ({deepface_home}); "
            "get the weights with: python -m services.emotion fetch-weights"
        )
    try:
        for file in files:
            _check_sum(folder / file.name, sha256 if file.name == model.name else None)
    except OSError as error:
        raise WeightsMissing(f"the weights under DEEPFACE_HOME cannot be read: {error}") from error


def _check_sum(path: Path, sha256: str | None) -> None:
    expected = sha256 or recorded_sha256(path)
    if expected is None:
        return
    actual = sha256_of(path)
    if actual != expected:
        source = "DEEPFACE_WEIGHTS_SHA256" if sha256 else f"{_record(path).name} beside it"
        raise WeightsMissing(
            f"{path.name} under DEEPFACE_HOME has SHA-256 {actual}, but {source} says {expected}; "
            "move it away and run: python -m services.emotion fetch-weights"
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def recorded_sha256(path: Path) -> str | None:
    """The SHA-256 that was recorded when the file was fetched; None for a file put there by hand."""
    record = _record(path)
    return record.read_text().partition(" ")[0] if record.is_file() else None


def record_sha256(path: Path, sha256: str) -> None:
    """Writes the SHA-256 beside the file, as `sha256sum --check` takes it. Raises OSError."""
    _record(path).write_text(f"{sha256}  {path.name}\n")


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
