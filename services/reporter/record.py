"""The record on the topic: value, key and headers. A file holds the value and nothing else."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from services.reporter.shape import fault_of, promised_part, split_report_id

LARGEST_BYTES = 4 * 1024 * 1024
SOURCE = "interview_system"
CE_TYPE = "io.speakalka.interview.report.v1"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DamagedRecord(Exception):
    """Bytes that are no record. The message says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Record:
    """What goes to the topic. `room_id` is None for technical interviews and where the value does not say."""

    value: bytes
    interview_id: str
    revision: int
    timestamp_ms: int
    room_id: str | None
    digest: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.sha256(self.value).digest())

    @property
    def report_id(self) -> str:
        """Names the report among all; the `ce_id` by which readers drop duplicates."""
        return f"{self.interview_id}.{self.revision}"

    def promised_digest(self) -> bytes:
        """SHA-256 of what every release says of this report, whatever keys it adds, on whatever topic."""
        return hashlib.sha256(orjson.dumps(promised_part(orjson.loads(self.value)))).digest()

    @property
    def key(self) -> bytes:
        """The Kafka key: all revisions of an interview share a partition."""
        return self.interview_id.encode()

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """CloudEvents 1.0, binary content mode of its Kafka binding."""
        time = _EPOCH + timedelta(milliseconds=self.timestamp_ms)
        return [
            ("ce_specversion", b"1.0"),
            ("ce_id", self.report_id.encode()),
            ("ce_type", CE_TYPE.encode()),
            ("ce_source", SOURCE.encode()),
            ("ce_time", time.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()),
            ("content-type", b"application/json"),
        ]


def decode(value: bytes) -> Record:
    """The record that `value` is. Without a `report_id` it is the interview's first. Raises DamagedRecord."""
    if len(value) > LARGEST_BYTES:
        raise DamagedRecord(f"larger than {LARGEST_BYTES:,} bytes")
    try:
        message = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise DamagedRecord("not JSON") from error
    fault = fault_of(message)
    if fault:
        raise DamagedRecord(f"{fault} is missing or not what a record has there")
    interview_id = message["report"]["interview_id"]
    return Record(
        value,
        interview_id,
        _revision(message["report"], interview_id),
        round(message["timestamp"] * 1000),
        _room_id(message["report"]),
    )


def say_the_same(one: Record, other: Record) -> bool:
    """Whether two records tell the same report: keys only one of them has, and the topic, do not count.

    So a file of the release before, or from before the topic was renamed, is still the same report.
    """
    if one.digest == other.digest:
        return True
    first, second = orjson.loads(one.value), orjson.loads(other.value)
    return _agree({**first, "topic": ""}, {**second, "topic": ""})


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_agree(one[key], other[key]) for key in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_agree, one, other))
    return bool(one == other)


def _revision(report: dict[str, Any], interview_id: str) -> int:
    report_id = report.get("report_id", f"{interview_id}.1")
    parts = split_report_id(report_id) if isinstance(report_id, str) else None
    if parts is None or parts[0] != interview_id:
        raise DamagedRecord("report.report_id does not name a report of report.interview_id")
    return parts[1]


def _room_id(report: dict[str, Any]) -> str | None:
    room_id = report.get("room_id")
    if room_id is not None and not isinstance(room_id, str):
        raise DamagedRecord("report.room_id is not text")
    return room_id
