"""The settings as librdkafka takes them."""

from typing import Any

from pydantic import SecretStr

from services.reporter.settings import ReporterSettings
from services.reporter.topic import LARGEST_MESSAGE_BYTES

_PASSED_THROUGH = (
    "bootstrap.servers",
    "security.protocol",
    "sasl.mechanism",
    "sasl.username",
    "sasl.password",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.key.location",
    "ssl.key.password",
)


def patience_seconds(settings: ReporterSettings) -> float:
    """How long a record may be on its way to Kafka before it is filed."""
    return settings.kafka_connect_max_retries * settings.kafka_connect_backoff_seconds


def connection_config(settings: ReporterSettings) -> dict[str, Any]:
    """How to reach the brokers, and to log in."""
    given = {name: _plain(getattr(settings, _field(name))) for name in _PASSED_THROUGH}
    return {
        **{name: value for name, value in given.items() if value is not None},
        "client.id": "speakalka-reporter",
        # A broker that is back is found again within this time, not after the default of ten seconds.
        "reconnect.backoff.max.ms": 1000,
        "socket.keepalive.enable": True,
    }


def variables_in(message: str) -> str:
    """The environment variables whose librdkafka names stand in `message`, else all of Kafka's."""
    names = [name for name in _PASSED_THROUGH if name in message]
    return ", ".join(_field(name).upper() for name in names) or "KAFKA_*"


def producer_config(settings: ReporterSettings) -> dict[str, Any]:
    """How records are sent."""
    patience_ms = int(patience_seconds(settings) * 1000)
    return {
        **connection_config(settings),
        "enable.idempotence": True,
        "acks": "all",
        # The default waits 5 ms for company that a lone report never gets.
        "linger.ms": 0,
        # What arrives while a request is on its way to a broker shares the next one: fewer, larger requests.
        # With more, librdkafka's threads also spin while they wait for one to come back.
        "max.in.flight": 1,
        "message.timeout.ms": patience_ms,
        # A frozen leader traps every later record of its partition for as long as this.
        "socket.timeout.ms": min(6000, patience_ms),
        # A missing topic is told after this time, not after the default of thirty seconds.
        "topic.metadata.propagation.max.ms": 2000,
        # Else brokers would make a missing topic as they like; the reporter makes it as it should be.
        "allow.auto.create.topics": False,
        "message.max.bytes": LARGEST_MESSAGE_BYTES,
    }


def _field(name: str) -> str:
    return f"kafka_{name.replace('.', '_')}"


def _plain(value: object) -> str | None:
    if value is None:
        return None
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
