"""deepface's real network and OpenCV's cascades on real photos, and on everything that is none."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import cv2
import gdown
import numpy as np
import pytest
from deepface.models.Detector import FacialAreaRegion  # type: ignore[import-untyped]
from deepface.modules import modeling  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.emotion import deepface_analyzer
from services.emotion.analysis import PooledAnalyzer
from services.emotion.crew import Crew
from services.emotion.deepface_analyzer import (
    MODEL,
    DeepfaceDetector,
    check_file,
    face_finder,
    load_analyzer,
    needed_files,
)
from services.emotion.frames import checked_header
from services.emotion.opencv.cascades import EYE_CASCADE, FACE_CASCADE, carried_cascade, load_cascades
from services.emotion.opencv.faces import CascadeSearch
from services.emotion.opencv.finder import PipelineFaceFinder
from services.emotion.opencv.pictures import Pixels, decode
from services.emotion.reading import (
    Box,
    DetectorMissing,
    Emotion,
    FrameOutcome,
    FrameReading,
    FrameRefused,
    WeightsMissing,
)
from services.emotion.settings import EmotionSettings
from services.emotion.weights import weights_folder
from tests.fakes import pictures
from tests.unit.emotion.conftest import Photo

Analyzer = PooledAnalyzer[Pixels]
EXAMPLE = Path(__file__).parents[3] / "examples" / "photos" / "eileen_collins.jpg"
OURS = {"happy": Emotion.HAPPINESS, "surprise": Emotion.SURPRISE, "neutral": Emotion.NEUTRAL}


def encoded(picture: Pixels, kind: str) -> bytes:
    return bytes(cv2.imencode(kind, picture)[1])


def example() -> Pixels:
    picture = cv2.imread(str(EXAMPLE))
    assert picture is not None
    return picture


def pixels(frame: bytes) -> Pixels:
    return decode(frame, checked_header(frame, 1 << 26))


def finder() -> PipelineFaceFinder:
    return face_finder(EmotionSettings())


def outcome(frame: bytes) -> FrameOutcome:
    try:
        finder().find(frame)
    except FrameRefused as refused:
        return refused.outcome
    return FrameOutcome.ACCEPTED


def primary(read: FrameReading) -> Emotion:
    assert read.probabilities is not None
    return tuple(Emotion)[read.probabilities.index(max(read.probabilities))]


async def test_clear_faces_show_what_they_show(analyzer: Analyzer, photos: list[Photo]) -> None:
    """Happy, surprised and neutral faces are read as such, all but one of them at most."""
    clear = [photo for photo in photos if photo.label in OURS]
    read = await analyzer.analyze([photo.data for photo in clear])
    assert {frame.outcome for frame in read} == {FrameOutcome.ACCEPTED}
    wrong = [p.name for p, frame in zip(clear, read, strict=True) if primary(frame) is not OURS[p.label]]
    assert len(wrong) <= 1, wrong
    assert len(clear) >= 10


async def test_each_single_face_is_found(analyzer: Analyzer, photos: list[Photo]) -> None:
    """A frame with one face is accepted; with several, or none, it is refused by name."""
    expected = {"multiple": FrameOutcome.SEVERAL_FACES, "none": FrameOutcome.NO_FACE}
    read = [(await analyzer.analyze([photo.data]))[0] for photo in photos]
    for photo, frame in zip(photos, read, strict=True):
        assert frame.outcome is expected.get(photo.label, FrameOutcome.ACCEPTED), photo.name


async def test_the_example_photo_is_read(analyzer: Analyzer) -> None:
    """The photo of the example interview holds one face, and it smiles."""
    (read,) = await analyzer.analyze([EXAMPLE.read_bytes()])
    assert primary(read) is Emotion.HAPPINESS


async def test_eight_callers_get_what_one_gets(analyzer: Analyzer, photos: list[Photo]) -> None:
    """Eight callers at once, on two threads, with shared batches, get the readings of a lone caller."""
    frames = [photo.data for photo in photos if photo.label not in ("multiple", "none")][:6]
    alone = [(await analyzer.analyze([frame]))[0] for frame in frames]
    for together in await asyncio.gather(*(analyzer.analyze(frames) for _ in range(8))):
        assert [frame.outcome for frame in together] == [frame.outcome for frame in alone]
        assert [frame.face for frame in together] == [frame.face for frame in alone]
        for ours, lone in zip(together, alone, strict=True):
            assert ours.probabilities == pytest.approx(lone.probabilities, abs=1e-5)


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp"])
def test_formats(kind: str) -> None:
    """JPEG, PNG and WebP are read."""
    assert outcome(encoded(example(), kind)) is FrameOutcome.ACCEPTED


@pytest.mark.parametrize("kind", [".gif", ".bmp", ".tiff", ".avif", ".jp2", ".ppm"])
def test_other_formats_are_unreadable(kind: str) -> None:
    """What OpenCV could read besides never reaches its decoders."""
    assert outcome(encoded(example(), kind)) is FrameOutcome.UNREADABLE


def in_a_corner(photo: Photo, side: int) -> Pixels:
    """A grey picture of 480 x 480 pixels with the photo, `side` px wide, in it."""
    picture = np.full((480, 480, 3), 90, np.uint8)
    decoded = cv2.imdecode(np.frombuffer(photo.data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    picture[100 : 100 + side, 100 : 100 + side] = cv2.resize(
        decoded, (side, side), interpolation=cv2.INTER_AREA
    )
    return picture


def test_small_faces_are_refused(photos: list[Photo]) -> None:
    """The same faces are read when they are large enough, and too small, or not found at all, at 36 px."""
    happy = [photo for photo in photos if photo.label == "happy"]
    large = [outcome(encoded(in_a_corner(photo, 120), ".png")) for photo in happy]
    small = [outcome(encoded(in_a_corner(photo, 36), ".png")) for photo in happy]
    assert set(large) == {FrameOutcome.ACCEPTED}
    assert FrameOutcome.FACE_TOO_SMALL in small
    assert set(small) <= {FrameOutcome.FACE_TOO_SMALL, FrameOutcome.NO_FACE}


def test_a_face_is_where_it_is_in_the_picture_that_was_sent(photos: list[Photo]) -> None:
    """The box is told in pixels of the frame as sent, also when it was searched at a part of its size."""
    happy = next(photo for photo in photos if photo.label == "happy")
    frame = in_a_corner(happy, 200)
    small = finder().find(encoded(frame, ".png")).seen.box
    large = finder().find(encoded(cv2.resize(frame, (1920, 1920)), ".png")).seen.box
    assert small.overlap(Box(100, 100, 200, 200)) > 0.5
    assert large.overlap(small.scaled(4)) > 0.8


def test_blurred_faces_are_refused() -> None:
    """A face without detail is named as such with its place and sharpness; with the bound at 0 it is read."""
    blurred = encoded(cv2.GaussianBlur(example(), (0, 0), 9), ".png")
    with pytest.raises(FrameRefused) as caught:
        finder().find(blurred)
    assert caught.value.outcome is FrameOutcome.BLURRED
    assert caught.value.face is not None
    assert caught.value.face.sharpness is not None
    assert (
        caught.value.face.sharpness < 0.02 < (finder().find(encoded(example(), ".png")).seen.sharpness or 0)
    )
    assert face_finder(EmotionSettings(min_sharpness=0)).find(blurred).seen.sharpness is not None


class OneFace:
    """A detector of deepface's: one face in the middle, with or without eyes."""

    def __init__(self, eyes: bool) -> None:
        self.eyes = eyes

    def detect_faces(self, picture: Pixels) -> list[FacialAreaRegion]:
        height, width, _ = picture.shape
        region = FacialAreaRegion(width // 4, height // 4, width // 2, height // 2, confidence=0.9)
        if self.eyes:
            region.left_eye, region.right_eye = (width // 2 + 20, height // 2), (width // 2 - 20, height // 2)
        return [region]


@pytest.mark.parametrize("eyes", [True, False])
def test_other_detectors_are_used_through_deepfaces_interface(
    monkeypatch: pytest.MonkeyPatch, eyes: bool
) -> None:
    """EMOTION_DETECTOR names one; what it finds is the face; eyes it does not tell are looked for."""
    monkeypatch.setattr(deepface_analyzer, "get_model_class", lambda *_: lambda: OneFace(eyes))
    found = face_finder(EmotionSettings(detector="yunet")).find(encoded(example(), ".png"))
    height, width, _ = example().shape
    assert found.seen.box == Box(width // 4, height // 4, width // 2, height // 2)


def test_every_detector_of_deepface_has_its_name_here() -> None:
    """No more and no fewer than the installed deepface has."""
    ours = get_args(EmotionSettings.model_fields["detector"].annotation)
    assert sorted(ours) == sorted(modeling.AVAILABLE_MODELS["face_detector"])


def test_deepfaces_own_detector_is_used_as_it_is(photos: list[Photo]) -> None:
    """A real one of deepface's, through its own interface, finds the face that ours does."""
    detector = DeepfaceDetector(modeling.get_model_class("face_detector", "opencv")(), cascades())
    other = PipelineFaceFinder(detector, EmotionSettings())
    happy = next(photo for photo in photos if photo.label == "happy")
    assert other.find(happy.data).seen.box.overlap(finder().find(happy.data).seen.box) > 0.5


def cascades() -> CascadeSearch:
    return CascadeSearch(Crew([load_cascades(carried_cascade(FACE_CASCADE), carried_cascade(EYE_CASCADE))]))


def test_detectors_without_weights_or_packages_are_told(tmp_path: Path, settings: EmotionSettings) -> None:
    """Missing weights are missing weights, never a download; a missing package is named with its setting."""
    copied = weights_folder(tmp_path)
    shutil.copytree(weights_folder(settings.deepface_home), copied)
    with pytest.raises(WeightsMissing, match="EMOTION_DETECTOR"):
        load_analyzer(EmotionSettings(deepface_home=tmp_path, detector="yunet"))
    with pytest.raises(DetectorMissing, match="EMOTION_DETECTOR: mtcnn"):
        load_analyzer(EmotionSettings(deepface_home=tmp_path, detector="mtcnn"))


def test_no_face() -> None:
    """Tiny, thin and empty pictures hold no face."""
    assert outcome(pictures.png(1, 1)) is FrameOutcome.NO_FACE
    assert outcome(pictures.png(4000, 1)) is FrameOutcome.NO_FACE
    assert outcome(pictures.png(640, 480)) is FrameOutcome.NO_FACE


def test_several_faces(photos: list[Photo]) -> None:
    """Two usable faces are refused; one too small to read, in the background, does not spoil the first."""
    happy = [photo for photo in photos if photo.label == "happy"]
    large, other = in_a_corner(happy[0], 200), in_a_corner(happy[1], 200)
    assert outcome(encoded(np.hstack([large, other]), ".png")) is FrameOutcome.SEVERAL_FACES
    small = [in_a_corner(photo, 48) for photo in happy]
    assert {outcome(encoded(np.hstack([large, beside]), ".png")) for beside in small} == {
        FrameOutcome.ACCEPTED
    }


@pytest.mark.parametrize("side", [320, 1400, 2700])
def test_exif_orientation_is_respected(side: int) -> None:
    """A photo lying on its side is turned upright, also when it is decoded at a part of its size."""
    upright = cv2.resize(example()[:240], (side, side * 3 // 4))
    lying = cv2.rotate(upright, cv2.ROTATE_90_COUNTERCLOCKWISE)
    turned = pixels(pictures.turned(encoded(lying, ".jpg"), 6))
    assert turned.shape == pixels(encoded(upright, ".jpg")).shape
    assert outcome(encoded(lying, ".jpg")) is FrameOutcome.NO_FACE
    assert outcome(pictures.turned(encoded(lying, ".jpg"), 6)) is FrameOutcome.ACCEPTED


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp"])
def test_pictures_are_downscaled(kind: str) -> None:
    """Whatever comes is searched at 640 px a side or less; smaller pictures keep their size."""
    assert pixels(encoded(cv2.resize(example(), (3000, 1500)), kind)).shape == (320, 640)
    assert pixels(encoded(cv2.resize(example(), (600, 300)), kind)).shape == (300, 600)


def test_bombs_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 20,000 x 20,000 PNG, a lying and a truncated file are refused without asking the decoder."""

    def decoder(*_: object) -> None:
        pytest.fail("decoded")

    monkeypatch.setattr(cv2, "imdecode", decoder)
    bomb = pictures.png(20_000, 20_000)
    assert len(bomb) < 512 * 1024
    assert outcome(bomb) is FrameOutcome.TOO_MANY_PIXELS
    assert outcome(pictures.jpeg(4000, 4000)) is FrameOutcome.UNREADABLE
    assert outcome(EXAMPLE.read_bytes()[:-2000]) is FrameOutcome.UNREADABLE


def test_lying_pictures_are_unreadable() -> None:
    """Headers that promise other pixels than follow are told by the decoder, not by an exception."""
    assert outcome(pictures.png(640, 480, rows=100)) is FrameOutcome.UNREADABLE
    assert outcome(pictures.jpeg(640, 480)) is FrameOutcome.UNREADABLE
    assert outcome(pictures.webp((b"VP8L", b"\x2f\x7f\x02\xdf\x01" + bytes(40)))) in FrameOutcome


SEEDS = [encoded(cv2.resize(example(), (160, 160)), kind) for kind in (".jpg", ".png", ".webp")]


@given(st.data())
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_have_an_outcome(data: st.DataObject) -> None:
    """Real pictures cut off or changed, and bytes that never were one: an outcome, no exception."""
    seed = bytearray(data.draw(st.sampled_from([*SEEDS, b""])))
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 255)), max_size=8)
    ):
        if seed:
            seed[place % len(seed)] = value
    cut = data.draw(st.integers(0, len(seed)) | st.just(len(seed)))
    assert outcome(bytes(seed[:cut]) + data.draw(st.binary(max_size=40))) in FrameOutcome


async def test_bad_frames_do_not_spoil_good_ones(analyzer: Analyzer) -> None:
    """Broken, empty and huge frames of a call leave the others as they are."""
    good = EXAMPLE.read_bytes()
    (alone,) = await analyzer.analyze([good])
    bad = [b"", good[:-9], pictures.png(20_000, 20_000, rows=1), pictures.png(1, 1), b"RIFF", bytes(1000)]
    read = await analyzer.analyze([good, *bad, good])
    assert read[0] == read[-1]
    assert read[0].probabilities == pytest.approx(alone.probabilities, abs=1e-5)
    assert FrameOutcome.ACCEPTED not in {frame.outcome for frame in read[1:-1]}


def test_nothing_is_downloaded(
    settings: EmotionSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With or without weights, loading never asks the network, and writes nothing into DEEPFACE_HOME."""

    def download(*_: object, **__: object) -> None:
        pytest.fail("a download was tried")

    monkeypatch.setattr(gdown, "download", download)
    load_analyzer(settings)
    with pytest.raises(WeightsMissing):
        load_analyzer(settings.model_copy(update={"deepface_home": tmp_path}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"<html>Not Found</html>", b"\x08\x08" * 100])
def test_what_is_no_model_is_missing_weights(tmp_path: Path, content: bytes) -> None:
    """A file that is no ONNX graph counts as missing weights and is named."""
    path = weights_folder(tmp_path) / MODEL.name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(WeightsMissing, match=re.escape(str(path))):
        load_analyzer(EmotionSettings(deepface_home=tmp_path))


def test_the_official_addresses_are_deepfaces_own() -> None:
    """What fetch-weights asks for is what deepface itself would: its ONNX graph, from its own addresses."""
    (model,) = needed_files()  # OpenCV 4 carries the cascades
    assert model == MODEL
    assert model.name == "facial_expression_model_weights.onnx"
    assert len(model.urls) >= 1
    assert all(url.startswith("https://") and url.endswith(model.name) for url in model.urls)


def test_cascades_are_needed_where_opencv_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an OpenCV that carries no cascades they are fetched too, and checked to be cascades."""
    carried = Path(cv2.__file__).parent / "data"
    monkeypatch.setattr(cv2, "__file__", str(tmp_path / "__init__.py"))
    _, *cascades = needed_files()
    assert {file.name for file in cascades} == {
        "haarcascade_frontalface_default.xml",
        "haarcascade_eye.xml",
    }
    for file in cascades:
        check_file(file, carried / file.name)
    page = tmp_path / "page.xml"
    for content in ("<html>Not Found</html>", "", "no xml"):
        page.write_text(content)
        with pytest.raises(WeightsMissing):
            check_file(cascades[0], page)


def test_a_fetched_model_is_checked(settings: EmotionSettings) -> None:
    """The real weights pass the check that fetched ones must pass; another model does not."""
    check_file(MODEL, weights_folder(settings.deepface_home) / MODEL.name)
    with pytest.raises(WeightsMissing):
        check_file(MODEL, EXAMPLE)


def test_nothing_is_reported_to_anybody(settings: EmotionSettings, tmp_path: Path) -> None:
    """onnxruntime's telemetry, on by default, is off: loading the model leaves no device id in the home."""
    model = weights_folder(settings.deepface_home) / MODEL.name
    load = (
        "from pathlib import Path; from services.emotion.deepface_analyzer import MODEL, check_file;"
        f"check_file(MODEL, Path({str(model)!r}))"
    )
    environment = {**os.environ, "HOME": str(tmp_path)}
    for name in ("XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY"):
        environment.pop(name, None)
    subprocess.run([sys.executable, "-c", load], env=environment, check=True, timeout=60)
    assert list(tmp_path.rglob("*")) == []
