"""Looks at the topic and at the brokers."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its own documented way to import them
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
    TopicDescription,
)

from services.common import logs
from services.reporter.kafka.trouble import Trouble, library_log, text_of
from services.reporter.sink import SinkDown
from services.reporter.topic import Topic

Config = dict[str, Any]
Result = TypeVar("Result")

_LOOK_SECONDS = 5.0

log = logs.get_logger()


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
    trouble = Trouble()
    heard: Config = {"error_cb": trouble.hear}
    admin = None
    try:
        admin = AdminClient({**connection, **heard}, logger=library_log)
        yield admin
    except (KafkaException, TimeoutError, ValueError) as error:
        if admin:
            admin.poll(0)
        raise SinkDown(trouble.beside(text_of(error))) from error


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
        raise SinkDown(f"topic {topic.name} is missing and cannot be made: {text_of(error)}") from error
    log.info("topic made", topic=topic.name, partitions=topic.partitions, replicas=topic.replication_factor)


def _config_of(admin: AdminClient, topic: Topic) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic.name)
    try:
        entries = _result(admin.describe_configs([resource], request_timeout=_LOOK_SECONDS)[resource])
    except KafkaException as error:
        log.info("the topic's settings cannot be read", topic=topic.name, why=text_of(error))
        return {}
    return {name: entries[name].value for name in topic.config if name in entries}


def _result(future: "Future[Result]") -> Result:
    return future.result(_LOOK_SECONDS + 1)
