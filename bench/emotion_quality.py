"""Does the emotion service mean what DeepFace.analyze means?

`python -m bench.emotion_quality FOLDER [--variations] [--seed N]`: every JPEG, PNG and WebP of a folder,
through our pipeline and through DeepFace.analyze (emotion, its default detector, faces enforced). A
`labels.csv` beside them (columns file, expected: deepface's words or ours; others for what is no single face)
adds the accuracy of both. What is no picture counts as one without a face, as both say. With --variations
each picture is also turned, scaled, cropped, darkened, brightened, lit from a side, blurred, noisy,
compressed, and put into frames of 384 x 288 to 1600 x 1200. Prints a line for each picture that differs; the
last line is one JSON object. Ends with 1 if a goal is missed.
"""

import argparse
import asyncio
import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from services.emotion.deepface_analyzer import load_analyzer
from services.emotion.reading import Emotion, FrameReading
from services.emotion.settings import EmotionSettings

OURS = {"angry": "anger", "happy": "happiness", "sad": "sadness"}
EMOTIONS = {emotion.value for emotion in Emotion}
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
AT_ONCE = 8
VARIANTS = 13  # each picture may be wrong once in each
LARGEST_BYTES = 512 * 1024

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """One picture as both get it; `label` in our words, if it has one."""

    name: str
    data: bytes
    label: str | None


