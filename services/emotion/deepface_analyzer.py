"""deepface on its ONNX engine, and OpenCV: the only module that knows either.

Nothing is downloaded here: what is needed is checked to be there first (weights.py), and the model's
session is opened from that very file.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

# deepface reads these when it is imported.
os.environ["DEEPFACE_BACKEND_ENGINE"] = "onnx"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime reports to its maker unless told not to
os.environ.setdefault("DEEPFACE_LOG_LEVEL", "50")

# deepface and onnxruntime have no types: hence the ignores.
import cv2
import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from deepface.models.demography.DemographyUtils import EMOTION_LABELS  # type: ignore[import-untyped]
from deepface.models.demography.onnx.Emotion import (  # type: ignore[import-untyped]
    WEIGHTS_URL,
    EmotionClient,
)
from deepface.models.Detector import FacialAreaRegion  # type: ignore[import-untyped]
from deepface.models.face_detection.OpenCv import (  # type: ignore[import-untyped]
    HAARCASCADE_FILES,
    HAARCASCADE_URL,
    OpenCvClient,
)
from deepface.modules.detection import extract_face  # type: ignore[import-untyped]
from deepface.modules.preprocessing import resize_image  # type: ignore[import-untyped]
from numpy.typing import NDArray

from services.emotion import metrics
from services.emotion.analysis import PooledAnalyzer
from services.emotion.cpus import available_cpus
from services.emotion.frames import checked_header
from services.emotion.headers import Format, Header
from services.emotion.reading import (
    Emotion,
    FrameOutcome,
    FrameRefused,
    Probabilities,
    WeightsMissing,
)
from services.emotion.settings import EmotionSettings
from services.emotion.weights import WeightsFile, check_weights, weights_folder

Pixels: TypeAlias = NDArray[Any]

MODEL = WeightsFile(WEIGHTS_URL[0].rsplit("/", 1)[1], tuple(WEIGHTS_URL))

_SEARCHED_SIDE = 640
# The cascade finds a face that fills the picture only with some room around it.
_BORDER_SHARE = 0.08
# Nothing smaller is searched: the cascade's window has 24 pixels a side.
_SMALLEST_SIDE = 24
_MODEL_INPUT = (224, 224)
_REDUCED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
_NAMES = {"angry": "anger", "happy": "happiness", "sad": "sadness"}  # deepface's, where they are not ours


def needed_files() -> list[WeightsFile]:
    """What must lie in DEEPFACE_HOME: the model, and each cascade that the OpenCV wheel does not carry."""
    carried = Path(cv2.__file__).parent / "data"
    cascades = [name for name in HAARCASCADE_FILES.values() if not (carried / name).is_file()]
    return [MODEL, *(WeightsFile(name, (HAARCASCADE_URL.format(file_name=name),)) for name in cascades)]


def check_file(file: WeightsFile, path: Path) -> None:
    """Raises WeightsMissing unless `path` holds what `file` stands for."""
    if file.name == MODEL.name:
        _session(path)
        return
    try:
        usable = not cv2.CascadeClassifier(str(path)).empty()
    except (cv2.error, SystemError):  # how OpenCV says that the text is no XML
        usable = False
    if not usable:
        raise WeightsMissing(f"{path} is not a cascade that OpenCV can load")


def load_analyzer(settings: EmotionSettings) -> PooledAnalyzer[Pixels]:
    """Model and detectors, loaded and warmed up. Takes about a second. Raises WeightsMissing."""
    check_weights(settings.deepface_home, needed_files(), MODEL, settings.weights_sha256)
    cv2.setNumThreads(1)  # the workers are the threads
    model = OnnxEmotionModel(weights_folder(settings.deepface_home) / MODEL.name)
    finders = [
        OpenCvFaceFinder(max_pixels=settings.max_pixels, min_face_pixels=settings.min_face_pixels)
        for _ in range(settings.workers or available_cpus())
    ]
    model.classify([np.zeros((*_MODEL_INPUT, 3), np.float32)])
    return PooledAnalyzer(finders, model, max_waiting_frames=settings.max_waiting_frames)


class OnnxEmotionModel:
    """deepface's emotion network. Raises WeightsMissing for a file that is not this network."""

    def __init__(self, path: Path) -> None:
        self._client = EmotionClient.__new__(EmotionClient)  # its own __init__ may download
        self._client.model_name = "Emotion"
        self._client.model = _session(path)
        self._order = [EMOTION_LABELS.index(_deepface_name(emotion)) for emotion in Emotion]

    def classify(self, faces: Sequence[Pixels]) -> list[Probabilities]:
        """One vector per face (224 x 224 x 3, 0 to 1), in their order."""
        rows = np.atleast_2d(self._client.predict(list(faces))).astype(np.float64)[:, self._order]
        fractions = rows / rows.sum(axis=1, keepdims=True)
        return [tuple(map(float, row)) for row in fractions]


