"""A sample report through a reporter of its own to the environment's Kafka, and read back, step by step."""

import json
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import grpc
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition
from interview.v1 import core_pb2
from interview.v1.interview_report_pb2 import InterviewReport

from services.reporter.kafka.config import connection_config, patience_seconds
from services.reporter.settings import ReporterSettings
from tests.fakes.reports import interview_report
from tests.kafka.reporter import ReporterFailed, ReporterProcess
from tests.kafka.waiting import wait_for

READ_SECONDS = 30.0
SAMPLE_NAME = "Проверка связи"


class StepFailed(Exception):
    """A step did not work. The message says which, and why."""


def round_trip() -> int:
    """Runs the steps against the environment's Kafka; the exit code."""
    settings = ReporterSettings.load()
    say(f"Kafka:  {settings.kafka_bootstrap_servers}")
    say(f"topic:  {settings.kafka_topic}")
    try:
        go_round(settings)
    except (StepFailed, ReporterFailed) as failed:
        say(f"FAILED: {failed}")
        return 1
    say("OK: the report is on the topic as it was published")
    return 0


def go_round(settings: ReporterSettings) -> None:
    """Publishes a sample report and reads it back. Raises StepFailed, ReporterFailed."""
    if not settings.kafka_bootstrap_servers:
        raise StepFailed("KAFKA_BOOTSTRAP_SERVERS is empty, which means files only")
    report = interview_report(f"interview_test{secrets.token_hex(8)}", candidate_name=SAMPLE_NAME)
    with tempfile.TemporaryDirectory() as home, ReporterProcess(Path(home), {}) as reporter:
        say(f"sent:   report {report.report_id} to a reporter on {reporter.address}")
        delivery = publish(reporter, report, settings)
    say(f"acked:  {delivery.topic}, partition {delivery.partition}, offset {delivery.offset}")
    check(read_back(settings, delivery), report)


def publish(
    reporter: ReporterProcess, report: InterviewReport, settings: ReporterSettings
) -> core_pb2.Delivery:
    """Where on the topic the report is, at once or after the tries that the settings allow."""
    try:
        delivery = reporter.publish(report)
        if delivery.status == core_pb2.DELIVERY_STATUS_FILED:
            say(f"filed:  {delivery.detail}")
            say(f"        waiting {patience_seconds(settings):g} s for Kafka")
            wait_for(lambda: not reporter.files(), patience_seconds(settings), "the file is redelivered")
            return reporter.publish(report)
    except TimeoutError:
        raise StepFailed(f"Kafka did not take the report: {delivery.detail}") from None
    except grpc.RpcError as error:
        raise StepFailed(f"the reporter did not take the report: {error}") from error
    if delivery.status != core_pb2.DELIVERY_STATUS_DELIVERED:
        raise StepFailed(f"Kafka refuses the report: {delivery.detail}")
    return delivery


def read_back(settings: ReporterSettings, delivery: core_pb2.Delivery) -> Message:
    """The record at the place that the receipt names, by a consumer that knows nothing else."""
    troubles: list[str] = []

    def hear(error: KafkaError) -> None:
        troubles.append(error.str())

    consumer = Consumer(
        {**connection_config(settings), "group.id": "speakalka-integration-test", "error_cb": hear}
    )
    consumer.assign([TopicPartition(delivery.topic, delivery.partition, delivery.offset)])
    deadline = time.monotonic() + READ_SECONDS
    try:
        while time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is not None and message.error() is None:
                return message
            if message is not None:
                troubles.append(str(message.error()))
    finally:
        consumer.close()
    raise StepFailed(
        f"no record there within {READ_SECONDS:g} s: {'; '.join(troubles[-1:]) or 'no reason given'}"
    )


def check(message: Message, report: InterviewReport) -> None:
    """Says what was read; raises StepFailed if it is not what was published."""
    headers: dict[str, bytes] = dict(cast(Any, message.headers() or []))
    key = message.key() or b""
    record: dict[str, Any] = json.loads(message.value() or b"null")
    say(f"read:   key {key.decode()}, ce_id {headers.get('ce_id', b'').decode()}")
    say(json.dumps(record, ensure_ascii=False, indent=2))
    found = (key, headers.get("ce_id"), record["report"]["candidate_name"])
    if found != (report.interview_id.encode(), report.report_id.encode(), report.candidate_name):
        raise StepFailed(f"another record stands there: {found}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
