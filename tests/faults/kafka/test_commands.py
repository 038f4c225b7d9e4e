"""The commands for people against a real topic: a report that Kafka refused, from first look to end."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its own documented way to import them
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from interview.v1 import core_pb2

from tests.fakes.reports import interview_report
from tests.faults.kafka.reporters import Reporters
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster

ROOT = Path(__file__).parents[3]


def test_a_refused_report_is_sent_again(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """A record over the topic's limit is listed and audited as a person's to look at; once the limit is
    repaired `resend` has it delivered, and the audit finds nothing to do."""
    limit_records(kafka, topic, 20_000)
    reporter = reporters.start()
    report = interview_report("interview_LARGE")
    report.answers[0].answer_text = "а" * 20_000
    assert reporter.publish(report).status == core_pb2.DELIVERY_STATUS_REJECTED
    command = command_over(reporter.directory, kafka.bootstrap_servers, topic)
    name = "rejected/technical_interview_report.interview_LARGE.1.json"
    assert f"FAIL  {name}: report interview_LARGE.1, " in (listed := command("list")).stdout
    assert listed.returncode == 1
    assert f"FAIL  {name}: report interview_LARGE.1; not on the topic" in command("audit").stdout
    limit_records(kafka, topic, 5_000_000)
    assert command("resend", name).returncode == 0
    wait_for(lambda: not reporter.files(), 60, "no file waits")
    assert len(kafka.read_all(topic)) == 1
    assert reporter.publish(report).status == core_pb2.DELIVERY_STATUS_DELIVERED
    assert (command("list").stdout, command("list").returncode) == ("", 0)
    audited = command("audit")
    assert (audited.stdout, audited.returncode) == ("ok    topic: 1 records read, 0 of them no reports\n", 0)


def test_doctor_names_what_is_missing(kafka: KafkaCluster, reporters: Reporters, topic: str) -> None:
    """All well: exit 0. A broker down is named by its address; a missing topic is told, and not made; so is
    what a topic has too little of."""
    directory = reporters.start().directory
    doctor = command_over(directory, kafka.bootstrap_servers, topic)("doctor")
    assert doctor.returncode == 0, doctor.stdout
    addresses = ", ".join(kafka.address(number) for number in (1, 2, 3))
    assert f"ok    cluster: 3 brokers: {addresses}\n" in doctor.stdout
    kafka.create_topic(f"{topic}-small", partitions=1, replication=1)
    doctor = command_over(directory, kafka.bootstrap_servers, f"{topic}-small")("doctor")
    less = "partitions 1 instead of 3; replication factor 1 instead of 3; min.insync.replicas 1 instead of 2"
    assert f"FAIL  topic {topic}-small: {less}; " in doctor.stdout
    kafka.kill_broker(2)
    doctor = command_over(directory, kafka.bootstrap_servers, topic)("doctor")
    assert f"FAIL  broker {kafka.address(2)}: Connection refused; see that it runs" in doctor.stdout
    assert f"ok    broker {kafka.address(1)}: " in doctor.stdout
    asked = command_over(directory, kafka.bootstrap_servers, "nobody-made-it")
    missing = "FAIL  topic nobody-made-it: topic nobody-made-it is missing; "
    wait_for(lambda: missing in asked("doctor").stdout, 60, "the two brokers agree without the third")
    doctor = asked("doctor")
    assert missing in doctor.stdout
    assert doctor.returncode == 1


def test_audit_that_cannot_read(kafka: KafkaCluster, tmp_path: Path) -> None:
    """A topic that is not there and brokers that are not: exit 2, and one line that says so."""
    for servers, why in ((kafka.bootstrap_servers, "UNKNOWN_TOPIC_OR_PART"), ("127.0.0.1:1", "_TRANSPORT")):
        audited = command_over(tmp_path, servers, "no-such-topic")("audit")
        assert (audited.returncode, audited.stdout) == (2, "")
        assert why in audited.stderr
        assert len(audited.stderr.splitlines()) == 1


def command_over(
    directory: Path, servers: str, topic: str
) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs `python -m services.reporter ...` as a person would, beside the reporter."""
    settings = {
        "REPORT_FALLBACK_DIR": str(directory),
        "KAFKA_BOOTSTRAP_SERVERS": servers,
        "KAFKA_TOPIC": topic,
    }

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "services.reporter", *arguments],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def limit_records(kafka: KafkaCluster, topic: str, size: int) -> None:
    """Sets how large a record of the topic may be."""
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    admin.incremental_alter_configs([resource])[resource].result(30)
