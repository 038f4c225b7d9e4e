"""RPC metrics under their usual names, server and client side, and the HTTP page that shows them."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from prometheus_client import Counter, Histogram, start_http_server

_LABELS = ("grpc_type", "grpc_service", "grpc_method")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

SERVER_STARTED = Counter("grpc_server_started_total", "RPCs begun on this server.", _LABELS)
SERVER_HANDLED = Counter(
    "grpc_server_handled_total", "RPCs ended on this server, by status code.", (*_LABELS, "grpc_code")
)
SERVER_SECONDS = Histogram(
    "grpc_server_handling_seconds", "From request to reply on this server.", _LABELS, buckets=_SECONDS
)
CLIENT_STARTED = Counter("grpc_client_started_total", "RPCs begun by this process.", _LABELS)
CLIENT_HANDLED = Counter(
    "grpc_client_handled_total", "RPCs ended for this process, by status code.", (*_LABELS, "grpc_code")
)
CLIENT_SECONDS = Histogram(
    "grpc_client_handling_seconds", "From request to reply as this process saw it.", _LABELS, buckets=_SECONDS
)


@dataclass(frozen=True)
class _Side:
    started: Counter
    handled: Counter
    seconds: Histogram


_SERVER = _Side(SERVER_STARTED, SERVER_HANDLED, SERVER_SECONDS)
_CLIENT = _Side(CLIENT_STARTED, CLIENT_HANDLED, CLIENT_SECONDS)


class MethodMetrics:
    """The metrics of one method with their labels resolved once: resolving them costs more than counting."""

    def __init__(self, side: _Side, method: str, kind: str = "unary") -> None:
        service, name = method.lstrip("/").split("/")
        self._labels = (kind, service, name)
        self._handled = side.handled
        self._started = side.started.labels(*self._labels)
        self._seconds = side.seconds.labels(*self._labels)
        self._by_code: dict[str, Counter] = {}

    def started(self) -> None:
        """One call begins."""
        self._started.inc()

    def ended(self, code: str, seconds: float) -> None:
        """One call ended with the status code named `code` after `seconds`."""
        counter = self._by_code.get(code)
        if counter is None:
            counter = self._by_code[code] = self._handled.labels(*self._labels, code)
        counter.inc()
        self._seconds.observe(seconds)


@cache
def server_method(method: str, kind: str = "unary") -> MethodMetrics:
    """Metrics of "/package.Service/Method" on the server side; `kind` is "unary" or "server_stream"."""
    return MethodMetrics(_SERVER, method, kind)


@cache
def client_method(method: str) -> MethodMetrics:
    """Metrics of "/package.Service/Method" on the client side."""
    return MethodMetrics(_CLIENT, method)


class MetricsPage:
    """`GET /metrics` on `host:port` (port 0: a free one), served by a thread of its own until `close`."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._server, self._thread = start_http_server(port, addr=host)
        self.port = self._server.server_port

    def close(self) -> None:
        """Stops serving and frees the port."""
        stopping = threading.Thread(target=self._server.shutdown)
        stopping.start()
        # The server looks up twice a second, or when somebody calls: so call.
        with suppress(OSError):
            socket.create_connection((self._host, self.port), timeout=1).close()
        stopping.join()
        self._thread.join()
        self._server.server_close()
