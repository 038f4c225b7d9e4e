"""What the doctors say in the containers: all is well, or what is not and what to do about it."""

from collections.abc import Iterator

import pytest

from tests.docker.system import SERVICES, System


def test_all_is_well(system: System) -> None:
    """`make doctor`: each of the four services finds everything that it needs, and the exit code is 0."""
    said = system.run("make", "doctor")
    assert all(f"== {service}, in Docker" in said for service in SERVICES)
    assert "FAIL" not in said


def test_a_thin_topic_is_named(system: System) -> None:
    """One partition and one replica: the doctor says how many there should be."""
    create = "kafka-topics --bootstrap-server localhost:9092 --create --topic thin --partitions 1"
    system.inside("kafka1", *create.split(), "--replication-factor", "1")
    said = told(system.doctor("reporter", sick=True, KAFKA_TOPIC="thin"), "topic thin")
    assert "partition" in said
    assert "replica" in said


def told(said: str, check: str) -> str:
    """The line of one check that failed."""
    return next(line for line in said.splitlines() if line.startswith(f"FAIL  {check}"))


@pytest.fixture
def reporter_elsewhere(system: System) -> Iterator[System]:
    """The reporter's container taken off the network of the brokers, and put back."""
    container = SERVICES["reporter"]
    system.run("docker", "network", "disconnect", "kafka-secure_default", container)
    yield system
    system.run("docker", "network", "connect", "--alias", "reporter", "kafka-secure_default", container)


def test_a_wrong_network_is_named(reporter_elsewhere: System) -> None:
    """Off the brokers' network their names mean nothing, and the doctor says so."""
    said = reporter_elsewhere.doctor("reporter", sick=True)
    assert "name" in told(said, "broker kafka1:19092")


def test_a_full_volume_is_named(system: System) -> None:
    """No room for reports: the doctor says how much is free."""
    image = "speakalka-reporter:0.1.0"
    small = ("--tmpfs", "/var/lib/speakalka/reports:size=64k,uid=10001", "-e", "KAFKA_BOOTSTRAP_SERVERS=")
    said = system.run("docker", "run", "--rm", "--read-only", *small, image, "doctor", status=1)
    assert "free" in told(said, "disk")


def test_missing_weights_are_named(system: System) -> None:
    """No weights: the doctor names the file, and the command that gets it."""
    said = system.run("docker", "run", "--rm", "speakalka-emotion:0.1.0", "doctor", status=1)
    assert "fetch-weights" in told(said, "weights")


def test_a_missing_key_is_named(system: System) -> None:
    """A judge that needs a key and has none: one line that names the variable."""
    asked = ("-e", "JUDGE=openai", "-e", "OPENAI_MODEL=some", "speakalka-evaluator:0.1.0", "doctor")
    assert "OPENAI_API_KEY" in system.run("docker", "run", "--rm", *asked, status=1)
