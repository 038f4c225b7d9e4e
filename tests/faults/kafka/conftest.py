"""Real brokers that are whole again after each test, and reporters on ports that outlive them."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.kafka.reporters import Reporters
from tests.faults.kafka.weather import repair
from tests.kafka_cluster import KafkaCluster


@pytest.fixture
def topic(kafka: KafkaCluster) -> str:
    """A topic of the test's own, made as the reporter makes it."""
    name = f"faults-{secrets.token_hex(4)}"
    kafka.create_topic(name, config={"max.message.bytes": str(5 * 1024 * 1024)})
    return name


@pytest.fixture
def kafka(kafka_cluster: KafkaCluster) -> Iterator[KafkaCluster]:
    """Brokers to break."""
    yield kafka_cluster
    repair(kafka_cluster)


@pytest.fixture
def reporters(tmp_path: Path, kafka: KafkaCluster, topic: str) -> Iterator[Reporters]:
    """Starts reporters and ends them."""
    with Reporters(tmp_path, kafka.bootstrap_servers, topic) as running:
        yield running


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Shows a line of figures though the test passes."""

    def tell(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}", flush=True)  # noqa: T201 - figures are for people

    return tell
