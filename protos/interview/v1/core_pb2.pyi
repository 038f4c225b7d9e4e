import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InterviewKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERVIEW_KIND_UNSPECIFIED: _ClassVar[InterviewKind]
    INTERVIEW_KIND_ROOM: _ClassVar[InterviewKind]
    INTERVIEW_KIND_TECHNICAL: _ClassVar[InterviewKind]

class Language(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LANGUAGE_UNSPECIFIED: _ClassVar[Language]
    LANGUAGE_RU: _ClassVar[Language]
    LANGUAGE_EN: _ClassVar[Language]

class PolicyMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLICY_MODE_UNSPECIFIED: _ClassVar[PolicyMode]
    POLICY_MODE_ADAPTIVE: _ClassVar[PolicyMode]
    POLICY_MODE_AS_GIVEN: _ClassVar[PolicyMode]

class InterviewState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERVIEW_STATE_UNSPECIFIED: _ClassVar[InterviewState]
    INTERVIEW_STATE_IN_PROGRESS: _ClassVar[InterviewState]
    INTERVIEW_STATE_FINISHING: _ClassVar[InterviewState]
    INTERVIEW_STATE_COMPLETED: _ClassVar[InterviewState]
    INTERVIEW_STATE_CANCELLED: _ClassVar[InterviewState]

class AnswerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ANSWER_STATE_UNSPECIFIED: _ClassVar[AnswerState]
    ANSWER_STATE_PENDING: _ClassVar[AnswerState]
    ANSWER_STATE_SCORED: _ClassVar[AnswerState]
    ANSWER_STATE_UNSCORED: _ClassVar[AnswerState]

class UnscoredReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNSCORED_REASON_UNSPECIFIED: _ClassVar[UnscoredReason]
    UNSCORED_REASON_REFUSED: _ClassVar[UnscoredReason]
    UNSCORED_REASON_FILTERED: _ClassVar[UnscoredReason]
    UNSCORED_REASON_INVALID_REPLY: _ClassVar[UnscoredReason]
    UNSCORED_REASON_NOTHING_TO_JUDGE_BY: _ClassVar[UnscoredReason]
    UNSCORED_REASON_JUDGE_UNAVAILABLE: _ClassVar[UnscoredReason]
    UNSCORED_REASON_INTERVIEW_CANCELLED: _ClassVar[UnscoredReason]

class Emotion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EMOTION_UNSPECIFIED: _ClassVar[Emotion]
    EMOTION_NEUTRAL: _ClassVar[Emotion]
    EMOTION_HAPPINESS: _ClassVar[Emotion]
    EMOTION_SADNESS: _ClassVar[Emotion]
    EMOTION_ANGER: _ClassVar[Emotion]
    EMOTION_SURPRISE: _ClassVar[Emotion]
    EMOTION_FEAR: _ClassVar[Emotion]
    EMOTION_DISGUST: _ClassVar[Emotion]

class EmotionAbsence(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EMOTION_ABSENCE_UNSPECIFIED: _ClassVar[EmotionAbsence]
    EMOTION_ABSENCE_NO_FACE: _ClassVar[EmotionAbsence]
    EMOTION_ABSENCE_TIMEOUT: _ClassVar[EmotionAbsence]
    EMOTION_ABSENCE_UNAVAILABLE: _ClassVar[EmotionAbsence]
    EMOTION_ABSENCE_CONSENT_WITHDRAWN: _ClassVar[EmotionAbsence]

class DeliveryStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATUS_UNSPECIFIED: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_WAITING: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_DELIVERED: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_FILED: _ClassVar[DeliveryStatus]
    DELIVERY_STATUS_REJECTED: _ClassVar[DeliveryStatus]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_MET: _ClassVar[Verdict]
    VERDICT_PARTLY_MET: _ClassVar[Verdict]
    VERDICT_NOT_MET: _ClassVar[Verdict]
INTERVIEW_KIND_UNSPECIFIED: InterviewKind
INTERVIEW_KIND_ROOM: InterviewKind
INTERVIEW_KIND_TECHNICAL: InterviewKind
LANGUAGE_UNSPECIFIED: Language
LANGUAGE_RU: Language
LANGUAGE_EN: Language
POLICY_MODE_UNSPECIFIED: PolicyMode
POLICY_MODE_ADAPTIVE: PolicyMode
POLICY_MODE_AS_GIVEN: PolicyMode
INTERVIEW_STATE_UNSPECIFIED: InterviewState
INTERVIEW_STATE_IN_PROGRESS: InterviewState
INTERVIEW_STATE_FINISHING: InterviewState
INTERVIEW_STATE_COMPLETED: InterviewState
INTERVIEW_STATE_CANCELLED: InterviewState
ANSWER_STATE_UNSPECIFIED: AnswerState
ANSWER_STATE_PENDING: AnswerState
ANSWER_STATE_SCORED: AnswerState
ANSWER_STATE_UNSCORED: AnswerState
UNSCORED_REASON_UNSPECIFIED: UnscoredReason
UNSCORED_REASON_REFUSED: UnscoredReason
UNSCORED_REASON_FILTERED: UnscoredReason
UNSCORED_REASON_INVALID_REPLY: UnscoredReason
UNSCORED_REASON_NOTHING_TO_JUDGE_BY: UnscoredReason
UNSCORED_REASON_JUDGE_UNAVAILABLE: UnscoredReason
UNSCORED_REASON_INTERVIEW_CANCELLED: UnscoredReason
EMOTION_UNSPECIFIED: Emotion
EMOTION_NEUTRAL: Emotion
EMOTION_HAPPINESS: Emotion
EMOTION_SADNESS: Emotion
EMOTION_ANGER: Emotion
EMOTION_SURPRISE: Emotion
EMOTION_FEAR: Emotion
EMOTION_DISGUST: Emotion
EMOTION_ABSENCE_UNSPECIFIED: EmotionAbsence
EMOTION_ABSENCE_NO_FACE: EmotionAbsence
EMOTION_ABSENCE_TIMEOUT: EmotionAbsence
EMOTION_ABSENCE_UNAVAILABLE: EmotionAbsence
EMOTION_ABSENCE_CONSENT_WITHDRAWN: EmotionAbsence
DELIVERY_STATUS_UNSPECIFIED: DeliveryStatus
DELIVERY_STATUS_WAITING: DeliveryStatus
DELIVERY_STATUS_DELIVERED: DeliveryStatus
DELIVERY_STATUS_FILED: DeliveryStatus
DELIVERY_STATUS_REJECTED: DeliveryStatus
VERDICT_UNSPECIFIED: Verdict
VERDICT_MET: Verdict
VERDICT_PARTLY_MET: Verdict
VERDICT_NOT_MET: Verdict

class Criterion(_message.Message):
    __slots__ = ("text", "weight")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    text: str
    weight: float
    def __init__(self, text: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class PreparedQuestion(_message.Message):
    __slots__ = ("text", "reference_answer", "criteria", "difficulty")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ANSWER_FIELD_NUMBER: _ClassVar[int]
    CRITERIA_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_FIELD_NUMBER: _ClassVar[int]
    text: str
    reference_answer: str
    criteria: _containers.RepeatedCompositeFieldContainer[Criterion]
    difficulty: int
    def __init__(self, text: _Optional[str] = ..., reference_answer: _Optional[str] = ..., criteria: _Optional[_Iterable[_Union[Criterion, _Mapping]]] = ..., difficulty: _Optional[int] = ...) -> None: ...

class Topic(_message.Message):
    __slots__ = ("name", "start_question", "follow_ups")
    NAME_FIELD_NUMBER: _ClassVar[int]
    START_QUESTION_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UPS_FIELD_NUMBER: _ClassVar[int]
    name: str
    start_question: PreparedQuestion
    follow_ups: _containers.RepeatedCompositeFieldContainer[PreparedQuestion]
    def __init__(self, name: _Optional[str] = ..., start_question: _Optional[_Union[PreparedQuestion, _Mapping]] = ..., follow_ups: _Optional[_Iterable[_Union[PreparedQuestion, _Mapping]]] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("mode", "min_score_threshold", "max_depth", "max_questions")
    MODE_FIELD_NUMBER: _ClassVar[int]
    MIN_SCORE_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MAX_DEPTH_FIELD_NUMBER: _ClassVar[int]
    MAX_QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    mode: PolicyMode
    min_score_threshold: int
    max_depth: int
    max_questions: int
    def __init__(self, mode: _Optional[_Union[PolicyMode, str]] = ..., min_score_threshold: _Optional[int] = ..., max_depth: _Optional[int] = ..., max_questions: _Optional[int] = ...) -> None: ...

class EmotionConsent(_message.Message):
    __slots__ = ("given_by", "given_at", "text_version")
    GIVEN_BY_FIELD_NUMBER: _ClassVar[int]
    GIVEN_AT_FIELD_NUMBER: _ClassVar[int]
    TEXT_VERSION_FIELD_NUMBER: _ClassVar[int]
    given_by: str
    given_at: _timestamp_pb2.Timestamp
    text_version: str
    def __init__(self, given_by: _Optional[str] = ..., given_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., text_version: _Optional[str] = ...) -> None: ...

class InterviewSpecification(_message.Message):
    __slots__ = ("kind", "room_id", "candidate_name", "language", "topics", "policy", "emotion_consent")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    EMOTION_CONSENT_FIELD_NUMBER: _ClassVar[int]
    kind: InterviewKind
    room_id: str
    candidate_name: str
    language: Language
    topics: _containers.RepeatedCompositeFieldContainer[Topic]
    policy: Policy
    emotion_consent: EmotionConsent
    def __init__(self, kind: _Optional[_Union[InterviewKind, str]] = ..., room_id: _Optional[str] = ..., candidate_name: _Optional[str] = ..., language: _Optional[_Union[Language, str]] = ..., topics: _Optional[_Iterable[_Union[Topic, _Mapping]]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ..., emotion_consent: _Optional[_Union[EmotionConsent, _Mapping]] = ...) -> None: ...

class AskedQuestion(_message.Message):
    __slots__ = ("question_id", "text", "topic", "difficulty", "depth", "generated")
    QUESTION_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    GENERATED_FIELD_NUMBER: _ClassVar[int]
    question_id: str
    text: str
    topic: str
    difficulty: int
    depth: int
    generated: bool
    def __init__(self, question_id: _Optional[str] = ..., text: _Optional[str] = ..., topic: _Optional[str] = ..., difficulty: _Optional[int] = ..., depth: _Optional[int] = ..., generated: _Optional[bool] = ...) -> None: ...

class EmotionProbability(_message.Message):
    __slots__ = ("emotion", "probability")
    EMOTION_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    emotion: Emotion
    probability: float
    def __init__(self, emotion: _Optional[_Union[Emotion, str]] = ..., probability: _Optional[float] = ...) -> None: ...

class EmotionReading(_message.Message):
    __slots__ = ("primary_emotion", "confidence", "emotions", "accepted_frames")
    PRIMARY_EMOTION_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    EMOTIONS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    primary_emotion: Emotion
    confidence: float
    emotions: _containers.RepeatedCompositeFieldContainer[EmotionProbability]
    accepted_frames: int
    def __init__(self, primary_emotion: _Optional[_Union[Emotion, str]] = ..., confidence: _Optional[float] = ..., emotions: _Optional[_Iterable[_Union[EmotionProbability, _Mapping]]] = ..., accepted_frames: _Optional[int] = ...) -> None: ...

class CriterionVerdict(_message.Message):
    __slots__ = ("criterion", "weight", "verdict", "quote", "reason")
    CRITERION_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    criterion: str
    weight: float
    verdict: Verdict
    quote: str
    reason: str
    def __init__(self, criterion: _Optional[str] = ..., weight: _Optional[float] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., quote: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Provenance(_message.Message):
    __slots__ = ("judge", "model", "prompt_version", "rubric_version", "input_hash", "input_tokens", "output_tokens", "duration", "flags")
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_VERSION_FIELD_NUMBER: _ClassVar[int]
    RUBRIC_VERSION_FIELD_NUMBER: _ClassVar[int]
    INPUT_HASH_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    judge: str
    model: str
    prompt_version: str
    rubric_version: str
    input_hash: str
    input_tokens: int
    output_tokens: int
    duration: _duration_pb2.Duration
    flags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, judge: _Optional[str] = ..., model: _Optional[str] = ..., prompt_version: _Optional[str] = ..., rubric_version: _Optional[str] = ..., input_hash: _Optional[str] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., flags: _Optional[_Iterable[str]] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("question", "answer_text", "declined", "state", "score", "evaluation", "unscored_reason", "verdicts", "provenance", "emotion", "emotion_absence", "receive_time", "follow_up_skipped")
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TEXT_FIELD_NUMBER: _ClassVar[int]
    DECLINED_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    UNSCORED_REASON_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    EMOTION_FIELD_NUMBER: _ClassVar[int]
    EMOTION_ABSENCE_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UP_SKIPPED_FIELD_NUMBER: _ClassVar[int]
    question: AskedQuestion
    answer_text: str
    declined: bool
    state: AnswerState
    score: int
    evaluation: str
    unscored_reason: UnscoredReason
    verdicts: _containers.RepeatedCompositeFieldContainer[CriterionVerdict]
    provenance: Provenance
    emotion: EmotionReading
    emotion_absence: EmotionAbsence
    receive_time: _timestamp_pb2.Timestamp
    follow_up_skipped: bool
    def __init__(self, question: _Optional[_Union[AskedQuestion, _Mapping]] = ..., answer_text: _Optional[str] = ..., declined: _Optional[bool] = ..., state: _Optional[_Union[AnswerState, str]] = ..., score: _Optional[int] = ..., evaluation: _Optional[str] = ..., unscored_reason: _Optional[_Union[UnscoredReason, str]] = ..., verdicts: _Optional[_Iterable[_Union[CriterionVerdict, _Mapping]]] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., emotion: _Optional[_Union[EmotionReading, _Mapping]] = ..., emotion_absence: _Optional[_Union[EmotionAbsence, str]] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., follow_up_skipped: _Optional[bool] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("questions_asked", "answers_settled", "max_questions", "topics_begun", "topics_total")
    QUESTIONS_ASKED_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_SETTLED_FIELD_NUMBER: _ClassVar[int]
    MAX_QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    TOPICS_BEGUN_FIELD_NUMBER: _ClassVar[int]
    TOPICS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    questions_asked: int
    answers_settled: int
    max_questions: int
    topics_begun: int
    topics_total: int
    def __init__(self, questions_asked: _Optional[int] = ..., answers_settled: _Optional[int] = ..., max_questions: _Optional[int] = ..., topics_begun: _Optional[int] = ..., topics_total: _Optional[int] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("report_id", "status", "topic", "partition", "offset", "file_name", "detail")
    REPORT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    report_id: str
    status: DeliveryStatus
    topic: str
    partition: int
    offset: int
    file_name: str
    detail: str
    def __init__(self, report_id: _Optional[str] = ..., status: _Optional[_Union[DeliveryStatus, str]] = ..., topic: _Optional[str] = ..., partition: _Optional[int] = ..., offset: _Optional[int] = ..., file_name: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...
