"""Weights are used only when they are there and are what they should be."""

from pathlib import Path

import pytest

from services.emotion.reading import WeightsMissing
from services.emotion.weights import (
    WeightsFile,
    check_weights,
    record_sha256,
    recorded_sha256,
    sha256_of,
    weights_folder,
)

MODEL = WeightsFile("model.onnx", ())
CASCADE = WeightsFile("cascade.xml", ())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = weights_folder(tmp_path)
    folder.mkdir(parents=True)
    (folder / MODEL.name).write_bytes(b"weights")
    (folder / CASCADE.name).write_bytes(b"<xml/>")
    return tmp_path


def check(home: Path, sha256: str | None = None) -> None:
    check_weights(home, [MODEL, CASCADE], MODEL, sha256)


def test_files_put_there_by_hand_are_used(home: Path) -> None:
    """Without any known sum being there is enough."""
    check(home)


def test_missing_files_are_named(home: Path) -> None:
    """The message names the file, DEEPFACE_HOME and the command that gets the weights; no RetryInfo."""
    (weights_folder(home) / MODEL.name).unlink()
    with pytest.raises(WeightsMissing, match=r"model\.onnx .*DEEPFACE_HOME.*fetch-weights") as caught:
        check(home)
    assert str(home) in caught.value.message
    assert caught.value.retry_after_seconds is None


def test_a_given_sum_is_checked(home: Path) -> None:
    """DEEPFACE_WEIGHTS_SHA256 is that of the model, and counts more than the recorded one."""
    path = weights_folder(home) / MODEL.name
    record_sha256(path, "0" * 64)
    check(home, sha256_of(path))
    with pytest.raises(WeightsMissing, match="DEEPFACE_WEIGHTS_SHA256 says 1111"):
        check(home, "1" * 64)


@pytest.mark.parametrize("file", [MODEL, CASCADE])
def test_a_recorded_sum_is_checked(home: Path, file: WeightsFile) -> None:
    """A file that changed after it was fetched is not used."""
    path = weights_folder(home) / file.name
    record_sha256(path, sha256_of(path))
    assert recorded_sha256(path) == sha256_of(path)
    check(home)
    path.write_bytes(b"something else")
    with pytest.raises(WeightsMissing, match=rf"{file.name}\.sha256 beside it says"):
        check(home)


def test_a_folder_in_the_place_of_a_file_is_no_file(home: Path) -> None:
    """Only files count."""
    path = weights_folder(home) / MODEL.name
    path.unlink()
    path.mkdir()
    with pytest.raises(WeightsMissing):
        check(home)
