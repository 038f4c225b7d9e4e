"""Settings and the CPUs that workers are counted by."""

import os
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
        ("EMOTION_WEIGHTS_MIRROR", "files.bank.example"),
    ],
)
def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A bad value stops the start with a line that names the variable."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=name):
        EmotionSettings.load()


V2, V1 = "0::/pod/own", "9:name=systemd:/\n3:cpu,cpuacct:/pod/own\n2:cpuset:/"


@pytest.mark.parametrize(
    ("groups", "quotas", "cpus"),
    [
        (V2, {"pod/own/cpu.max": "max 100000"}, 8),
        (V2, {"pod/own/cpu.max": "50000 100000"}, 1),
        (V2, {"pod/own/cpu.max": "250000 100000"}, 3),
        (V2, {"pod/own/cpu.max": "max 100000", "pod/cpu.max": "200000 100000"}, 2),
        ("0::/", {"cpu.max": "400000 200000"}, 2),
        (V1, {"cpu,cpuacct/pod/own/cpu.cfs_quota_us": "-1"}, 8),
        (V1, {"cpu,cpuacct/pod/own/cpu.cfs_quota_us": "150000"}, 2),
        (V1, {"cpu,cpuacct/cpu.cfs_quota_us": "300000"}, 3),
        (V1, {"cpuset/cpu.cfs_quota_us": "100000"}, 8),
        ("", {"cpu.max": "100000 100000"}, 8),
    ],
)
def test_cpus_of_the_control_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: str, quotas: dict[str, str], cpus: int
) -> None:
    """The smallest quota of the own group and those above it, rounded up; none: as many as we may run on."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    files = {"proc/self/cgroup": groups, **{f"sys/fs/cgroup/{name}": text for name, text in quotas.items()}}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        if name.endswith("quota_us"):
            (tmp_path / name).with_name("cpu.cfs_period_us").write_text("100000\n")
    assert available_cpus(tmp_path) == cpus


def test_where_there_are_no_groups_all_cpus_count(tmp_path: Path) -> None:
    """Outside Linux nothing but the CPUs themselves is known."""
    assert available_cpus(tmp_path) == len(os.sched_getaffinity(0))
