"""Fixtures of the orchestrator's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.rpc.orchestra import Orchestra, Peers


@pytest.fixture
async def peers() -> AsyncIterator[Peers]:
    """Fake evaluator, emotion service and reporter behind real channels."""
    async with Peers() as running:
        yield running


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The file of the orchestrator's store."""
    return tmp_path / "orchestrator.db"


@pytest.fixture
async def orchestra(database: Path, peers: Peers) -> AsyncIterator[Orchestra]:
    """A running orchestrator between them."""
    async with Orchestra(database, peers, FakeClock()) as running:
        yield running
