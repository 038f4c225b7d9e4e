import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from interview.v1 import core_pb2 as _core_pb2
from interview.v1 import interview_report_pb2 as _interview_report_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EmotionPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EMOTION_POLICY_UNSPECIFIED: _ClassVar[EmotionPolicy]
    EMOTION_POLICY_CONSENT: _ClassVar[EmotionPolicy]
    EMOTION_POLICY_OFF: _ClassVar[EmotionPolicy]
EMOTION_POLICY_UNSPECIFIED: EmotionPolicy
EMOTION_POLICY_CONSENT: EmotionPolicy
EMOTION_POLICY_OFF: EmotionPolicy

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

class TranscriptAnswer(_message.Message):
    __slots__ = ("answer_text", "declined")
    ANSWER_TEXT_FIELD_NUMBER: _ClassVar[int]
    DECLINED_FIELD_NUMBER: _ClassVar[int]
    answer_text: str
    declined: bool
    def __init__(self, answer_text: _Optional[str] = ..., declined: _Optional[bool] = ...) -> None: ...

class AssessInterviewRequest(_message.Message):
    __slots__ = ("request_id", "specification", "answers")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    specification: _core_pb2.InterviewSpecification
    answers: _containers.RepeatedCompositeFieldContainer[TranscriptAnswer]
    def __init__(self, request_id: _Optional[str] = ..., specification: _Optional[_Union[_core_pb2.InterviewSpecification, _Mapping]] = ..., answers: _Optional[_Iterable[_Union[TranscriptAnswer, _Mapping]]] = ...) -> None: ...

class AssessInterviewResponse(_message.Message):
    __slots__ = ("interview_id", "state", "progress", "answer", "report", "delivery")
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    interview_id: str
    state: _core_pb2.InterviewState
    progress: _core_pb2.Progress
    answer: _core_pb2.Answer
    report: _interview_report_pb2.InterviewReport
    delivery: _core_pb2.Delivery
    def __init__(self, interview_id: _Optional[str] = ..., state: _Optional[_Union[_core_pb2.InterviewState, str]] = ..., progress: _Optional[_Union[_core_pb2.Progress, _Mapping]] = ..., answer: _Optional[_Union[_core_pb2.Answer, _Mapping]] = ..., report: _Optional[_Union[_interview_report_pb2.InterviewReport, _Mapping]] = ..., delivery: _Optional[_Union[_core_pb2.Delivery, _Mapping]] = ...) -> None: ...

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

class GetServiceInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServiceInfoResponse(_message.Message):
    __slots__ = ("version", "judge", "emotion_policy", "languages", "limits")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    EMOTION_POLICY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    version: str
    judge: JudgeInfo
    emotion_policy: EmotionPolicy
    languages: _containers.RepeatedScalarFieldContainer[_core_pb2.Language]
    limits: ServiceLimits
    def __init__(self, version: _Optional[str] = ..., judge: _Optional[_Union[JudgeInfo, _Mapping]] = ..., emotion_policy: _Optional[_Union[EmotionPolicy, str]] = ..., languages: _Optional[_Iterable[_Union[_core_pb2.Language, str]]] = ..., limits: _Optional[_Union[ServiceLimits, _Mapping]] = ...) -> None: ...

class JudgeInfo(_message.Message):
    __slots__ = ("judge", "model", "prompt_version", "rubric_version", "generates_follow_ups", "drafts_criteria")
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_VERSION_FIELD_NUMBER: _ClassVar[int]
    RUBRIC_VERSION_FIELD_NUMBER: _ClassVar[int]
    GENERATES_FOLLOW_UPS_FIELD_NUMBER: _ClassVar[int]
    DRAFTS_CRITERIA_FIELD_NUMBER: _ClassVar[int]
    judge: str
    model: str
    prompt_version: str
    rubric_version: str
    generates_follow_ups: bool
    drafts_criteria: bool
    def __init__(self, judge: _Optional[str] = ..., model: _Optional[str] = ..., prompt_version: _Optional[str] = ..., rubric_version: _Optional[str] = ..., generates_follow_ups: _Optional[bool] = ..., drafts_criteria: _Optional[bool] = ...) -> None: ...

class ServiceLimits(_message.Message):
    __slots__ = ("topics", "follow_ups_per_topic", "criteria_per_question", "depth", "questions", "candidate_name_characters", "room_id_characters", "topic_name_characters", "question_characters", "reference_answer_characters", "criterion_characters", "answer_bytes", "answer_json_bytes", "frames_per_call", "frame_bytes", "batches_per_question", "record_bytes", "specification_bytes")
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UPS_PER_TOPIC_FIELD_NUMBER: _ClassVar[int]
    CRITERIA_PER_QUESTION_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_NAME_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    TOPIC_NAME_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    QUESTION_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ANSWER_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    CRITERION_CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BYTES_FIELD_NUMBER: _ClassVar[int]
    ANSWER_JSON_BYTES_FIELD_NUMBER: _ClassVar[int]
    FRAMES_PER_CALL_FIELD_NUMBER: _ClassVar[int]
    FRAME_BYTES_FIELD_NUMBER: _ClassVar[int]
    BATCHES_PER_QUESTION_FIELD_NUMBER: _ClassVar[int]
    RECORD_BYTES_FIELD_NUMBER: _ClassVar[int]
    SPECIFICATION_BYTES_FIELD_NUMBER: _ClassVar[int]
    topics: int
    follow_ups_per_topic: int
    criteria_per_question: int
    depth: int
    questions: int
    candidate_name_characters: int
    room_id_characters: int
    topic_name_characters: int
    question_characters: int
    reference_answer_characters: int
    criterion_characters: int
    answer_bytes: int
    answer_json_bytes: int
    frames_per_call: int
    frame_bytes: int
    batches_per_question: int
    record_bytes: int
    specification_bytes: int
    def __init__(self, topics: _Optional[int] = ..., follow_ups_per_topic: _Optional[int] = ..., criteria_per_question: _Optional[int] = ..., depth: _Optional[int] = ..., questions: _Optional[int] = ..., candidate_name_characters: _Optional[int] = ..., room_id_characters: _Optional[int] = ..., topic_name_characters: _Optional[int] = ..., question_characters: _Optional[int] = ..., reference_answer_characters: _Optional[int] = ..., criterion_characters: _Optional[int] = ..., answer_bytes: _Optional[int] = ..., answer_json_bytes: _Optional[int] = ..., frames_per_call: _Optional[int] = ..., frame_bytes: _Optional[int] = ..., batches_per_question: _Optional[int] = ..., record_bytes: _Optional[int] = ..., specification_bytes: _Optional[int] = ...) -> None: ...
