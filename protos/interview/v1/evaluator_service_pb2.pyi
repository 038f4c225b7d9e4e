from interview.v1 import core_pb2 as _core_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Turn(_message.Message):
    __slots__ = ("question_text", "answer_text")
    QUESTION_TEXT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TEXT_FIELD_NUMBER: _ClassVar[int]
    question_text: str
    answer_text: str
    def __init__(self, question_text: _Optional[str] = ..., answer_text: _Optional[str] = ...) -> None: ...

class EvaluateAnswerRequest(_message.Message):
    __slots__ = ("language", "topic", "question_text", "answer_text", "difficulty", "criteria", "reference_answer", "earlier_turns")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    QUESTION_TEXT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_TEXT_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_FIELD_NUMBER: _ClassVar[int]
    CRITERIA_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ANSWER_FIELD_NUMBER: _ClassVar[int]
    EARLIER_TURNS_FIELD_NUMBER: _ClassVar[int]
    language: _core_pb2.Language
    topic: str
    question_text: str
    answer_text: str
    difficulty: int
    criteria: _containers.RepeatedCompositeFieldContainer[_core_pb2.Criterion]
    reference_answer: str
    earlier_turns: _containers.RepeatedCompositeFieldContainer[Turn]
    def __init__(self, language: _Optional[_Union[_core_pb2.Language, str]] = ..., topic: _Optional[str] = ..., question_text: _Optional[str] = ..., answer_text: _Optional[str] = ..., difficulty: _Optional[int] = ..., criteria: _Optional[_Iterable[_Union[_core_pb2.Criterion, _Mapping]]] = ..., reference_answer: _Optional[str] = ..., earlier_turns: _Optional[_Iterable[_Union[Turn, _Mapping]]] = ...) -> None: ...

class Evaluation(_message.Message):
    __slots__ = ("score", "text", "verdicts")
    SCORE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    score: int
    text: str
    verdicts: _containers.RepeatedCompositeFieldContainer[_core_pb2.CriterionVerdict]
    def __init__(self, score: _Optional[int] = ..., text: _Optional[str] = ..., verdicts: _Optional[_Iterable[_Union[_core_pb2.CriterionVerdict, _Mapping]]] = ...) -> None: ...

class Unscored(_message.Message):
    __slots__ = ("reason", "detail")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    reason: _core_pb2.UnscoredReason
    detail: str
    def __init__(self, reason: _Optional[_Union[_core_pb2.UnscoredReason, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class EvaluateAnswerResponse(_message.Message):
    __slots__ = ("evaluation", "unscored", "provenance")
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    UNSCORED_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    evaluation: Evaluation
    unscored: Unscored
    provenance: _core_pb2.Provenance
    def __init__(self, evaluation: _Optional[_Union[Evaluation, _Mapping]] = ..., unscored: _Optional[_Union[Unscored, _Mapping]] = ..., provenance: _Optional[_Union[_core_pb2.Provenance, _Mapping]] = ...) -> None: ...

class GenerateFollowUpRequest(_message.Message):
    __slots__ = ("language", "topic", "difficulty", "turns", "last_verdicts", "known_questions")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_FIELD_NUMBER: _ClassVar[int]
    TURNS_FIELD_NUMBER: _ClassVar[int]
    LAST_VERDICTS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_QUESTIONS_FIELD_NUMBER: _ClassVar[int]
    language: _core_pb2.Language
    topic: str
    difficulty: int
    turns: _containers.RepeatedCompositeFieldContainer[Turn]
    last_verdicts: _containers.RepeatedCompositeFieldContainer[_core_pb2.CriterionVerdict]
    known_questions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, language: _Optional[_Union[_core_pb2.Language, str]] = ..., topic: _Optional[str] = ..., difficulty: _Optional[int] = ..., turns: _Optional[_Iterable[_Union[Turn, _Mapping]]] = ..., last_verdicts: _Optional[_Iterable[_Union[_core_pb2.CriterionVerdict, _Mapping]]] = ..., known_questions: _Optional[_Iterable[str]] = ...) -> None: ...

class GenerateFollowUpResponse(_message.Message):
    __slots__ = ("question_text", "criteria")
    QUESTION_TEXT_FIELD_NUMBER: _ClassVar[int]
    CRITERIA_FIELD_NUMBER: _ClassVar[int]
    question_text: str
    criteria: _containers.RepeatedCompositeFieldContainer[_core_pb2.Criterion]
    def __init__(self, question_text: _Optional[str] = ..., criteria: _Optional[_Iterable[_Union[_core_pb2.Criterion, _Mapping]]] = ...) -> None: ...

class DraftCriteriaRequest(_message.Message):
    __slots__ = ("language", "topic", "question_text", "difficulty", "reference_answer")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    QUESTION_TEXT_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_ANSWER_FIELD_NUMBER: _ClassVar[int]
    language: _core_pb2.Language
    topic: str
    question_text: str
    difficulty: int
    reference_answer: str
    def __init__(self, language: _Optional[_Union[_core_pb2.Language, str]] = ..., topic: _Optional[str] = ..., question_text: _Optional[str] = ..., difficulty: _Optional[int] = ..., reference_answer: _Optional[str] = ...) -> None: ...

class DraftCriteriaResponse(_message.Message):
    __slots__ = ("criteria", "prompt_version")
    CRITERIA_FIELD_NUMBER: _ClassVar[int]
    PROMPT_VERSION_FIELD_NUMBER: _ClassVar[int]
    criteria: _containers.RepeatedCompositeFieldContainer[_core_pb2.Criterion]
    prompt_version: str
    def __init__(self, criteria: _Optional[_Iterable[_Union[_core_pb2.Criterion, _Mapping]]] = ..., prompt_version: _Optional[str] = ...) -> None: ...

class GetJudgeInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetJudgeInfoResponse(_message.Message):
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
