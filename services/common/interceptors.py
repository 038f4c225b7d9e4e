"""What happens around every RPC of ours: request id, metrics, one log line, and errors as statuses.

Health and reflection pass through untouched: their calls are many and say nothing.
"""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import math
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, NoReturn, TypeAlias, cast

import grpc
import grpc.aio
from google.protobuf.message import DecodeError
from google.rpc import status_pb2
from grpc_status import rpc_status

from services.common import logs, metrics, statuses
from services.common.errors import DomainError, Overloaded, Unavailable
from services.common.turns import Turns

OUR_PACKAGE = "/interview.v1."
REQUEST_ID = "x-request-id"

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Handler: TypeAlias = "Callable[[Any, Context], Awaitable[Any]]"
StreamHandler: TypeAlias = "Callable[[Any, Context], AsyncGenerator[Any, None]]"

log = logs.get_logger()


class Stopping(Unavailable):
    """This replica is stopping; another one takes the call."""

    reason = "STOPPING"


class Calls:
    """The calls being served: no more than `most`, and a stopping server can end them with a reason."""

    def __init__(self, most: float) -> None:
        self.cut_off = False
        self._most = most
        self._tasks: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> None:
        """Counts the present task among them. Raises Overloaded."""
        if len(self._tasks) >= self._most:
            raise Overloaded(f"this replica serves {self._most} calls at once, and there are as many")
        self._tasks.add(_current_task())

    def __exit__(self, *_: object) -> None:
        """The present task is served."""
        self._tasks.discard(_current_task())

    def end(self) -> None:
        """Ends all of them with Stopping."""
        self.cut_off = True
        for task in self._tasks:
            task.cancel()


def _current_task() -> asyncio.Task[Any]:
    return cast("asyncio.Task[Any]", asyncio.current_task())


class ServerInterceptor(grpc.aio.ServerInterceptor):
    """Wraps each method of ours once, on its first call."""

    def __init__(self, most_calls: float = math.inf, turns: Turns | None = None) -> None:
        """`most_calls`: how many are served at once; the next is told to come back later.

        `turns`: how many receive their message at once, where not any number may.
        """
        self.calls = Calls(most_calls)
        self._turns = turns
        self._wrapped: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        method = str(handler_call_details.method)
        if self._turns is not None and method.startswith(OUR_PACKAGE):
            await self._turns.take()
        if method in self._wrapped:
            return self._wrapped[method]
        handler = await continuation(handler_call_details)
        if not method.startswith(OUR_PACKAGE) or handler is None:
            return handler
        self._wrapped[method] = _wrap(method, handler, self.calls, self._turns)
        return self._wrapped[method]


class _Malformed:
    """Stands for a request whose bytes are not its message."""


def _wrap(
    method: str, handler: grpc.RpcMethodHandler[Any, Any], calls: Calls, turns: Turns | None
) -> grpc.RpcMethodHandler[Any, Any]:
    serializers = {
        "request_deserializer": _tolerant(cast(Any, handler.request_deserializer)),
        "response_serializer": handler.response_serializer,
    }
    if handler.unary_unary is not None:
        counted = metrics.server_method(method)
        unary = _observed(counted, method, cast(Handler, handler.unary_unary), calls, turns)
        return grpc.unary_unary_rpc_method_handler(cast(Any, unary), **serializers)
    if handler.unary_stream is not None:
        counted = metrics.server_method(method, "server_stream")
        written = _written(cast(StreamHandler, handler.unary_stream))
        stream = _observed(counted, method, written, calls, turns)
        return grpc.unary_stream_rpc_method_handler(cast(Any, stream), **serializers)
    raise TypeError(f"{method} takes a stream: the interceptor has no rule for it yet")


def _written(handle: StreamHandler) -> Handler:
    """A stream as a coroutine that writes it: when the caller leaves, the generator is closed at once."""

    async def write(request: Any, context: Context) -> None:
        async with aclosing(handle(request, context)) as replies:
            async for reply in replies:
                await context.write(reply)

    return write


def _tolerant(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Bytes that are no protobuf would fail before any handler, with their text: pass a mark instead."""

    def parse(data: bytes) -> Any:
        try:
            return deserialize(data)
        except DecodeError:
            return _Malformed()

    return parse


def _observed(
    counted: metrics.MethodMetrics, method: str, handle: Handler, calls: Calls, turns: Turns | None
) -> Handler:
    name = method.rsplit("/", 1)[1]

    async def serve(request: Any, context: Context) -> Any:
        if turns is not None:
            turns.received()
        request_id = _request_id(context)
        logs.bind_request_id(request_id)
        context.set_trailing_metadata(((REQUEST_ID, request_id),))
        started = time.perf_counter()
        counted.started()
        code = "OK"
        try:
            return await _with_statuses(method, handle, request, context, calls)
        except asyncio.CancelledError:
            code = "CANCELLED"
            raise
        except grpc.aio.AbortError as error:
            code = _code_name(context)
            # gRPC keeps it with the call, in a circle: what it came through holds a request of up to 10 MiB.
            request = error.__context__ = None
            raise error.with_traceback(None)  # noqa: B904  the cause is what must not be kept
        except BaseException:
            code = _code_name(context)
            raise
        finally:
            seconds = time.perf_counter() - started
            counted.ended(code, seconds)
            log.info("rpc", method=name, code=code, ms=round(seconds * 1000, 2))

    return serve


async def _with_statuses(method: str, handle: Handler, request: Any, context: Context, calls: Calls) -> Any:
    try:
        if isinstance(request, _Malformed):
            await _abort(context, statuses.malformed())
        with calls:
            return await handle(request, context)
    except DomainError as error:
        await _abort(context, _told(method, error))
    except grpc.aio.AbortError:
        raise
    except asyncio.CancelledError:
        if not calls.cut_off:  # its caller left, or its deadline passed
            raise
        _current_task().uncancel()
        await _abort(context, statuses.status_of(Stopping("this replica is stopping; repeat the call")))
    except Exception as error:  # the last line of defence: logged here, without text to the caller
        log.error("unexpected exception", method=method, exc_info=error)
        await _abort(context, statuses.internal())


def _told(method: str, error: DomainError) -> status_pb2.Status:
    try:
        return statuses.status_of(error)
    except Exception as fault:  # it cannot be told, and gRPC would tell the caller of that
        log.error("unexpected exception", method=method, exc_info=fault)
        return statuses.internal()


async def _abort(context: Context, status: status_pb2.Status) -> NoReturn:
    told = rpc_status.to_status(status)
    trailing = (*(told.trailing_metadata or ()), (REQUEST_ID, logs.request_id()))
    await context.abort(told.code, told.details, trailing)


def _request_id(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == REQUEST_ID and isinstance(value, str) and 0 < len(value) <= 128:
            return value
    return secrets.token_hex(16)


def _code_name(context: Context) -> str:
    code = cast(Any, context.code())
    return code.name if isinstance(code, grpc.StatusCode) else grpc.StatusCode.UNKNOWN.name
