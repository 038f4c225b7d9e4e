"""Looks at everything the emotion service needs: its weights, above all. Changes nothing, fetches nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.common.checks import clock
from services.common.doctor import Finding
from services.emotion.reading import WeightsMissing
from services.emotion.settings import EmotionSettings
from services.emotion.weights import WeightsFile, check_weights, recorded_sha256, weights_folder

_FETCH = "get them: python -m services.emotion fetch-weights (in Docker: docker compose run --rm weights)"


@dataclass(frozen=True, slots=True)
class Needed:
    """The files that the model needs, and how to try one. `try_file` raises WeightsMissing."""

    files: Sequence[WeightsFile]
    model: WeightsFile
    try_file: Callable[[WeightsFile, Path], None]


def findings(settings: EmotionSettings, needed: Needed, now: datetime | None = None) -> Iterator[Finding]:
    """One finding after the other."""
    for file in needed.files:
        yield _weights(settings, needed, file)
    yield clock(now or datetime.now(UTC))


def _weights(settings: EmotionSettings, needed: Needed, file: WeightsFile) -> Finding:
    """There, readable, with the right sum, and of a kind that loads."""
    check = f"weights {file.name}"
    path = weights_folder(settings.deepface_home) / file.name
    try:
        check_weights(settings.deepface_home, [file], needed.model, settings.weights_sha256)
        needed.try_file(file, path)
    except WeightsMissing as error:
        told = error.message.partition("; ")[0]
        return Finding(check, ok=False, told=told, do=_FETCH if not path.exists() else _replace(path))
    return Finding(check, ok=True, told=f"in {path.parent}, {_sum(settings, needed, file, path)}, loads")


def _replace(path: Path) -> str:
    return f"see that it may be read; if so, move {path} away and {_FETCH}"


def _sum(settings: EmotionSettings, needed: Needed, file: WeightsFile, path: Path) -> str:
    if settings.weights_sha256 and file.name == needed.model.name:
        return "SHA-256 as in DEEPFACE_WEIGHTS_SHA256"
    return "SHA-256 as recorded" if recorded_sha256(path) else "no SHA-256 is known to compare with"
