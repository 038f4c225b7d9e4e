"""What the emotion service counts and times."""

from prometheus_client import Counter, Histogram

from services.emotion.reading import FrameOutcome

_FRAMES = Counter("speakalka_frames_total", "Frames analysed, by what became of them.", ("outcome",))
_SECONDS = Histogram(
    "speakalka_inference_seconds",
    "Time of one step: decode and detect per frame, classify per batch of faces.",
    ("stage",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
BATCH_SIZE = Histogram(
    "speakalka_inference_batch_size", "Faces classified at once.", buckets=(1, 2, 4, 8, 16, 32)
)

# Labels are resolved once: resolving them costs more than counting.
FRAMES = {outcome: _FRAMES.labels(outcome.value) for outcome in FrameOutcome}
DECODE_SECONDS = _SECONDS.labels("decode")
DETECT_SECONDS = _SECONDS.labels("detect")
CLASSIFY_SECONDS = _SECONDS.labels("classify")
