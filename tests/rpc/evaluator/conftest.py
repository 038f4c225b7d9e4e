"""Both judges behind a real channel; the openai one in front of a real HTTP server."""

from __future__ import annotations  # the stub's async type is known to type checkers only

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from services.common.clock import SystemClock
from services.evaluator.rubric_judge import RubricJudge
from tests.fakes.llm_server import LlmServer
from tests.rpc.evaluator_channel import evaluator
from tests.rpc.openai_judge import openai_judge

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub


@pytest.fixture
async def llm() -> AsyncIterator[LlmServer]:
    async with LlmServer() as server:
        yield server


@pytest.fixture
async def stub(llm: LlmServer) -> AsyncIterator[EvaluatorServiceAsyncStub]:
    async with openai_judge(llm.url) as judge, evaluator(judge) as connected:
        yield connected


@pytest.fixture
async def rubric_stub() -> AsyncIterator[EvaluatorServiceAsyncStub]:
    async with evaluator(RubricJudge(SystemClock())) as connected:
        yield connected
