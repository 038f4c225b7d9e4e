"""Is it worth holding faces back to fill a batch?

`python -m bench.emotion_batches [--seconds 5]`: what the emotion network takes per face in batches of
several sizes; then the whole pipeline, one and eight callers with single frames, with no wait and with faces
held back for some milliseconds before each batch: frames a second, p50 of a call, faces per batch. Needs
DEEPFACE_HOME.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence

from prometheus_client import REGISTRY

from bench.emotion import one_frame
from services.emotion.analysis import LARGEST_BATCH, PooledAnalyzer
from services.emotion.batching import Batcher
from services.emotion.deepface_analyzer import MODEL, OnnxEmotionModel, load_analyzer
from services.emotion.opencv.pictures import Pixels, blank_face
from services.emotion.reading import Probabilities
from services.emotion.settings import EmotionSettings
from services.emotion.weights import weights_folder

SIZES = (1, 2, 4, 8, 16, 32)
WAITS_MS = (0, 2, 5, 10)
ROUNDS = 3
CALLERS = (1, 8)


class WaitingBatcher(Batcher[Pixels, Probabilities]):
    """Holds back what waits for `wait_seconds` before each batch."""

    wait_seconds = 0.0

    async def _drain(self) -> None:
        if self.wait_seconds:
            await asyncio.sleep(self.wait_seconds)
        await super()._drain()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="of each wait in each round [5]")
    settings = EmotionSettings.load()
    per_face(settings)
    asyncio.run(waits(settings, parser.parse_args().seconds))


def per_face(settings: EmotionSettings) -> None:
    """Prints milliseconds of CPU per face of each batch size."""
    model = OnnxEmotionModel(weights_folder(settings.deepface_home) / MODEL.name)
    for size in SIZES:
        faces = [blank_face()] * size
        took = [timed(model, faces) for _ in range(20)]
        print(f"batch of {size:>2}: {statistics.median(took) / size:.2f} ms of CPU a face")


def timed(model: OnnxEmotionModel, faces: Sequence[Pixels]) -> float:
    started = time.thread_time()  # it uses this thread only
    model.classify(faces)
    return 1000 * (time.thread_time() - started)


async def waits(settings: EmotionSettings, seconds: float) -> None:
    """Prints a line per number of callers and wait, medians of rounds in which they took turns."""
    analyzer = load_analyzer(settings)
    frame = one_frame()
    batcher = WaitingBatcher(analyzer._classify, LARGEST_BATCH)
    await analyzer._batcher.close()
    analyzer._batcher = batcher
    told: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    for _ in range(ROUNDS):
        for callers in CALLERS:
            for wait in WAITS_MS:
                batcher.wait_seconds = wait / 1000
                told.setdefault((callers, wait), []).append(await loaded(analyzer, frame, callers, seconds))
    await analyzer.close()
    for (callers, wait), rounds in sorted(told.items()):
        rate, p50, faces = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{callers} callers, {wait:>2} ms: {rate:.1f} frames/s, p50 {p50:.1f} ms, {faces:.1f} a batch")


async def loaded(
    analyzer: PooledAnalyzer[Pixels], frame: bytes, callers: int, seconds: float
) -> tuple[float, float, float]:
    """Frames a second, p50 of a call in ms, faces per batch."""
    ends = time.perf_counter() + seconds
    took: list[float] = []

    async def caller() -> None:
        while (started := time.perf_counter()) < ends:
            await analyzer.analyze([frame])
            took.append(1000 * (time.perf_counter() - started))

    batches = sample("count")
    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(took) / seconds, statistics.median(took), len(took) / (sample("count") - batches)


def sample(kind: str) -> float:
    return REGISTRY.get_sample_value(f"speakalka_inference_batch_size_{kind}") or 0


if __name__ == "__main__":
    main()
