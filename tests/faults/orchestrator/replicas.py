"""Services as processes that a test kills, freezes and starts again, each at an address that lasts."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from scripts.launcher.processes import leashed
from tests.kafka.ports import HeldPorts
from tests.kafka.waiting import wait_for

_ROOT = Path(__file__).parents[3]
_START_SECONDS = 60.0


class Replica:
    """One process of a service. Its log stands in `folder`."""

    def __init__(self, service: str, folder: Path, **environment: str) -> None:
        self._service, self._folder = service, folder
        self._held = HeldPorts(2)
        self.address = f"127.0.0.1:{self._held.numbers[0]}"
        self.metrics_url = f"http://127.0.0.1:{self._held.numbers[1]}/metrics"
        prefix = service.upper()
        ports = {f"{prefix}_PORT": self._held.numbers[0], f"{prefix}_METRICS_PORT": self._held.numbers[1]}
        self._environment = {**environment, **{name: str(port) for name, port in ports.items()}}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._held.release()

    @property
    def pid(self) -> int:
        """Of the process as it runs now."""
        return self._process.pid

    def start(self) -> None:
        """Starts it; returns once it is ready."""
        command = leashed([sys.executable, "-m", f"services.{self._service}"], signal.SIGKILL)
        with (self._folder / f"{self._service}-{self._held.numbers[0]}.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env={**os.environ, **self._environment}, stdout=log, stderr=log, cwd=_ROOT
            )
        wait_for(self.is_ready, _START_SECONDS, f"{self._service} is ready")

    def kill(self) -> None:
        """`kill -9`; returns when it is gone."""
        self._process.kill()
        self._process.wait(_START_SECONDS)

    def freeze(self) -> None:
        """Stops it where it is: its connections stay open and say nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def is_ready(self) -> bool:
        """Whether it says so."""
        assert self._process.poll() is None, f"{self._service} ended; see its log in {self._folder}"
        with grpc.insecure_channel(self.address) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            request = health_pb2.HealthCheckRequest(service=f"interview.v1.{self._service.title()}Service")
            try:
                reply = stub.Check(request, timeout=2)
            except grpc.RpcError:
                return False
            return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def orchestrator(folder: Path, database: str, **environment: str) -> Replica:
    """An orchestrator on this database."""
    return Replica("orchestrator", folder, ORCHESTRATOR_DATABASE_URL=database, **environment)
