"""Topics and records, seen by a client that has nothing to do with the code under test.

Needs confluent_kafka; everything else of the cluster does without.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

_POLL_SECONDS = 0.2
_WATERMARK_SECONDS = 2.0


@dataclass(frozen=True)
class Record:
    """A record as it stands in a topic."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    partition: int
    offset: int


def create_topic(
    servers: str, name: str, partitions: int, replication: int, config: Mapping[str, str]
) -> None:
    """Creates a topic. Raises KafkaException if the cluster refuses."""
    topic = NewTopic(name, partitions, replication, config=dict(config))
    admin = AdminClient({"bootstrap.servers": servers})  # kept: without it the request is dropped
    admin.create_topics([topic])[name].result()


def delete_topic(servers: str, name: str) -> None:
    """Deletes a topic. Raises KafkaException if the cluster refuses."""
    admin = AdminClient({"bootstrap.servers": servers})
    admin.delete_topics([name])[name].result()


def read_all(servers: str, topic: str, partitions: int, timeout: float) -> list[Record]:
    """Every record committed before this call, by partition and offset.

    Raises TimeoutError if they cannot be read in `timeout` s.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "speakalka-tests",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "check.crcs": True,
        }
    )
    reading = _Reading(consumer, topic, time.monotonic() + timeout)
    try:
        return sorted(reading.records(partitions), key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()


class _Reading:
    """One reading of a topic, from its beginning up to the high watermarks of now."""

    def __init__(self, consumer: Consumer, topic: str, deadline: float) -> None:
        self._consumer = consumer
        self._topic = topic
        self._deadline = deadline

    def records(self, partitions: int) -> Iterator[Record]:
        spans = [self._span(partition) for partition in range(partitions)]
        wanted = {partition: high for partition, (low, high) in enumerate(spans) if high > low}
        starts = [TopicPartition(self._topic, partition, spans[partition][0]) for partition in wanted]
        self._consumer.assign(starts)
        while wanted:
            self._check_time("reading its records")
            message = self._consumer.poll(_POLL_SECONDS)
            if message is not None:
                yield from self._take(message, wanted)

    def _span(self, partition: int) -> tuple[int, int]:
        """The first offset and the high watermark; a new leader does not know the latter at once."""
        while True:
            self._check_time("asking for its high watermarks")
            try:
                place = TopicPartition(self._topic, partition)
                return self._consumer.get_watermark_offsets(place, timeout=_WATERMARK_SECONDS)
            except KafkaException:
                continue

    def _check_time(self, doing: str) -> None:
        if time.monotonic() > self._deadline:
            raise TimeoutError(f"topic {self._topic!r} could not be read in time: still {doing}")

    def _take(self, message: Message, wanted: dict[int, int]) -> Iterator[Record]:
        """The record of a message, if it is one; crosses off a partition that has been read to its mark."""
        error, partition, offset = message.error(), message.partition(), message.offset()
        assert partition is not None
        assert offset is not None
        at_end = error is not None and error.code() == KafkaError._PARTITION_EOF
        if error is None and partition in wanted:
            yield _record(message, partition, offset)
        elif not at_end:
            return
        reached = offset if at_end else offset + 1
        if reached >= wanted.get(partition, 0):
            wanted.pop(partition, None)


def _record(message: Message, partition: int, offset: int) -> Record:
    found = message.headers() or []
    pairs = found.items() if isinstance(found, dict) else found
    headers = tuple((name, _bytes(value)) for name, value in pairs)
    return Record(message.key(), message.value(), headers, partition, offset)


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
