"""A variable with a service's prefix that is no setting of it is told, with what was perhaps meant."""

import importlib
import re
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.common.settings import Settings
from services.common.stray_variables import strays, warn_of_strays
from services.emotion.settings import EmotionSettings
from services.evaluator.settings import EvaluatorSettings
from services.orchestrator.settings import OrchestratorSettings
from services.reporter.settings import ReporterSettings

ROOT = Path(__file__).parents[3]


def test_a_misspelt_setting_is_a_warning() -> None:
    """One line, with its name and the nearest there is, never with its value."""
    with capture_logs() as lines:
        warn_of_strays(OrchestratorSettings, {"ORCHESTRATOR_EMOTION_POLCY": "off", "PATH": "/bin"})
    assert lines == [
        {
            "event": "no such setting",
            "log_level": "warning",
            "variable": "ORCHESTRATOR_EMOTION_POLCY",
            "did_you_mean": "ORCHESTRATOR_EMOTION_POLICY",
        }
    ]


@pytest.mark.parametrize("service", ["orchestrator", "evaluator", "emotion", "reporter"])
def test_each_service_tells_of_them_before_it_serves(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs do, not only the function."""
    program = importlib.import_module(f"services.{service}.__main__")
    variable = f"{service.upper()}_NO_SUCH_SETTING"
    monkeypatch.setattr(sys, "argv", [service])
    monkeypatch.setattr("services.common.logs.configure", lambda *_: None)
    monkeypatch.setattr(program, "run", lambda serving: serving.close())
    monkeypatch.setenv(variable, "1")
    with capture_logs() as lines:
        program.main()
    assert [line["variable"] for line in lines if line["event"] == "no such setting"] == [variable]


@pytest.mark.parametrize(
    ("settings", "variable", "nearest"),
    [
        (OrchestratorSettings, "ORCHESTRATOR_DATABASE_URI_FILE", "ORCHESTRATOR_DATABASE_URL_FILE"),
        (OrchestratorSettings, "ORCHESTRATOR_JUDGE_TIMEOUT_SECONDS", "JUDGE_TIMEOUT_SECONDS"),
        (OrchestratorSettings, "ORCHESTRATOR_METRIC_PORT", "ORCHESTRATOR_METRICS_PORT"),
        (EvaluatorSettings, "EVALUATOR_XYZ", ""),
        (EmotionSettings, "EMOTION_WORKER", "EMOTION_WORKERS"),
        (ReporterSettings, "REPORTER_LOGLEVEL", "REPORTER_LOG_LEVEL"),
    ],
)
def test_the_nearest_setting_is_told(settings: type[Settings], variable: str, nearest: str) -> None:
    """Of whichever service; a file's variable for a file's; none where none is near."""
    assert strays(settings, {variable: "1"}) == {variable: nearest}


@pytest.mark.parametrize(
    "settings", [OrchestratorSettings, EvaluatorSettings, EmotionSettings, ReporterSettings]
)
def test_what_is_documented_is_no_stray(settings: type[Settings]) -> None:
    """Every variable of .env.example, with or without _FILE, and one that is empty."""
    listed = re.findall(r"^# ([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    files = [f"{settings.variable(name)}_FILE" for name in settings.model_fields]
    prefix = settings.model_config["env_prefix"]
    assert strays(settings, dict.fromkeys([*listed, *files], "1") | {f"{prefix}NONE": ""}) == {}


def test_what_kubernetes_adds_is_no_stray() -> None:
    """Variables of services that happen to be named as ours are."""
    added = {
        "ORCHESTRATOR_SERVICE_HOST": "10.0.0.1",
        "ORCHESTRATOR_SERVICE_PORT": "50051",
        "ORCHESTRATOR_SERVICE_PORT_GRPC": "50051",
        "ORCHESTRATOR_DB_PORT": "tcp://10.0.0.1:5432",
        "ORCHESTRATOR_PORT_50051_TCP": "tcp://10.0.0.1:50051",
        "ORCHESTRATOR_PORT_50051_TCP_ADDR": "10.0.0.1",
        "ORCHESTRATOR_PORT_50051_TCP_PORT": "50051",
        "ORCHESTRATOR_PORT_50051_TCP_PROTO": "tcp",
    }
    assert strays(OrchestratorSettings, added) == {}
