"""The producer and its thread: acks, failures by whose fault, death and replacement, the end."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from services.reporter.kafka import admin, line
from services.reporter.kafka.config import connection_config, producer_config, variables_in
from services.reporter.kafka.poll_thread import PollThread
from services.reporter.kafka.sink import KafkaRefusesSettings, KafkaSink
from services.reporter.settings import ReporterSettings
from services.reporter.sink import (
    OPERATORS_FAULTS,
    REPORTS_FAULTS,
    Acked,
    Failed,
    Fault,
    SinkDown,
    fault_of,
)
from services.reporter.topic import LARGEST_MESSAGE_BYTES, Topic
from tests.fakes.reporting import record

TOPIC = Topic("step3", partitions=3, replication_factor=3)
# librdkafka's own brokers, inside the producer: for what needs no real ones. They make the topic.
MOCK = {"test.mock.num.brokers": 3, "allow.auto.create.topics": True}


def settings(**changes: Any) -> ReporterSettings:
    return ReporterSettings(
        kafka_bootstrap_servers="", kafka_connect_max_retries=4, kafka_connect_backoff_seconds=0.5, **changes
    )


@pytest.fixture
async def open_sink() -> AsyncIterator[Callable[..., KafkaSink]]:
    opened: list[KafkaSink] = []

    def open_sink(**config: Any) -> KafkaSink:
        sink = KafkaSink(TOPIC, {**producer_config(settings()), **config}, connection_config(settings()))
        opened.append(sink)
        return sink

    yield open_sink
    for sink in opened:
        await sink.close()


class DyingProducer:
    """Stands for a producer with a fatal error: librdkafka has no way to cause one from Python."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.doomed = threading.Event()

    def produce(self, *_: Any, **__: Any) -> None:
        self.doomed.set()

    def poll(self, seconds: float) -> int:
        if self.doomed.wait(seconds):
            raise KafkaException(KafkaError(KafkaError._FATAL, "fenced", True))
        return 0

    def purge(self) -> None:
        return

    def flush(self, _: float) -> int:
        raise KafkaException(KafkaError(KafkaError._FATAL, "fenced", True))


async def test_acked(open_sink: Callable[..., KafkaSink]) -> None:
    """A send returns partition and offset; one key keeps one partition."""
    sink = open_sink(**MOCK)
    first = await sink.send(record("interview_A"))
    again = await sink.send(record("interview_A"))
    assert isinstance(first, Acked)
    assert again == Acked(first.partition, first.offset + 1)


async def test_brokers_away(open_sink: Callable[..., KafkaSink]) -> None:
    """A record that finds no broker fails within the patience of the settings, and the reason is told."""
    fate = await open_sink(**{"bootstrap.servers": "127.0.0.1:1"}).send(record("interview_A"))
    assert isinstance(fate, Failed)
    assert fate.fault is Fault.CLUSTER
    assert "_MSG_TIMED_OUT" in fate.detail
    assert "127.0.0.1:1" in fate.detail


async def test_too_large_for_the_client(open_sink: Callable[..., KafkaSink]) -> None:
    """A record that the producer itself refuses is the record's fault, not an exception."""
    fate = await open_sink(**MOCK, **{"message.max.bytes": 1000}).send(record("interview_A"))
    assert isinstance(fate, Failed)
    assert fate.fault is Fault.REPORT


