"""Mock brokers that refuse, lose, delay and move, as a seed says: at instants that real ones never give."""

import asyncio
from random import Random

from confluent_kafka import KafkaError

from tests.kafka.mock_cluster import INIT_PRODUCER_ID, PRODUCE, MockCluster

_PARTITIONS = 12  # of 5 MiB each
# What brokers answer while they are in trouble. The last one is no answer: the connection ends.
_TROUBLES = (
    KafkaError.NOT_ENOUGH_REPLICAS,
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError._TRANSPORT,
)
_REFUSALS = 20
_SLOW_MS = 1000
_FAULT_SECONDS = (0.1, 1.0)
_CALM_SECONDS = (0.0, 0.5)


class Script:
    """Faults of the brokers of one topic, which it makes. `hit` counts the brokers that had one."""

    def __init__(self, brokers: MockCluster, topic: str, chance: Random) -> None:
        self._brokers = brokers
        self._topic = topic
        self._chance = chance
        self.hit = 0
        brokers.create_topic(topic, _PARTITIONS)

    async def rage(self, until: asyncio.Event) -> None:
        """One fault after the other, each repaired before the next."""
        faults = (
            self._refuse,
            self._refuse_producers,
            self._forbid,
            self._absent,
            self._swallow,
            self._move,
        )
        while not until.is_set():
            self.hit += 1
            await self._chance.choice(faults)()
            await self._pass(_CALM_SECONDS)

    async def _refuse(self) -> None:
        await self._fail(PRODUCE, self._chance.choices(_TROUBLES, k=_REFUSALS))

    async def _refuse_producers(self) -> None:
        """A producer that is refused its id is dead for good."""
        await self._fail(INIT_PRODUCER_ID, [KafkaError.CLUSTER_AUTHORIZATION_FAILED])

    async def _fail(self, request: int, codes: list[int]) -> None:
        self._brokers.fail_next(request, codes)
        await self._pass(_FAULT_SECONDS)
        self._brokers.forget_failures(request)

    async def _forbid(self) -> None:
        self._brokers.set_topic_error(self._topic, KafkaError.TOPIC_AUTHORIZATION_FAILED)
        await self._pass(_FAULT_SECONDS)
        self._brokers.set_topic_error(self._topic, KafkaError.NO_ERROR)

    async def _absent(self) -> None:
        number = self._one()
        self._leave(number)
        await self._pass(_FAULT_SECONDS)
        self._brokers.bring_up(number)

    async def _swallow(self) -> None:
        """A broker has written what it never says it has."""
        number = self._one()
        self._brokers.slow_down(number, _SLOW_MS)
        await self._pass(_FAULT_SECONDS)
        self._leave(number)
        self._brokers.slow_down(number, 0)
        self._brokers.bring_up(number)

    async def _move(self) -> None:
        for partition in range(_PARTITIONS):
            self._brokers.set_leader(self._topic, partition, self._one())

    def _leave(self, number: int) -> None:
        self._brokers.take_down(number)
        others = [other for other in self._brokers.broker_ids if other != number]
        self._brokers.set_controller(self._chance.choice(others))

    def _one(self) -> int:
        return self._chance.choice(self._brokers.broker_ids)

    async def _pass(self, seconds: tuple[float, float]) -> None:
        await asyncio.sleep(self._chance.uniform(*seconds))
