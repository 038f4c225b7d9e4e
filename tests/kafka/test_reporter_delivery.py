"""The reporter and three real brokers: what is delivered, filed, redelivered and rejected, and as what."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from interview.v1 import core_pb2, interview_report_pb2
from jsonschema import Draft202012Validator

from tests.fakes.reports import interview_report
from tests.kafka.client import Record
from tests.kafka.reporter import ReporterFailed, ReporterProcess
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
DELIVERED = core_pb2.DELIVERY_STATUS_DELIVERED
FILED = core_pb2.DELIVERY_STATUS_FILED
REJECTED = core_pb2.DELIVERY_STATUS_REJECTED

StartReporter = Callable[..., ReporterProcess]


@pytest.fixture
def topic() -> str:
    return f"step3-{secrets.token_hex(4)}"


@pytest.fixture
def brokers(kafka_cluster: KafkaCluster) -> Iterator[KafkaCluster]:
    """The cluster, whole again afterwards."""
    yield kafka_cluster
    kafka_cluster.start_all_brokers()
    kafka_cluster.wait_until_ready()


@pytest.fixture
def start_reporter(tmp_path: Path, brokers: KafkaCluster, topic: str) -> Iterator[StartReporter]:
    """Starts reporters that see within seconds that brokers are away, and back; ends those still running."""
    started: list[ReporterProcess] = []

    def start(**environment: str) -> ReporterProcess:
        reporter = ReporterProcess(
            tmp_path,
            {
                "KAFKA_BOOTSTRAP_SERVERS": brokers.bootstrap_servers,
                "KAFKA_TOPIC": topic,
                "KAFKA_CONNECT_MAX_RETRIES": "5",
                "KAFKA_CONNECT_BACKOFF_SECONDS": "1",
                **environment,
            },
        )
        started.append(reporter)
        reporter.start()
        return reporter

    yield start
    for reporter in started:
        reporter.stop()


def publish_all(
    reporter: ReporterProcess, reports: list[interview_report_pb2.InterviewReport]
) -> list[core_pb2.Delivery]:
    with ThreadPoolExecutor(64) as callers:
        return list(callers.map(reporter.publish, reports))


def ids(records: list[Record]) -> list[str]:
    return sorted((dict(record.headers)["ce_id"] or b"").decode() for record in records)


def technical(count: int) -> list[interview_report_pb2.InterviewReport]:
    return [interview_report(f"interview_{secrets.token_hex(8)}") for _ in range(count)]


def test_report_is_delivered(start_reporter: StartReporter, brokers: KafkaCluster, topic: str) -> None:
    """Kafka up: DELIVERED names where the record is; key, headers and bytes are the contract's; no file."""
    reporter = start_reporter()
    report = interview_report(room_id="room-7")
    delivery = reporter.publish(report)
    [record] = brokers.read_all(topic)
    assert delivery == core_pb2.Delivery(
        report_id=report.report_id,
        status=DELIVERED,
        topic=topic,
        partition=record.partition,
        offset=record.offset,
    )
    assert record.key == report.interview_id.encode()
    assert record.headers == (
        ("ce_specversion", b"1.0"),
        ("ce_id", report.report_id.encode()),
        ("ce_type", b"io.speakalka.interview.report.v1"),
        ("ce_source", b"interview_system"),
        ("ce_time", b"2023-12-21T10:30:45.789Z"),
        ("content-type", b"application/json"),
    )
    value = orjson.loads(record.value or b"")
    Draft202012Validator(orjson.loads(SCHEMA.read_bytes())).validate(value)
    assert (value["topic"], value["report"]["report_id"]) == (topic, report.report_id)
    assert reporter.files() == set()
    assert reporter.publish(report) == delivery
    assert len(brokers.read_all(topic)) == 1


def test_topic_is_made(start_reporter: StartReporter, brokers: KafkaCluster, topic: str) -> None:
    """A missing topic is made with the partitions, replicas, min ISR and message size that are promised."""
    start_reporter(KAFKA_TOPIC_PARTITIONS="2").publish(interview_report())
    admin = AdminClient({"bootstrap.servers": brokers.bootstrap_servers})
    partitions = admin.list_topics(topic, timeout=10).topics[topic].partitions.values()
    assert [len(partition.replicas) for partition in partitions] == [3, 3]
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    config = admin.describe_configs([resource])[resource].result()
    assert config["min.insync.replicas"].value == "2"
    assert int(config["max.message.bytes"].value) > 4 * 1024 * 1024


