"""Kafka as the reporter needs it: look at the topic, send a record, and know whose fault a failure is."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from services.reporter.record import Record


class Fault(Enum):
    """Who must do something about a failure."""

    REPORT = auto()  # this very record is refused; others are not
    OPERATOR = auto()  # permissions, credentials, a missing topic, a policy
    CLUSTER = auto()  # brokers away, slow or without enough replicas


@dataclass(frozen=True, slots=True)
class Acked:
    """Kafka has the record, on all replicas in sync."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Kafka does not have the record, or did not say so in time."""

    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A record that stands on the topic, and where."""

    partition: int
    offset: int
    value: bytes


class SinkDown(Exception):
    """The topic cannot be looked at, or is not there and cannot be made. The message says why."""


class Sink(Protocol):
    """A topic to write to."""

    async def look(self) -> None:
        """Makes sure that the topic is there. Raises SinkDown."""

    async def send(self, record: Record) -> Acked | Failed:
        """Sends a record; returns when its delivery report is there. Never raises."""


# By the names of librdkafka's error codes. `KafkaError.retriable()` is False for every failed delivery, so it
# says nothing. What is not named here is the cluster's fault: it is kept, and tried again.
REPORTS_FAULTS = frozenset({"MSG_SIZE_TOO_LARGE", "INVALID_MSG", "INVALID_MSG_SIZE", "INVALID_RECORD"})
OPERATORS_FAULTS = frozenset(
    {
        "TOPIC_AUTHORIZATION_FAILED",
        "CLUSTER_AUTHORIZATION_FAILED",
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
        "SASL_AUTHENTICATION_FAILED",
        "UNSUPPORTED_SASL_MECHANISM",
        "ILLEGAL_SASL_STATE",
        "SECURITY_DISABLED",
        "_AUTHENTICATION",
        "_SSL",
        "UNKNOWN_TOPIC_OR_PART",
        "_UNKNOWN_TOPIC",
        "_UNKNOWN_PARTITION",
        "TOPIC_EXCEPTION",
        "POLICY_VIOLATION",
        "INVALID_REPLICATION_FACTOR",
        "INVALID_CONFIG",
        "UNSUPPORTED_VERSION",
        "_INVALID_ARG",
    }
)


def fault_of(error_name: str) -> Fault:
    """Whose fault the error of this name is, such as "MSG_SIZE_TOO_LARGE"."""
    if error_name in REPORTS_FAULTS:
        return Fault.REPORT
    return Fault.OPERATOR if error_name in OPERATORS_FAULTS else Fault.CLUSTER
