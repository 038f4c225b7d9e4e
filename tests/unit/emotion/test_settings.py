"""Settings and the CPUs that workers are counted by."""

from pathlib import Path

import pytest

from services.emotion.cpus import available_cpus
from services.emotion.settings import EmotionSettings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEEPFACE_HOME", "DEEPFACE_WEIGHTS_SHA256", "EMOTION_PORT", "EMOTION_WORKERS"):
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    """Ports of the design; weights in the user's home, as deepface has it."""
    settings = EmotionSettings.load()
    assert (settings.port, settings.metrics_port) == (50053, 9103)
    assert settings.deepface_home == Path.home()


def test_deepface_keeps_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """deepface's variables have no prefix of ours; our own have."""
    monkeypatch.setenv("DEEPFACE_HOME", "/weights")
    monkeypatch.setenv("EMOTION_WORKERS", "3")
    settings = EmotionSettings.load()
    assert (settings.deepface_home, settings.workers) == (Path("/weights"), 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEEPFACE_WEIGHTS_SHA256", "abc"),
        ("EMOTION_MAX_WAITING_FRAMES", "15"),
        ("EMOTION_MIN_FACE_PIXELS", "1"),
    ],
)
def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A bad value stops the start with a line that names the variable."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=name):
        EmotionSettings.load()


@pytest.mark.parametrize(("limit", "most"), [("max 100000", 4096), ("50000 100000", 1), ("100000 100000", 1)])
def test_cpus_of_the_control_group(tmp_path: Path, limit: str, most: int) -> None:
    """A quota of the control group counts, rounded up to a whole CPU; no quota, no file: all of ours."""
    file = tmp_path / "cpu.max"
    file.write_text(limit + "\n")
    assert 1 <= available_cpus(file) <= most
    assert available_cpus(tmp_path / "none") >= available_cpus(file)
