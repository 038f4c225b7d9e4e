"""The server every service runs on: grpc.aio with health, reflection, TLS, metrics page and drain."""

import asyncio
import signal
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

import grpc.aio
import uvloop
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.common import logs
from services.common.clock import Clock, SystemClock
from services.common.health import TIME_KEY
from services.common.interceptors import ServerInterceptor
from services.common.metrics import MetricsPage
from services.common.settings import ServerSettings
from services.common.turns import Turns

KIB = 1024
MIB = 1024 * KIB
LAST_WORD_SECONDS = 1.0
# Left to itself gRPC lets callers send megabytes of messages that nobody has asked for yet.
_NO_ADVANCE = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 64 * KIB))

log = logs.get_logger()


class Server:
    """One gRPC server. Register servicers on `grpc`, then use it as a context manager.

    Health of "" says that the process lives; health of `service` (a full name such as
    "interview.v1.ReporterService") says what `set_ready` was told last, NOT_SERVING at first.
    """

    def __init__(
        self,
        service: str,
        settings: ServerSettings,
        *,
        receive_limit_bytes: int,
        receive_at_once: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`receive_at_once`: how many calls receive their message at the same time, where these are large.

        `clock` is the one whose time goes with answers about health.
        """
        self._service = service
        self._settings = settings
        self._ready = False
        self._stop = asyncio.Event()
        self._health = _TimedHealth(clock or SystemClock())
        turns = Turns(receive_at_once) if receive_at_once else None
        self._interceptor = ServerInterceptor(settings.max_concurrent_calls, turns)
        self.grpc = grpc.aio.server(
            interceptors=[self._interceptor],
            options=[
                ("grpc.max_receive_message_length", receive_limit_bytes),
                # Without an age round_robin clients never see new replicas.
                ("grpc.max_connection_age_ms", int(settings.max_connection_age_seconds * 1000)),
                ("grpc.max_connection_age_grace_ms", 120_000),
                # Our clients ping every 10 s while a call or a health watch is open; more than a few pings
                # inside the default 300 s would end the connection and every call on it.
                ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
                ("grpc.so_reuseport", 0),
                *(_NO_ADVANCE if receive_at_once else ()),
            ],
        )
        self.port = 0
        self.metrics_port = 0

    async def __aenter__(self) -> Self:
        """Listens. Raises SystemExit, naming the address, if it cannot."""
        await self._show_ready()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self.grpc)
        reflection.enable_server_reflection(
            (self._service, health.SERVICE_NAME, reflection.SERVICE_NAME), self.grpc
        )
        self.port = self._bind(f"{self._settings.host}:{self._settings.port}")
        self._metrics = self._open_metrics_page()
        self.metrics_port = self._metrics.port
        await self.grpc.start()
        log.info("listening", address=f"{self._settings.host}:{self.port}", metrics_port=self.metrics_port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Refuses new calls, gives running ones `drain_seconds`, ends the rest as Stopping, and closes."""
        await self._health.enter_graceful_shutdown()
        drain = self._settings.drain_seconds
        stopped = asyncio.create_task(self.grpc.stop(drain + LAST_WORD_SECONDS))
        done, _ = await asyncio.wait({stopped}, timeout=drain)
        if not done:
            self._interceptor.calls.end()
            await stopped
        await asyncio.to_thread(self._metrics.close)
        log.info("stopped")

    async def set_ready(self, ready: bool, why: str = "") -> None:
        """Whether calls make sense now. Transitions are logged."""
        if ready == self._ready:
            return
        self._ready = ready
        await self._show_ready()
        log.info("ready" if ready else "not ready", why=why)

    async def _show_ready(self) -> None:
        answers = health_pb2.HealthCheckResponse
        await self._health.set(self._service, answers.SERVING if self._ready else answers.NOT_SERVING)

    async def wait_for_signal(self) -> None:
        """Returns on SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        await self._stop.wait()
        log.info("stopping")

    def _bind(self, address: str) -> int:
        credentials = _credentials(self._settings)
        try:
            if credentials is None:
                return self.grpc.add_insecure_port(address)
            return self.grpc.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise SystemExit(
                f"{self._settings.variable('port')}: cannot listen on {address}: {error}"
            ) from error

    def _open_metrics_page(self) -> MetricsPage:
        try:
            return MetricsPage(self._settings.host, self._settings.metrics_port)
        except OSError as error:
            variable = self._settings.variable("metrics_port")
            raise SystemExit(
                f"{variable}: cannot listen on port {self._settings.metrics_port}: {error}"
            ) from error


class _TimedHealth(health.aio.HealthServicer):
    """Tells the time with its answers, so that who asks sees whether the clocks agree."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    async def Check(self, request: health_pb2.HealthCheckRequest, context: Any) -> Any:  # noqa: N802  gRPC's
        context.set_trailing_metadata(((TIME_KEY, self._clock.now().isoformat()),))
        return await super().Check(request, context)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs a service's main coroutine on uvloop until it ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def _credentials(settings: ServerSettings) -> grpc.ServerCredentials | None:
    if settings.tls_certificate_file is None or settings.tls_key_file is None:
        return None
    client_ca = settings.tls_client_ca_file
    return grpc.ssl_server_credentials(
        [(settings.tls_key_file.read_bytes(), settings.tls_certificate_file.read_bytes())],
        root_certificates=client_ca.read_bytes() if client_ca else None,
        require_client_auth=client_ca is not None,
    )
