from interview.v1 import core_pb2 as _core_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FrameOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FRAME_OUTCOME_UNSPECIFIED: _ClassVar[FrameOutcome]
    FRAME_OUTCOME_ACCEPTED: _ClassVar[FrameOutcome]
    FRAME_OUTCOME_UNREADABLE: _ClassVar[FrameOutcome]
    FRAME_OUTCOME_TOO_MANY_PIXELS: _ClassVar[FrameOutcome]
    FRAME_OUTCOME_NO_FACE: _ClassVar[FrameOutcome]
    FRAME_OUTCOME_SEVERAL_FACES: _ClassVar[FrameOutcome]
    FRAME_OUTCOME_FACE_TOO_SMALL: _ClassVar[FrameOutcome]
    FRAME_OUTCOME_BLURRED: _ClassVar[FrameOutcome]
FRAME_OUTCOME_UNSPECIFIED: FrameOutcome
FRAME_OUTCOME_ACCEPTED: FrameOutcome
FRAME_OUTCOME_UNREADABLE: FrameOutcome
FRAME_OUTCOME_TOO_MANY_PIXELS: FrameOutcome
FRAME_OUTCOME_NO_FACE: FrameOutcome
FRAME_OUTCOME_SEVERAL_FACES: FrameOutcome
FRAME_OUTCOME_FACE_TOO_SMALL: FrameOutcome
FRAME_OUTCOME_BLURRED: FrameOutcome

class FaceBox(_message.Message):
    __slots__ = ("left", "top", "width", "height")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    left: int
    top: int
    width: int
    height: int
    def __init__(self, left: _Optional[int] = ..., top: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class FrameResult(_message.Message):
    __slots__ = ("outcome", "face", "sharpness")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    SHARPNESS_FIELD_NUMBER: _ClassVar[int]
    outcome: FrameOutcome
    face: FaceBox
    sharpness: float
    def __init__(self, outcome: _Optional[_Union[FrameOutcome, str]] = ..., face: _Optional[_Union[FaceBox, _Mapping]] = ..., sharpness: _Optional[float] = ...) -> None: ...

class AnalyzeFramesRequest(_message.Message):
    __slots__ = ("frames",)
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    frames: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, frames: _Optional[_Iterable[bytes]] = ...) -> None: ...

class AnalyzeFramesResponse(_message.Message):
    __slots__ = ("reading", "outcomes", "frames")
    READING_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    reading: _core_pb2.EmotionReading
    outcomes: _containers.RepeatedScalarFieldContainer[FrameOutcome]
    frames: _containers.RepeatedCompositeFieldContainer[FrameResult]
    def __init__(self, reading: _Optional[_Union[_core_pb2.EmotionReading, _Mapping]] = ..., outcomes: _Optional[_Iterable[_Union[FrameOutcome, str]]] = ..., frames: _Optional[_Iterable[_Union[FrameResult, _Mapping]]] = ...) -> None: ...
