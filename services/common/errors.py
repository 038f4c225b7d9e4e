"""Failures that a caller is told about. Nothing here knows gRPC; one interceptor maps them.

    DomainError
    ├── InvalidField          INVALID_ARGUMENT     the caller's request breaks a rule
    ├── NotFound              NOT_FOUND            the caller names what is not there
    ├── Conflict              ALREADY_EXISTS       the caller contradicts what stands already
    ├── NotAllowed            FAILED_PRECONDITION  the caller is too early, too late, or may not
    ├── Overloaded            RESOURCE_EXHAUSTED   more work waits here than is taken at once
    ├── DeadlineTooShort      DEADLINE_EXCEEDED    too little of the caller's time is left to begin
    └── Unavailable           UNAVAILABLE          something we need is away; a repeat makes sense

Each service derives one class per fact and sets `reason` to a name of `error_reason.proto`.
"""

from enum import Enum
from typing import ClassVar


class Status(Enum):
    """The status codes a domain error can have. Names and meanings are gRPC's."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"


class DomainError(Exception):
    """A failure with a status, a reason from `error_reason.proto` and facts about it.

    `retry_after_seconds` is set where a repeat makes sense. The message is shown to callers.
    """

    status: ClassVar[Status]
    reason: ClassVar[str]

    def __init__(self, message: str, *, retry_after_seconds: float | None = None, **metadata: str) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_seconds = retry_after_seconds
        self.metadata = metadata


class InvalidField(DomainError):
    """A field breaks a rule. `field` is its path in the request, such as `topics[0].name`."""

    status = Status.INVALID_ARGUMENT
    reason = "INVALID_FIELD"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}", field=field)
        self.field = field
        self.why = why

    def under(self, parent: str) -> "InvalidField":
        """The same fault seen from the message that holds the field under `parent`."""
        return type(self)(f"{parent}.{self.field}", self.why)


class NotFound(DomainError):
    """What the caller names is not there."""

    status = Status.NOT_FOUND


class Conflict(DomainError):
    """Something else stands already under the caller's name for it."""

    status = Status.ALREADY_EXISTS


class NotAllowed(DomainError):
    """The state of things does not allow the call; a repeat does not help."""

    status = Status.FAILED_PRECONDITION


class Overloaded(DomainError):
    """More work waits here than the service takes at once; repeat later."""

    status = Status.RESOURCE_EXHAUSTED
    reason = "OVERLOADED"

    def __init__(self, message: str, *, retry_after_seconds: float = 1.0, **metadata: str) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds, **metadata)


class DeadlineTooShort(DomainError):
    """Too little of the caller's time is left to begin; the same call with a longer deadline works."""

    status = Status.DEADLINE_EXCEEDED
    reason = "DEADLINE_TOO_SHORT"


class Unavailable(DomainError):
    """Something the call needs is away; repeat later."""

    status = Status.UNAVAILABLE

    def __init__(self, message: str, *, retry_after_seconds: float = 1.0, **metadata: str) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds, **metadata)
