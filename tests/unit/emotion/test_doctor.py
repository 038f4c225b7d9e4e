"""The emotion service's doctor, over the real model's file: there, missing, damaged, replaced, unreadable."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.common.doctor import Finding
from services.emotion import deepface_analyzer
from services.emotion.doctor import Needed, findings
from services.emotion.settings import EmotionSettings
from services.emotion.weights import record_sha256, sha256_of, weights_folder
from tests.needs import needs_env

ROOT = Path(__file__).parents[3]
MODEL = deepface_analyzer.MODEL.name


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A DEEPFACE_HOME with all files that are needed."""
    folder = weights_folder(tmp_path)
    folder.mkdir(parents=True)
    for file in deepface_analyzer.needed_files():
        shutil.copy(weights_folder(needs_env("DEEPFACE_HOME")) / file.name, folder)
    return tmp_path


def found(home: Path, sha256: str | None = None, now: datetime | None = None) -> dict[str, Finding]:
    settings = EmotionSettings(deepface_home=home, weights_sha256=sha256)
    needed = Needed(deepface_analyzer.needed_files(), deepface_analyzer.MODEL, deepface_analyzer.check_file)
    return {finding.check: finding for finding in findings(settings, needed, now)}


def model(home: Path, sha256: str | None = None) -> Finding:
    return found(home, sha256)[f"weights {MODEL}"]


def test_weights_that_load_are_well(home: Path) -> None:
    """Says where they are and what they were compared with, if with anything."""
    path = weights_folder(home) / MODEL
    assert all(finding.ok for finding in found(home).values())
    assert model(home).told.endswith("no SHA-256 is known to compare with, loads")
    record_sha256(path, sha256_of(path))
    assert model(home).told == f"in {path.parent}, SHA-256 as recorded, loads"
    assert "DEEPFACE_WEIGHTS_SHA256" in model(home, sha256_of(path)).told


def test_missing_weights_are_named_with_the_command_that_gets_them(tmp_path: Path) -> None:
    """An empty DEEPFACE_HOME: nothing is made there, and nothing fetched."""
    bad = model(tmp_path)
    assert bad.told == f"{MODEL} not found under DEEPFACE_HOME ({tmp_path})"
    assert "fetch-weights" in bad.do
    assert list(tmp_path.iterdir()) == []


def test_weights_with_another_sum_are_told(home: Path) -> None:
    """The sum they have, the one they should have, and who says so."""
    bad = model(home, "0" * 64)
    assert (bad.ok, "DEEPFACE_WEIGHTS_SHA256 says 0000" in bad.told) == (False, True)
    record_sha256(weights_folder(home) / MODEL, "1" * 64)
    assert f"{MODEL}.sha256 beside it says 1111" in model(home).told
    assert "move " in model(home).do


def test_weights_that_do_not_load_are_told(home: Path) -> None:
    """A file cut short, as a copy that ran out of room leaves it, of which no sum is known."""
    path = weights_folder(home) / MODEL
    path.write_bytes(path.read_bytes()[:100_000])
    bad = model(home)
    assert not bad.ok
    assert str(path) in f"{bad.told} {bad.do}"


def test_a_clock_from_before_the_installation_is_told(home: Path) -> None:
    """A machine that woke in 1970: there is nobody to compare with, but this cannot be."""
    clock = found(home, now=datetime(1970, 1, 1, tzinfo=UTC))["clock"]
    assert not clock.ok
    assert "the installation was at" in clock.told


def test_the_command(tmp_path: Path) -> None:
    """As a person types it, without weights: exit 1, JSON by the line, nothing on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "services.emotion", "doctor", "--json"],
        cwd=ROOT,
        env={**os.environ, "DEEPFACE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["check"], line["ok"]) for line in lines] == [(f"weights {MODEL}", False), ("clock", True)]
