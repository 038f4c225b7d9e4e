# ruff: noqa: N802 (gRPC names its methods in CamelCase)
"""An emotion service that sees what the test wants."""

from interview.v1 import core_pb2 as core
from interview.v1 import emotion_service_pb2 as pb
from interview.v1.emotion_service_pb2_grpc import EmotionServiceServicer

from services.common.errors import Unavailable
from services.common.interceptors import Context
from tests.fakes.script import Script, metadata_of


class WeightsMissing(Unavailable):
    """The model's weights are missing."""

    reason = "WEIGHTS_MISSING"


def seen(*probabilities: float, frames: int = 1) -> pb.AnalyzeFramesResponse:
    """A reading; the probabilities in the order of the enum, those left out are 0."""
    emotions = core.Emotion.keys()[1:]  # the first is none
    padded = [*probabilities, *[0.0] * (len(emotions) - len(probabilities))]
    primary = emotions[padded.index(max(padded))]
    return pb.AnalyzeFramesResponse(
        reading=core.EmotionReading(
            primary_emotion=primary,
            confidence=max(padded),
            emotions=[
                core.EmotionProbability(emotion=emotion, probability=probability)
                for emotion, probability in zip(emotions, padded, strict=True)
            ],
            accepted_frames=frames,
        ),
        outcomes=[pb.FRAME_OUTCOME_ACCEPTED] * frames,
    )


def no_face() -> pb.AnalyzeFramesResponse:
    """No frame was usable."""
    return pb.AnalyzeFramesResponse(outcomes=[pb.FRAME_OUTCOME_NO_FACE])


class FakeEmotion(EmotionServiceServicer):
    """Sees a neutral face, until told otherwise."""

    def __init__(self) -> None:
        self.analyze: Script[pb.AnalyzeFramesRequest, pb.AnalyzeFramesResponse] = Script(seen(0.9, 0.1))
        self.seconds_left: list[float] = []  # of each call's deadline

    async def AnalyzeFrames(
        self, request: pb.AnalyzeFramesRequest, context: Context
    ) -> pb.AnalyzeFramesResponse:
        self.seconds_left.append(context.time_remaining())
        return await self.analyze(request, metadata_of(context))
