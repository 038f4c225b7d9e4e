"""The emotion service, called over gRPC and spoken of in our own nouns."""

import math
from collections.abc import Sequence

import grpc
import grpc.aio
from interview.v1 import core_pb2 as core
from interview.v1 import emotion_service_pb2 as emotion_pb
from interview.v1.emotion_service_pb2_grpc import EmotionServiceStub

from services.common import logs
from services.common.channel import PeerMethod
from services.common.clock import SystemClock
from services.common.errors import InvalidField, Overloaded
from services.common.peer_log import PeerLog
from services.orchestrator import messages
from services.orchestrator.clients.failures import has_left, retry_after
from services.orchestrator.clients.names import EMOTION
from services.orchestrator.judgement import (
    EmotionReading,
)
from services.orchestrator.judges import (
    EmotionUnavailable,
)

_EMOTIONS = [core.Emotion.Value(name) for name in messages.EMOTIONS.values()]

log = logs.get_logger()


class EmotionClient:
    """Implements EmotionReader."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        stub = EmotionServiceStub(channel)
        self._clock = SystemClock()
        self.peer = PeerLog("emotion", self._clock)
        self._analyze = PeerMethod(f"/{EMOTION}/AnalyzeFrames", stub.AnalyzeFrames, self.peer)

    async def read(self, frames: Sequence[bytes], *, timeout_seconds: float) -> EmotionReading | None:
        request = emotion_pb.AnalyzeFramesRequest(frames=frames)
        try:
            return _reading(await self._analyzed(request, timeout_seconds))
        except grpc.aio.AioRpcError as error:
            seconds = retry_after(error)
            if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                raise Overloaded("too many frames wait to be read", retry_after_seconds=seconds) from error
            raise EmotionUnavailable(
                "the emotion service is not available", retry_after_seconds=seconds
            ) from error
        except InvalidField as error:
            log.error("the emotion service's reply breaks a rule", field=error.field)
            raise EmotionUnavailable("the emotion service's reply makes no sense") from error

    async def _analyzed(
        self, request: emotion_pb.AnalyzeFramesRequest, timeout_seconds: float
    ) -> emotion_pb.AnalyzeFramesResponse:
        """Frames of a replica that dies or stops meanwhile go to another, once, in the time that is left."""
        until = self._clock.monotonic() + timeout_seconds
        try:
            return await self._analyze(request, timeout_seconds=timeout_seconds)
        except grpc.aio.AioRpcError as error:
            if not has_left(error):
                raise
        return await self._analyze(request, timeout_seconds=until - self._clock.monotonic())


def _reading(reply: emotion_pb.AnalyzeFramesResponse) -> EmotionReading | None:
    if not reply.HasField("reading"):
        return None
    by_number: dict[int, float] = {one.emotion: one.probability for one in reply.reading.emotions}
    # A missing one is no probability at all, which the constructor refuses; means of floats end just above 1.
    probabilities = tuple(_rounded_down(by_number.get(number, math.nan)) for number in _EMOTIONS)
    return EmotionReading(probabilities, reply.reading.accepted_frames)


def _rounded_down(probability: float) -> float:
    return 1.0 if 1.0 < probability <= 1.0 + 1e-6 else probability
