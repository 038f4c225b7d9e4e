"""All brokers down and back: how long callers waited before and meanwhile, and how fast the files left."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from interview.v1 import core_pb2

from tests.faults.kafka.callers import Callers, Report
from tests.faults.kafka.reporters import Reporter
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster

AT_ONCE = 8
_DRAIN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Outage:
    """`acked_seconds` and `filed_seconds`: each caller's wait, Kafka up and away. `drained_per_second`:
    files that left, from the first one that did."""

    acked_seconds: Sequence[float]
    filed_seconds: Sequence[float]
    delivered_per_second: float
    drained_per_second: float
    waiting: int


async def go_through(
    brokers: KafkaCluster,
    reporter: Reporter,
    callers: Callers,
    before: Sequence[Report],
    meanwhile: Sequence[Report],
) -> Outage:
    """Publishes `before` with the brokers up and `meanwhile` with all of them down, and starts them again.

    Raises AssertionError if a report is answered with anything else than what is so.
    """
    begun = time.perf_counter()
    acked = await _publish(callers, before, core_pb2.DELIVERY_STATUS_DELIVERED)
    delivered_per_second = len(before) / (time.perf_counter() - begun)
    await asyncio.to_thread(brokers.stop_all_brokers)
    await callers.insist(meanwhile[0])  # waits its time for Kafka; the circuit is open then
    filed = await _publish(callers, meanwhile[1:], core_pb2.DELIVERY_STATUS_FILED)
    waiting = len(reporter.files())
    await asyncio.to_thread(brokers.start_all_brokers)
    await _until(lambda: len(reporter.files()) < waiting, "the first file has left")
    begun, left = time.perf_counter(), len(reporter.files())
    await _until(lambda: not reporter.files(), "no file waits")
    drained_per_second = left / (time.perf_counter() - begun)
    return Outage(acked, filed, delivered_per_second, drained_per_second, waiting)


def p99(seconds: Sequence[float]) -> float:
    """The 99th percentile."""
    return sorted(seconds)[int(len(seconds) * 0.99)]


async def _publish(
    callers: Callers, reports: Sequence[Report], status: core_pb2.DeliveryStatus
) -> list[float]:
    """How long each call took, AT_ONCE at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(report: Report) -> float:
        async with places:
            begun = time.perf_counter()
            delivery = await callers.publish(report)
            assert delivery.status == status, delivery
            return time.perf_counter() - begun

    return await asyncio.gather(*map(one, reports))


async def _until(condition: Callable[[], bool], wish: str) -> None:
    await asyncio.to_thread(wait_for, condition, _DRAIN_SECONDS, wish)