class OpenCvFaceFinder:
    """Decodes a frame and finds its face with deepface's client for OpenCV's cascades."""

    def __init__(self, *, max_pixels: int, min_face_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._min_face_pixels = min_face_pixels
        self._detector = OpenCvClient()

    def find(self, frame: bytes) -> Pixels:
        """The face, upright, 224 x 224 x 3 (BGR), 0 to 1. Raises FrameRefused."""
        with metrics.DECODE_SECONDS.time():
            picture = decode(frame, checked_header(frame, self._max_pixels))
        with metrics.DETECT_SECONDS.time():
            return self._only_face(picture)

    def _only_face(self, picture: Pixels) -> Pixels:
        border = round(_BORDER_SHARE * max(picture.shape[:2]))
        searched = cv2.copyMakeBorder(picture, border, border, border, border, cv2.BORDER_CONSTANT)
        regions = self._detector.detect_faces(searched) if min(picture.shape[:2]) >= _SMALLEST_SIDE else []
        usable = [region for region in regions if min(region.w, region.h) >= self._min_face_pixels]
        if len(usable) > 1:
            raise FrameRefused(FrameOutcome.SEVERAL_FACES)
        if not usable:
            raise FrameRefused(FrameOutcome.FACE_TOO_SMALL if regions else FrameOutcome.NO_FACE)
        return _cut_out(searched, usable[0], border)


def decode(frame: bytes, header: Header) -> Pixels:
    """The picture, turned upright as its EXIF data says, at most 640 px a side, BGR. Raises FrameRefused."""
    try:
        picture = cv2.imdecode(np.frombuffer(frame, np.uint8), _flags(header))
    except cv2.error:
        picture = None
    if picture is None or picture.size == 0:
        raise FrameRefused(FrameOutcome.UNREADABLE)
    height, width = picture.shape[:2]
    scale = _SEARCHED_SIDE / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _flags(header: Header) -> int:
    """JPEG can be decoded at a half, a quarter or an eighth of its size, which costs less time and memory."""
    if header.format is not Format.JPEG:
        return cv2.IMREAD_COLOR
    fitting = [flag for n, flag in _REDUCED.items() if max(header.width, header.height) >= n * _SEARCHED_SIDE]
    return fitting[-1] if fitting else cv2.IMREAD_COLOR


def _cut_out(searched: Pixels, region: FacialAreaRegion, border: int) -> Pixels:
    """The face turned so that the eyes are level, as deepface's `analyze` does it. Raises FrameRefused."""
    face = extract_face(region, searched, True, 0, border, border, "opencv").img
    if face.size == 0:
        raise FrameRefused(FrameOutcome.NO_FACE)
    resized: Pixels = resize_image(face, _MODEL_INPUT)[0]
    return resized


def _deepface_name(emotion: Emotion) -> str:
    return {ours: theirs for theirs, ours in _NAMES.items()}.get(emotion.value, emotion.value)


def _session(path: Path) -> onnxruntime.InferenceSession:
    """One thread, no spinning: many small batches, and the CPUs belong to the detectors."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no base class of their own
        raise WeightsMissing(f"{path} is not a model that onnxruntime can load: {error}") from error
    if session.get_inputs()[0].shape[1:] != [48, 48, 1] or session.get_outputs()[0].shape[1:] != [7]:
        raise WeightsMissing(f"{path} is not deepface's emotion network")
    return session
