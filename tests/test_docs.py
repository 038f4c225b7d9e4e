"""What the documents promise about the repository is so."""

import re
import subprocess
from pathlib import Path

import pytest

from services.common.settings import Settings
from services.emotion.settings import EmotionSettings
from services.evaluator.settings import EvaluatorSettings
from services.orchestrator.settings import OrchestratorSettings
from services.reporter.settings import ReporterSettings

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])
SERVICES: list[type[Settings]] = [OrchestratorSettings, EvaluatorSettings, EmotionSettings, ReporterSettings]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    """Every relative link leads to a file, and its anchor to a heading of it."""
    dead = [link for link in _links(page) if not _leads_somewhere(page, link)]
    assert not dead


@pytest.mark.parametrize("settings", SERVICES, ids=lambda settings: settings.__name__)
def test_every_setting_is_in_the_example(settings: type[Settings]) -> None:
    """`.env.example` lists every variable a service reads."""
    listed = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    read = {settings.variable(name) for name in settings.model_fields}
    assert read <= listed, sorted(read - listed)


def test_the_example_lists_nothing_that_is_not_read() -> None:
    """A variable in `.env.example` is read by a service, or named by the Makefile, compose or scripts."""
    listed = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    read = {settings.variable(name) for settings in SERVICES for name in settings.model_fields}
    elsewhere = "".join(
        path.read_text()
        for path in [ROOT / "Makefile", ROOT / "docker-compose.yml", *ROOT.glob("scripts/*")]
        if path.is_file()
    )
    assert not {name for name in listed - read if name not in elsewhere}


def test_help_lists_every_target() -> None:
    """`make help` has a line for each target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    named = {line.replace("make ", "").split()[0] for line in shown.splitlines() if line.strip()}
    assert targets <= named, sorted(targets - named)


def _links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    return [link for link in links if "://" not in link and not link.startswith("mailto:")]


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
