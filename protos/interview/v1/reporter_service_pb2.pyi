from interview.v1 import core_pb2 as _core_pb2
from interview.v1 import interview_report_pb2 as _interview_report_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishReportRequest(_message.Message):
    __slots__ = ("report",)
    REPORT_FIELD_NUMBER: _ClassVar[int]
    report: _interview_report_pb2.InterviewReport
    def __init__(self, report: _Optional[_Union[_interview_report_pb2.InterviewReport, _Mapping]] = ...) -> None: ...

class PublishReportResponse(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: _core_pb2.Delivery
    def __init__(self, delivery: _Optional[_Union[_core_pb2.Delivery, _Mapping]] = ...) -> None: ...
