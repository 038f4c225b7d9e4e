"""The pool: order, admission, one finder per thread, and a free event loop."""

import asyncio
import os
import sys
import threading
from collections.abc import Sequence

import pytest

from services.common.errors import Overloaded
from services.emotion.analysis import PooledAnalyzer, search_threads
from services.emotion.reading import Emotion, FaceFinder, Found, FrameOutcome
from tests.fakes.emotion import FakeFinder, FakeModel, certain

LOWEST_PRIORITY = 19


class WaitingFinder(FakeFinder):
    """Waits for `go` in its thread and notices when two threads use it at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.entered = threading.Event()
        self.shared = False
        self._busy = threading.Lock()

    def find(self, frame: bytes) -> Found[str]:
        if not self._busy.acquire(blocking=False):
            self.shared = True
            return super().find(frame)
        try:
            self.entered.set()
            assert self.go.wait(30)
            return super().find(frame)
        finally:
            self._busy.release()


def pool(finders: Sequence[FaceFinder[str]], model: FakeModel, most: int = 64) -> PooledAnalyzer[str]:
    return PooledAnalyzer(finders, model, search_threads(len(finders)), max_waiting_frames=most)


async def test_results_keep_the_order_of_frames() -> None:
    """One result per frame, each at the place of its frame, and one batch for all faces of the call."""
    model = FakeModel()
    analyzer = pool([FakeFinder(), FakeFinder()], model)
    read = await analyzer.analyze([b"fear", b"no_face", b"anger", b"unreadable", b"fear"])
    assert [frame.outcome.value for frame in read] == [
        "accepted",
        "no_face",
        "accepted",
        "unreadable",
        "accepted",
    ]
    assert [frame.probabilities for frame in read if frame.probabilities] == [
        certain(Emotion.FEAR),
        certain(Emotion.ANGER),
        certain(Emotion.FEAR),
    ]
    assert model.batches == [["fear", "anger", "fear"]]
    await analyzer.close()


async def test_no_face_no_batch() -> None:
    """The model is not asked when there is nothing to ask."""
    model = FakeModel()
    analyzer = pool([FakeFinder()], model)
    (read,) = await analyzer.analyze([b"several_faces"])
    assert read.outcome is FrameOutcome.SEVERAL_FACES
    assert model.batches == []
    await analyzer.close()


async def test_overload_is_refused_and_passes() -> None:
    """Beyond the bound calls are refused at once, with a time to come back; then there is room again."""
    finder = WaitingFinder()
    analyzer = pool([finder], FakeModel(), most=16)
    running = asyncio.create_task(analyzer.analyze([b"fear"] * 10))
    await asyncio.to_thread(finder.entered.wait)
    with pytest.raises(Overloaded) as caught:
        await analyzer.analyze([b"fear"] * 7)
    assert caught.value.retry_after_seconds is not None
    finder.go.set()
    assert len(await running) == 10
    assert len(await analyzer.analyze([b"fear"] * 16)) == 16
    await analyzer.close()


async def test_a_caller_that_left_gives_its_room_back() -> None:
    """Frames of a cancelled call do not count, and those not begun are not searched."""
    finder = WaitingFinder()
    analyzer = pool([finder], FakeModel(), most=16)
    running = asyncio.create_task(analyzer.analyze([b"fear"] * 16))
    await asyncio.to_thread(finder.entered.wait)
    running.cancel()
    await asyncio.wait([running])
    finder.go.set()
    assert len(await analyzer.analyze([b"anger"] * 16)) == 16
    await analyzer.close()


class NicenessFinder(FakeFinder):
    """Notes how far its thread stands back."""

    def __init__(self) -> None:
        self.niceness = 0

    def find(self, frame: bytes) -> Found[str]:
        self.niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return super().find(frame)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
async def test_searching_gives_way_to_everything_else() -> None:
    """Who takes calls in and answers probes runs before who searches pictures."""
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    finder = NicenessFinder()
    analyzer = pool([finder], FakeModel())
    await analyzer.analyze([b"fear"])
    assert finder.niceness >= min(LOWEST_PRIORITY, ours + 1)
    await analyzer.close()


async def test_a_finder_is_never_shared_and_the_loop_stays_free() -> None:
    """While every finder is busy the event loop goes on, and no finder is used by two threads at once."""
    finders = [WaitingFinder(), WaitingFinder()]
    analyzer = pool(finders, FakeModel())
    for finder in finders:
        finder.go.set()
        await analyzer.analyze([b"fear"])  # each finder was lent and given back
    for finder in finders:
        finder.go.clear()
        finder.entered.clear()
    running = asyncio.create_task(analyzer.analyze([b"fear"] * 12))
    for finder in finders:
        await asyncio.to_thread(finder.entered.wait)
    assert not running.done()
    for finder in finders:
        finder.go.set()
    assert len(await running) == 12
    assert not any(finder.shared for finder in finders)
    await analyzer.close()
