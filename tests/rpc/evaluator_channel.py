"""A real channel to the real evaluator servicer on the real server, around any judge."""

from __future__ import annotations  # the stub's async type is known to type checkers only

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from interview.v1.evaluator_service_pb2_grpc import (
    EvaluatorServiceStub,
    add_EvaluatorServiceServicer_to_server,
)

from services.common.server import MIB, Server
from services.evaluator.judge import Judge
from services.evaluator.service import EvaluatorServicer
from services.evaluator.settings import EvaluatorSettings

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub


@asynccontextmanager
async def evaluator(
    judge: Judge, *, default_deadline_seconds: float = 60
) -> AsyncIterator[EvaluatorServiceAsyncStub]:
    """A stub of an evaluator with this judge."""
    async with evaluator_channel(judge, default_deadline_seconds) as channel:
        yield EvaluatorServiceStub(channel)


@asynccontextmanager
async def evaluator_channel(
    judge: Judge, default_deadline_seconds: float = 60
) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to an evaluator with this judge."""
    settings = EvaluatorSettings(port=0, metrics_port=0, drain_seconds=0.1, judge="rubric")
    server = Server("interview.v1.EvaluatorService", settings, receive_limit_bytes=MIB)
    servicer = EvaluatorServicer(judge, default_deadline_seconds)
    add_EvaluatorServiceServicer_to_server(servicer, server.grpc)
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        await server.set_ready(True)
        yield channel


class Told:
    """What a failed call told its caller."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        self.code = error.code()
        self.text = str(error.details())
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # its stub knows the sync call only
        self.details = list(status.details) if status else []
        self.reason = self._unpacked(error_details_pb2.ErrorInfo()).reason
        self.retry_seconds = (
            self._unpacked(error_details_pb2.RetryInfo()).retry_delay.ToTimedelta().total_seconds()
        )
        violations = self._unpacked(error_details_pb2.BadRequest()).field_violations
        self.field = violations[0].field if violations else ""

    def _unpacked(self, message: Any) -> Any:
        for detail in self.details:
            if detail.Unpack(message):
                break
        return message
