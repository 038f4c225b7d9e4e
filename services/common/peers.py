"""Whether the services that one calls are there and ready: each replica is asked for its health."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.common.channel import ClientTls
from services.common.checks import host_and_port, ips_of, is_a_name
from services.common.doctor import Finding
from services.common.health import Health, NoAnswer, Tls, ask

_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A service that is called at `address`. `without` is what is lost while it is away."""

    name: str
    address: str
    grpc_service: str
    without: str


@dataclass
class Peers:
    """Asks peers; keeps how far their clocks are ahead of ours."""

    tls: ClientTls | None
    ahead_of_us: dict[str, float] = field(default_factory=dict)

    def findings(self, peers: Iterable[Peer]) -> Iterable[Finding]:
        """One for each peer."""
        try:
            credentials = self.tls.credentials() if self.tls else None
        except OSError as error:
            told = f"{error.filename}: {error.strerror}"
            yield Finding("peer certificates", ok=False, told=told, do="see the ..._PEER_..._FILE settings")
            return
        for peer in peers:
            tls = Tls(credentials, _host(peer.address)) if credentials else None
            yield self._finding(peer, tls)

    def _finding(self, peer: Peer, tls: Tls | None) -> Finding:
        check = f"peer {peer.name} {peer.address}"
        try:
            targets = _targets(peer.address)
        except (OSError, ValueError) as error:
            told = getattr(error, "strerror", None) or str(error)
            return Finding(check, ok=False, told=told, do=f"see network above; {peer.without}")
        answers = {target: self._answer(peer, target, tls) for target in targets}
        bad = {target: answer for target, answer in answers.items() if answer != "SERVING"}
        if not bad:
            many = f" on all {len(targets)} replicas" if len(targets) > 1 else ""
            return Finding(check, ok=True, told=f"SERVING{many}")
        told = "; ".join(
            f"{target} {answer}" if len(targets) > 1 else answer for target, answer in bad.items()
        )
        return Finding(check, ok=False, told=told, do=f"{_advice(peer, bad.values())}; {peer.without}")

    def _answer(self, peer: Peer, target: str, tls: Tls | None) -> str:
        try:
            health: Health = ask(target, peer.grpc_service, _SECONDS, tls)
        except NoAnswer as error:
            return str(error)
        if health.ahead_seconds is not None:
            self.ahead_of_us.setdefault(peer.name, health.ahead_seconds)
        return health.status


def _host(address: str) -> str:
    try:
        return host_and_port(address)[0] if is_a_name(address) else ""
    except ValueError:
        return ""


def _targets(address: str) -> list[str]:
    """Where each replica listens, as gRPC names it."""
    if not is_a_name(address):
        return [address]
    port = host_and_port(address)[1]
    return [f"ipv6:[{ip}]:{port}" if ":" in ip else f"ipv4:{ip}:{port}" for ip in ips_of(address)]


def _advice(peer: Peer, answers: Iterable[str]) -> str:
    if any(answer.startswith(("NOT_FOUND", "UNIMPLEMENTED")) for answer in answers):
        return "another service answers there: see address and port"
    if any(answer == "NOT_SERVING" for answer in answers):
        return f"it runs and is not ready: run `python -m services.{peer.name} doctor` there"
    return f"see that {peer.name} runs, its log, its address, and that both sides agree on TLS"
