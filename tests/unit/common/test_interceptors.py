"""Streams of replies and how they end."""

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from services.common.interceptors import ServerInterceptor


class SlowReader:
    """The context of a call whose caller takes nothing: whoever writes to it waits."""

    def __init__(self) -> None:
        self.written_to = asyncio.Event()

    def invocation_metadata(self) -> tuple[()]:
        return ()

    def set_trailing_metadata(self, _: object) -> None:
        """Nobody reads it."""

    async def write(self, _: object) -> None:
        self.written_to.set()
        await asyncio.Event().wait()


async def test_a_stream_whose_caller_leaves_has_let_go_of_everything_when_its_call_ends() -> None:
    """The generator is closed at once, not when it is found to be garbage; what it awaits is awaited."""
    let_go = False

    async def replies(_: object, __: object) -> AsyncGenerator[str, None]:
        nonlocal let_go
        try:
            while True:
                yield "a reply"
        finally:
            await asyncio.sleep(0)
            let_go = True

    async def handler(_: object) -> Any:
        return grpc.unary_stream_rpc_method_handler(replies)

    details: Any = SimpleNamespace(method="/interview.v1.OrchestratorService/AssessInterview")
    wrapped: Any = await ServerInterceptor().intercept_service(handler, details)
    context = SlowReader()
    call = asyncio.create_task(wrapped.unary_stream("a request", context))
    await context.written_to.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert let_go
