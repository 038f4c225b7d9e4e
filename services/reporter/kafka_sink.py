"""Kafka by confluent-kafka: a producer and the thread that hears its delivery reports; looks at the topic."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its own documented way to import them
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
    TopicDescription,
)

from services.common import logs
from services.reporter.poll_thread import PollThread
from services.reporter.record import Record
from services.reporter.sink import Acked, Failed, Fault, Placed, SinkDown, fault_of
from services.reporter.topic import Topic

Config = dict[str, Any]
Fate = Acked | Failed
Result = TypeVar("Result")

_LOOK_SECONDS = 5.0
_READ_SECONDS = 15.0
_BURY_SECONDS = 2.0
_REPLACE_SECONDS = 1.0

log = logs.get_logger()
# Its lines repeat every second while brokers are away; what they say stands in our own as the trouble.
_library_log = logging.getLogger("librdkafka")
_library_log.addHandler(logging.NullHandler())
_library_log.propagate = False


class KafkaRefusesSettings(ValueError):
    """librdkafka does not take a setting. The message names it as librdkafka does."""


class KafkaSink:
    """Sends to one topic. Made and used on one event loop; a producer that dies is replaced."""

    def __init__(self, topic: Topic, producer: Config, connection: Config) -> None:
        """Raises KafkaRefusesSettings."""
        self._topic = topic
        self._producer_config = producer
        self._connection = connection
        self._differences: list[str] = []
        self._closed = False
        self._burials: set[asyncio.Task[None]] = set()
        try:
            self._line = _Line(producer, self._bury)
        except (KafkaException, ValueError) as error:
            raise KafkaRefusesSettings(_text(error)) from error

    async def look(self) -> None:
        """Makes sure that the topic is there; says how it differs from what it should be. Raises SinkDown."""
        differences = await asyncio.to_thread(look_at, self._topic, self._connection)
        if differences != self._differences:
            log.warning("topic is not as it should be", topic=self._topic.name, differences=differences)
        self._differences = differences
        if self._line.distrusts:  # librdkafka reads certificates once: what was mended since is news to it
            self._renew()

    async def send(self, record: Record) -> Fate:
        """Sends a record; returns when its delivery report is there."""
        return await self._line.send(self._topic.name, record)

    async def close(self) -> None:
        """Gives up what is unsent, so that every `send` returns, and ends the producer."""
        self._closed = True
        await self._line.end()
        await asyncio.gather(*self._burials)

    def _bury(self, dead: "_Line", error: BaseException) -> None:
        log.error("the producer died; another takes its place soon", why=_text(error))
        self._end(dead)
        self._replace_soon()

    def _renew(self) -> None:
        distrustful = self._line
        self._replace()
        if self._line is not distrustful:
            self._end(distrustful)

    def _end(self, line: "_Line") -> None:
        burial = asyncio.create_task(line.end())
        self._burials.add(burial)
        burial.add_done_callback(self._burials.discard)

    def _replace_soon(self) -> None:
        # Not at once: what killed one may kill the next. Until then sends fail, and reports are filed.
        asyncio.get_running_loop().call_later(_REPLACE_SECONDS, self._replace)

    def _replace(self) -> None:
        if self._closed:
            return
        try:
            self._line = _Line(self._producer_config, self._bury)
        except (KafkaException, OSError, RuntimeError) as error:  # no memory, threads or handles for one
            log.error("there is no producer", why=_text(error))
            self._replace_soon()


class _Line:
    """One producer, its poll thread, and those who wait for its delivery reports.

    `distrusts`: it has met a broker whose certificate it does not accept.
    """

    def __init__(self, config: Config, died: Callable[["_Line", BaseException], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Future[Fate]] = set()
        self._trouble = _Trouble()
        self.distrusts = False
        self._ended = False
        self._producer = Producer({**config, "error_cb": self._hear}, logger=_library_log)
        self._died = died
        self._thread = PollThread(self._producer.poll, self._poll_ended, self._loop)

    async def send(self, topic: str, record: Record) -> Fate:
        if self._ended:
            return Failed(Fault.CLUSTER, "the producer has ended")
        fate: asyncio.Future[Fate] = self._loop.create_future()
        self._waiting.add(fate)
        fate.add_done_callback(self._waiting.discard)
        try:
            self._producer.produce(
                topic,
                record.value,
                record.key,
                headers=[*record.headers],
                on_delivery=lambda error, message: self._tell(fate, error, message),
            )
        except KafkaException as error:
            _settle(fate, self._failed(error.args[0]))
        except BufferError:
            _settle(fate, Failed(Fault.CLUSTER, "the producer's queue is full"))
        return await fate

    def _poll_ended(self, error: BaseException) -> None:
        if not self._ended:
            self._ended = True
            self._died(self, error)

    async def end(self) -> None:
        """Gives up what is unsent, so that every `send` returns, and ends the producer."""
        self._ended = True
        await asyncio.to_thread(self._purge)
        for fate in list(self._waiting):
            _settle(fate, Failed(Fault.CLUSTER, "the producer ended without a delivery report"))

    def _purge(self) -> None:
        self._thread.stop()
        self._producer.purge()
        try:
            self._producer.flush(_BURY_SECONDS)
        except (
            KafkaException
        ) as error:  # of a dead one: its delivery reports came all the same, or never will
            log.info("a dead producer was buried", why=_text(error))

    def _tell(self, fate: asyncio.Future[Fate], error: KafkaError | None, message: Message) -> None:
        # On the poll thread, inside the library: enqueue and nothing else.
        outcome = self._failed(error) if error else Acked(message.partition() or 0, message.offset() or 0)
        self._loop.call_soon_threadsafe(_settle, fate, outcome)

    def _failed(self, error: KafkaError) -> Failed:
        # Trouble of the network, TLS and login reaches a delivery report as a time-out only.
        told = f"{error.name()}: {error.str()}"
        timed_out = error.code() == KafkaError._MSG_TIMED_OUT
        return Failed(fault_of(error.name()), self._trouble.beside(told) if timed_out else told)

    def _hear(self, error: KafkaError) -> None:
        self.distrusts |= error.code() == KafkaError._SSL
        self._trouble.hear(error)


class _Trouble:
    """What a client said last of the network, TLS or login."""

    def __init__(self) -> None:
        self._text = ""

    def hear(self, error: KafkaError) -> None:
        """Keeps it, unless it says only that all brokers are down, which follows on the reason."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN or not self._text:
            self._text = f"{error.name()}: {error.str()}"

    def beside(self, told: str) -> str:
        """What was told, and the trouble behind it."""
        return f"{told}; {self._text}" if self._text else told


