"""What tests of every kind share."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.kafka_cluster import KafkaCluster, require_kafka
from tests.postgres import PostgresServer, require_postgres

# No timed asserts: a loaded machine is not a failure.
settings.register_profile("speakalka", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("speakalka")


@pytest.fixture(scope="session")
def kafka_cluster() -> Iterator[KafkaCluster]:
    """Three real brokers. Whoever stops one starts it again; topics have names of their own."""
    require_kafka()
    with KafkaCluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL; each test makes a database of its own. Whoever stops it starts it again."""
    require_postgres()
    with PostgresServer() as server:
        yield server
