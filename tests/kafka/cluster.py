"""A whole cluster, ready to test against: its brokers, what they say, and its topics."""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Self

from tests.kafka.brokers import Brokers
from tests.kafka.metadata import Partition, View, ask
from tests.kafka.settings import HOST
from tests.kafka.waiting import wait_for

if TYPE_CHECKING:
    from tests.kafka.client import Record


class KafkaCluster(Brokers):
    """Brokers on 127.0.0.1 to be killed, frozen and restarted while somebody uses them.

    Whoever waits here asks every broker that runs and is not frozen, and waits until all say the same.
    """

    def start(self) -> Self:
        """Starts all nodes; returns when every broker serves and knows of the others.

        Raises KafkaUnavailable, NodeFailed, TimeoutError, or OSError if a wished port is taken.
        """
        super().start()
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def wait_until_ready(self, timeout: float = 30.0) -> None:
        """Waits until every running broker knows of all running brokers. Raises TimeoutError."""
        expected = frozenset(self.running)
        self._wait(lambda view: view.brokers >= expected, timeout, f"brokers {set(expected)} registered")

    def wait_for_isr(self, topic: str, size: int, timeout: float = 30.0) -> None:
        """Waits until each partition has a leader and exactly `size` replicas in sync. Or TimeoutError."""

        def whole(view: View) -> bool:
            return bool(view.topics.get(topic)) and all(
                len(partition.in_sync) == size and partition.leader in partition.in_sync
                for partition in view.topics[topic].values()
            )

        self._wait(whole, timeout, f"{size} replicas of each partition of {topic!r} in sync", [topic])

    def leader(self, topic: str, partition: int = 0, timeout: float = 30.0) -> int:
        """The broker that leads a partition: waits for one that runs. Raises TimeoutError."""
        leaders: set[int] = set()

        def known(view: View) -> bool:
            leaders.add(_partition(view, topic, partition).leader)
            return leaders <= set(self.running) and len(leaders) == 1

        def agreed() -> bool:
            leaders.clear()
            return self._all_say(known, [topic])

        wait_for(agreed, timeout, f"a leader of partition {partition} of {topic!r}")
        return leaders.pop()

    def create_topic(
        self, name: str, partitions: int = 3, replication: int = 3, config: Mapping[str, str] | None = None
    ) -> None:
        """Creates a topic; returns when every broker knows it and its replicas are in sync.

        Its `min.insync.replicas` is one less than its replicas, unless `config` says otherwise.
        Raises confluent_kafka.KafkaException if the cluster refuses.
        """
        safe = {"min.insync.replicas": str(max(1, replication - 1))}
        _client().create_topic(
            self.bootstrap_servers, name, partitions, replication, {**safe, **(config or {})}
        )
        self.wait_for_isr(name, replication)

    def delete_topic(self, name: str) -> None:
        """Deletes a topic; returns when no broker knows it. Raises confluent_kafka.KafkaException."""
        _client().delete_topic(self.bootstrap_servers, name)
        self._wait(lambda view: name not in view.topics, 30.0, f"topic {name!r} deleted", [name])

    def read_all(self, topic: str, timeout: float = 30.0) -> "list[Record]":
        """Every record that was committed before this call, by partition and offset. Raises TimeoutError."""
        partitions = self.partitions(topic, timeout)
        records: list[Record] = _client().read_all(self.bootstrap_servers, topic, partitions, timeout)
        return records

    def partitions(self, topic: str, timeout: float = 30.0) -> int:
        """How many partitions a topic has, once all brokers name the same leaders: one that was frozen
        takes itself for the leader for a while, and knows nothing of what its successor took."""
        shapes: set[tuple[tuple[int, Partition], ...]] = set()

        def led(view: View) -> bool:
            found = view.topics.get(topic, {})
            shapes.add(tuple(sorted(found.items(), key=lambda item: item[0])))
            return bool(found) and all(one.leader in one.in_sync for one in found.values())

        def agreed() -> bool:
            shapes.clear()
            return self._all_say(led, [topic]) and len(shapes) == 1

        wait_for(agreed, timeout, f"all brokers name the same leaders of {topic!r}")
        return len(shapes.pop())

    def _wait(
        self, holds: Callable[[View], bool], timeout: float, wish: str, topics: Sequence[str] = ()
    ) -> None:
        wait_for(lambda: self._all_say(holds, topics), timeout, wish)

    def _all_say(self, holds: Callable[[View], bool], topics: Sequence[str]) -> bool:
        try:
            views = [ask(HOST, port, topics) for port in self._awake_ports]
        except OSError:  # it has just died, or is about to serve
            return False
        return bool(views) and all(map(holds, views))


def _partition(view: View, topic: str, number: int) -> Partition:
    return view.topics.get(topic, {}).get(number, Partition(-1, frozenset()))


def _client() -> ModuleType:
    from tests.kafka import client  # noqa: PLC0415 - the rest runs without confluent_kafka

    return client
