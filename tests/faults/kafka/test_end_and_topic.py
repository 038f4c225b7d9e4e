"""A topic that is deleted, SIGTERM under load, and the death of the one that redelivers."""

import asyncio
from pathlib import Path

from interview.v1 import core_pb2

from tests.fakes.reports import interview_report
from tests.faults.kafka.audit import audit_when_visible
from tests.faults.kafka.callers import callers_of, reports_of
from tests.faults.kafka.reporters import Reporters
from tests.faults.kafka.test_broken_brokers import check_all_arrive
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster

DELIVERED = core_pb2.DELIVERY_STATUS_DELIVERED
FILED = core_pb2.DELIVERY_STATUS_FILED


async def test_topic_deleted(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """The topic is deleted under the reporter: no report is lost or called DELIVERED to nowhere. The reporter
    files, makes the topic anew, and delivers the files and what comes after."""
    reporter = reporters.start()
    reports = reports_of("deleted", 60)
    async with callers_of(reporter.lasting_address) as callers:
        await callers.insist_on_all(reports_of("gone", 20))
        await asyncio.to_thread(kafka.delete_topic, topic)
        callers.receipts.clear()  # what was on the topic went with it
        deliveries = await callers.insist_on_all(reports[:40])
        assert {delivery.status for delivery in deliveries} <= {DELIVERED, FILED}
        await asyncio.to_thread(wait_for, lambda: not reporter.files(), 60, "no file waits")
        assert (await callers.insist(reports[40])).status == DELIVERED
        await callers.insist_on_all(reports[41:])
    assert reporter.logged("topic made")
    await check_all_arrive(kafka, reporter, topic, callers, reports)


def test_brokers_that_make_topics(tmp_path: Path) -> None:
    """A topic deleted on brokers that make missing ones by themselves, which is their default: it is the
    reporter's again, with its partitions and settings, not theirs; what came meanwhile waits as a file."""
    shape = {"KAFKA_TOPIC_PARTITIONS": "5", "KAFKA_TOPIC_REPLICATION_FACTOR": "1"}
    with (
        KafkaCluster(brokers=1, broker_config={"auto.create.topics.enable": "true"}) as willing,
        Reporters(tmp_path, willing.bootstrap_servers, "step3") as reporters,
    ):
        reporter = reporters.start(**shape)
        assert reporter.publish(interview_report("interview_before")).status == DELIVERED
        willing.delete_topic("step3")
        assert reporter.publish(interview_report("interview_after")).status == FILED
        wait_for(lambda: not reporter.files(), 60, "no file waits")
        assert len(reporter.logged("topic made")) == 2
        assert willing.partitions("step3") == 5


async def test_sigterm_under_load(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """SIGTERM while reports flow: exit 0 within 25 s; whatever was acknowledged is on the topic, or in a file
    that the next one delivers."""
    reporter = reporters.start()
    reports = reports_of("sigterm", 2_000)
    async with callers_of(reporter.lasting_address) as callers:
        calls = asyncio.create_task(callers.insist_on_all(reports))
        await asyncio.to_thread(wait_for, lambda: len(callers.receipts) > 50, 60, "reports flow")
        reporter.running.terminate()
        assert await asyncio.to_thread(reporter.running.wait, 25) == 0
        calls.cancel()
        await asyncio.wait([calls])
        heard = dict(callers.receipts)
    assert len(heard) < len(reports), "it ended too late"
    reporter.start()
    await asyncio.to_thread(wait_for, lambda: not reporter.files(), 60, "no file waits")
    found = await asyncio.to_thread(audit_when_visible, topic, reports, heard, lambda: kafka.read_all(topic))
    assert found.is_clean, found
    assert found.duplicates == 0


async def test_one_of_two_redelivers(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """Two reporters share a directory. One holds it and sends what waits; killed, it leaves the rest to the
    other, which had let it be. Every report is there, and few of them twice."""
    filing = reporters.start(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    reports = reports_of("shared", 600)
    async with callers_of(filing.lasting_address) as callers:
        await callers.insist_on_all(reports)
    filing.stop()
    await asyncio.to_thread(kafka.kill_all_brokers)
    one, other = (reporters.make(REPORT_FALLBACK_DIR=str(filing.directory)) for _ in range(2))
    one.start()
    await asyncio.to_thread(wait_for, lambda: one.metric("speakalka_kafka_circuit_open") == 1, 60, "it saw")
    other.start()
    assert len(filing.files()) == len(reports)
    await asyncio.to_thread(kafka.start_all_brokers)
    await asyncio.to_thread(wait_for, lambda: len(filing.files()) < 550, 60, "one of them redelivers")
    one.kill()
    assert not other.logged("report redelivered")
    left = len(filing.files())
    assert left, "it was killed too late"
    await asyncio.to_thread(wait_for, lambda: not filing.files(), 90, "no file waits")
    assert len(other.logged("report redelivered")) <= left
    found = await asyncio.to_thread(
        audit_when_visible, topic, reports, callers.receipts, lambda: kafka.read_all(topic)
    )
    assert found.is_clean, found
    assert found.duplicates <= 16
