"""What stands in for the analyzer while its weights are missing: every call is told so."""

from collections.abc import Sequence

from services.emotion.reading import FrameReading, WeightsMissing


class WithoutWeights:
    """Refuses every call with WeightsMissing; no download is tried."""

    async def analyze(self, frames: Sequence[bytes]) -> list[FrameReading]:  # noqa: ARG002  the port's
        raise WeightsMissing("the emotion model's weights are missing on this machine")

    async def close(self) -> None:
        """Holds nothing."""
