"""Which services there are, and what each reads about where it and its peers are."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.value_files import file_variable

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Service:
    """One of the four. `grpc_service` is its full name, by which its health is asked."""

    name: str
    grpc_service: str
    port: int
    metrics_port: int

    @property
    def module(self) -> str:
        """What `python -m` starts."""
        return f"services.{self.name}"

    @property
    def prefix(self) -> str:
        """What its variables begin with."""
        return f"{self.name.upper()}_"

    @property
    def address(self) -> str:
        """host:port of its RPC."""
        return f"{HOST}:{self.port}"

    @property
    def metrics_url(self) -> str:
        """Where Prometheus finds its metrics."""
        return f"http://{HOST}:{self.metrics_port}/metrics"


# In the order in which they are started; they are stopped the other way round.
SERVICES = (
    Service("evaluator", "interview.v1.EvaluatorService", 50052, 9102),
    Service("emotion", "interview.v1.EmotionService", 50053, 9103),
    Service("reporter", "interview.v1.ReporterService", 50054, 9104),
    Service("orchestrator", "interview.v1.OrchestratorService", 50051, 9101),
)


def service_environment(
    service: Service, services: tuple[Service, ...], environment: Mapping[str, str]
) -> dict[str, str]:
    """`environment` with everything that puts `service` and its peers on this machine, in the clear."""
    variables = {
        name: value
        for name, value in environment.items()
        if not any(name.startswith((f"{each.prefix}TLS_", f"{each.prefix}PEER_")) for each in services)
    }
    placed = {
        f"{service.prefix}HOST": HOST,
        f"{service.prefix}PORT": str(service.port),
        f"{service.prefix}METRICS_PORT": str(service.metrics_port),
    }
    if service.name == "orchestrator":
        placed |= {f"ORCHESTRATOR_{peer.name.upper()}_ADDRESS": peer.address for peer in services[:-1]}
    if service.name == "reporter" and not variables.get(file_variable("KAFKA_BOOTSTRAP_SERVERS")):
        variables.setdefault("KAFKA_BOOTSTRAP_SERVERS", "")  # files only, unless told where Kafka is
    others = {file_variable(name) for name in placed}
    return {name: value for name, value in variables.items() if name not in others} | placed
