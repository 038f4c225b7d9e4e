"""Brokers that ask who one is: SASL_SSL and ACLs, right and wrong, and repaired without a restart."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from interview.v1 import core_pb2

from tests.fakes.reports import interview_report
from tests.kafka.reporter import ReporterProcess
from tests.kafka.security import Security
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster, require_kafka
from tests.pki import make_pki

PASSWORD = "reporter-password"
REPAIRED_SECONDS = 60.0


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The brokers' certificate and its CA, and a CA of somebody else."""
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def secure_kafka(pki: Path) -> Iterator[KafkaCluster]:
    """Three brokers that let the user `reporter` in, and allow him nothing yet."""
    require_kafka()
    with KafkaCluster(security=Security(pki, {"reporter": PASSWORD})) as cluster:
        yield cluster


@pytest.fixture
def topic(secure_kafka: KafkaCluster) -> str:
    """A topic that is there: the reporter may not make one."""
    name = f"step3-{secrets.token_hex(4)}"
    secure_kafka.create_topic(name)
    return name


def reporter(home: Path, kafka: KafkaCluster, topic: str, pki: Path, **wrong: str) -> ReporterProcess:
    """A reporter that comes by SASL_SSL, with one setting wrong if need be."""
    return ReporterProcess(
        home,
        {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.secure_bootstrap_servers,
            "KAFKA_TOPIC": topic,
            "KAFKA_CONNECT_MAX_RETRIES": "3",
            "KAFKA_CONNECT_BACKOFF_SECONDS": "1",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": "reporter",
            "KAFKA_SASL_PASSWORD": PASSWORD,
            "KAFKA_SSL_CA_LOCATION": str(pki / "ca.pem"),
            **wrong,
        },
    )


def allow_reporting(kafka: KafkaCluster, topic: str) -> None:
    """Write and Describe on the topic, which is all that the reporter needs."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    grants = [
        AclBinding(
            ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, "User:reporter", "*", operation,
            AclPermissionType.ALLOW,
        )
        for operation in (AclOperation.WRITE, AclOperation.DESCRIBE)
    ]  # fmt: skip
    for granted in admin.create_acls(grants).values():
        granted.result(timeout=30)


def test_who_may_write_delivers(secure_kafka: KafkaCluster, topic: str, pki: Path, tmp_path: Path) -> None:
    """Right CA, right password, Write and Describe on the topic: DELIVERED, and the record is there."""
    allow_reporting(secure_kafka, topic)
    with reporter(tmp_path, secure_kafka, topic, pki) as running:
        delivery = running.publish(interview_report())
        assert delivery.status == core_pb2.DELIVERY_STATUS_DELIVERED, running.said()
    assert [record.offset for record in secure_kafka.read_all(topic)] == [delivery.offset]


def test_a_missing_acl_files_until_it_is_granted(
    secure_kafka: KafkaCluster, topic: str, pki: Path, tmp_path: Path
) -> None:
    """No ACL: FILED, and the log says that Kafka does not authorize it. Granted: delivered, no restart."""
    with reporter(tmp_path, secure_kafka, topic, pki) as running:
        delivery = running.publish(interview_report())
        assert delivery.status == core_pb2.DELIVERY_STATUS_FILED, running.said()
        assert "uthoriz" in delivery.detail
        assert running.metric("speakalka_kafka_circuit_open") == 1
        allow_reporting(secure_kafka, topic)
        wait_for(lambda: not running.files(), REPAIRED_SECONDS, "the file is redelivered")
        assert running.metric("speakalka_kafka_circuit_open") == 0
    assert len(secure_kafka.read_all(topic)) == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [("KAFKA_SASL_PASSWORD", "uthentication"), ("KAFKA_SSL_CA_LOCATION", "certificate")],
)
def test_who_cannot_log_in_files_and_says_why(
    secure_kafka: KafkaCluster, topic: str, pki: Path, tmp_path: Path, wrong: str, reason: str
) -> None:
    """Wrong password or wrong CA: FILED with the real reason, not a mere time-out; no password is logged."""
    value = "wrong-password" if wrong == "KAFKA_SASL_PASSWORD" else str(pki / "other_ca.pem")
    with reporter(tmp_path, secure_kafka, topic, pki, **{wrong: value}) as running:
        delivery = running.publish(interview_report())
        assert delivery.status == core_pb2.DELIVERY_STATUS_FILED
        assert reason in delivery.detail, delivery.detail
        assert "wrong-password" not in running.said()
    assert secure_kafka.read_all(topic) == []


def test_a_wrong_ca_files_until_it_is_mended(
    secure_kafka: KafkaCluster, topic: str, pki: Path, tmp_path: Path
) -> None:
    """The file of the CA holds another one: FILED. The right one is put there: delivered, no restart."""
    allow_reporting(secure_kafka, topic)
    ca = tmp_path / "ca.pem"
    ca.write_bytes((pki / "other_ca.pem").read_bytes())
    with reporter(tmp_path, secure_kafka, topic, pki, KAFKA_SSL_CA_LOCATION=str(ca)) as running:
        delivery = running.publish(interview_report())
        assert delivery.status == core_pb2.DELIVERY_STATUS_FILED, running.said()
        ca.write_bytes((pki / "ca.pem").read_bytes())
        wait_for(lambda: not running.files(), REPAIRED_SECONDS, "the file is redelivered")
        assert running.metric("speakalka_kafka_circuit_open") == 0
    assert len(secure_kafka.read_all(topic)) == 1
