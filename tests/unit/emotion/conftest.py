"""The real model and real photos, where the machine has them."""

import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.emotion.analysis import PooledAnalyzer
from services.emotion.deepface_analyzer import load_analyzer
from services.emotion.opencv.pictures import Pixels
from services.emotion.settings import EmotionSettings
from tests.needs import needs_env


@dataclass(frozen=True)
class Photo:
    """A labelled photo; `label` is deepface's word, "multiple" or "none"."""

    name: str
    label: str
    data: bytes


@pytest.fixture(scope="session")
def settings() -> EmotionSettings:
    return EmotionSettings(deepface_home=needs_env("DEEPFACE_HOME"), workers=2)


@pytest.fixture
async def analyzer(settings: EmotionSettings) -> AsyncIterator[PooledAnalyzer[Pixels]]:
    analyzer = load_analyzer(settings)
    yield analyzer
    await analyzer.close()


@pytest.fixture(scope="session")
def photos() -> list[Photo]:
    folder: Path = needs_env("FACES_DIR")
    with (folder / "labels.csv").open(newline="") as labels:
        return [
            Photo(row["file"], row["expected"], (folder / row["file"]).read_bytes())
            for row in csv.DictReader(labels)
        ]
