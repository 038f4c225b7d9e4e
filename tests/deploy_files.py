"""The compose files as they are where no variable is set."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
KAFKA_FOLDER = ROOT / "deploy" / "kafka-secure"

COMPOSE = ROOT / "docker-compose.yml"

_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")
_IF_SET = re.compile(r"\$\{\w+:\+[^}]*\}")


class _Loader(yaml.SafeLoader):
    """YAML with the tag by which compose takes a value away."""


_Loader.add_constructor("!reset", lambda *_: None)


def with_defaults(value: Any) -> Any:
    """What compose makes of it where no variable is set."""
    if isinstance(value, str):
        return _IF_SET.sub("", _DEFAULT.sub(r"\1", value))
    if isinstance(value, list):
        return [with_defaults(item) for item in value]
    if isinstance(value, dict):
        return {key: with_defaults(item) for key, item in value.items()}
    return value


def read(path: Path) -> dict[str, Any]:
    content = with_defaults(yaml.load(path.read_text(), _Loader))
    assert isinstance(content, dict)
    return content


OURS = read(COMPOSE)
WITHOUT_KAFKA = read(ROOT / "deploy" / "compose.no-kafka.yml")
WITH_SECURE_KAFKA = read(ROOT / "deploy" / "compose.secure-kafka.yml")
KAFKA = read(KAFKA_FOLDER / "docker-compose.yml")
SECURE_KAFKA = read(KAFKA_FOLDER / "secure.yml")
PROMETHEUS = read(ROOT / "deploy" / "prometheus" / "prometheus.yml")
