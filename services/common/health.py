"""The health of a server of ours, asked as any client may, and its time with it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

# With its answer a server of ours tells its time, as ISO 8601.
TIME_KEY = "x-server-time"


class NoAnswer(Exception):
    """Nobody answered, or nobody who knows the service. The message is gRPC's, cut short."""

    def __init__(self, code: str, details: str) -> None:
        super().__init__(f"{code}: {details}" if details else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Health:
    """What a service said of itself, such as SERVING, and how far its clock is ahead of ours, if it told."""

    status: str
    ahead_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Tls:
    """How to speak with a server by TLS. `name` is looked for in its certificate in place of the address."""

    credentials: grpc.ChannelCredentials
    name: str = ""


def ask(address: str, service: str, timeout_seconds: float, tls: Tls | None = None) -> Health:
    """What `service` says of itself. Raises NoAnswer.

    `service` is a full name; "" asks only whether the process lives. No proxy is used.
    """
    options: list[tuple[str, Any]] = [("grpc.enable_http_proxy", 0)]
    if tls and tls.name:
        options.append(("grpc.ssl_target_name_override", tls.name))
    with _channel(address, options, tls) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its type stubs know no methods
        request = health_pb2.HealthCheckRequest(service=service)
        before = datetime.now(UTC)
        try:
            reply, call = stub.Check.with_call(request, timeout=timeout_seconds)
        except grpc.RpcError as error:
            # Of all that gRPC tells about its tries only the last one's reason says anything.
            why = str(error.details() or "").rpartition("last error: ")[2].removeprefix("UNKNOWN: ")
            raise NoAnswer(error.code().name, why) from None
        after = datetime.now(UTC)
    status = health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)
    return Health(status, _ahead(before + (after - before) / 2, call))


def _channel(address: str, options: list[tuple[str, Any]], tls: Tls | None) -> grpc.Channel:
    if tls is None:
        return grpc.insecure_channel(address, options)
    return grpc.secure_channel(address, tls.credentials, options)


def _ahead(now: datetime, call: Any) -> float | None:
    told = dict(call.trailing_metadata() or ()).get(TIME_KEY)
    try:
        return (datetime.fromisoformat(str(told)) - now).total_seconds() if told else None
    except (ValueError, TypeError):  # somebody else's: no time, or one without a zone
        return None
