"""Are health and metrics answered while the emotion service is as busy as it can be?

`python -m bench.emotion_probes [--seconds 20]`: a real service in a process of its own; eight callers keep as
many frames in it as it takes. Meanwhile its health is asked over gRPC and its metrics page over HTTP, each
every 50 ms: over a lasting connection for health, a new one for the page, as clients and Prometheus do. Goal:
p99 of either at most 100 ms, and none fails. Needs DEEPFACE_HOME.
"""

import argparse
import asyncio
import statistics
import time
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from interview.v1.emotion_service_pb2_grpc import EmotionServiceStub

from bench.emotion import calling, one_frame, rate
from bench.emotion_processes import ours
from bench.rows import Row, tell

CALLERS = 8
FRAMES_PER_CALL = 8  # of all callers together as many as may wait
PAUSE_SECONDS = 0.05
GOAL_MS = 100

Probe = Callable[[], Awaitable[None]]
"""Raises when the service does not answer as it should."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20, help="of load, and before it of none [20]")
    asyncio.run(measure(one_frame(), parser.parse_args().seconds))


async def measure(frame: bytes, seconds: float) -> None:
    """Prints a row for each probe: p99 under load beside the goal."""
    with ours() as service:
        async with grpc.aio.insecure_channel(service.address) as channel:
            probes = {"health": health(channel), "metrics": metrics(service.metrics_url)}
            stub: Any = EmotionServiceStub(channel)  # its stubs know the sync call only
            quiet = await asyncio.gather(*(latencies(probe, seconds / 4) for probe in probes.values()))
            load = asyncio.create_task(rate(calling(stub, frame, FRAMES_PER_CALL), CALLERS, seconds))
            busy = await asyncio.gather(*(latencies(probe, seconds) for probe in probes.values()))
            frames = await load
    print(f"{frames:.1f} frames a second meanwhile")
    for name, idle, loaded in zip(probes, quiet, busy, strict=True):
        p99 = percentile(loaded, 99)
        note = (
            f"p50 {statistics.median(loaded):.1f}, most {max(loaded):.1f}, of {len(loaded)};"
            f" without load p99 {percentile(idle, 99):.1f}"
        )
        line = f"12 {name} p99, {CALLERS} callers"
        tell(Row(line, p99, GOAL_MS, "ms", p99 / GOAL_MS, "<= 1", p99 <= GOAL_MS, note))


def health(channel: grpc.aio.Channel) -> Probe:
    """The health of the service itself."""
    stub: Any = health_pb2_grpc.HealthStub(channel)  # its stubs have no methods
    request = health_pb2.HealthCheckRequest(service="interview.v1.EmotionService")

    async def probe() -> None:
        reply = await stub.Check(request, timeout=10)
        if reply.status != health_pb2.HealthCheckResponse.SERVING:
            raise SystemExit(f"health is {reply.status}")

    return probe


def metrics(url: str) -> Probe:
    """The whole metrics page."""

    def read() -> None:
        with urllib.request.urlopen(url, timeout=10) as page:
            if b"speakalka_frames_total" not in page.read():
                raise SystemExit("the metrics page lacks the metrics")

    async def probe() -> None:
        await asyncio.to_thread(read)

    return probe


async def latencies(probe: Probe, seconds: float) -> list[float]:
    """Milliseconds of each answer."""
    ends = time.perf_counter() + seconds
    took: list[float] = []
    while time.perf_counter() < ends:
        started = time.perf_counter()
        await probe()
        took.append(1000 * (time.perf_counter() - started))
        await asyncio.sleep(PAUSE_SECONDS)
    return took


def percentile(figures: list[float], percent: int) -> float:
    return statistics.quantiles(figures, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main()
