"""What a failed call to a peer tells."""

from collections.abc import Sequence

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status


def retry_after(error: grpc.aio.AioRpcError) -> float:
    """Seconds the peer asks to wait, else one."""
    info = error_details_pb2.RetryInfo()
    for detail in _details(error):
        if _unpack(detail, info):
            return float(info.retry_delay.ToNanoseconds() / 1e9)
    return 1.0


def has_left(error: grpc.aio.AioRpcError) -> bool:
    """Whether the replica broke off: it says that it stops, or nothing at all."""
    info = error_details_pb2.ErrorInfo()
    reasons = {info.reason for detail in _details(error) if _unpack(detail, info)}
    return error.code() is grpc.StatusCode.UNAVAILABLE and reasons <= {"STOPPING"}


def told(error: grpc.aio.AioRpcError) -> str:
    """Its status and text, for logs and for whoever asks why."""
    return f"{error.code().name}: {error.details()}"


def _details(error: grpc.aio.AioRpcError) -> Sequence[Message]:
    try:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]  # an AioRpcError has all that it reads
    except (ValueError, DecodeError):  # details of somebody in between, not of our peer
        return ()
    return status.details if status else ()


def _unpack(detail: Message, into: Message) -> bool:
    return bool(detail.Unpack(into))  # type: ignore[attr-defined]  # details are google.protobuf.Any
