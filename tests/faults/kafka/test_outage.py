"""All brokers down: every report has its file, and its record when they are back."""

import asyncio
from collections.abc import Callable

from tests.faults.kafka.audit import audit
from tests.faults.kafka.callers import callers_of, reports_of
from tests.faults.kafka.outage import go_through, p99
from tests.faults.kafka.reporters import Reporters
from tests.faults.kafka.size import SIZE
from tests.kafka_cluster import KafkaCluster


async def test_outage(
    kafka: KafkaCluster, reporters: Reporters, topic: str, say: Callable[[str], None]
) -> None:
    """Every report published while all brokers are down has a file of its own; with the brokers back all
    files leave, and every record is there."""
    reporter = reporters.start()
    before, meanwhile = reports_of("before", 200), reports_of("meanwhile", SIZE.outage_reports)
    async with callers_of(reporter.lasting_address) as callers:
        seen = await go_through(kafka, reporter, callers, before, meanwhile)
    say(
        f"outage: {seen.waiting} reports filed, p99 {p99(seen.filed_seconds) * 1000:.0f} ms against"
        f" {p99(seen.acked_seconds) * 1000:.0f} ms to an ack before; drained at"
        f" {seen.drained_per_second:.0f}/s against {seen.delivered_per_second:.0f}/s delivered before"
    )
    assert seen.waiting == len(meanwhile)
    records = await asyncio.to_thread(kafka.read_all, topic)
    found = audit(topic, [*before, *meanwhile], callers.receipts, records)
    assert found.is_clean, found
    assert len(callers.receipts) == len(before) + len(meanwhile)
