"""How calls end, and what they let go of then."""

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import grpc
import grpc.aio
import pytest

from services.common.errors import Overloaded
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


class Keeper(SlowReader):
    """The context of a call that is aborted: as gRPC's, it keeps what it raises."""

    async def abort(self, *_: object) -> None:
        self.kept = grpc.aio.AbortError()
        raise self.kept

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.RESOURCE_EXHAUSTED


class Request:
    """Many MiB of it."""


async def test_a_refused_call_has_let_go_of_its_request_when_it_ends() -> None:
    """It does not wait for the collector of garbage, which knows nothing of its size."""
    seen: list[weakref.ref[Request]] = []

    async def refuse(request: Request, _: object) -> None:
        seen.append(weakref.ref(request))
        raise Overloaded("full")

    async def handler(_: object) -> Any:
        return grpc.unary_unary_rpc_method_handler(refuse)

    details: Any = SimpleNamespace(method="/interview.v1.EmotionService/AnalyzeFrames")
    wrapped: Any = await ServerInterceptor().intercept_service(handler, details)
    context = Keeper()
    gc.disable()
    try:
        with pytest.raises(grpc.aio.AbortError):
            await wrapped.unary_unary(Request(), context)
        assert isinstance(context.kept, grpc.aio.AbortError)
        assert seen[0]() is None
    finally:
        gc.enable()
