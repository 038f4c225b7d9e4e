"""What tests of every kind share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types

from tests.kafka_cluster import KafkaCluster, require_kafka
from tests.postgres import PostgresServer, require_postgres

# No timed asserts: a loaded machine is not a failure.
settings.register_profile("speakalka", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("speakalka")

TESTS = Path(__file__).parent
# Brokers and whole systems: started once for all of these, and two at a time would be too much for two cores.
SYSTEMS = ("e2e", "faults/kafka", "kafka", "test_kafka_integration.py", "contract/test_kafka_cluster.py")


class WholeFiles(LoadScopeScheduling):  # type: ignore[misc]
    """Deals out whole files; all that start systems go to one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.split("::", 1)[0]).relative_to(TESTS.name)
        return "systems" if any(file.is_relative_to(place) for place in SYSTEMS) else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    """Where several processes share the tests (`-n 2`)."""
    return WholeFiles(config, log)


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
