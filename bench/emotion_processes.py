"""The emotion service, and the server that deepface brings, as processes of their own for benchmarks."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Ours:
    """Where our service listens, its process, and how long it took from start to SERVING."""

    pid: int
    address: str
    metrics_url: str
    start_seconds: float


@contextmanager
def ours() -> Iterator[Ours]:
    """Our service with its default settings."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "services.emotion"],
        env={**os.environ, "EMOTION_PORT": "0", "EMOTION_METRICS_PORT": "0"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        told: dict[str, str] = {}
        assert process.stderr is not None
        for line in process.stderr:
            told |= json.loads(line)
            if told["event"] == "ready":
                break
        took = time.perf_counter() - started
        # A pipe that nobody reads fills up, and then the service waits for its log.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        page = f"http://127.0.0.1:{told['metrics_port']}/metrics"
        yield Ours(process.pid, told["address"], page, took)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def rival(workers: int) -> Iterator[str]:
    """deepface's own server on the same engine, warmed up by the first call."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "deepface.api.src.grpc_server"],
        env={
            **os.environ,
            "DEEPFACE_BACKEND_ENGINE": "onnx",
            "DEEPFACE_LOG_LEVEL": "50",
            "DEEPFACE_GRPC_PORT": str(port),
            "DEEPFACE_GRPC_MAX_WORKERS": str(workers),
        },
    )
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            grpc.channel_ready_future(channel).result(60)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()  # its workers do not end while a call hangs
        process.wait()


def cpu_seconds(pid: int) -> float:
    """What a process has had of the CPUs so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """What a process holds in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB
