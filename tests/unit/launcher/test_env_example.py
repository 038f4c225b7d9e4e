"""`.env.example` is the list of all settings."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.common.settings import Settings
from services.emotion.settings import EmotionSettings
from services.evaluator.settings import EvaluatorSettings
from services.orchestrator.settings import OrchestratorSettings
from services.reporter.settings import ReporterSettings

ALL = (OrchestratorSettings, EvaluatorSettings, EmotionSettings, ReporterSettings)
ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / ".env.example"
COMPOSE = [ROOT / "docker-compose.yml", *sorted(ROOT.glob("deploy/**/*.yml"))]


def listed() -> dict[str, str]:
    lines = [line.removeprefix("# ") for line in EXAMPLE.read_text(encoding="utf-8").splitlines()]
    pairs = [line.partition("=") for line in lines]
    return {name: value for name, equals, value in pairs if equals and name.isupper() and " " not in name}


def defaults(settings: type[Settings]) -> dict[str, str]:
    found = {}
    for name, field in settings.model_fields.items():
        value = field.default if field.default_factory is None else None  # a factory's depends on the machine
        assert not isinstance(value, SecretStr)
        found[settings.variable(name)] = "" if value is None else str(value)
    return found


@pytest.mark.parametrize("settings", ALL)
def test_every_setting_is_listed_with_its_default(settings: type[Settings]) -> None:
    """A setting that a service reads stands in .env.example, with the value it has when unset."""
    there = listed()
    assert {name: there.get(name) for name in defaults(settings)} == defaults(settings)


def test_docker_compose_has_the_listed_defaults() -> None:
    """What only Docker reads is listed with the default that the compose files give it."""
    there = listed()
    named = dict(re.findall(r"\$\{([A-Z0-9_]+):-([^}]*)\}", "".join(file.read_text() for file in COMPOSE)))
    known = set().union(*(defaults(settings) for settings in ALL))
    for_docker = {name: value for name, value in there.items() if name not in known}
    assert for_docker == {name: named.get(name) for name in for_docker}


def test_a_copy_changes_nothing() -> None:
    """Every line is a comment until somebody decides."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
