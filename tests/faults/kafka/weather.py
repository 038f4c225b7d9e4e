"""Brokers killed, frozen, stopped and started again, as a seed says."""

import asyncio
from random import Random

from tests.kafka_cluster import KafkaCluster

_FROZEN_SECONDS = (1.0, 6.0)  # a broker that is silent for 3 s loses its partitions
_AWAY_SECONDS = (0.0, 3.0)
_CALM_SECONDS = (0.0, 2.0)


def repair(brokers: KafkaCluster) -> None:
    """Thaws and starts everything; returns when every broker serves."""
    for number in brokers.running:
        brokers.thaw_broker(number)
    brokers.start_all_brokers()
    brokers.wait_until_ready()


class Weather:
    """Bad for as long as wished. `hit` counts the brokers that were killed, stopped or frozen."""

    def __init__(self, brokers: KafkaCluster, chance: Random) -> None:
        self._brokers = brokers
        self._chance = chance
        self.hit = 0

    async def rage(self, until: asyncio.Event) -> None:
        """One fault after the other, each repaired before the next; every broker serves afterwards."""
        faults = (self._kill_one, self._freeze_one, self._stop_one, self._kill_all)
        while not until.is_set():
            await self._chance.choice(faults)()
            await self._pass(_CALM_SECONDS)
        await asyncio.to_thread(repair, self._brokers)

    async def _kill_one(self) -> None:
        self.hit += 1
        await asyncio.to_thread(self._brokers.kill_broker, self._one())
        await self._back()

    async def _stop_one(self) -> None:
        self.hit += 1
        await asyncio.to_thread(self._brokers.stop_broker, self._one())
        await self._back()

    async def _kill_all(self) -> None:
        self.hit += len(self._brokers.broker_ids)
        await asyncio.to_thread(self._brokers.kill_all_brokers)
        await self._back()

    async def _freeze_one(self) -> None:
        self.hit += 1
        number = self._one()
        self._brokers.freeze_broker(number)
        await self._pass(_FROZEN_SECONDS)
        self._brokers.thaw_broker(number)

    async def _back(self) -> None:
        await self._pass(_AWAY_SECONDS)
        await asyncio.to_thread(self._brokers.start_all_brokers)

    def _one(self) -> int:
        return self._chance.choice(self._brokers.broker_ids)

    async def _pass(self, seconds: tuple[float, float]) -> None:
        await asyncio.sleep(self._chance.uniform(*seconds))
