"""What tests of every kind share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.kafka_cluster import KafkaCluster, require_kafka
from tests.postgres import PostgresServer, require_postgres

# No timed asserts: a loaded machine is not a failure.
settings.register_profile("speakalka", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("speakalka")

TESTS = Path(__file__).parent
# Brokers and whole systems: started once for all of these, and two at a time would be too much for two cores.
SYSTEMS = ("e2e", "faults/kafka", "kafka", "test_kafka_integration.py", "contract/test_kafka_cluster.py")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the tests a file stays whole, one has all that start systems."""
    for item in items:
        file = item.path.relative_to(TESTS)
        heavy = any(file.is_relative_to(place) for place in SYSTEMS)
        item.add_marker(pytest.mark.xdist_group("systems" if heavy else str(file)))


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
