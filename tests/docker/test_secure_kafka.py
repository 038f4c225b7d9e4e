"""`make up KAFKA=secure`: brokers with TLS, users and ACLs, and a reporter that may do little."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # its documented way
from interview.v1 import core_pb2 as core

from tests.docker.interviews import interview
from tests.docker.system import READ, ROOT, System
from tests.kafka.waiting import wait_for
from tests.pki import make_pki

SECRETS = ROOT / "deploy" / "kafka-secure" / "secrets"
READ_SECONDS = 60.0
# Compose does not see that a secret is another file.
RECREATE = ("up", "-d", "--wait", "--force-recreate")
# What the reporter may do, as kafka-acls takes it.
WRITE = ("--allow-principal", "User:reporter", "--operation", "Write", "--topic", "step3")


def client(system: System, user: str) -> dict[str, str | int | float | bool]:
    """How a program on this machine logs in."""
    return {
        "bootstrap.servers": system.kafka_from_here,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": (SECRETS / f"{user}.password").read_text().strip(),
        "ssl.ca.location": str(SECRETS / "ca.pem"),
    }


def read(system: System, user: str, wanted: str) -> Message:
    """The first record that holds `wanted`, or the error that this user gets."""
    consumer = Consumer({**client(system, user), "group.id": "hr", "auto.offset.reset": "earliest"})
    consumer.subscribe(["step3"])
    found: list[Message] = []

    def is_found() -> bool:
        message = consumer.poll(1)
        if message and (message.error() or wanted in (message.value() or b"").decode()):
            found.append(message)
        return bool(found)

    try:
        wait_for(is_found, READ_SECONDS, f"{user} reads {wanted}, or is refused")
    finally:
        consumer.close()
    return found[0]


def tool(system: System, name: str, *arguments: str) -> str:
    """One of Kafka's tools inside kafka1."""
    return system.inside("kafka1", name, "--bootstrap-server", "localhost:9092", *arguments)


@pytest.fixture
def trusted_reporter(secure_system: System) -> Iterator[System]:
    """A test may give the reporter other files; afterwards it has its own again."""
    yield secure_system
    secure_system.compose(*RECREATE, "reporter")


def with_other(system: System, folder: Path, secret: str, content: str) -> None:
    """The reporter made anew, with another file for a secret."""
    (folder / "other").write_text(content)
    (folder / "other").chmod(0o444)
    overlay = folder / "overlay.yml"
    overlay.write_text(f"secrets: {{{secret}: {{file: {folder / 'other'}}}}}")
    system.compose("-f", str(overlay), *RECREATE, "reporter")


def test_reports_go_to_kafka_and_to_its_reader(secure_system: System) -> None:
    """The reporter delivers over SASL_SSL; the user `reader` reads the record from this machine; the guide's
    command inside kafka1 needs no login of its own."""
    delivery = interview(secure_system)
    assert delivery.status == core.DELIVERY_STATUS_DELIVERED
    assert read(secure_system, "reader", delivery.report_id).error() is None
    secure_system.read_until(f"docker exec -it kafka1 {READ}", delivery.report_id)


def test_the_reporter_may_do_nothing_else(secure_system: System) -> None:
    """With its login nobody reads the topic, makes one, or writes to another."""
    refused = read(secure_system, "reporter", "anything").error()
    assert refused is not None
    assert refused.code() in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)
    tool(secure_system, "kafka-topics", "--create", "--topic", "other", "--partitions", "1")
    login = client(secure_system, "reporter")
    admin = AdminClient(login)
    with pytest.raises(KafkaException, match="uthoriz"):
        admin.create_topics([NewTopic("mine", 1, 1)])["mine"].result()
    told: list[KafkaError | None] = []
    producer = Producer({**login, "message.timeout.ms": 30_000})
    producer.produce("other", b"{}", on_delivery=lambda error, _: told.append(error))
    producer.flush(READ_SECONDS)
    assert [error.code() for error in told if error] == [KafkaError.TOPIC_AUTHORIZATION_FAILED]


def test_secrets_stay_with_their_owner(secure_system: System) -> None:
    """Only the owner may enter their folder; no password is in a container's variables or its log."""
    assert stat.S_IMODE(SECRETS.stat().st_mode) == 0o700
    password = (SECRETS / "reporter.password").read_text().strip()
    for container in ("kafka1", "kafka-secure-topic-1", "speakalka-reporter-1"):
        assert password not in secure_system.run("docker", "inspect", container)
        assert password not in secure_system.logs(container)


def test_a_missing_acl_files_until_it_is_granted(secure_system: System) -> None:
    """Write taken away: filed, and receipt, log and metric say why. Granted: delivered, no restart."""
    tool(secure_system, "kafka-acls", "--remove", "--force", *WRITE)
    filed = interview(secure_system)
    assert filed.status == core.DELIVERY_STATUS_FILED
    assert "uthoriz" in filed.detail
    assert "uthoriz" in secure_system.logs("speakalka-reporter-1")
    assert "speakalka_kafka_circuit_open 1.0" in metrics(secure_system)
    tool(secure_system, "kafka-acls", "--add", *WRITE)
    secure_system.sent()
    assert "speakalka_kafka_circuit_open 0.0" in metrics(secure_system)


def metrics(system: System) -> str:
    """The reporter's metrics page."""
    read = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9104/metrics').read().decode())"
    return system.inside("speakalka-reporter-1", "python", "-c", read)


def test_who_is_not_let_in_files_until_it_is(trusted_reporter: System, tmp_path: Path) -> None:
    """Brokers of another CA, then a wrong password: filed, and receipt, log and doctor say the real reason,
    not the password. The brokers told that password: both are delivered, without a restart."""
    system = trusted_reporter
    with_other(system, tmp_path, "kafka_ssl_ca", (make_pki(tmp_path) / "other_ca.pem").read_text())
    files_and_says(system, "certificate")
    with_other(system, tmp_path, "kafka_sasl_password", "other-password")
    files_and_says(system, "uthentication")
    assert "other-password" not in system.logs("speakalka-reporter-1")
    user = ("--alter", "--entity-type", "users", "--entity-name", "reporter")
    try:
        tool(system, "kafka-configs", *user, "--add-config", "SCRAM-SHA-512=[password=other-password]")
        system.sent()
    finally:
        own = (SECRETS / "reporter.password").read_text().strip()
        tool(system, "kafka-configs", *user, "--add-config", f"SCRAM-SHA-512=[password={own}]")


def files_and_says(system: System, reason: str) -> None:
    """An interview whose report is filed for this reason."""
    filed = interview(system)
    assert filed.status == core.DELIVERY_STATUS_FILED
    assert reason in filed.detail
    assert reason in system.logs("speakalka-reporter-1")
    assert reason in system.doctor("reporter", sick=True), "the doctor says another reason"
