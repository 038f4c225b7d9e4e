"""The service means what DeepFace.analyze means: the figures of docs/emotion.md, held, on any folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.needs import needs_env


def quality(folder: Path) -> tuple[int, dict[str, Any]]:
    """The exit status and the last line of `python -m bench.emotion_quality`."""
    home = needs_env("DEEPFACE_HOME")
    done = subprocess.run(
        [sys.executable, "-m", "bench.emotion_quality", str(folder)],
        env=os.environ | {"DEEPFACE_HOME": str(home), "EMOTION_LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return done.returncode, figures


def test_photos_mean_what_deepface_says_of_them() -> None:
    """A face on 95 % of the photos where analyze finds one, its emotion on 90 %, and no less often right."""
    status, figures = quality(needs_env("FACES_DIR"))
    assert figures["deepface_finds"] >= 20
    assert figures["found_share"] >= 0.95
    assert figures["same_share"] >= 0.9
    assert figures["right"] >= figures["deepface_right"] - 1
    assert figures["met"]
    assert status == 0


def test_any_folder_will_do(tmp_path: Path) -> None:
    """Labels in deepface's words or ours, in any case; what is no picture is no face for either side."""
    faces = needs_env("FACES_DIR")
    for name in ("face_09_happy.jpg", "face_19_neutral.jpg", "frame_24_no_face.jpg"):
        (tmp_path / name).write_bytes((faces / name).read_bytes())
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "large.webp").write_bytes(bytes(1 << 20))
    (tmp_path / "labels.csv").write_text(
        "file,expected\nface_09_happy.jpg, Happy\nface_19_neutral.jpg,neutral\ntext.png,none\n", "utf-8-sig"
    )
    _, figures = quality(tmp_path)
    assert (figures["pictures"], figures["labelled"]) == (6, 2)
    assert (figures["deepface_finds"], figures["found_of_those"]) == (2, 2)
    assert figures["outcomes"]["unreadable"] == 3
