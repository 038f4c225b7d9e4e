"""Fixtures of the orchestrator's fault tests."""

from collections.abc import AsyncIterator

import pytest

from tests.rpc.orchestra import Peers


@pytest.fixture
async def peers() -> AsyncIterator[Peers]:
    """Fake evaluator, emotion service and reporter behind real channels."""
    async with Peers() as running:
        yield running