async def test_dead_producer_is_replaced(
    open_sink: Callable[..., KafkaSink], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fatal error ends nobody's wait in silence: who waits hears it, and a new producer takes the rest."""
    monkeypatch.setattr(line, "Producer", DyingProducer)
    sink = open_sink(**MOCK)
    monkeypatch.undo()
    fate = await asyncio.wait_for(sink.send(record("interview_A")), 10)
    assert isinstance(fate, Failed)
    assert fate.fault is Fault.CLUSTER
    fates: list[Acked | Failed] = []
    async with asyncio.timeout(10):
        while not (fates and isinstance(fates[-1], Acked)):
            fates.append(await sink.send(record("interview_A")))
            await asyncio.sleep(0.01)
    assert all(isinstance(fate, Failed) and fate.fault is Fault.CLUSTER for fate in fates[:-1])


async def test_close_ends_every_wait(open_sink: Callable[..., KafkaSink]) -> None:
    """Closed while records are on their way: each send returns, soon; later ones fail at once."""
    sink = open_sink(**{"bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 300_000})
    sends = [asyncio.create_task(sink.send(record(f"interview_{i}"))) for i in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await sink.close()
        fates = await asyncio.gather(*sends, sink.send(record("interview_late")))
    assert all(isinstance(fate, Failed) and fate.fault is Fault.CLUSTER for fate in fates)


async def test_poll_thread_does_not_die_in_silence() -> None:
    """Whatever polling raises is told on the event loop, once."""
    told: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def poll(_: float) -> None:
        raise SystemExit("even this")

    thread = PollThread(poll, told.set_result, asyncio.get_running_loop())
    assert isinstance(await asyncio.wait_for(told, 10), SystemExit)
    thread.stop()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("MSG_SIZE_TOO_LARGE", Fault.REPORT),
        ("INVALID_RECORD", Fault.REPORT),
        ("TOPIC_AUTHORIZATION_FAILED", Fault.OPERATOR),
        ("UNKNOWN_TOPIC_OR_PART", Fault.OPERATOR),
        ("POLICY_VIOLATION", Fault.OPERATOR),
        ("_MSG_TIMED_OUT", Fault.CLUSTER),
        ("NOT_ENOUGH_REPLICAS", Fault.CLUSTER),
        ("_PURGE_INFLIGHT", Fault.CLUSTER),
        ("_FATAL", Fault.CLUSTER),
        ("an error of a later release", Fault.CLUSTER),
    ],
)
def test_whose_fault(name: str, fault: Fault) -> None:
    """Our own table: only what is surely the record's fault can reject it; the rest is tried again."""
    assert fault_of(name) is fault


def test_every_named_error_exists() -> None:
    """The table holds no name that librdkafka does not have."""
    names = {
        KafkaError(getattr(KafkaError, name)).name() for name in dir(KafkaError) if name.lstrip("_").isupper()
    }
    assert names >= REPORTS_FAULTS | OPERATORS_FAULTS


def test_settings_for_sending() -> None:
    """Durable, in order, at once, and bounded by the two KAFKA_CONNECT settings."""
    config = producer_config(settings())
    assert (config["acks"], config["enable.idempotence"], config["linger.ms"]) == ("all", True, 0)
    assert config["max.in.flight"] == 1
    assert config["message.timeout.ms"] == 2000
    assert config["socket.timeout.ms"] == 2000
    assert producer_config(ReporterSettings(kafka_bootstrap_servers=""))["message.timeout.ms"] == 16_000


def test_login_is_passed_through() -> None:
    """SASL and TLS settings reach librdkafka under its names; what is unset does not."""
    config = connection_config(
        settings(
            kafka_security_protocol="SASL_SSL",
            kafka_sasl_mechanism="SCRAM-SHA-512",
            kafka_sasl_username="reporter",
            kafka_sasl_password="secret",
            kafka_ssl_ca_location="/ca.pem",
        )
    )
    assert {name: config[name] for name in config if name.startswith(("sasl", "ssl", "security"))} == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "reporter",
        "sasl.password": "secret",
        "ssl.ca.location": "/ca.pem",
    }
    assert "secret" not in repr(settings(kafka_sasl_password="secret"))


async def test_refused_setting_names_its_variable(open_sink: Callable[..., KafkaSink]) -> None:
    """A setting that librdkafka refuses is told at the start, by the name of its variable."""
    with pytest.raises(KafkaRefusesSettings) as caught:
        open_sink(**{"security.protocol": "SSL", "ssl.ca.location": "/nowhere.pem"})
    assert variables_in(str(caught.value)) == "KAFKA_SSL_CA_LOCATION"
    assert variables_in("something else") == "KAFKA_*"


def test_topic_with_less_than_promised() -> None:
    """Less of anything is told; more is fine; what cannot be read is not guessed."""
    config = {"min.insync.replicas": "1", "max.message.bytes": str(LARGEST_MESSAGE_BYTES)}
    assert TOPIC.differences(1, 3, config) == [
        "partitions 1 instead of 3",
        "min.insync.replicas 1 instead of 2",
    ]
    assert TOPIC.differences(12, 5, {}) == []
    assert Topic("step3", 1, 1).min_insync_replicas == 1


class ShutOut:
    """Stands for an admin client that may not log in: the reason comes first, its consequence last."""

    def __init__(self, config: dict[str, Any], **_: Any) -> None:
        self._hear = config["error_cb"]

    def describe_topics(self, *_: Any, **__: Any) -> None:
        self._hear(KafkaError(KafkaError._AUTHENTICATION, "SASL authentication failed"))
        self._hear(KafkaError(KafkaError._ALL_BROKERS_DOWN, "3/3 brokers are down"))
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "waiting for controller"))

    def poll(self, _: float) -> int:
        return 0


def test_the_reason_is_told_and_not_its_consequence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot log in hears so, though the library says last that all brokers are down."""
    monkeypatch.setattr(admin, "AdminClient", ShutOut)
    with pytest.raises(SinkDown, match=r"waiting for controller; _AUTHENTICATION: SASL authentication"):
        admin.look_at(TOPIC, {})