@dataclass(frozen=True)
class Faces:
    """What DeepFace.analyze says: the top emotion of each face, in our words."""

    emotions: tuple[str, ...]
    boxes: tuple[tuple[int, int, int, int], ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--variations", action="store_true")
    parser.add_argument("--seed", type=int, default=8)
    arguments = parser.parse_args()
    pictures = list(pictures_in(arguments.folder))
    if arguments.variations:
        random = np.random.default_rng(arguments.seed)
        pictures = [varied for picture in pictures for varied in variations(picture, random)]
    if not pictures:
        raise SystemExit(f"no picture in {arguments.folder}")
    ours = asyncio.run(read(pictures))
    figures = compare(
        pictures, ours, [analyzed(picture) for picture in pictures], VARIANTS if arguments.variations else 1
    )
    print(json.dumps(figures))
    sys.exit(0 if figures["met"] else 1)


def pictures_in(folder: Path) -> Iterator[Picture]:
    """All pictures of a folder, by name. Larger ones than a frame may be are encoded anew, for both."""
    if not folder.is_dir():
        raise SystemExit(f"{folder} is no folder")
    known = _labels(folder / "labels.csv")
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            yield Picture(path.name, _as_frame(path.read_bytes()), known.get(path.name))


def _labels(file: Path) -> dict[str, str]:
    """The emotion of each picture that has one, in our words."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8-sig", newline="") as rows:
        table = csv.DictReader(rows)
        missing = {"file", "expected"} - set(table.fieldnames or ())
        if missing:
            raise SystemExit(f"{file} has no column {', '.join(sorted(missing))}")
        told = {row["file"]: (row["expected"] or "").strip().lower() for row in table}
    ours = {name: OURS.get(label, label) for name, label in told.items()}
    return {name: label for name, label in ours.items() if label in EMOTIONS}


def _as_frame(data: bytes) -> bytes:
    picture = _decoded(data) if len(data) > LARGEST_BYTES else None
    if picture is None:
        return data
    scale = min(1.0, 1280 / max(picture.shape[:2]))
    return _encoded(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), 85)


def variations(picture: Picture, random: np.random.Generator) -> Iterator[Picture]:
    """The picture, and what cameras and senders make of it."""
    yield picture
    pixels = _decoded(picture.data)
    if pixels is None:
        return
    height, width = pixels.shape[:2]

    def cropped() -> Pixels:
        top, left = random.integers(0, [height // 10 + 1, width // 10 + 1])
        return pixels[top : height - height // 12, left : width - width // 12]

    made = {
        "turned": _turned(pixels, random.uniform(-12, 12)),
        "half": cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        "larger": cv2.resize(pixels, None, fx=1.5, fy=1.5),
        "cropped": cropped(),
        "dark": cv2.convertScaleAbs(pixels, alpha=random.uniform(0.4, 0.7)),
        "bright": cv2.convertScaleAbs(pixels, alpha=1.3, beta=25),
        "in a frame": framed(pixels, random),
        "large": cv2.resize(framed(pixels, random), None, fx=2.5, fy=2.5),
        "noisy": _noisy(pixels, random),
        "soft": cv2.GaussianBlur(pixels, (0, 0), random.uniform(0.5, 1.2)),
        "lit from a side": _lit_from_a_side(pixels, random),
        "far off": cv2.resize(framed(pixels, random), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA),
    }
    for name, one in made.items():
        yield Picture(
            f"{picture.name} {name}", _encoded(one, int(random.choice([25, 40, 70, 92]))), picture.label
        )


def framed(pixels: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """A frame of 640 x 480 with the picture somewhere in it, 200 to 440 px high."""
    noise = random.integers(0, 256, (480, 640, 3)).astype(np.uint8)
    frame = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 15), noise, 40, 200, cv2.NORM_MINMAX)
    high = int(random.integers(200, 441))
    wide = min(640, pixels.shape[1] * high // pixels.shape[0])
    top, left = random.integers(0, [480 - high + 1, 640 - wide + 1])
    frame[top : top + high, left : left + wide] = cv2.resize(
        pixels, (wide, high), interpolation=cv2.INTER_AREA
    )
    return frame


def _noisy(pixels: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    return np.clip(pixels + random.normal(0, random.uniform(4, 12), pixels.shape), 0, 255).astype(np.uint8)


def _lit_from_a_side(pixels: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    light = np.linspace(1.3, random.uniform(0.3, 0.6), pixels.shape[1])[:: random.choice([-1, 1]), None]
    return np.clip(pixels * light, 0, 255).astype(np.uint8)


def _turned(pixels: NDArray[Any], degrees: float) -> NDArray[Any]:
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def _decoded(data: bytes) -> NDArray[Any] | None:
    """None for what is no picture."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None


def _encoded(pixels: NDArray[Any], quality: int) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


async def read(pictures: list[Picture]) -> list[FrameReading]:
    """Our results, from the service's own pipeline with its default settings."""
    analyzer = load_analyzer(EmotionSettings.load())
    found: list[FrameReading] = []
    for start in range(0, len(pictures), AT_ONCE):
        found += await analyzer.analyze([picture.data for picture in pictures[start : start + AT_ONCE]])
    await analyzer.close()
    return found


def analyzed(picture: Picture) -> Faces:
    """What DeepFace.analyze says of the same bytes."""
    from deepface import DeepFace  # type: ignore[import-untyped]  # noqa: PLC0415  the engine is chosen by now

    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(picture.data)
        file.flush()
        try:
            faces: Any = DeepFace.analyze(file.name, actions=["emotion"], silent=True)
        except ValueError:  # how it says that there is no face
            return Faces((), ())
    return Faces(
        tuple(OURS.get(face["dominant_emotion"], face["dominant_emotion"]) for face in faces),
        tuple(tuple(face["region"][key] for key in "xywh") for face in faces),
    )


def compare(
    pictures: list[Picture], ours: list[FrameReading], theirs: list[Faces], lenience: int
) -> dict[str, Any]:
    """The figures, and whether they meet the goals."""
    found = sum(bool(t.emotions) and saw_a_face(o) for o, t in zip(ours, theirs, strict=True))
    wanted = sum(bool(t.emotions) for t in theirs)
    pairs = [
        (p, primary(o), t.emotions[0])
        for p, o, t in zip(pictures, ours, theirs, strict=True)
        if len(t.emotions) == 1 and primary(o)
    ]
    same = sum(our == their for _, our, their in pairs)
    labelled = [
        (p.label, primary(o), t.emotions) for p, o, t in zip(pictures, ours, theirs, strict=True) if p.label
    ]
    right = sum(our == label for label, our, _ in labelled)
    their_right = sum(emotions[:1] == (label,) for label, _, emotions in labelled)
    for picture, our, their in pairs:
        if our != their:
            print(f"{picture.name}: {our}, deepface {their}, label {picture.label}")
    for p, o, t in zip(pictures, ours, theirs, strict=True):
        if saw_a_face(o) != bool(t.emotions):
            print(f"{p.name}: {o.outcome.value}, deepface {len(t.emotions)} faces")
    return {
        "pictures": len(pictures),
        "deepface_finds": wanted,
        "found_of_those": found,
        "found_share": _share(found, wanted),
        "compared_faces": len(pairs),
        "same_top_emotion": same,
        "same_share": _share(same, len(pairs)),
        "labelled": len(labelled),
        "right": right,
        "deepface_right": their_right,
        "outcomes": {
            o: sum(r.outcome.value == o for r in ours) for o in sorted({r.outcome.value for r in ours})
        },
        "met": _share(found, wanted) >= 0.95
        and _share(same, len(pairs)) >= 0.9
        and right >= their_right - lenience,
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def saw_a_face(reading: FrameReading) -> bool:
    """Whether there was a face, usable or not."""
    return reading.outcome.value in ("accepted", "several_faces", "face_too_small", "blurred")


def primary(reading: FrameReading) -> str | None:
    """The top emotion, if the frame was accepted."""
    if reading.probabilities is None:
        return None
    return tuple(Emotion)[reading.probabilities.index(max(reading.probabilities))].value


if __name__ == "__main__":
    os.environ.setdefault("EMOTION_LOG_LEVEL", "ERROR")
    main()
