"""What can go wrong for the one at the terminal, and how it is told.

BadInput     exit code 2: the command line or the interview file is wrong; nothing was called
CallFailed   exit code 1: the orchestrator refused, or stayed away for longer than we are patient
Unfinished   exit code 1: every call went well, and still the interview did not end
"""

from dataclasses import dataclass

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status


class BadInput(Exception):
    """The command line or a file is wrong. `where` is a key such as `topics[0].name`, or a file."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


class Unfinished(Exception):
    """The interview did not end although every call went well."""


@dataclass(eq=False)  # not frozen: Python itself writes to exceptions
class CallFailed(Exception):
    """A call failed. `reason` and `field` are empty where the orchestrator gave none."""

    method: str
    status: str
    message: str
    reason: str = ""
    field: str = ""
    retry_after_seconds: float | None = None

    @property
    def worth_repeating(self) -> bool:
        """Whether the same call may go well later. Every call of the orchestrator may be repeated."""
        return self.status in ("UNAVAILABLE", "DEADLINE_EXCEEDED") or self.retry_after_seconds is not None

    def __str__(self) -> str:
        facts = [self.status, self.reason, f"field {self.field}" if self.field else ""]
        return f"{self.method}: {self.message} ({', '.join(fact for fact in facts if fact)})"


def call_failed(method: str, error: grpc.RpcError) -> CallFailed:
    """The failure behind an error that a synchronous stub raised, with its google.rpc details."""
    if not isinstance(error, grpc.Call):
        return CallFailed(method, "UNKNOWN", str(error))
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    for detail in _details(error):
        for message in (info, request, retry):
            detail.Unpack(message)
    return CallFailed(
        method=method,
        status=error.code().name,
        message=error.details() or "no message",
        reason=info.reason,
        field=", ".join(violation.field for violation in request.field_violations),
        retry_after_seconds=retry.retry_delay.ToNanoseconds() / 1e9
        if retry.HasField("retry_delay")
        else None,
    )


def _details(error: grpc.Call) -> list:  # type: ignore[type-arg]
    try:
        status = rpc_status.from_call(error)
    except ValueError:  # the details contradict the status: some proxy answered, not the orchestrator
        return []
    return list(status.details) if status else []
