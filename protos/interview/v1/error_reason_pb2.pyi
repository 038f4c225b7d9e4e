from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_FIELD: _ClassVar[ErrorReason]
    ERROR_REASON_MALFORMED_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_INTERVIEW_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_QUESTION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_ANSWER_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_ID_USED: _ClassVar[ErrorReason]
    ERROR_REASON_INTERVIEW_CLOSED: _ClassVar[ErrorReason]
    ERROR_REASON_REPORT_NOT_READY: _ClassVar[ErrorReason]
    ERROR_REASON_CONSENT_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_EMOTION_OFF: _ClassVar[ErrorReason]
    ERROR_REASON_JUDGE_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_FOLLOW_UP_UNSUPPORTED: _ClassVar[ErrorReason]
    ERROR_REASON_WEIGHTS_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_OVERLOADED: _ClassVar[ErrorReason]
    ERROR_REASON_REPORT_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_REPORT_NOT_SAFE: _ClassVar[ErrorReason]
    ERROR_REASON_STORE_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_STOPPING: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_FIELD: ErrorReason
ERROR_REASON_MALFORMED_REQUEST: ErrorReason
ERROR_REASON_INTERVIEW_NOT_FOUND: ErrorReason
ERROR_REASON_QUESTION_NOT_FOUND: ErrorReason
ERROR_REASON_ANSWER_EXISTS: ErrorReason
ERROR_REASON_REQUEST_ID_USED: ErrorReason
ERROR_REASON_INTERVIEW_CLOSED: ErrorReason
ERROR_REASON_REPORT_NOT_READY: ErrorReason
ERROR_REASON_CONSENT_MISSING: ErrorReason
ERROR_REASON_EMOTION_OFF: ErrorReason
ERROR_REASON_JUDGE_UNAVAILABLE: ErrorReason
ERROR_REASON_FOLLOW_UP_UNSUPPORTED: ErrorReason
ERROR_REASON_WEIGHTS_MISSING: ErrorReason
ERROR_REASON_OVERLOADED: ErrorReason
ERROR_REASON_REPORT_EXISTS: ErrorReason
ERROR_REASON_REPORT_NOT_SAFE: ErrorReason
ERROR_REASON_STORE_UNAVAILABLE: ErrorReason
ERROR_REASON_STOPPING: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason
