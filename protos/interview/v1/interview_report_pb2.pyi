import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from interview.v1 import core_pb2 as _core_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReportAnswer(_message.Message):
    __slots__ = ("question", "answer_text", "score", "evaluation", "timestamp", "emotion", "declined", "unscored_reason", "verdicts", "provenance", "follow_up_skipped")
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TEXT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    EMOTION_FIELD_NUMBER: _ClassVar[int]
    DECLINED_FIELD_NUMBER: _ClassVar[int]
    UNSCORED_REASON_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UP_SKIPPED_FIELD_NUMBER: _ClassVar[int]
    question: _core_pb2.AskedQuestion
    answer_text: str
    score: int
    evaluation: str
    timestamp: str
    emotion: _core_pb2.EmotionReading
    declined: bool
    unscored_reason: _core_pb2.UnscoredReason
    verdicts: _containers.RepeatedCompositeFieldContainer[_core_pb2.CriterionVerdict]
    provenance: _core_pb2.Provenance
    follow_up_skipped: bool
    def __init__(self, question: _Optional[_Union[_core_pb2.AskedQuestion, _Mapping]] = ..., answer_text: _Optional[str] = ..., score: _Optional[int] = ..., evaluation: _Optional[str] = ..., timestamp: _Optional[str] = ..., emotion: _Optional[_Union[_core_pb2.EmotionReading, _Mapping]] = ..., declined: _Optional[bool] = ..., unscored_reason: _Optional[_Union[_core_pb2.UnscoredReason, str]] = ..., verdicts: _Optional[_Iterable[_Union[_core_pb2.CriterionVerdict, _Mapping]]] = ..., provenance: _Optional[_Union[_core_pb2.Provenance, _Mapping]] = ..., follow_up_skipped: _Optional[bool] = ...) -> None: ...

class EmotionShare(_message.Message):
    __slots__ = ("emotion", "share")
    EMOTION_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    emotion: _core_pb2.Emotion
    share: float
    def __init__(self, emotion: _Optional[_Union[_core_pb2.Emotion, str]] = ..., share: _Optional[float] = ...) -> None: ...

class EmotionSummary(_message.Message):
    __slots__ = ("most_common_emotion", "emotion_distribution", "average_confidence", "total_analyses")
    MOST_COMMON_EMOTION_FIELD_NUMBER: _ClassVar[int]
    EMOTION_DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_ANALYSES_FIELD_NUMBER: _ClassVar[int]
    most_common_emotion: _core_pb2.Emotion
    emotion_distribution: _containers.RepeatedCompositeFieldContainer[EmotionShare]
    average_confidence: float
    total_analyses: int
    def __init__(self, most_common_emotion: _Optional[_Union[_core_pb2.Emotion, str]] = ..., emotion_distribution: _Optional[_Iterable[_Union[EmotionShare, _Mapping]]] = ..., average_confidence: _Optional[float] = ..., total_analyses: _Optional[int] = ...) -> None: ...

class InterviewReport(_message.Message):
    __slots__ = ("report_id", "interview_id", "revision", "kind", "room_id", "candidate_name", "language", "complete_time", "completion_time", "questions_asked", "topics_covered", "average_score", "scored_answers", "unscored_answers", "emotion", "answers")
    REPORT_ID_FIELD_NUMBER: _ClassVar[int]
    INTERVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TIME_FIELD_NUMBER: _ClassVar[int]
    QUESTIONS_ASKED_FIELD_NUMBER: _ClassVar[int]
    TOPICS_COVERED_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORED_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    UNSCORED_ANSWERS_FIELD_NUMBER: _ClassVar[int]
    EMOTION_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    report_id: str
    interview_id: str
    revision: int
    kind: _core_pb2.InterviewKind
    room_id: str
    candidate_name: str
    language: _core_pb2.Language
    complete_time: _timestamp_pb2.Timestamp
    completion_time: str
    questions_asked: int
    topics_covered: _containers.RepeatedScalarFieldContainer[str]
    average_score: float
    scored_answers: int
    unscored_answers: int
    emotion: EmotionSummary
    answers: _containers.RepeatedCompositeFieldContainer[ReportAnswer]
    def __init__(self, report_id: _Optional[str] = ..., interview_id: _Optional[str] = ..., revision: _Optional[int] = ..., kind: _Optional[_Union[_core_pb2.InterviewKind, str]] = ..., room_id: _Optional[str] = ..., candidate_name: _Optional[str] = ..., language: _Optional[_Union[_core_pb2.Language, str]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., completion_time: _Optional[str] = ..., questions_asked: _Optional[int] = ..., topics_covered: _Optional[_Iterable[str]] = ..., average_score: _Optional[float] = ..., scored_answers: _Optional[int] = ..., unscored_answers: _Optional[int] = ..., emotion: _Optional[_Union[EmotionSummary, _Mapping]] = ..., answers: _Optional[_Iterable[_Union[ReportAnswer, _Mapping]]] = ...) -> None: ...
