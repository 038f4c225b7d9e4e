"""Brokers frozen, restarted one by one, and too few of them: nothing is lost, and no ack is made up."""

import asyncio
from collections.abc import Sequence

from interview.v1 import core_pb2

from tests.faults.kafka.audit import audit_when_visible
from tests.faults.kafka.callers import Callers, Report, callers_of, reports_of
from tests.faults.kafka.reporters import Reporter, Reporters
from tests.faults.kafka.size import SIZE
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster

DELIVERED = core_pb2.DELIVERY_STATUS_DELIVERED
FILED = core_pb2.DELIVERY_STATUS_FILED
# The settings a reporter has by default: a record may be on its way for 16 s.
USUAL = {"KAFKA_CONNECT_MAX_RETRIES": "8", "KAFKA_CONNECT_BACKOFF_SECONDS": "2"}


async def test_frozen_leader(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """The leader of a partition stops in its tracks and later goes on as if it had never been away: reports
    are delivered by its successor or filed meanwhile, and every one is on the topic in the end."""
    reporter = reporters.start(**USUAL)
    reports = reports_of("frozen", 300)
    async with callers_of(reporter.lasting_address) as callers:
        await callers.insist_on_all(reports[:20])
        leader = kafka.leader(topic)
        kafka.freeze_broker(leader)
        calls = asyncio.create_task(callers.insist_on_all(reports[20:]))
        await asyncio.sleep(SIZE.frozen_seconds)
        kafka.thaw_broker(leader)
        deliveries = await calls
    assert {delivery.status for delivery in deliveries} <= {DELIVERED, FILED}
    await check_all_arrive(kafka, reporter, topic, callers, reports)


async def test_rolling_restart(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """Every broker is stopped and started in turn, each when its partitions are in sync again, as for an
    upgrade, while reports flow: every one is on the topic."""
    reporter = reporters.start(**USUAL)
    reports = reports_of("rolling", 300)
    async with callers_of(reporter.lasting_address) as callers:
        for number in kafka.broker_ids:
            part = reports[(number - 1) * 100 : number * 100]
            calls = asyncio.create_task(callers.insist_on_all(part[:50]))
            await asyncio.to_thread(kafka.stop_broker, number)
            await callers.insist_on_all(part[50:])
            await asyncio.to_thread(kafka.start_broker, number)
            await asyncio.to_thread(kafka.wait_for_isr, topic, 3)
            await calls
    await check_all_arrive(kafka, reporter, topic, callers, reports)


async def test_too_few_in_sync(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """Two of three brokers killed: the one that is left answers, but no report is called DELIVERED. Kafka is
    tried once in an interval and not once for every report, and is not taken for well in between. With the
    brokers back every report arrives."""
    reporter = reporters.start()
    reports = reports_of("few", 120)
    async with callers_of(reporter.lasting_address) as callers:
        await callers.insist_on_all(reports[:10])
        leader = kafka.leader(topic)
        for number in kafka.broker_ids:
            if number != leader:
                await asyncio.to_thread(kafka.kill_broker, number)
        deliveries = await callers.insist_on_all(reports[10:60])
        await asyncio.to_thread(kafka.wait_for_isr, topic, 1)
        sent_before, looked = tries(reporter), asyncio.get_running_loop().time()
        for report in reports[60:]:
            deliveries.append(await callers.insist(report))
            await asyncio.sleep(0.1)
        passed = asyncio.get_running_loop().time() - looked
        assert {delivery.status for delivery in deliveries} == {FILED}
        # A try is a second's pause and a record that has five to be acked.
        assert tries(reporter) - sent_before <= passed / (1 + 5) + 1
        assert len(reporter.logged("Kafka takes reports")) == 1
    await asyncio.to_thread(kafka.start_all_brokers)
    await check_all_arrive(kafka, reporter, topic, callers, reports)
    assert len(reporter.logged("Kafka is away: reports are filed")) == 1


async def check_all_arrive(
    kafka: KafkaCluster, reporter: Reporter, topic: str, callers: Callers, reports: Sequence[Report]
) -> None:
    """Every file goes, and everything acknowledged is on the topic, as it was published."""
    await asyncio.to_thread(wait_for, lambda: not reporter.files(), 90, "no file waits")
    found = await asyncio.to_thread(
        audit_when_visible, topic, reports, callers.receipts, lambda: kafka.read_all(topic)
    )
    assert found.is_clean, found
    assert callers.receipts.keys() == {report.report_id for report in reports}


def tries(reporter: Reporter) -> float:
    """How many records it has handed to Kafka."""
    return reporter.metric("speakalka_kafka_delivery_seconds_count")
