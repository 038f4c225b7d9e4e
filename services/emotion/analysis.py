"""How frames become results without blocking the event loop: a pool of finders, then batches of faces."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Generic

from services.common.errors import Overloaded
from services.emotion import metrics
from services.emotion.batching import Batcher
from services.emotion.cpus import give_way
from services.emotion.reading import (
    EmotionModel,
    Face,
    FaceFinder,
    Found,
    FrameOutcome,
    FrameReading,
    FrameRefused,
    Probabilities,
)

LARGEST_BATCH = 32


def search_threads(workers: int) -> ThreadPoolExecutor:
    """Where frames are searched: one thread for each finder."""
    return ThreadPoolExecutor(workers, thread_name_prefix="find", initializer=give_way)


class PooledAnalyzer(Generic[Face]):
    """Searches as many frames at once as there are finders; classifies all faces that wait in one batch."""

    def __init__(
        self,
        finders: Sequence[FaceFinder[Face]],
        model: EmotionModel[Face],
        threads: ThreadPoolExecutor,
        *,
        max_waiting_frames: int,
    ) -> None:
        self._model = model
        self._most = max_waiting_frames
        self._waiting = 0
        self._finders: SimpleQueue[FaceFinder[Face]] = SimpleQueue()
        for finder in finders:
            self._finders.put(finder)
        self._threads = threads
        self._batcher: Batcher[Face, Probabilities] = Batcher(self._classify, LARGEST_BATCH)

    async def analyze(self, frames: Sequence[bytes]) -> list[FrameReading]:
        """One result per frame, in their order. Raises Overloaded when too many frames wait already."""
        with self._admitted(len(frames)):
            loop = asyncio.get_running_loop()
            found = await asyncio.gather(
                *(loop.run_in_executor(self._threads, self._find, frame) for frame in frames)
            )
            faces = [one.cut for one in found if isinstance(one, Found)]
            classified = iter(await self._batcher.results(faces))
            return [
                FrameReading(FrameOutcome.ACCEPTED, next(classified), one.seen)
                if isinstance(one, Found)
                else one
                for one in found
            ]

    async def close(self) -> None:
        """Waits for what runs in the threads and ends them."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        await self._batcher.close()

    @contextmanager
    def _admitted(self, frames: int) -> Iterator[None]:
        if self._waiting + frames > self._most:
            raise Overloaded(f"{self._waiting} frames wait here, {self._most} are taken at once")
        self._waiting += frames
        try:
            yield
        finally:
            self._waiting -= frames

    def _find(self, frame: bytes) -> Found[Face] | FrameReading:
        """Runs in a thread, with a finder to itself: a cascade that two threads share gives wrong boxes."""
        finder = self._finders.get()
        try:
            return finder.find(frame)
        except FrameRefused as refused:
            return FrameReading(refused.outcome, face=refused.face)
        finally:
            self._finders.put(finder)

    def _classify(self, faces: Sequence[Face]) -> list[Probabilities]:
        metrics.BATCH_SIZE.observe(len(faces))
        with metrics.CLASSIFY_SECONDS.time():
            return self._model.classify(faces)
