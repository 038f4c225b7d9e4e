"""Hostile pictures, all of them, in a process of their own: the named reason, no crash, bounded memory."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from services.emotion.deepface_analyzer import face_finder
from services.emotion.opencv.finder import PipelineFaceFinder
from services.emotion.reading import FrameOutcome, FrameRefused
from services.emotion.settings import EmotionSettings
from tests.fakes.hostile_pictures import hostile

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "photos" / "eileen_collins.jpg"
IS_LARGE = os.environ.get("FAULTS") == "large"
MUTATIONS = 1000 if IS_LARGE else 150
FUZZ_SECONDS = 300 if IS_LARGE else 60 if os.environ.get("CI") == "true" else 10
# A picture of 4096 x 4096, which is taken, as grey pixels, and what a decoder holds beside it.
LARGEST_GROWTH_MIB = 150


def main() -> None:
    """Reads all of them, then changes of them until the time is up; prints one line of JSON."""
    photo = cv2.imread(str(EXAMPLE))
    assert photo is not None
    finder = face_finder(EmotionSettings())
    outcome(finder, EXAMPLE.read_bytes())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cases = list(hostile(cv2.resize(photo, (240, 240)), MUTATIONS))
    wrong = []
    for case in cases:
        said = outcome(finder, case.data)
        if said not in case.expected:
            wrong.append([case.name, said.value])
    fuzzed = fuzz(finder, [case.data for case in cases], FUZZ_SECONDS)
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"cases": len(cases), "fuzzed": fuzzed, "wrong": wrong, "growth_mib": growth}))  # noqa: T201  for the test


def fuzz(finder: PipelineFaceFinder, seeds: list[bytes], seconds: float) -> int:
    """How many changed and crossed seeds were read without anything but an outcome."""
    chance = np.random.default_rng()
    ends = time.monotonic() + seconds
    count = 0
    while time.monotonic() < ends:
        first, second = (seeds[place] for place in chance.integers(0, len(seeds), 2))
        cut = int(chance.integers(0, len(first) + 1))
        data = bytearray(first[:cut] + second[cut:])
        for place in chance.integers(0, max(1, len(data)), int(chance.integers(0, 9))):
            if data:
                data[place] = int(chance.integers(0, 256))
        outcome(finder, bytes(data))
        count += 1
    return count


def outcome(finder: PipelineFaceFinder, frame: bytes) -> FrameOutcome:
    try:
        finder.find(frame)
    except FrameRefused as refused:
        return refused.outcome
    return FrameOutcome.ACCEPTED


def test_hostile_pictures_have_their_reason() -> None:
    """Over 200 of them, then random crossings: each has an outcome, the right one; memory stays bounded."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.emotion.test_hostile_pictures"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=FUZZ_SECONDS + 300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["wrong"] == []
    assert said["cases"] >= 200
    assert said["fuzzed"] > 0
    assert said["growth_mib"] <= LARGEST_GROWTH_MIB


if __name__ == "__main__":
    main()
