"""The compose files as they are where no variable is set."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
KAFKA_FOLDER = ROOT / "deploy" / "kafka-secure"

_VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")


def with_defaults(value: Any) -> Any:
    """What compose makes of it where no variable is set."""
    if isinstance(value, str):
        return _VARIABLE.sub(r"\1", value)
    if isinstance(value, list):
        return [with_defaults(item) for item in value]
    if isinstance(value, dict):
        return {key: with_defaults(item) for key, item in value.items()}
    return value


def read(path: Path) -> dict[str, Any]:
    content = with_defaults(yaml.safe_load(path.read_text()))
    assert isinstance(content, dict)
    return content


OURS = read(ROOT / "docker-compose.yml")
WITHOUT_KAFKA = read(ROOT / "deploy" / "compose.no-kafka.yml")
KAFKA = read(KAFKA_FOLDER / "docker-compose.yml")
