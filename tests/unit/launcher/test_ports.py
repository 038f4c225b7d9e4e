"""Usual ports where they are free, others where they are not."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.launcher.ports import BadPort, preferred, with_free_ports
from scripts.launcher.services import SERVICES, Service


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def service(port: int, metrics_port: int) -> Service:
    return replace(SERVICES[0], port=port, metrics_port=metrics_port)


def test_the_environment_may_ask_for_a_port() -> None:
    """ORCHESTRATOR_PORT and the like are what is tried first; an empty variable is unset."""
    asked = preferred(SERVICES[0], {"EVALUATOR_PORT": "6000", "EVALUATOR_METRICS_PORT": ""})
    assert (asked.port, asked.metrics_port) == (6000, 9102)


@pytest.mark.parametrize("wrong", ["http", "-1", "65536", "1.5"])
def test_a_wrong_port_names_its_variable(wrong: str) -> None:
    """What is no port is told with the variable that holds it."""
    with pytest.raises(BadPort, match="EVALUATOR_PORT: must be a port"):
        preferred(SERVICES[0], {"EVALUATOR_PORT": wrong})


def test_free_ports_are_kept() -> None:
    """Nothing moves, and nothing is said, where the usual ports are free."""
    said: list[str] = []
    usual = service(free_port(), 0)
    (placed,) = with_free_ports([usual], said.append)
    assert placed.port == usual.port
    assert not any(str(usual.port) in line for line in said)


def test_a_taken_port_is_changed_and_said(taken: int) -> None:
    """A port that somebody holds is replaced by a free one, with a line that names both."""
    said: list[str] = []
    (placed,) = with_free_ports([service(taken, free_port())], said.append)
    assert placed.port != taken
    assert said == [f"Port {taken} is taken: evaluator listens on {placed.port}."]


def test_no_port_comes_twice(taken: int) -> None:
    """Services that all have to move get different ports."""
    placed = with_free_ports([service(taken, taken)] * 8, lambda _: None)
    ports = [port for each in placed for port in (each.port, each.metrics_port)]
    assert len(set(ports)) == 16


def test_a_port_may_stand_in_a_file(tmp_path: Path) -> None:
    """ORCHESTRATOR_PORT_FILE asks for a port as ORCHESTRATOR_PORT does."""
    (tmp_path / "port").write_text("6000\n")
    assert preferred(SERVICES[0], {"EVALUATOR_PORT_FILE": str(tmp_path / "port")}).port == 6000
