import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from interview.v1 import core_pb2 as _core_pb2
from interview.v1 import interview_report_pb2 as _interview_report_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StartInterviewRequest(_message.Message):
    __slots__ = ("request_id", "specification")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    specification: _core_pb2.InterviewSpecification
    def __init__(self, request_id: _Optional[str] = ..., specification: _Optional[_Union[_core_pb2.InterviewSpecification, _Mapping]] = ...) -> None: ...

class StartInterviewResponse(_message.Message):
    __slots__ = ("interview_id", "first_question")
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_QUESTION_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    first_question: _core_pb2.AskedQuestion
    def __init__(self, interview_id: _Optional[str] = ..., first_question: _Optional[_Union[_core_pb2.AskedQuestion, _Mapping]] = ...) -> None: ...

class SubmitAnswerRequest(_message.Message):
    __slots__ = ("interview_id", "question_id", "answer_text", "declined", "frames")
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TEXT_FIELD_NUMBER: _ClassVar[int]
    DECLINED_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    question_id: str
    answer_text: str
    declined: bool
    frames: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, interview_id: _Optional[str] = ..., question_id: _Optional[str] = ..., answer_text: _Optional[str] = ..., declined: _Optional[bool] = ..., frames: _Optional[_Iterable[bytes]] = ...) -> None: ...

class SubmitAnswerResponse(_message.Message):
    __slots__ = ("answer", "next_question", "state", "progress", "delivery")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    NEXT_QUESTION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    answer: _core_pb2.Answer
    next_question: _core_pb2.AskedQuestion
    state: _core_pb2.InterviewState
    progress: _core_pb2.Progress
    delivery: _core_pb2.Delivery
    def __init__(self, answer: _Optional[_Union[_core_pb2.Answer, _Mapping]] = ..., next_question: _Optional[_Union[_core_pb2.AskedQuestion, _Mapping]] = ..., state: _Optional[_Union[_core_pb2.InterviewState, str]] = ..., progress: _Optional[_Union[_core_pb2.Progress, _Mapping]] = ..., delivery: _Optional[_Union[_core_pb2.Delivery, _Mapping]] = ...) -> None: ...

class AddFramesRequest(_message.Message):
    __slots__ = ("interview_id", "question_id", "batch_id", "frames")
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    question_id: str
    batch_id: str
    frames: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, interview_id: _Optional[str] = ..., question_id: _Optional[str] = ..., batch_id: _Optional[str] = ..., frames: _Optional[_Iterable[bytes]] = ...) -> None: ...

class AddFramesResponse(_message.Message):
    __slots__ = ("received_frames", "accepted_frames")
    RECEIVED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    received_frames: int
    accepted_frames: int
    def __init__(self, received_frames: _Optional[int] = ..., accepted_frames: _Optional[int] = ...) -> None: ...

class FinishInterviewRequest(_message.Message):
    __slots__ = ("interview_id",)
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    def __init__(self, interview_id: _Optional[str] = ...) -> None: ...

class FinishInterviewResponse(_message.Message):
    __slots__ = ("state", "report", "delivery")
    STATE_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    state: _core_pb2.InterviewState
    report: _interview_report_pb2.InterviewReport
    delivery: _core_pb2.Delivery
    def __init__(self, state: _Optional[_Union[_core_pb2.InterviewState, str]] = ..., report: _Optional[_Union[_interview_report_pb2.InterviewReport, _Mapping]] = ..., delivery: _Optional[_Union[_core_pb2.Delivery, _Mapping]] = ...) -> None: ...

class CancelInterviewRequest(_message.Message):
    __slots__ = ("interview_id",)
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    def __init__(self, interview_id: _Optional[str] = ...) -> None: ...

class CancelInterviewResponse(_message.Message):
    __slots__ = ("state", "progress")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    state: _core_pb2.InterviewState
    progress: _core_pb2.Progress
    def __init__(self, state: _Optional[_Union[_core_pb2.InterviewState, str]] = ..., progress: _Optional[_Union[_core_pb2.Progress, _Mapping]] = ...) -> None: ...

class WithdrawConsentRequest(_message.Message):
    __slots__ = ("interview_id",)
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    def __init__(self, interview_id: _Optional[str] = ...) -> None: ...

class WithdrawConsentResponse(_message.Message):
    __slots__ = ("withdraw_time", "state", "delivery")
    WITHDRAW_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    withdraw_time: _timestamp_pb2.Timestamp
    state: _core_pb2.InterviewState
    delivery: _core_pb2.Delivery
    def __init__(self, withdraw_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[_core_pb2.InterviewState, str]] = ..., delivery: _Optional[_Union[_core_pb2.Delivery, _Mapping]] = ...) -> None: ...

class GetInterviewRequest(_message.Message):
    __slots__ = ("interview_id",)
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    def __init__(self, interview_id: _Optional[str] = ...) -> None: ...

class GetInterviewResponse(_message.Message):
    __slots__ = ("interview_id", "specification", "state", "answers", "current_question", "progress", "delivery", "consent_withdraw_time")
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_QUESTION_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    CONSENT_WITHDRAW_TIME_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    specification: _core_pb2.InterviewSpecification
    state: _core_pb2.InterviewState
    answers: _containers.RepeatedCompositeFieldContainer[_core_pb2.Answer]
    current_question: _core_pb2.AskedQuestion
    progress: _core_pb2.Progress
    delivery: _core_pb2.Delivery
    consent_withdraw_time: _timestamp_pb2.Timestamp
    def __init__(self, interview_id: _Optional[str] = ..., specification: _Optional[_Union[_core_pb2.InterviewSpecification, _Mapping]] = ..., state: _Optional[_Union[_core_pb2.InterviewState, str]] = ..., answers: _Optional[_Iterable[_Union[_core_pb2.Answer, _Mapping]]] = ..., current_question: _Optional[_Union[_core_pb2.AskedQuestion, _Mapping]] = ..., progress: _Optional[_Union[_core_pb2.Progress, _Mapping]] = ..., delivery: _Optional[_Union[_core_pb2.Delivery, _Mapping]] = ..., consent_withdraw_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetReportRequest(_message.Message):
    __slots__ = ("interview_id",)
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    def __init__(self, interview_id: _Optional[str] = ...) -> None: ...

class GetReportResponse(_message.Message):
    __slots__ = ("report", "delivery")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    report: _interview_report_pb2.InterviewReport
    delivery: _core_pb2.Delivery
    def __init__(self, report: _Optional[_Union[_interview_report_pb2.InterviewReport, _Mapping]] = ..., delivery: _Optional[_Union[_core_pb2.Delivery, _Mapping]] = ...) -> None: ...
