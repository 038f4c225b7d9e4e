"""deepface on its ONNX engine: the only module that knows deepface and onnxruntime. OpenCV: opencv/.

Nothing is downloaded here: what is needed is checked to be there first (weights.py), the model's session is
opened from that very file, and deepface's own downloads are cut off.
"""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

# deepface reads these when it is imported.
os.environ["DEEPFACE_BACKEND_ENGINE"] = "onnx"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime reports to its maker unless told not to
os.environ.setdefault("DEEPFACE_LOG_LEVEL", "50")

# deepface and onnxruntime have no types: hence the ignores.
import onnxruntime  # type: ignore[import-untyped]
from deepface.commons import weight_utils  # type: ignore[import-untyped]
from deepface.models.demography.DemographyUtils import EMOTION_LABELS  # type: ignore[import-untyped]
from deepface.models.demography.onnx.Emotion import (  # type: ignore[import-untyped]
    WEIGHTS_URL,
    EmotionClient,
)
from deepface.models.face_detection.OpenCv import HAARCASCADE_URL  # type: ignore[import-untyped]
from deepface.modules.modeling import get_model_class  # type: ignore[import-untyped]

from services.emotion.analysis import PooledAnalyzer, search_threads
from services.emotion.cpus import available_cpus
from services.emotion.crew import Crew
from services.emotion.opencv.cascades import (
    EYE_CASCADE,
    FACE_CASCADE,
    Cascades,
    carried_cascade,
    is_cascade,
    load_cascades,
)
from services.emotion.opencv.faces import CascadeSearch
from services.emotion.opencv.finder import OpenCvDetector, PipelineFaceFinder
from services.emotion.opencv.pictures import Eyes, Pixels, blank_face, coloured, use_threads
from services.emotion.reading import Box, DetectorMissing, Emotion, Probabilities, WeightsMissing
from services.emotion.settings import EmotionSettings
from services.emotion.weights import WeightsFile, check_weights, weights_folder

MODEL = WeightsFile(WEIGHTS_URL[0].rsplit("/", 1)[1], tuple(WEIGHTS_URL))

_NAMES = {"angry": "anger", "happy": "happiness", "sad": "sadness"}  # deepface's, where they are not ours


def needed_files() -> list[WeightsFile]:
    """What must lie in DEEPFACE_HOME: the model, and each cascade that the OpenCV wheel does not carry."""
    cascades = [name for name in (FACE_CASCADE, EYE_CASCADE) if not carried_cascade(name).is_file()]
    return [MODEL, *(WeightsFile(name, (HAARCASCADE_URL.format(file_name=name),)) for name in cascades)]


def check_file(file: WeightsFile, path: Path) -> None:
    """Raises WeightsMissing unless `path` holds what `file` stands for."""
    if file.name == MODEL.name:
        _session(path)
    elif not is_cascade(path):
        raise WeightsMissing(f"{path} is not a cascade that OpenCV can load")


def load_analyzer(settings: EmotionSettings) -> PooledAnalyzer[Pixels]:
    """Model and detectors, loaded and warmed up. Takes about a second.

    Raises WeightsMissing, and DetectorMissing for a detector whose packages are not installed.
    """
    check_weights(settings.deepface_home, needed_files(), MODEL, settings.weights_sha256)
    weight_utils.download_weights_if_necessary = partial(
        _what_is_there, weights_folder(settings.deepface_home)
    )
    use_threads(1)  # the workers are the threads
    model = OnnxEmotionModel(weights_folder(settings.deepface_home) / MODEL.name)
    workers = settings.workers or available_cpus()
    threads = search_threads(workers)
    crew = Crew([_cascades(settings) for _ in range(workers)], threads)
    finders = [face_finder(settings, crew) for _ in range(workers)]
    model.classify([blank_face()])
    return PooledAnalyzer(finders, model, threads, max_waiting_frames=settings.max_waiting_frames)


def face_finder(settings: EmotionSettings, crew: Crew[Cascades] | None = None) -> PipelineFaceFinder:
    """A finder, by itself unless there is a crew. Raises WeightsMissing, DetectorMissing."""
    cascades = CascadeSearch(crew or Crew([_cascades(settings)]))
    if settings.detector == "opencv":
        return PipelineFaceFinder(OpenCvDetector(cascades), settings)
    return PipelineFaceFinder(DeepfaceDetector(_deepface_client(settings.detector), cascades), settings)


class OnnxEmotionModel:
    """deepface's emotion network. Raises WeightsMissing for a file that is not this network."""

    def __init__(self, path: Path) -> None:
        self._client = EmotionClient.__new__(EmotionClient)  # its own __init__ may download
        self._client.model_name = "Emotion"
        self._client.model = _session(path)
        self._order = [EMOTION_LABELS.index(_deepface_name(emotion)) for emotion in Emotion]

    def classify(self, faces: Sequence[Pixels]) -> list[Probabilities]:
        """One vector per face (48 x 48, grey, 0 to 1), in their order."""
        predicted = self._client.predict([coloured(face) for face in faces])
        rows = predicted.reshape(len(faces), len(self._order)).astype("float64")[:, self._order]
        fractions = rows / rows.sum(axis=1, keepdims=True)
        return [tuple(map(float, row)) for row in fractions]


class DeepfaceDetector:
    """Any detector of deepface's through its own interface; the eyes it does not tell are looked for."""

    colour = True

    def __init__(self, client: Any, cascades: CascadeSearch) -> None:
        self._client = client
        self._cascades = cascades
        self._eyes: dict[Box, Eyes] = {}

    def faces(self, picture: Pixels) -> list[Box]:
        self._eyes.clear()
        boxes = []
        for area in self._client.detect_faces(picture):
            box = Box(int(area.x), int(area.y), int(area.w), int(area.h))
            if min(box.width, box.height) < 1:
                continue
            boxes.append(box)
            if area.left_eye and area.right_eye:
                self._eyes[box] = _point(area.left_eye), _point(area.right_eye)
        return sorted(boxes, key=lambda box: -box.width * box.height)

    def eyes(self, picture: Pixels, face: Box) -> Eyes | None:
        return self._eyes.get(face) or self._cascades.eyes(picture, face)


def _cascades(settings: EmotionSettings) -> Cascades:
    return load_cascades(_cascade(settings, FACE_CASCADE), _cascade(settings, EYE_CASCADE))


def _cascade(settings: EmotionSettings, name: str) -> Path:
    carried = carried_cascade(name)
    return carried if carried.is_file() else weights_folder(settings.deepface_home) / name


def _deepface_client(detector: str) -> Any:
    try:
        return get_model_class("face_detector", detector)()
    except WeightsMissing:
        raise
    except Exception as error:  # each detector's library has its own way to be absent or broken
        raise DetectorMissing(detector, str(error)) from error


def _what_is_there(folder: Path, file_name: str, *_: object, **__: object) -> str:
    """What deepface's detectors get their weights by; nothing is downloaded."""
    path = folder / file_name
    if not path.is_file():
        raise WeightsMissing(f"{file_name}, which EMOTION_DETECTOR needs, not found in {folder}")
    return str(path)


def _point(place: Sequence[float]) -> tuple[int, int]:
    return int(place[0]), int(place[1])


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
