"""The real model and real photos, where the machine has them."""

import csv
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
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


@pytest.fixture(scope="session", autouse=True)
def hostile_reader(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str] | None]:
    """Reads hostile pictures in a process of its own, from the first test here on: it takes a minute.

    Only where the test that looks at it is among those that run.
    """
    module = "tests.unit.emotion.test_hostile_pictures"
    if not any(item.path.stem == module.rpartition(".")[2] for item in request.session.items):
        yield None
        return
    reader = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield reader
    reader.kill()
    reader.communicate()


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
