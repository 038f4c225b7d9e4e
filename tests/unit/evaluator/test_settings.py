"""Which judge is at work, and what a bad setting says."""

import pytest

from services.evaluator.settings import EvaluatorSettings

VARIABLES = ("JUDGE", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "EVALUATOR_PORT")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> EvaluatorSettings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return EvaluatorSettings.load()


@pytest.mark.parametrize(
    ("variables", "judge"),
    [
        ({}, "rubric"),
        ({"OPENAI_MODEL": "m"}, "rubric"),
        ({"OPENAI_API_KEY": "k", "OPENAI_MODEL": "m"}, "openai"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_MODEL": "m"}, "openai"),
        ({"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""}, "rubric"),
        ({"JUDGE": "rubric", "OPENAI_API_KEY": "k"}, "rubric"),
        ({"JUDGE": "openai", "OPENAI_API_KEY": "k", "OPENAI_MODEL": "m"}, "openai"),
    ],
)
def test_unset_judge_means_openai_where_it_can_be_reached(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], judge: str
) -> None:
    """A key or a base URL is enough; empty variables are unset ones."""
    assert load(monkeypatch, **variables).chosen_judge == judge


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"OPENAI_API_KEY": "sk-secret"}, "OPENAI_MODEL"),
        ({"JUDGE": "openai", "OPENAI_API_KEY": "sk-secret", "OPENAI_MODEL": ""}, "OPENAI_MODEL"),
        ({"JUDGE": "openai", "OPENAI_MODEL": "m"}, "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "sk-secret-ключ", "OPENAI_MODEL": "m"}, "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "sk-secret\u200b", "OPENAI_MODEL": "m"}, "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "sk-secret\nsk-secret", "OPENAI_MODEL": "m"}, "OPENAI_API_KEY"),
        ({"JUDGE": "openai", "OPENAI_API_KEY": " \n", "OPENAI_MODEL": "m"}, "OPENAI_API_KEY"),
        ({"JUDGE": "guess"}, "JUDGE"),
        ({"OPENAI_BASE_URL": "sk-secret not a url", "OPENAI_MODEL": "m"}, "OPENAI_BASE_URL"),
        ({"EVALUATOR_PORT": "70000"}, "EVALUATOR_PORT"),
        ({"EVALUATOR_MAX_IN_FLIGHT": "0"}, "EVALUATOR_MAX_IN_FLIGHT"),
    ],
)
def test_a_bad_setting_ends_the_start_with_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    """One line, the variable first, and no secret in it."""
    with pytest.raises(SystemExit) as ended:
        load(monkeypatch, **variables)
    line = str(ended.value)
    assert line.startswith(f"{named}: ")
    assert "\n" not in line
    assert "sk-secret" not in line


def test_ports_are_those_of_the_design(monkeypatch: pytest.MonkeyPatch) -> None:
    """50052 and 9102."""
    settings = load(monkeypatch)
    assert (settings.port, settings.metrics_port) == (50052, 9102)


def test_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printing the settings does not print the key."""
    settings = load(monkeypatch, OPENAI_API_KEY="sk-secret", OPENAI_MODEL="m")
    assert "sk-secret" not in repr(settings)


@pytest.mark.parametrize("given", ["sk-secret\n", "sk-secret\r\n", " sk-secret\t"])
def test_white_space_around_the_key_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """As copying and secret stores leave it: no header could carry it."""
    settings = load(monkeypatch, OPENAI_API_KEY=given, OPENAI_MODEL="m")
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "sk-secret"
