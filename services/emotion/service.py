"""The servicer of the emotion service: proto → domain → proto."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

from collections.abc import Sequence

from interview.v1 import core_pb2, emotion_service_pb2
from interview.v1.emotion_service_pb2_grpc import EmotionServiceServicer

from services.common.interceptors import Context
from services.emotion import metrics
from services.emotion.aggregate import aggregate
from services.emotion.frames import checked_frames
from services.emotion.reading import Box, Emotion, FaceAnalyzer, FrameOutcome, FrameReading, Reading

_OUTCOMES = {outcome: f"FRAME_OUTCOME_{outcome.name}" for outcome in FrameOutcome}
_EMOTIONS = {emotion: f"EMOTION_{emotion.name}" for emotion in Emotion}


class EmotionServicer(EmotionServiceServicer):
    """Answers AnalyzeFrames with what `analyzer` reads."""

    def __init__(self, analyzer: FaceAnalyzer) -> None:
        self._analyzer = analyzer

    async def AnalyzeFrames(
        self, request: emotion_service_pb2.AnalyzeFramesRequest, context: Context
    ) -> emotion_service_pb2.AnalyzeFramesResponse:
        frames = await self._analyzer.analyze(checked_frames(request.frames))
        for frame in frames:
            metrics.FRAMES[frame.outcome].inc()
        return _response(frames)


def _response(frames: Sequence[FrameReading]) -> emotion_service_pb2.AnalyzeFramesResponse:
    reading = aggregate(frames)
    return emotion_service_pb2.AnalyzeFramesResponse(
        reading=_reading(reading) if reading else None,
        outcomes=[_OUTCOMES[frame.outcome] for frame in frames],
        frames=[_result(frame) for frame in frames],
    )


def _result(frame: FrameReading) -> emotion_service_pb2.FrameResult:
    seen = frame.face
    return emotion_service_pb2.FrameResult(
        outcome=_OUTCOMES[frame.outcome],
        face=_box(seen.box) if seen else None,
        sharpness=seen.sharpness if seen else None,
    )


def _box(box: Box) -> emotion_service_pb2.FaceBox:
    return emotion_service_pb2.FaceBox(left=box.left, top=box.top, width=box.width, height=box.height)


def _reading(reading: Reading) -> core_pb2.EmotionReading:
    return core_pb2.EmotionReading(
        primary_emotion=_EMOTIONS[reading.primary_emotion],
        confidence=reading.confidence,
        emotions=[
            core_pb2.EmotionProbability(emotion=_EMOTIONS[emotion], probability=probability)
            for emotion, probability in zip(Emotion, reading.probabilities, strict=True)
        ],
        accepted_frames=reading.accepted_frames,
    )
