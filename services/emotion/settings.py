"""Settings of the emotion service. Variables: EMOTION_ + field name in upper case, or the name given."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.common.settings import Port, ServerSettings
from services.emotion.frames import MAX_FRAMES


class EmotionSettings(ServerSettings):
    """What the emotion service reads from its environment."""

    model_config = SettingsConfigDict(env_prefix="EMOTION_")

    port: Port = 50053
    metrics_port: Port = 9103
    # Threads that decode and search, each with a detector of its own. 0: one per CPU this process may use.
    workers: int = Field(default=0, ge=0, le=64)
    # Frames taken in and not yet answered; beyond it calls are refused with RESOURCE_EXHAUSTED.
    max_waiting_frames: int = Field(default=64, ge=MAX_FRAMES)
    # Pictures with more are not decoded.
    max_pixels: int = Field(default=4096 * 4096, ge=640 * 480, le=1 << 26)
    # Side of the smallest face that is read, in the picture as it is searched (at most 640 px a side).
    # The model sees 48 x 48 pixels: anything smaller would be blown up.
    min_face_pixels: int = Field(default=48, ge=24, le=640)
    # Faces with less fine detail are not read (see docs/emotion.md); 0: all are.
    min_sharpness: float = Field(default=0.02, ge=0, le=10, allow_inf_nan=False)
    # Which of deepface's detectors looks for faces. All but opencv need weights, and some further packages.
    detector: Literal[
        "opencv",
        "centerface",
        "dlib",
        "fastmtcnn",
        "mediapipe",
        "mtcnn",
        "retinaface",
        "ssd",
        "yolov8n",
        "yolov8m",
        "yolov8l",
        "yolov11n",
        "yolov11s",
        "yolov11m",
        "yolov11l",
        "yolov12n",
        "yolov12s",
        "yolov12m",
        "yolov12l",
        "yunet",
    ] = "opencv"
    # The folder that holds `.deepface/weights`.
    deepface_home: Path = Field(default_factory=Path.home, validation_alias="DEEPFACE_HOME")
    # URL of a folder that holds a copy of the weights: fetched from there, not from deepface's own addresses.
    weights_mirror: str | None = Field(default=None, pattern=r"^https?://\S+$")
    # SHA-256 (hex) of the emotion model. Unset: the one recorded when it was fetched, if it was.
    weights_sha256: str | None = Field(
        default=None, validation_alias="DEEPFACE_WEIGHTS_SHA256", pattern=r"^[0-9a-f]{64}$"
    )

    read_by_others: ClassVar[frozenset[str]] = frozenset(
        {"EMOTION_WEIGHTS", "EMOTION_CPUS", "EMOTION_IMAGE_WEIGHTS"}
    )
