"""Reads the whole topic."""

from collections.abc import Iterator
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from services.reporter.kafka.trouble import Trouble, library_log, text_of
from services.reporter.sink import Placed, SinkDown

Config = dict[str, Any]

_LOOK_SECONDS = 5.0
_READ_SECONDS = 15.0


def read_topic(topic: str, connection: Config) -> Iterator[Placed]:
    """Every record on the topic, for a person who audits. Blocks. Raises SinkDown."""
    trouble = Trouble()
    reading: Config = {
        "group.id": "speakalka-reporter-audit",  # asked for by the library; nothing is ever committed
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "error_cb": trouble.hear,
    }
    consumer = Consumer({**connection, **reading}, logger=library_log)
    try:
        yield from _read(consumer, topic)
    except (KafkaException, TimeoutError) as error:
        raise SinkDown(trouble.beside(text_of(error))) from error
    finally:
        consumer.close()


def _read(consumer: Consumer, topic: str) -> Iterator[Placed]:
    found = consumer.list_topics(topic, timeout=_LOOK_SECONDS).topics[topic]
    if found.error:
        raise KafkaException(found.error)
    unread = set(found.partitions)
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in unread])
    while unread:
        message = consumer.poll(_READ_SECONDS)
        if message is None:
            raise TimeoutError(f"no record of {topic} within {_READ_SECONDS:g} s")
        error = message.error()
        if error is None:
            yield Placed(message.partition() or 0, message.offset() or 0, message.value() or b"")
        elif error.code() == KafkaError._PARTITION_EOF:
            unread.discard(message.partition() or 0)
        else:
            raise KafkaException(error)
