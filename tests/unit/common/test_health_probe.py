"""The probe of a container's health check, against the server that the services run on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.common import health_probe
from services.common.server import MIB, Server
from services.common.settings import Port, ServerSettings

SERVICE = "interview.v1.EvaluatorService"


class AnyPort(ServerSettings):
    port: Port = 0
    metrics_port: Port = 0


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(SERVICE, AnyPort(), receive_limit_bytes=MIB) as server:
        yield server


async def probe(*arguments: str) -> int:
    """The exit status."""
    with pytest.raises(SystemExit) as end:
        await asyncio.to_thread(health_probe.main, list(arguments))
    assert isinstance(end.value.code, int)
    return end.value.code


async def test_a_ready_service_is_healthy(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """SERVING is status 0."""
    await server.set_ready(True)
    capsys.readouterr()  # the server's log
    assert await probe(f"127.0.0.1:{server.port}", SERVICE) == 0
    assert capsys.readouterr().out == "SERVING\n"


async def test_a_service_that_is_not_ready_is_not_healthy(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """NOT_SERVING is status 1, though the process lives."""
    assert await probe(f"127.0.0.1:{server.port}", SERVICE) == 1
    assert capsys.readouterr().out == "NOT_SERVING\n"
    assert await probe(f"127.0.0.1:{server.port}") == 0


async def test_an_unknown_service_is_not_healthy(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that the server does not know is status 1, and one line says so."""
    assert await probe(f"127.0.0.1:{server.port}", "interview.v1.NoSuchService") == 1
    assert capsys.readouterr().out == f"no answer from 127.0.0.1:{server.port}: NOT_FOUND\n"


async def test_nobody_there_is_not_healthy(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A port on which nobody listens any more is status 1, and one line says so."""
    address = f"127.0.0.1:{server.port}"
    await server.grpc.stop(None)
    assert await probe(address, SERVICE, "--timeout-seconds", "1") == 1
    assert capsys.readouterr().out.startswith(f"no answer from {address}: ")
