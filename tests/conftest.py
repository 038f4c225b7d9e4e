"""What tests of every kind share."""

from collections.abc import Iterator

import pytest

from tests.kafka_cluster import KafkaCluster, require_kafka


@pytest.fixture(scope="session")
def kafka_cluster() -> Iterator[KafkaCluster]:
    """Three real brokers. Whoever stops one starts it again; topics have names of their own."""
    require_kafka()
    with KafkaCluster() as cluster:
        yield cluster
