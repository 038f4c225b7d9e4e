"""The order in which services come up and go down; stood in for, as real ones cannot be late at will."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scripts.launcher import system
from scripts.launcher.processes import Running
from scripts.launcher.services import Service
from scripts.launcher.system import System

PEERS = {"evaluator", "emotion", "reporter"}


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with which service, in order."""
    done: list[str] = []

    def start(service: Service, _: Mapping[str, str], folder: Path) -> Running:
        done.append(f"start {service.name}")
        return Running(service, cast("Any", SimpleNamespace(poll=lambda: None)), folder / service.name)

    def wait(running: Running, *_: object, **__: object) -> bool:
        done.append(f"ready {running.service.name}")
        return True

    def stop(running: Running, _: object) -> bool:
        done.append(f"stop {running.service.name}")
        return True

    for name, instead in (("start", start), ("wait_until_serving", wait), ("stop", stop)):
        monkeypatch.setattr(system, name, instead)
    return done


def test_the_orchestrator_starts_once_its_peers_serve_and_stops_first(
    happened: list[str], tmp_path: Path
) -> None:
    """It would try a peer that it does not find only after a pause, and it calls them while it drains."""
    with System({}, tmp_path, print, emotion_can_serve=True) as running:
        assert running.orchestrator.name == "orchestrator"
        up = list(happened)
    began = up.index("start orchestrator")
    assert {f"start {peer}" for peer in PEERS} | {f"ready {peer}" for peer in PEERS} == set(up[:began])
    assert up[began:] == ["start orchestrator", "ready orchestrator"]
    down = happened[len(up) :]
    assert down[0] == "stop orchestrator"
    assert {f"stop {peer}" for peer in PEERS} == set(down[1:])
