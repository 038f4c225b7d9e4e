"""The evaluator's doctor, over a real HTTP server: what it says of judge, server, key, model and clock."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from services.common.doctor import Finding, examine, parsed
from services.evaluator.doctor import ModelLook, findings, look_at_model
from services.evaluator.openai_chat import OpenAIChat
from services.evaluator.settings import EvaluatorSettings
from tests.fakes.llm_server import LlmServer

ROOT = Path(__file__).parents[3]
KEY = "sk-test-0123456789abcdef"
MODEL = "fake-model"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JUDGE", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


async def look(url: str, *, model: str = MODEL, key: str = KEY) -> ModelLook:
    chat = OpenAIChat(base_url=url, api_key=key)
    try:
        found = await look_at_model(chat, model, "there", with_key=bool(key))
    finally:
        await chat.close()
    assert KEY not in str(found)
    return found


def well(findings: ModelLook) -> dict[str, bool]:
    return {finding.check: finding.ok for finding in findings.findings}


async def test_a_model_that_fills_in_forms_is_well() -> None:
    """Server, key and model are ok, for one request of the kind that judging makes; its time is told."""
    async with LlmServer() as llm:
        seen = await look(llm.url)
        assert well(seen) == {"model server there": True, "key": True, f"model {MODEL}": True}
        assert len(llm.requests) == 1
    assert seen.time is not None
    assert abs(seen.time - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_server_that_asks_for_no_key_is_well_without_one() -> None:
    """A local model needs none, and the line says so."""
    async with LlmServer() as llm:
        key = (await look(llm.url, key="")).findings[1]
    assert (key.ok, key.told) == (True, "none is set, and none is asked for")


@pytest.mark.parametrize(
    ("fault", "check", "told"),
    [
        ("unauthorized", "key", "refused: HTTP 401 invalid_api_key"),
        ("no_money", "key", "its account is used up: HTTP 429 insufficient_quota"),
        ("rate_limited", "model server there", "fails: HTTP 429 rate_limit_exceeded"),
        ("bad_gateway", "model server there", "fails: HTTP 502"),
        (
            "unknown_model",
            f"model {MODEL}",
            f"unknown to the server: HTTP 404 model_not_found; it has, among 1: {MODEL}",
        ),
        ("bad_request", f"model {MODEL}", "does not take our requests: HTTP 400 unsupported_parameter"),
        ("html", f"model {MODEL}", "answers with something else (text/html; charset=utf-8): JSONDecodeError"),
        ("not_json", f"model {MODEL}", "answers with something else"),
        ("no_choices", f"model {MODEL}", "answers with something else"),
        ("bad_json", f"model {MODEL}", "answers with something else"),
        ("refusal", f"model {MODEL}", "answers with something else"),
        ("reset", "model server there", ""),
        ("half_body", "model server there", ""),
    ],
)
async def test_each_fault_of_a_model_server_is_told_apart(fault: str, check: str, told: str) -> None:
    """What fails is named for what it is: server, key or model; only that one, and with what to do."""
    async with LlmServer() as llm:
        llm.fail(fault)
        [bad] = [finding for finding in (await look(llm.url)).findings if not finding.ok]
    assert bad.check == check
    assert bad.told.startswith(told)
    assert bad.do


async def test_a_missing_key_is_missing_and_not_wrong() -> None:
    """401 to who shows none."""
    async with LlmServer() as llm:
        llm.fail("unauthorized")
        key = (await look(llm.url, key="")).findings[-1]
    assert key.told == "missing: HTTP 401 invalid_api_key"
    assert "OPENAI_API_KEY" in key.do


async def test_a_base_url_without_its_path_is_told() -> None:
    """404 for the page itself, and no list of models either: the URL is wrong, not the model."""
    async with LlmServer() as llm:
        [server] = (await look(llm.url.removesuffix("/v1"))).findings
    assert (server.ok, server.told) == (False, "has no chat there: HTTP 404")
    assert "/v1" in server.do


async def test_nobody_there_is_told_as_the_system_has_it() -> None:
    """A port without a server, and a name that is unknown: the reason, not a mere time-out."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    [server] = (await look(f"http://127.0.0.1:{port}/v1")).findings
    assert "Connect call failed" in server.told
    [server] = (await look("http://model.invalid/v1")).findings
    assert "model.invalid" in server.told


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> EvaluatorSettings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return EvaluatorSettings.load()


def not_asked() -> ModelLook:
    raise AssertionError("the rubric has no model to ask")


def found(
    settings: EvaluatorSettings, ask: Callable[[], ModelLook], now: datetime | None = None
) -> dict[str, Finding]:
    given = now or datetime.now(UTC)
    return {finding.check: finding for finding in findings(settings, ask, lambda: given)}


def test_the_rubric_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chosen: ok, and nobody is asked. For want of a key: ok, and the line says how to have a model."""
    assert found(load(monkeypatch, JUDGE="rubric"), not_asked)["judge"].do == ""
    judge = found(load(monkeypatch, JUDGE=""), not_asked)["judge"]
    assert judge.ok
    assert "for want of a key" in judge.told
    assert "OPENAI_API_KEY" in judge.do


def test_a_clock_that_differs_from_the_servers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By how much, and which way."""
    settings = load(monkeypatch, OPENAI_BASE_URL="http://model/v1", OPENAI_MODEL="m")
    now = datetime.now(UTC)
    clock = found(settings, lambda: ModelLook([], now + timedelta(seconds=90)), now)["clock"]
    assert (clock.ok, clock.told) == (False, "90 s behind the model's server")
    clock = found(settings, lambda: ModelLook([], now + timedelta(seconds=3)), now)["clock"]
    assert clock.ok
    assert "within 5 s of the model's server" in clock.told


def examined(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **variables: str
) -> list[dict[str, object]]:
    """What the command prints under these settings; nobody is asked."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    asked = parsed("evaluator", ["doctor", "--json"])
    try:
        assert examine(asked, EvaluatorSettings.load, lambda settings: findings(settings, not_asked)) == 1
    finally:
        structlog.reset_defaults()  # a doctor silences the log of its process
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """JUDGE=openai and neither key nor base URL: the setting is named."""
    [line] = examined(monkeypatch, capsys, JUDGE="openai", OPENAI_MODEL="m")
    assert line["check"] == "setting OPENAI_API_KEY"
    assert "needs a key" in str(line["told"])


def test_a_password_in_the_base_url_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The address is shown and logged, so a password has no place in it."""
    url = f"http://user:{KEY}@127.0.0.1:1/v1"
    [line] = examined(monkeypatch, capsys, OPENAI_BASE_URL=url, OPENAI_MODEL="m")
    assert line["check"] == "setting OPENAI_BASE_URL"
    assert KEY not in str(line)


def test_the_command_names_a_server_that_is_away() -> None:
    """As a person types it: one line a check, exit 1, nothing on standard error, and the key nowhere."""
    given = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_MODEL": "m", "OPENAI_API_KEY": KEY}
    done = subprocess.run(
        [sys.executable, "-m", "services.evaluator", "doctor"],
        cwd=ROOT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    judge, server, clock = done.stdout.splitlines()
    assert judge == "ok    judge: openai, model m"
    assert server.startswith("FAIL  model server http://127.0.0.1:1/v1: Cannot connect to host 127.0.0.1:1 ")
    assert clock.startswith("ok    clock: ")
    assert KEY not in done.stdout
