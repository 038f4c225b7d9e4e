"""The reporter killed over and over under load while its brokers have trouble: real brokers and mock ones."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.faults.kafka.callers import ANSWER, reports_of
from tests.faults.kafka.kills import check_nothing_is_lost
from tests.faults.kafka.reporters import Reporters
from tests.faults.kafka.script import Script
from tests.faults.kafka.size import SIZE
from tests.faults.kafka.weather import Weather
from tests.kafka.mock_cluster import MockCluster
from tests.kafka_cluster import KafkaCluster

Say = Callable[[str], None]


@pytest.mark.parametrize("seed", SIZE.seeds)
async def test_nothing_is_lost(
    kafka: KafkaCluster, reporters: Reporters, topic: str, seed: int, say: Say
) -> None:
    """Reports and kill -9 of the reporter at random instants, with callers that repeat what was not OK while
    brokers are killed, frozen and stopped: everything acknowledged is on the topic where it was said to be,
    byte for byte, and nothing else; duplicates are few and share their `ce_id`; the directory is empty
    within 60 s of the last repair."""
    reports = reports_of(f"seed{seed}", SIZE.reports, ANSWER)
    weather = Weather(kafka, Random(seed))
    figures = await check_nothing_is_lost(
        reporters.make(), weather, topic, reports, seed, lambda: kafka.read_all(topic, timeout=60)
    )
    say(f"kill test, {figures}")


@pytest.mark.parametrize("seed", SIZE.seeds)
async def test_nothing_is_lost_on_mock_brokers(tmp_path: Path, seed: int, say: Say) -> None:
    """The same on brokers that refuse requests, producers and the topic, write what they never answer, answer
    late, go away and hand over their partitions, at any instant."""
    topic = "step3"
    # Small ones: mock brokers keep little, and silently drop the rest.
    reports = reports_of(f"mock{seed}", SIZE.reports)
    with MockCluster() as brokers, Reporters(tmp_path, brokers.bootstrap_servers, topic) as reporters:
        script = Script(brokers, topic, Random(seed))
        figures = await check_nothing_is_lost(
            reporters.make(), script, topic, reports, seed, lambda: brokers.read_all(topic)
        )
    say(f"kill test on mock brokers, {figures}")
