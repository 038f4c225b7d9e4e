"""The services as processes of ours: started, watched, asked for their health, and stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from scripts.launcher.services import Service

# Longer than any service takes to drain (design: the reporter is gone inside 25 s).
STOP_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.1
_LEASH = Path(__file__).with_name("leash.py")


class ServiceFailed(Exception):
    """A service did not come up, or ended by itself; the text says which and shows the end of its log."""


@dataclass(frozen=True, slots=True)
class Running:
    """A service that was started."""

    service: Service
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def died(self) -> bool:
        """Whether it is gone."""
        return self.process.poll() is not None

    def obituary(self) -> str:
        """How it ended, with the last lines of its log."""
        tail = "\n".join(f"    {line}" for line in last_lines(self.log_file, 12))
        return f"{self.service.name} ended with code {self.process.returncode}; {self.log_file} ends:\n{tail}"


def leashed(command: Sequence[str], number: int = signal.SIGTERM) -> list[str]:
    """`command` so that it gets the signal when this process is gone, even by `kill -9`.

    To be started by the main thread: the kernel takes the end of the starting thread for ours.
    """
    return [sys.executable, "-I", "-S", str(_LEASH), str(int(number)), str(os.getpid()), *command]


def start(service: Service, environment: Mapping[str, str], log_folder: Path) -> Running:
    """Starts a service with a new log, in a session of its own: Ctrl-C reaches it through us, in order."""
    log_folder.mkdir(parents=True, exist_ok=True)
    log_file = log_folder / f"{service.name}.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            leashed([sys.executable, "-m", service.module]),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(service, process, log_file)


def look_after(processes: Iterable[Running]) -> None:
    """Raises ServiceFailed when one of them is gone."""
    for running in processes:
        if running.died:
            raise ServiceFailed(running.obituary())


def wait_until_serving(
    running: Running, grpc_service: str, others: Sequence[Running] = (), *, timeout_seconds: float
) -> bool:
    """Whether `grpc_service` ("": the process as such) says SERVING within `timeout_seconds`.

    Raises ServiceFailed when the process, or one of the others, is gone.
    """
    deadline = time.monotonic() + timeout_seconds
    options = [("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(running.service.address, options=options) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)  # its stubs know no methods
        while time.monotonic() < deadline:
            look_after((running, *others))
            if _serving(health, grpc_service):
                return True
            time.sleep(_LOOK_EVERY_SECONDS)
    return False


def _serving(health: Any, grpc_service: str) -> bool:
    try:
        reply = health.Check(
            health_pb2.HealthCheckRequest(service=grpc_service), timeout=1.0, wait_for_ready=True
        )
    except grpc.RpcError:
        return False
    return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def stop(running: Running, say: Callable[[str], None], *, patience_seconds: float = STOP_SECONDS) -> bool:
    """SIGTERM, time to drain, and SIGKILL only after that. False, and said, if it did not end well."""
    if running.died:
        return True  # whoever watches has told of it
    running.process.send_signal(signal.SIGTERM)
    try:
        code = running.process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        say(f"{running.service.name} did not stop in {patience_seconds:g} s and was killed.")
        running.process.kill()
        running.process.wait()
        return False
    if code not in (0, -signal.SIGTERM):  # the latter: it was too young to drain
        say(running.obituary())
        return False
    return True


def last_lines(file: Path, count: int) -> list[str]:
    """The last lines of a log, each cut to a readable length."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line[:400] for line in lines[-count:]]
