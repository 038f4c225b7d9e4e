"""A reporter killed again and again under load while its brokers are in trouble, and what came of it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

from tests.faults.kafka.audit import audit_when_visible
from tests.faults.kafka.callers import Callers, Report, callers_of
from tests.faults.kafka.reporters import Reporter
from tests.faults.kafka.size import SIZE
from tests.kafka.client import Record
from tests.kafka.waiting import wait_for

_EMPTY_SECONDS = 60
_PER_KILL = 1.5
_PER_BROKER = 16  # all that is on its way at once

ReadTopic = Callable[[], Sequence[Record]]


class Trouble(Protocol):
    """Of brokers. `hit` counts those that had some."""

    hit: int

    async def rage(self, until: asyncio.Event) -> None:
        """One fault after the other; all brokers serve afterwards."""


async def check_nothing_is_lost(
    reporter: Reporter, trouble: Trouble, topic: str, reports: Sequence[Report], seed: int, read: ReadTopic
) -> str:
    """Kills the reporter at random instants while `reports` come and brokers have trouble; callers repeat
    what was not OK. Checks that everything acknowledged is on the topic where it was said to be, byte for
    byte, and nothing else; that duplicates are few; that the directory is empty within 60 s. The figures."""
    begun = time.monotonic()
    async with callers_of(reporter.lasting_address) as callers:
        await _live_and_die(reporter, trouble, callers, reports, seed)
    await asyncio.to_thread(wait_for, lambda: not reporter.files(), _EMPTY_SECONDS, "no file waits")
    found = await asyncio.to_thread(audit_when_visible, topic, reports, callers.receipts, read)
    allowed = _PER_KILL * SIZE.kills + _PER_BROKER * trouble.hit
    figures = (
        f"seed {seed}: {len(callers.receipts)} reports acknowledged, {callers.repeated} calls repeated,"
        f" {SIZE.kills} kills of the reporter, {trouble.hit} brokers hit: {len(found.lost)} lost,"
        f" {len(found.unknown)} unknown, {len(found.altered)} altered,"
        f" {found.duplicates} duplicates of {allowed:g} allowed, {time.monotonic() - begun:.0f} s"
    )
    assert found.is_clean, f"{figures}: {found}"
    assert len(callers.receipts) == len(reports), figures
    assert found.duplicates <= allowed, figures
    return figures


async def _live_and_die(
    reporter: Reporter, trouble: Trouble, callers: Callers, reports: Sequence[Report], seed: int
) -> None:
    over, burst = asyncio.Event(), len(reports) // SIZE.kills
    async with asyncio.TaskGroup() as group:
        raging = group.create_task(trouble.rage(over))
        for life in range(SIZE.kills):
            group.create_task(callers.insist_on_all(reports[life * burst : (life + 1) * burst]))
            await _one_life(reporter, Random(f"{seed}.{life}"))
        over.set()
        await raging
        await asyncio.to_thread(reporter.start)


async def _one_life(reporter: Reporter, chance: Random) -> None:
    """Death comes at any instant of the start, once in five lives, or of as long again afterwards."""
    begun = time.monotonic()
    reporter.spawn()
    if chance.random() < 0.2:
        await asyncio.sleep(chance.uniform(0, 0.5))
    else:
        await asyncio.to_thread(reporter.wait_until_listening)
        await asyncio.sleep(chance.random() * (time.monotonic() - begun))
    reporter.kill()
