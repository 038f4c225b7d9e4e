"""The same report again: at once from many callers, with another content, and after a crash."""

import asyncio
from collections import Counter

import grpc
import pytest
from interview.v1 import core_pb2

from tests.faults.kafka.audit import audit, report_id_of
from tests.faults.kafka.callers import Callers, Report, callers_of, reports_of
from tests.faults.kafka.reporters import Reporters
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster

REPORTS = 200
CALLERS = 50
DELIVERED = core_pb2.DELIVERY_STATUS_DELIVERED
FILED = core_pb2.DELIVERY_STATUS_FILED
NOBODY = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}


async def test_many_callers_make_one_record_each(
    kafka: KafkaCluster, reporters: Reporters, topic: str
) -> None:
    """200 reports, each sent by 50 callers at once: 200 records, and one receipt for the 50. The same id with
    another content is ALREADY_EXISTS, and the first content stands."""
    reporter = reporters.start()
    reports = reports_of("many", REPORTS)
    async with callers_of(reporter.lasting_address) as callers:
        await _publish_at_once(callers, reports)
        assert _each_heard_one(callers, DELIVERED)
        await _others_are_told(callers, reports[:10])
    records = kafka.read_all(topic)
    assert len(records) == REPORTS
    assert audit(topic, reports, callers.receipts, records).is_clean


async def test_many_callers_make_one_file_each(reporters: Reporters) -> None:
    """The same while Kafka is away: 200 files. Another content is ALREADY_EXISTS, also for a reporter that
    was started later and knows of the first by its file only."""
    reporter = reporters.start(**NOBODY)
    reports = reports_of("files", REPORTS)
    async with callers_of(reporter.lasting_address) as callers:
        await _publish_at_once(callers, reports)
        assert _each_heard_one(callers, FILED)
        names = {told[0].file_name for told in callers.receipts.values()}
        assert (names, len(names)) == (reporter.files(), REPORTS)
        await _others_are_told(callers, reports[:10])
        reporter.stop()
        reporter.start()
        await _others_are_told(callers, reports[10:20])
    assert reporter.files() == names


async def test_crash_between_file_and_ok(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """The reporter is killed while it files: some callers never hear of their files. They repeat to its
    successor, which Kafka answers: every report is on the topic, at most twice, once after dedupe."""
    away = reporters.start(**NOBODY)
    reports = reports_of("crash", REPORTS)
    async with callers_of(away.lasting_address) as callers:
        calls = [asyncio.create_task(callers.publish(report)) for report in reports]
        await asyncio.to_thread(wait_for, lambda: len(away.files()) > REPORTS // 4, 30, "files are written")
        away.kill()
        await asyncio.gather(*calls, return_exceptions=True)
        heard = set(callers.receipts)
    assert away.files(), "nothing was filed before the crash"
    assert len(heard) < REPORTS, "it crashed too late"
    back = reporters.make(REPORT_FALLBACK_DIR=str(away.directory))
    back.start()
    async with callers_of(back.lasting_address) as successors:
        await successors.insist_on_all(reports)
    await asyncio.to_thread(wait_for, lambda: not back.files(), 60, "no file waits")
    records = kafka.read_all(topic)
    found = audit(topic, reports, {**callers.receipts, **successors.receipts}, records)
    assert found.is_clean, found
    assert max(Counter(map(report_id_of, records)).values()) <= 2


async def _publish_at_once(callers: Callers, reports: list[Report]) -> None:
    for start in range(0, len(reports), 20):  # a thousand calls at a time
        part = reports[start : start + 20] * CALLERS
        await asyncio.gather(*map(callers.publish, part))


def _each_heard_one(callers: Callers, status: core_pb2.DeliveryStatus) -> bool:
    """Whether every report's callers all heard the same, and that."""
    return all(
        len(told) == CALLERS and told[0].status == status and all(other == told[0] for other in told)
        for told in callers.receipts.values()
    )


async def _others_are_told(callers: Callers, reports: list[Report]) -> None:
    for report in reports:
        other = Report()
        other.CopyFrom(report)
        other.answers[0].score = 3
        with pytest.raises(grpc.RpcError) as refused:
            await callers.publish(other)
        assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
