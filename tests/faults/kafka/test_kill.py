"""The reporter killed again and again under load while its brokers are killed, frozen and stopped."""

import asyncio
import time
from collections.abc import Callable
from random import Random

import pytest

from tests.faults.kafka.audit import audit_when_visible
from tests.faults.kafka.callers import ANSWER, callers_of, reports_of
from tests.faults.kafka.reporters import Reporter, Reporters
from tests.faults.kafka.size import SIZE
from tests.faults.kafka.weather import Weather, repair
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster

EMPTY_SECONDS = 60
PER_KILL = 1.5
PER_BROKER = 16  # all that is on its way at once


@pytest.mark.parametrize("seed", SIZE.seeds)
async def test_nothing_is_lost(
    kafka: KafkaCluster, reporters: Reporters, topic: str, seed: int, say: Callable[[str], None]
) -> None:
    """Reports and kill -9 of the reporter at random instants, with callers that repeat what was not OK while
    brokers are killed, frozen and stopped: everything acknowledged is on the topic where it was said to be,
    byte for byte, and nothing else; duplicates are few and share their `ce_id`; the directory is empty
    within 60 s of the last repair."""
    begun = time.monotonic()
    reporter, weather = reporters.make(), Weather(kafka, Random(seed))
    reports, over = reports_of(f"seed{seed}", SIZE.reports, ANSWER), asyncio.Event()
    async with callers_of(reporter.lasting_address) as callers, asyncio.TaskGroup() as group:
        raging = group.create_task(weather.rage(over))
        burst = SIZE.reports // SIZE.kills
        calls = []
        for life in range(SIZE.kills):
            calls.append(group.create_task(callers.insist_on_all(reports[life * burst : (life + 1) * burst])))
            await one_life(reporter, Random(f"{seed}.{life}"))
        over.set()
        await raging
        await asyncio.to_thread(repair, kafka)
        await asyncio.to_thread(reporter.start)
        await asyncio.wait(calls)
    await asyncio.to_thread(wait_for, lambda: not reporter.files(), EMPTY_SECONDS, "no file waits")
    found = await asyncio.to_thread(
        audit_when_visible, topic, reports, callers.receipts, lambda: kafka.read_all(topic, timeout=60)
    )
    allowed = PER_KILL * SIZE.kills + PER_BROKER * weather.hit
    say(
        f"kill test, seed {seed}: {len(callers.receipts)} reports acknowledged, {callers.repeated} calls"
        f" repeated, {SIZE.kills} kills of the reporter, {weather.hit} brokers killed, stopped or frozen:"
        f" {len(found.lost)} lost, {len(found.unknown)} unknown, {len(found.altered)} altered,"
        f" {found.duplicates} duplicates of {allowed:g} allowed, {time.monotonic() - begun:.0f} s"
    )
    assert found.is_clean, found
    assert len(callers.receipts) == SIZE.reports
    assert found.duplicates <= allowed


async def one_life(reporter: Reporter, chance: Random) -> None:
    """Death comes at any instant of the start, once in five lives, or of as long again afterwards."""
    begun = time.monotonic()
    reporter.spawn()
    if chance.random() < 0.2:
        await asyncio.sleep(chance.uniform(0, 0.5))
    else:
        await asyncio.to_thread(reporter.wait_until_listening)
        await asyncio.sleep(chance.random() * (time.monotonic() - begun))
    reporter.kill()
