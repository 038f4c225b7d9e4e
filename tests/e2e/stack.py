"""The four services as four processes on 127.0.0.1, each of which can be killed and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub

from scripts.launcher.processes import leashed
from tests.kafka.ports import HeldPorts
from tests.kafka.waiting import wait_for

SERVICES = ("evaluator", "emotion", "reporter", "orchestrator")
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0


class Stack:
    """Starts what it is asked to, and ends all of it. Logs, store and reports stand under `folder`.

    `environment` is added to every service's; by default the judge is `rubric` and files are the delivery.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.reports = folder / "reports"
        self._held = HeldPorts(2 * len(SERVICES))
        self._ports = dict(zip(SERVICES, self._held.numbers, strict=False))
        self._metrics_ports = dict(zip(SERVICES, self._held.numbers[len(SERVICES) :], strict=True))
        self._given = dict(environment or {})
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._channels: dict[str, grpc.Channel] = {}

    def __enter__(self) -> Self:
        try:
            for service in SERVICES:
                self.start(service, wait=False)
            for service in SERVICES:
                self.wait_alive(service)
            self.wait_ready("orchestrator")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends every service."""
        for channel in self._channels.values():
            channel.close()
        for service in list(self._processes):
            self.kill(service)
        self._held.release()

    @property
    def orchestrator(self) -> OrchestratorServiceStub:
        """A stub for the only public service. Its calls wait until the service is there."""
        return OrchestratorServiceStub(self._channel("orchestrator"))

    def address(self, service: str) -> str:
        """host:port of a service."""
        return f"127.0.0.1:{self._ports[service]}"

    def metrics_url(self, service: str) -> str:
        """Where a service shows its metrics."""
        return f"http://127.0.0.1:{self._metrics_ports[service]}/metrics"

    def log(self, service: str) -> str:
        """All a service has logged so far, over all its lives."""
        return (self.folder / f"{service}.log").read_text()

    def start(self, service: str, *, wait: bool = True) -> None:
        """Starts a service; waits until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = leashed([sys.executable, "-m", f"services.{service}"], signal.SIGKILL)
        with (self.folder / f"{service}.log").open("ab") as log:
            self._processes[service] = subprocess.Popen(
                command, env=self._environment(service), stdout=log, stderr=log, cwd=self.folder
            )
        if wait:
            self.wait_ready(service)

    def kill(self, service: str) -> None:
        """`kill -9`; returns when the process is gone."""
        process = self._processes.pop(service)
        process.kill()
        process.wait(_STOP_SECONDS)

    def stop(self, service: str) -> int:
        """SIGTERM; the exit code."""
        process = self._processes.pop(service)
        process.send_signal(signal.SIGTERM)
        return process.wait(_STOP_SECONDS)

    def wait_ready(self, service: str) -> None:
        """Waits until a service says that calls to it make sense."""
        name = f"interview.v1.{service.capitalize()}Service"
        wait_for(lambda: self._serves(service, name), _START_SECONDS, f"{service} ready")

    def wait_alive(self, service: str) -> None:
        """Waits until a service answers at all."""
        wait_for(lambda: self._serves(service, ""), _START_SECONDS, f"{service} alive")

    def _serves(self, service: str, name: str) -> bool:
        code = self._processes[service].poll()
        if code is not None:
            raise AssertionError(f"{service} ended with {code}:\n{self.log(service)[-2000:]}")
        stub: Any = health_pb2_grpc.HealthStub(self._channel(service))
        try:
            reply = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=2)
        except grpc.RpcError:
            return False
        return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)

    def _channel(self, service: str) -> grpc.Channel:
        if service not in self._channels:
            options = [("grpc.max_reconnect_backoff_ms", 500), ("grpc.initial_reconnect_backoff_ms", 100)]
            self._channels[service] = grpc.insecure_channel(self.address(service), options=options)
        return self._channels[service]

    def _environment(self, service: str) -> dict[str, str]:
        prefix = service.upper()
        own = {
            f"{prefix}_PORT": str(self._ports[service]),
            f"{prefix}_METRICS_PORT": str(self._metrics_ports[service]),
            f"{prefix}_DRAIN_SECONDS": "3",
        }
        common = {
            "JUDGE": "rubric",
            "KAFKA_BOOTSTRAP_SERVERS": "",
            "REPORT_FALLBACK_DIR": str(self.reports),
            "ORCHESTRATOR_DATABASE_URL": f"sqlite:///{self.folder / 'orchestrator.db'}",
            "ORCHESTRATOR_EVALUATOR_ADDRESS": self.address("evaluator"),
            "ORCHESTRATOR_EMOTION_ADDRESS": self.address("emotion"),
            "ORCHESTRATOR_REPORTER_ADDRESS": self.address("reporter"),
        }
        return {**os.environ, **common, **own, **self._given}
