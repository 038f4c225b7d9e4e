"""Settings of every service may be given as files: NAME_FILE, as Docker secrets are."""

import json
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.common.settings import Settings
from services.emotion.settings import EmotionSettings
from services.evaluator.settings import EvaluatorSettings
from services.orchestrator.settings import OrchestratorSettings
from services.reporter.settings import ReporterSettings

ALL = (OrchestratorSettings, EvaluatorSettings, EmotionSettings, ReporterSettings)
SECRET = "s3cret-never-shown"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file as an editor leaves it: with a line end."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    return file


def refused(settings: type[Settings]) -> str:
    """What the start ends with. The secret stands nowhere in it, nor in its traceback."""
    with pytest.raises(SystemExit) as end:
        settings.load()
    assert SECRET not in "".join(traceback.format_exception(end.value))
    return str(end.value)


@pytest.mark.parametrize(
    ("settings", "variable"),
    [(settings, settings.variable(name)) for settings in ALL for name in settings.model_fields],
)
def test_every_setting_may_be_a_file(
    settings: type[Settings], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NAME_FILE is read for each setting of each service."""
    monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(f"{variable}_FILE", "/run/secrets/none")
    line = refused(settings)
    assert line == f"{variable}_FILE: cannot read /run/secrets/none: No such file or directory"


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        (OrchestratorSettings, "port", 6001),
        (OrchestratorSettings, "emotion_policy", "off"),
        (EvaluatorSettings, "llm_backoff_seconds", 0.25),
        (EvaluatorSettings, "openai_api_key", SecretStr(SECRET)),
        (EmotionSettings, "deepface_home", Path("/weights")),
        (ReporterSettings, "kafka_topic", "step4"),
    ],
)
def test_a_file_gives_the_value(
    settings: type[Settings], name: str, value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the file is what the service works with, checked as a variable is."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    (tmp_path / "value").write_text(f"{text}\n")
    monkeypatch.delenv(settings.variable(name), raising=False)
    monkeypatch.setenv(f"{settings.variable(name)}_FILE", str(tmp_path / "value"))
    monkeypatch.setenv("OPENAI_MODEL", "m")
    assert getattr(settings.load(), name) == value


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_the_line_end_is_no_part_of_the_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """`echo key > file` and an editor add one; blanks inside and at the ends are the secret's own."""
    (tmp_path / "password").write_bytes(f"  päss word {end}".encode())
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(tmp_path / "password"))
    assert ReporterSettings.load().kafka_sasl_password == SecretStr("  päss word ")


def test_an_empty_variable_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """`KAFKA_TOPIC_FILE=` in a compose file means that there is none."""
    monkeypatch.setenv("KAFKA_TOPIC_FILE", "")
    assert ReporterSettings.load().kafka_topic == "step3"


def test_an_empty_variable_does_not_contradict_a_file(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`OPENAI_API_KEY=` means unset, as everywhere; where empty is a value of its own it is one here too."""
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(secret))
    assert ReporterSettings.load().kafka_sasl_password == SecretStr(SECRET)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS_FILE", str(secret))
    assert refused(ReporterSettings).startswith("KAFKA_BOOTSTRAP_SERVERS and KAFKA_BOOTSTRAP_SERVERS_FILE ")


def test_both_are_refused(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable and its file: one line that names both, whichever was meant."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(secret))
    assert (
        refused(EvaluatorSettings) == "OPENAI_API_KEY and OPENAI_API_KEY_FILE are both set: keep one of them"
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, or a folder: variable, path and the system's own reason; each bad file has its line."""
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", "/run/secrets/none")
    monkeypatch.setenv("KAFKA_SASL_USERNAME_FILE", str(tmp_path))
    assert refused(ReporterSettings).splitlines() == [
        f"KAFKA_SASL_USERNAME_FILE: cannot read {tmp_path}: Is a directory",
        "KAFKA_SASL_PASSWORD_FILE: cannot read /run/secrets/none: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"one\ntwo\n", "holds more than one line"),
        (b"a\0b", "control characters"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"x" * (64 * 1024 + 1), "has more than 65,536 bytes"),
    ],
)
def test_a_file_that_holds_no_value_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, why: str
) -> None:
    """Variable and path, and what is wrong with it."""
    (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    line = refused(EvaluatorSettings)
    assert line.startswith(f"OPENAI_API_KEY_FILE: {tmp_path / 'key'} ")
    assert why in line


def test_a_bad_value_names_the_file_variable(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who set X_FILE is told of X_FILE, and of the rule that the value breaks."""
    monkeypatch.setenv("ORCHESTRATOR_PORT_FILE", str(secret))
    line = refused(OrchestratorSettings)
    assert line.startswith("ORCHESTRATOR_PORT_FILE: ")
    assert "valid integer" in line


@pytest.mark.parametrize("variable", ["ORCHESTRATOR_DATABASE_URL", "REPORT_TIMEZONE"])
def test_a_bad_value_from_a_file_is_not_repeated(
    secret: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Rules that quote the value they refuse say nothing of one that came from a file."""
    monkeypatch.setenv(f"{variable}_FILE", str(secret))
    assert refused(OrchestratorSettings).startswith(f"{variable}_FILE: ")


def test_no_setting_is_the_file_of_another() -> None:
    """`X_FILE` is either a setting or stands for X, never both."""
    for settings in ALL:
        names = {settings.variable(name) for name in settings.model_fields}
        assert not names & {f"{name}_FILE" for name in names}


def test_what_is_shown_of_settings_hides_secrets(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing, dumping and logging settings shows stars, wherever the secret came from."""
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(secret))
    monkeypatch.setenv("KAFKA_SSL_KEY_PASSWORD_FILE", str(secret))
    settings = ReporterSettings.load()
    assert SECRET not in f"{settings!r} {settings} {json.dumps(settings.model_dump(mode='json'))}"
