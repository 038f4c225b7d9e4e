"""Settings of the orchestrator: defaults of the design, and one line that names a bad variable."""

from pathlib import Path

import pytest

from services.orchestrator.settings import OrchestratorSettings


def test_the_defaults_are_the_designs() -> None:
    """Ports, timeouts and policy without any variable set."""
    settings = OrchestratorSettings.load()
    assert (settings.port, settings.metrics_port) == (50051, 9101)
    assert (settings.judge_timeout_seconds, settings.emotion_wait_seconds) == (60, 10)
    assert (settings.pending_timeout_seconds, settings.interview_idle_timeout_seconds) == (3600, 86400)
    assert (settings.emotion_policy, settings.report_timezone) == ("consent", "UTC")
    assert settings.evaluator_address == "127.0.0.1:50052"
    assert settings.peer_tls is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ORCHESTRATOR_PORT", "70000"),
        ("ORCHESTRATOR_METRICS_PORT", "many"),
        ("ORCHESTRATOR_DATABASE_URL", "sqlite:///"),
        ("ORCHESTRATOR_DATABASE_URL", "mysql://somewhere"),
        ("ORCHESTRATOR_EMOTION_POLICY", "always"),
        ("ORCHESTRATOR_EMOTION_WAIT_SECONDS", "0"),
        ("ORCHESTRATOR_LOG_LEVEL", "LOUD"),
        ("ORCHESTRATOR_TLS_CERTIFICATE_FILE", "/nowhere/at/all.pem"),
        ("ORCHESTRATOR_PEER_CA_FILE", "/nowhere/at/all.pem"),
        ("JUDGE_TIMEOUT_SECONDS", "inf"),
        ("PENDING_TIMEOUT_SECONDS", "-1"),
        ("INTERVIEW_IDLE_TIMEOUT_SECONDS", "soon"),
        ("INTERVIEW_IDLE_TIMEOUT_SECONDS", "99999999999"),
        ("ORCHESTRATOR_MAX_CONNECTION_AGE_SECONDS", "2147484"),
        ("ORCHESTRATOR_REPORTER_ADDRESS", "http://127.0.0.1:x"),
        ("ORCHESTRATOR_EVALUATOR_ADDRESS", "nonsense:99999999"),
        ("ORCHESTRATOR_EMOTION_ADDRESS", "ipv4:127.0.0.1:1,127.0.0.1"),
        ("REPORT_TIMEZONE", "Mars/Olympus"),
        ("REPORT_TIMEZONE", "../../etc/passwd"),
    ],
)
def test_a_bad_value_ends_the_start_with_a_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """One line, beginning with the variable as the operator wrote it."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as raised:
        OrchestratorSettings.load()
    line = str(raised.value)
    assert line.startswith(f"{variable}: ")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("ORCHESTRATOR_TLS_KEY_FILE", "ORCHESTRATOR_TLS_CERTIFICATE_FILE"),
        ("ORCHESTRATOR_TLS_CLIENT_CA_FILE", "ORCHESTRATOR_TLS_CERTIFICATE_FILE"),
        ("ORCHESTRATOR_PEER_KEY_FILE", "ORCHESTRATOR_PEER_CERTIFICATE_FILE"),
    ],
)
def test_half_of_tls_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, missing: str
) -> None:
    """A key without its certificate would silently mean plain text: both variables are named instead."""
    (tmp_path / "file.pem").touch()
    monkeypatch.setenv(given, str(tmp_path / "file.pem"))
    with pytest.raises(SystemExit) as raised:
        OrchestratorSettings.load()
    assert given in str(raised.value)
    assert missing in str(raised.value)


def test_a_certificate_for_peers_without_their_ca_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the CA peers would be called in plain text although a certificate was given."""
    (tmp_path / "file.pem").touch()
    for name in ("CERTIFICATE", "KEY"):
        monkeypatch.setenv(f"ORCHESTRATOR_PEER_{name}_FILE", str(tmp_path / "file.pem"))
    with pytest.raises(SystemExit, match="ORCHESTRATOR_PEER_CA_FILE"):
        OrchestratorSettings.load()


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """`VARIABLE=` in a compose file means its default."""
    monkeypatch.setenv("REPORT_TIMEZONE", "")
    monkeypatch.setenv("ORCHESTRATOR_PORT", "")
    settings = OrchestratorSettings.load()
    assert (settings.report_timezone, settings.port) == ("UTC", 50051)


def test_the_database_path_is_what_follows_three_slashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes: relative; four: absolute."""
    monkeypatch.setenv("ORCHESTRATOR_DATABASE_URL", "sqlite:////var/lib/x.db")
    assert OrchestratorSettings.load().database_path == Path("/var/lib/x.db")


@pytest.mark.parametrize("url", ["mysql://me:secret@host/db", "sqlite:///", "postgresql://", "secret"])
def test_another_store_is_refused_without_repeating_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """One line with the two forms there are."""
    monkeypatch.setenv("ORCHESTRATOR_DATABASE_URL", url)
    with pytest.raises(SystemExit) as raised:
        OrchestratorSettings.load()
    line = str(raised.value)
    assert line.startswith("ORCHESTRATOR_DATABASE_URL: ")
    assert "sqlite:///" in line
    assert "postgresql://" in line
    assert "secret" not in line


def test_postgresql_has_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its URL is taken as it is."""
    monkeypatch.setenv("ORCHESTRATOR_DATABASE_URL", "postgresql://me:secret@host/db")
    settings = OrchestratorSettings.load()
    assert settings.database_path is None
    assert settings.database_url == "postgresql://me:secret@host/db"
