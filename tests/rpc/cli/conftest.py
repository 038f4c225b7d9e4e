"""Fixtures of the tests of `speakalka`."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.orchestrator import FakeOrchestrator
from tests.rpc.cli.running import FILE, SCORES, Speakalka, serving, write


@pytest.fixture
def fake() -> FakeOrchestrator:
    """Scores answers by SCORES; what is not there gets none."""
    return FakeOrchestrator(SCORES.get)


@pytest.fixture
async def address(fake: FakeOrchestrator) -> AsyncIterator[str]:
    """Where the fake listens, in the clear."""
    async with serving(fake) as address:
        yield address


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The interview file, its photo beside it."""
    (tmp_path / "face.jpg").write_bytes(b"jpeg")
    write(tmp_path / "interview.yaml", FILE)
    return tmp_path / "interview.yaml"


@pytest.fixture
def speakalka(address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Speakalka:
    """The command, calling the fake, with nobody at its terminal."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    return Speakalka(address, capsys)
