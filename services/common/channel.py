"""Channels to peers: round robin over healthy replicas; metrics and request id with every call."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import grpc
import grpc.aio

from services.common import logs, metrics
from services.common.clock import Clock, SystemClock
from services.common.interceptors import REQUEST_ID
from services.common.peer_log import PeerLog

# A channel that connects anew is ready again long before.
AWAY_SECONDS = 10
_LOOK_EVERY_SECONDS = 1.0
# Who waits no longer learns nothing about the peer from a deadline that passed.
_LEAST_PATIENCE_SECONDS = 1.0
# The peer is there, and what is wrong is the call.
_ANSWERS = frozenset(
    getattr(grpc.StatusCode, name)
    for name in (
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "FAILED_PRECONDITION",
        "OUT_OF_RANGE",
        "ABORTED",
    )
)

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass(frozen=True)
class ClientTls:
    """How a peer is checked, and how we show ourselves to it."""

    ca_file: Path
    certificate_file: Path | None = None
    key_file: Path | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """The files' content as gRPC takes it. Raises OSError."""
        return grpc.ssl_channel_credentials(
            root_certificates=self.ca_file.read_bytes(),
            private_key=self.key_file.read_bytes() if self.key_file else None,
            certificate_chain=self.certificate_file.read_bytes() if self.certificate_file else None,
        )


def open_channel(
    address: str, service: str, *, reads: Iterable[str] = (), tls: ClientTls | None = None
) -> grpc.aio.Channel:
    """A channel to `service` (full name) at `host:port`, or `ipv4:host:port,host:port` for some replicas.

    Only the methods named in `reads` are repeated by gRPC itself, and only on UNAVAILABLE: what costs
    a judgement or publishes is repeated by those who own it. Deadlines are given with each call.
    """
    named = "://" in address or address.startswith(("unix:", "dns:", "ipv4:", "ipv6:"))
    target = address if named else f"dns:///{address}"
    options = [
        ("grpc.service_config", json.dumps(_service_config(service, tuple(reads)))),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 500),
        ("grpc.dns_min_time_between_resolutions_ms", 2_000),  # a container comes back at another address
        ("grpc.max_receive_message_length", 10 * 1024 * 1024),
        ("grpc.keepalive_time_ms", 10_000),  # a frozen peer is given up after 15 s, a lease's length
        ("grpc.keepalive_timeout_ms", 5_000),
        # Any other ping has a minute and stands in their way; without data there are only two of them.
        ("grpc.http2.ping_timeout_ms", 5_000),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    if tls is None:
        return grpc.aio.insecure_channel(target, options=options)
    return grpc.aio.secure_channel(target, tls.credentials(), options=options)


class PeerMethod(Generic[Request, Response]):
    """One method of a peer: a deadline with every call, the request id passed on, metrics counted."""

    def __init__(
        self,
        method: str,
        call: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        peer: PeerLog | None = None,
    ) -> None:
        """`method` is "/package.Service/Method"; `call` the stub's callable for it; `peer` hears of each."""
        self._call = call
        self._peer = peer or PeerLog(method.split("/")[1], SystemClock())
        self._counted = metrics.client_method(method)

    async def __call__(self, request: Request, *, timeout_seconds: float) -> Response:
        """The reply. Raises grpc.aio.AioRpcError."""
        started = time.perf_counter()
        self._counted.started()
        code = grpc.StatusCode.CANCELLED
        try:
            reply = await self._call(request, timeout=timeout_seconds, metadata=_metadata())
            code = grpc.StatusCode.OK
            self._peer.answered()
            return reply
        except grpc.aio.AioRpcError as error:
            code = error.code()
            self._tell(error, timeout_seconds)
            raise
        finally:
            self._counted.ended(code.name, time.perf_counter() - started)

    def _tell(self, error: grpc.aio.AioRpcError, timeout_seconds: float) -> None:
        code = error.code()
        hasty = code is grpc.StatusCode.DEADLINE_EXCEEDED and timeout_seconds < _LEAST_PATIENCE_SECONDS
        if code in _ANSWERS:
            self._peer.answered()
        elif code is not grpc.StatusCode.CANCELLED and not hasty:
            self._peer.failed(f"{error.code().name}: {error.details()}")


async def watch(channel: grpc.aio.Channel, peer: PeerLog, clock: Clock) -> None:
    """Tells of a peer that nobody calls, too, until cancelled. Ready means: a replica says that it serves."""
    away_for = 0
    while True:
        if channel.get_state(try_to_connect=True) is grpc.ChannelConnectivity.READY:
            if away_for >= AWAY_SECONDS:
                peer.answered()
            away_for = 0
        else:
            away_for += 1
            if away_for == AWAY_SECONDS:
                peer.failed("no replica is there and ready; its own doctor may know why")
        await clock.sleep(_LOOK_EVERY_SECONDS)


def _metadata() -> tuple[tuple[str, str], ...]:
    request_id = logs.request_id()
    return ((REQUEST_ID, request_id),) if request_id else ()


def _service_config(service: str, reads: tuple[str, ...]) -> dict[str, Any]:
    config: dict[str, Any] = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": service},
    }
    if reads:
        config["methodConfig"] = [
            {
                "name": [{"service": service, "method": method} for method in reads],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    return config
