"""One deployment for all tests here, in a Docker engine of their own; run.sh starts both."""

import os

import pytest

from tests.docker.system import System
from tests.needs import needs_env


@pytest.fixture(scope="session")
def deployment() -> System:
    """In an engine that is empty at first; what stands at the end goes with the engine."""
    if os.environ.get("DOCKER_TESTS") != "yes":
        pytest.skip("needs a Docker engine that it may fill and empty: tests/docker/run.sh starts one")
    system = System(
        {
            # Quick to see that Kafka is away, and that there are more replicas.
            "KAFKA_CONNECT_MAX_RETRIES": "2",
            "KAFKA_CONNECT_BACKOFF_SECONDS": "1",
            "EVALUATOR_MAX_CONNECTION_AGE_SECONDS": "3",
            "EMOTION_WEIGHTS": str(needs_env("DEEPFACE_HOME")),
        }
    )
    system.clear()
    return system


@pytest.fixture
def system(deployment: System) -> System:
    """Three brokers and the four services."""
    deployment.up("yes")
    return deployment


@pytest.fixture
def secure_system(deployment: System) -> System:
    """The same with brokers that ask who is there."""
    deployment.up("secure")
    return deployment


@pytest.fixture
def system_without_kafka(deployment: System) -> System:
    """The four services on a network of their own."""
    deployment.up("no")
    return deployment
