"""What a doctor says of the services that one calls: real servers of ours, well, ill, away, and strangers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc.aio
import pytest

from services.common import checks, peers
from services.common.channel import ClientTls
from services.common.clock import SystemClock
from services.common.doctor import Finding
from services.common.peers import Peer, Peers
from services.common.server import MIB, Server
from services.common.settings import ServerSettings
from tests.pki import make_pki

SERVICE = "interview.v1.EvaluatorService"
PLAIN = ServerSettings(port=0, metrics_port=0)


class Fast(SystemClock):
    """A clock that is ahead."""

    def now(self) -> datetime:
        return super().now() + timedelta(minutes=2)


@asynccontextmanager
async def serving(
    *, ready: bool = True, clock: SystemClock | None = None, settings: ServerSettings = PLAIN
) -> AsyncIterator[str]:
    """A server of ours; its address."""
    async with Server(SERVICE, settings, receive_limit_bytes=MIB, clock=clock) as server:
        await server.set_ready(ready)
        yield f"127.0.0.1:{server.port}"


async def asked(address: str, tls: ClientTls | None = None, service: str = SERVICE) -> tuple[Finding, Peers]:
    found = Peers(tls)
    peer = Peer("evaluator", address, service, "answers wait")
    [finding] = await asyncio.to_thread(lambda: list(found.findings([peer])))
    return finding, found


async def test_a_peer_that_serves_is_well() -> None:
    """One line, with its address, and no advice; its clock agrees with ours."""
    async with serving() as address:
        finding, found = await asked(address)
    assert finding == Finding(f"peer evaluator {address}", ok=True, told="SERVING")
    assert abs(found.ahead_of_us["evaluator"]) < 5


async def test_gRPC_addresses_are_taken_as_the_channel_takes_them(tmp_path: Path) -> None:  # noqa: N802
    """dns:///name:port, and a socket, which has no name to know."""
    async with serving() as address:
        assert (await asked(f"dns:///{address}"))[0].ok
    assert checks.network([f"unix:{tmp_path}/socket", "dns:///localhost:1"], do="").ok
    assert "No such file" in (await asked(f"unix:{tmp_path}/socket"))[0].told


async def test_a_peer_that_is_not_ready_is_sent_to_its_own_doctor() -> None:
    """It runs; why it is not ready it knows itself."""
    async with serving(ready=False) as address:
        finding, _ = await asked(address)
    assert (finding.ok, finding.told) == (False, "NOT_SERVING")
    assert finding.do.startswith("it runs and is not ready: run `python -m services.evaluator doctor` there")
    assert finding.do.endswith("; answers wait")


async def test_a_peer_that_is_away_is_told_as_the_system_has_it() -> None:
    """Nobody listens: the reason, short."""
    async with serving() as address:
        pass
    finding, _ = await asked(address)
    assert not finding.ok
    assert finding.told.startswith("UNAVAILABLE: ")
    assert finding.told.endswith("Connection refused")
    assert len(finding.told) < 150


async def test_another_service_at_the_address_is_told() -> None:
    """Ports mixed up: somebody answers, and knows no such service."""
    async with serving() as address:
        finding, _ = await asked(address, service="interview.v1.ReporterService")
    assert finding.told.startswith("NOT_FOUND")
    assert finding.do.startswith("another service answers there: see address and port")


async def test_a_name_that_is_unknown_here_is_sent_to_the_network() -> None:
    """The wrong network: the name means nothing in it."""
    finding, _ = await asked("evaluator.invalid:50052")
    assert not finding.ok
    assert finding.do.startswith("see network above")
    network = checks.network(["127.0.0.1:1", "evaluator.invalid:50052"], do="join it")
    assert network.told.startswith("wrong network? These names are unknown here: evaluator.invalid:50052 (")
    assert "127.0.0.1" not in network.told


async def test_each_replica_behind_a_name_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three addresses, one without a server: that one is named."""
    monkeypatch.setattr(peers, "ips_of", lambda _: ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    async with serving(settings=ServerSettings(port=0, metrics_port=0, host="0.0.0.0")) as address:
        finding, _ = await asked(address)
        assert finding.told == "SERVING on all 3 replicas"
        port = address.rpartition(":")[2]
        monkeypatch.setattr(peers, "ips_of", lambda _: ["127.0.0.1", "240.0.0.1"])
        finding, _ = await asked(address)
    assert not finding.ok
    assert finding.told.startswith(f"ipv4:240.0.0.1:{port} UNAVAILABLE")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pki(tmp_path_factory.mktemp("pki"))


async def test_tls_is_spoken_as_the_service_speaks_it(pki: Path) -> None:
    """The right files: well. No TLS, or another CA: not, and the advice names TLS."""
    settings = ServerSettings(
        port=0,
        metrics_port=0,
        tls_certificate_file=pki / "us.pem",
        tls_key_file=pki / "us.key",
        tls_client_ca_file=pki / "ca.pem",
    )
    async with serving(settings=settings) as address:
        assert (await asked(address, ClientTls(pki / "ca.pem", pki / "us.pem", pki / "us.key")))[0].ok
        for wrong in (None, ClientTls(pki / "other_ca.pem"), ClientTls(pki / "ca.pem")):
            finding, _ = await asked(address, wrong)
            assert not finding.ok
            assert "both sides agree on TLS" in finding.do


async def test_a_certificate_that_is_not_there_is_told(pki: Path) -> None:
    """It was there when the settings were read, and is gone."""
    finding, _ = await asked("127.0.0.1:1", ClientTls(pki / "ca.pem", pki / "away.pem", pki / "us.key"))
    assert (finding.check, finding.ok) == ("peer certificates", False)
    assert "away.pem" in finding.told


async def test_a_peer_whose_clock_is_ahead_is_told() -> None:
    """By how much; a peer that tells no time is not compared with."""
    async with serving(clock=Fast()) as address:
        _, found = await asked(address)
    clock = checks.clock(datetime.now(UTC), ahead_of_us=found.ahead_of_us)
    assert (clock.ok, clock.told) == (False, "120 s behind evaluator")


async def test_a_stranger_is_no_server_of_ours() -> None:
    """A gRPC server without health: told, not taken for well."""
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    finding, found = await asked(f"127.0.0.1:{port}")
    await server.stop(None)
    assert finding.told.startswith("UNIMPLEMENTED")
    assert found.ahead_of_us == {}