def test_topic_that_differs_is_left_alone(
    start_reporter: StartReporter, brokers: KafkaCluster, topic: str
) -> None:
    """A topic with less than promised is used as it is, and the log says what is less."""
    brokers.create_topic(topic, partitions=1, config={"min.insync.replicas": "1"})
    reporter = start_reporter()
    assert reporter.publish(interview_report()).status == DELIVERED
    [line] = reporter.logged("topic is not as it should be")
    assert line["differences"] == [
        "partitions 1 instead of 3",
        "min.insync.replicas 1 instead of 2",
        "max.message.bytes 1048588 instead of 4259840",
    ]


def test_fifty_callers_make_one_record(
    start_reporter: StartReporter, brokers: KafkaCluster, topic: str
) -> None:
    """The same report from fifty callers at once: one receipt for all, one record."""
    reporter = start_reporter()
    deliveries = publish_all(reporter, [interview_report()] * 50)
    assert {delivery.SerializeToString() for delivery in deliveries} == {deliveries[0].SerializeToString()}
    assert len(brokers.read_all(topic)) == 1


def test_away_at_the_start_then_back(
    start_reporter: StartReporter, brokers: KafkaCluster, topic: str
) -> None:
    """Brokers down when the reporter starts: reports are FILED under the promised names. Brokers back: the
    records arrive, once each, the files go, and a repeat hears where its record is."""
    brokers.stop_all_brokers()
    reporter = start_reporter()
    reports = [interview_report(room_id="room-7"), *technical(2)]
    reports[0].report_id, reports[0].interview_id = "interview_ROOM.1", "interview_ROOM"
    deliveries = [reporter.publish(report) for report in reports]
    assert [delivery.status for delivery in deliveries] == [FILED] * 3
    assert (
        {delivery.file_name for delivery in deliveries}
        == reporter.files()
        == {
            "interview_report_room-7.json",
            "technical_interview_report.json",
            f"technical_interview_report.{reports[2].report_id}.json",
        }
    )
    assert "Kafka is away" in deliveries[0].detail
    brokers.start_all_brokers()
    wait_for(lambda: not reporter.files(), 60, "files gone")
    assert ids(brokers.read_all(topic)) == sorted(report.report_id for report in reports)
    assert reporter.publish(reports[1]).status == DELIVERED
    assert len(brokers.read_all(topic)) == 3


def test_away_in_between(start_reporter: StartReporter, brokers: KafkaCluster, topic: str) -> None:
    """All brokers killed under way: every report is FILED within its time, and on the topic afterwards."""
    reporter = start_reporter()
    assert reporter.publish(interview_report("interview_before")).status == DELIVERED
    brokers.kill_all_brokers()
    reports = technical(40)
    assert {delivery.status for delivery in publish_all(reporter, reports)} == {FILED}
    assert len(reporter.files()) == 40
    brokers.start_all_brokers()
    wait_for(lambda: not reporter.files(), 60, "files gone")
    expected = {"interview_before.1", *(report.report_id for report in reports)}
    found = ids(brokers.read_all(topic))
    assert set(found) == expected
    assert len(found) <= len(expected) + 16, "only what was in flight may be there twice"


def test_leader_killed(start_reporter: StartReporter, brokers: KafkaCluster, topic: str) -> None:
    """The leader of a partition is killed while reports flow: each is safe, and on the topic in the end."""
    brokers.create_topic(topic)
    reporter = start_reporter(KAFKA_CONNECT_MAX_RETRIES="15")
    reports = technical(300)
    with ThreadPoolExecutor(1) as killer:
        publish_all(reporter, reports[:20])
        kill = killer.submit(brokers.kill_broker, brokers.leader(topic))
        deliveries = publish_all(reporter, reports[20:])
        kill.result()
    assert {delivery.status for delivery in deliveries} <= {DELIVERED, FILED}
    wait_for(lambda: not reporter.files(), 60, "files gone")
    assert set(ids(brokers.read_all(topic))) == {report.report_id for report in reports}


