"""A reporter as a process of its own, told where Kafka is, on a free port, with a log that can be read."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
import orjson
from interview.v1 import core_pb2, interview_report_pb2, reporter_service_pb2
from interview.v1.reporter_service_pb2_grpc import ReporterServiceStub
from prometheus_client.parser import text_string_to_metric_families

from tests.kafka.waiting import wait_for

ROOT = Path(__file__).parents[2]
_START_SECONDS = 30.0
_STOP_SECONDS = 30.0


class ReporterFailed(Exception):
    """The reporter ended by itself. The message holds what it said."""


class ReporterProcess:
    """Runs between `with` and its end, where it gets SIGTERM; `directory` is its fallback directory."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.directory = Path(environment.get("REPORT_FALLBACK_DIR", home / "reports"))
        self._log = home / "reporter.log"
        self._environment = {
            **os.environ,
            "REPORTER_PORT": "0",
            "REPORTER_METRICS_PORT": "0",
            "REPORT_FALLBACK_DIR": str(self.directory),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: grpc.Channel | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it; returns when it is ready. Raises ReporterFailed, TimeoutError."""
        self.spawn()
        wait_for(self._is_ready, _START_SECONDS, "the reporter is ready")
        self._channel = grpc.insecure_channel(self.address)

    def spawn(self) -> None:
        """Starts it and waits for nothing. Its log begins anew."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.reporter"], cwd=ROOT, env=self._environment, stderr=log
            )

    def kill(self) -> None:
        """`kill -9`; returns when the process is gone."""
        if self._channel:
            self._channel.close()
        self.running.kill()
        self.running.wait(_STOP_SECONDS)

    def stop(self) -> int:
        """Ends it with SIGTERM if it runs; its exit code."""
        if self._channel:
            self._channel.close()
        self.running.terminate()
        try:
            return self.running.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.running.kill()
            raise

    @property
    def running(self) -> "subprocess.Popen[bytes]":
        """Its process."""
        if self._process is None:
            raise ReporterFailed("it was not started")
        return self._process

    @property
    def address(self) -> str:
        """Where it listens."""
        return str(self.logged("listening")[0]["address"])

    def publish(
        self, report: interview_report_pb2.InterviewReport, timeout: float = 45.0
    ) -> core_pb2.Delivery:
        """Where the report is. Raises grpc.RpcError."""
        if self._channel is None:
            raise ReporterFailed("it was not started")
        request = reporter_service_pb2.PublishReportRequest(report=report)
        return ReporterServiceStub(self._channel).PublishReport(request, timeout=timeout).delivery

    def files(self) -> set[str]:
        """Names of the files that wait."""
        return {path.name for path in self.directory.glob("*.json")}

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        port = self.logged("listening")[0]["metrics_port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            families = list(text_string_to_metric_families(page.read().decode()))
        return sum(sample.value for family in families for sample in family.samples if sample.name == name)

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines it logged about `event`."""
        lines = [line for line in self._log.read_bytes().splitlines() if line.startswith(b"{")]
        return [line for line in map(orjson.loads, lines) if line["event"] == event]

    def said(self) -> str:
        """Everything it wrote."""
        return self._log.read_text(errors="replace")

    def _is_ready(self) -> bool:
        if self.running.poll() is not None:
            raise ReporterFailed(self.said())
        return bool(self.logged("ready"))