def _settle(fate: "asyncio.Future[Fate]", outcome: Fate) -> None:
    if not fate.done():
        fate.set_result(outcome)


def look_at(topic: Topic, connection: Config, *, make: bool = True) -> list[str]:
    """How the topic is less than it should be; a missing one is made, if `make`. Blocks. Raises SinkDown."""
    with _admin(connection) as admin:
        return _look(admin, topic, make=make)


def brokers_of(connection: Config) -> list[str]:
    """Where the brokers that live tell clients to go, host:port. Blocks. Raises SinkDown."""
    with _admin(connection) as admin:
        brokers = admin.list_topics(timeout=_LOOK_SECONDS).brokers
        return [f"{brokers[number].host}:{brokers[number].port}" for number in sorted(brokers)]


@contextmanager
def _admin(connection: Config) -> Iterator[AdminClient]:
    """A client whose failures come as SinkDown, with the last trouble that the library told of."""
    trouble = _Trouble()
    heard: Config = {"error_cb": trouble.hear}
    admin = None
    try:
        admin = AdminClient({**connection, **heard}, logger=_library_log)
        yield admin
    except (KafkaException, TimeoutError, ValueError) as error:
        if admin:
            admin.poll(0)
        raise SinkDown(trouble.beside(_text(error))) from error


def _look(admin: AdminClient, topic: Topic, *, make: bool) -> list[str]:
    described = admin.describe_topics(TopicCollection([topic.name]), request_timeout=_LOOK_SECONDS)
    try:
        found: TopicDescription = _result(described[topic.name])
    except KafkaException as error:
        if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise
        if not make:
            raise SinkDown(f"topic {topic.name} is missing") from error
        _create(admin, topic)
        return []
    replicas = min((len(partition.replicas) for partition in found.partitions), default=0)
    return topic.differences(len(found.partitions), replicas, _config_of(admin, topic))


def _create(admin: AdminClient, topic: Topic) -> None:
    new = NewTopic(
        topic.name,
        num_partitions=topic.partitions,
        replication_factor=topic.replication_factor,
        config=topic.config,
    )
    try:
        _result(admin.create_topics([new], request_timeout=_LOOK_SECONDS)[topic.name])
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:  # another reporter was faster
            return
        raise SinkDown(f"topic {topic.name} is missing and cannot be made: {_text(error)}") from error
    log.info("topic made", topic=topic.name, partitions=topic.partitions, replicas=topic.replication_factor)


def _config_of(admin: AdminClient, topic: Topic) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic.name)
    try:
        entries = _result(admin.describe_configs([resource], request_timeout=_LOOK_SECONDS)[resource])
    except KafkaException as error:
        log.info("the topic's settings cannot be read", topic=topic.name, why=_text(error))
        return {}
    return {name: entries[name].value for name in topic.config if name in entries}


def read_topic(topic: str, connection: Config) -> Iterator[Placed]:
    """Every record on the topic, for a person who audits. Blocks. Raises SinkDown."""
    trouble = _Trouble()
    reading: Config = {
        "group.id": "speakalka-reporter-audit",  # asked for by the library; nothing is ever committed
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "error_cb": trouble.hear,
    }
    consumer = Consumer({**connection, **reading}, logger=_library_log)
    try:
        yield from _read(consumer, topic)
    except (KafkaException, TimeoutError) as error:
        raise SinkDown(trouble.beside(_text(error))) from error
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


def _result(future: "Future[Result]") -> Result:
    return future.result(_LOOK_SECONDS + 1)


def _text(error: BaseException) -> str:
    if isinstance(error, KafkaException):
        return f"{error.args[0].name()}: {error.args[0].str()}"
    return str(error) or type(error).__name__
