"""Domain errors as statuses: code, reason, field and retry as `google.rpc` has them."""

import math
import re
from pathlib import Path
from typing import TypeVar

import pytest
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from interview.v1.error_reason_pb2 import ErrorReason

from services.common.errors import (
    Conflict,
    DomainError,
    InvalidField,
    NotAllowed,
    NotFound,
    Overloaded,
    Unavailable,
)
from services.common.statuses import status_of

Detail = TypeVar("Detail", bound=Message)


class Gone(NotFound):
    """It is not there."""

    reason = "INTERVIEW_NOT_FOUND"


def detail(status: status_pb2.Status, kind: type[Detail]) -> Detail | None:
    for packed in status.details:
        found = kind()
        if packed.Unpack(found):
            return found
    return None


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (InvalidField, code_pb2.INVALID_ARGUMENT),
        (NotFound, code_pb2.NOT_FOUND),
        (Conflict, code_pb2.ALREADY_EXISTS),
        (NotAllowed, code_pb2.FAILED_PRECONDITION),
        (Overloaded, code_pb2.RESOURCE_EXHAUSTED),
        (Unavailable, code_pb2.UNAVAILABLE),
    ],
)
def test_each_kind_has_its_status_code(kind: type[DomainError], code: int) -> None:
    """The tree at the top of errors.py is what callers see."""
    named = type("Named", (kind,), {"reason": "STOPPING"})
    error = named("field", "why") if kind is InvalidField else named("why")
    assert status_of(error).code == code


def test_reason_and_facts_stand_in_error_info() -> None:
    """Domain speakalka, the reason, and the facts as metadata."""
    info = detail(status_of(Gone("no", interview_id="interview_1")), error_details_pb2.ErrorInfo)
    assert info is not None
    assert (info.reason, info.domain) == ("INTERVIEW_NOT_FOUND", "speakalka")
    assert dict(info.metadata) == {"interview_id": "interview_1"}


def test_a_bad_field_stands_in_bad_request() -> None:
    """Path and why; the path grows with each message that holds it."""
    error = InvalidField("text", "must not be empty").under("criteria[2]").under("specification")
    bad = detail(status_of(error), error_details_pb2.BadRequest)
    assert bad is not None
    assert [(v.field, v.description) for v in bad.field_violations] == [
        ("specification.criteria[2].text", "must not be empty")
    ]


@pytest.mark.parametrize("kind", [Unavailable, Overloaded])
def test_where_a_repeat_makes_sense_its_time_is_told(kind: type[Unavailable]) -> None:
    """RetryInfo with the seconds; one second where nobody knows better."""
    named = type("Named", (kind,), {"reason": "STOPPING"})
    told = detail(status_of(named("away", retry_after_seconds=2.5)), error_details_pb2.RetryInfo)
    assert told is not None
    assert told.retry_delay.ToNanoseconds() == 2_500_000_000
    default = detail(status_of(named("away")), error_details_pb2.RetryInfo)
    assert default is not None
    assert default.retry_delay.seconds == 1


@pytest.mark.parametrize(
    ("seconds", "told"), [(1e300, 3_600), (math.inf, 3_600), (-math.inf, 0), (-1, 0), (math.nan, 0)]
)
def test_the_time_of_a_repeat_is_bounded(seconds: float, told: int) -> None:
    """Whatever an error says: from now to an hour."""
    named = type("Named", (Unavailable,), {"reason": "STOPPING"})
    info = detail(status_of(named("away", retry_after_seconds=seconds)), error_details_pb2.RetryInfo)
    assert info is not None
    assert info.retry_delay.ToNanoseconds() == told * 1_000_000_000


def test_where_a_repeat_does_not_help_no_time_is_told() -> None:
    """No RetryInfo with NOT_FOUND."""
    assert detail(status_of(Gone("no")), error_details_pb2.RetryInfo) is None


def test_every_reason_in_the_code_is_a_name_of_the_proto() -> None:
    """`reason = "…"` anywhere under services is listed in error_reason.proto: callers can switch on it."""
    named = re.compile(r'^\s+reason(?:: ClassVar\[str\])? = "([A-Z_]+)"', re.M)
    root = Path(__file__).parents[3] / "services"
    used = {reason for file in root.rglob("*.py") for reason in named.findall(file.read_text("utf-8"))}
    assert used
    assert {f"ERROR_REASON_{reason}" for reason in used} <= set(ErrorReason.keys())