def test_refused_record_stands_aside(
    start_reporter: StartReporter, brokers: KafkaCluster, topic: str
) -> None:
    """A record over the topic's limit is REJECTED and stands in rejected/; its neighbours are delivered."""
    brokers.create_topic(topic, partitions=1, config={"max.message.bytes": "20000"})
    reporter = start_reporter()
    reports = technical(30)
    for report in reports[::10]:
        report.answers[0].answer_text = "а" * 20_000
    deliveries = publish_all(reporter, reports)
    large = deliveries[::10]
    assert [delivery.status for delivery in large] == [REJECTED] * 3
    assert {delivery.status for delivery in deliveries if delivery not in large} == {DELIVERED}
    for delivery in large:
        assert delivery.file_name == f"rejected/technical_interview_report.{delivery.report_id}.json"
        assert "MSG_SIZE_TOO_LARGE" in delivery.detail
        record = orjson.loads((reporter.directory / delivery.file_name).read_bytes())
        assert record["report"]["report_id"] == delivery.report_id
    assert reporter.publish(reports[0]) == large[0]
    assert len(brokers.read_all(topic)) == 27


def test_waiting_files_of_every_kind(
    start_reporter: StartReporter, brokers: KafkaCluster, topic: str, tmp_path: Path
) -> None:
    """Files found at the start: one put there by hand is sent, a damaged one is set aside, others stay."""
    directory = tmp_path / "reports"
    directory.mkdir(mode=0o700)
    by_hand = (Path(__file__).parents[1] / "contract" / "guide_record.json").read_bytes()
    (directory / "interview_report_комната 7.json").write_bytes(by_hand)
    (directory / "technical_interview_report.json").write_bytes(by_hand[:100])
    (directory / "notes.json").write_text("{}")
    reporter = start_reporter()
    wait_for(lambda: reporter.files() == {"notes.json"}, 30, "waiting files gone")
    [record] = brokers.read_all(topic)
    assert record.value == by_hand
    assert dict(record.headers)["ce_id"] == b"interview_1703123456.1"
    aside = directory / "rejected" / "technical_interview_report.json"
    assert aside.read_bytes() == by_hand[:100]


def test_topic_that_cannot_be_made(start_reporter: StartReporter) -> None:
    """A topic that is missing and cannot be made is the operator's fault: FILED, and the detail says why."""
    delivery = start_reporter(KAFKA_TOPIC_REPLICATION_FACTOR="5").publish(interview_report())
    assert delivery.status == FILED
    assert "INVALID_REPLICATION_FACTOR" in delivery.detail


def test_sigterm_files_what_is_unsent(start_reporter: StartReporter, brokers: KafkaCluster) -> None:
    """SIGTERM while reports wait for dead brokers: exit 0 inside 25 s, and every report is in a file."""
    reporter = start_reporter(KAFKA_CONNECT_MAX_RETRIES="40", REPORTER_DRAIN_SECONDS="2")
    reporter.publish(interview_report("interview_before"))
    brokers.kill_all_brokers()
    reports = technical(40)
    with ThreadPoolExecutor(40) as callers:
        calls = [callers.submit(reporter.publish, report) for report in reports]
        wait_for(lambda: reporter.metric("grpc_server_started_total") == 41, 30, "all calls have come")
        reporter.running.terminate()
        assert reporter.running.wait(25) == 0
        for call in calls:
            call.exception()
    waiting = {
        orjson.loads(path.read_bytes())["report"]["report_id"] for path in reporter.directory.glob("*.json")
    }
    assert waiting == {report.report_id for report in reports}


def test_setting_that_the_library_refuses(start_reporter: StartReporter) -> None:
    """A bad Kafka setting stops the start with one line that names the variable."""
    with pytest.raises(ReporterFailed) as caught:
        start_reporter(KAFKA_SSL_CA_LOCATION="/nowhere.pem", KAFKA_SECURITY_PROTOCOL="SSL")
    assert str(caught.value).startswith("KAFKA_SSL_CA_LOCATION: ")
    assert len(str(caught.value).splitlines()) == 1
