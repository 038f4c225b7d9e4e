"""Domain errors as `google.rpc.Status` with its details: the only place that spells them out."""

from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from services.common import logs
from services.common.errors import DomainError, InvalidField

ERROR_DOMAIN = "speakalka"
LONGEST_RETRY_SECONDS = 3_600.0
"""No caller is told to stay away for longer: what an error says may come from some other server."""


def status_of(error: DomainError) -> status_pb2.Status:
    """`google.rpc.Status` of a domain error: ErrorInfo, and BadRequest or RetryInfo where they apply."""
    details = [_packed(_error_info(error.reason, error.metadata))]
    if isinstance(error, InvalidField):
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=error.why)
        details.append(_packed(error_details_pb2.BadRequest(field_violations=[violation])))
    if error.retry_after_seconds is not None:
        details.append(_packed(error_details_pb2.RetryInfo(retry_delay=_duration(error.retry_after_seconds))))
    return status_pb2.Status(
        code=code_pb2.Code.Value(error.status.value), message=error.message, details=details
    )


def malformed() -> status_pb2.Status:
    """The bytes of a request are not its message."""
    return status_pb2.Status(
        code=code_pb2.INVALID_ARGUMENT,
        message="the request is not the protobuf message that this method takes",
        details=[_packed(_error_info("MALFORMED_REQUEST", {}))],
    )


def internal() -> status_pb2.Status:
    """A fault of ours: no text but the request id, which finds it in the logs."""
    return status_pb2.Status(
        code=code_pb2.INTERNAL,
        message=f"internal error; look for request id {logs.request_id()} in the logs",
        details=[_packed(_error_info("INTERNAL", {}))],
    )


def _error_info(reason: str, metadata: dict[str, str]) -> error_details_pb2.ErrorInfo:
    return error_details_pb2.ErrorInfo(reason=reason, domain=ERROR_DOMAIN, metadata=metadata)


def _packed(
    detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest | error_details_pb2.RetryInfo,
) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


def _duration(seconds: float) -> duration_pb2.Duration:
    duration = duration_pb2.Duration()
    duration.FromNanoseconds(round(min(LONGEST_RETRY_SECONDS, max(0.0, seconds)) * 1e9))  # NaN becomes 0
    return duration
