"""The settings of the controller and of the brokers."""

from collections.abc import Mapping, Sequence
from pathlib import Path

CONTROLLER_ID = 100
HOST = "127.0.0.1"

Settings = dict[str, str]


def shared_settings(brokers: int, controller_port: int, overrides: Mapping[str, str]) -> Settings:
    """What every node is told.

    The controller too: it makes the topics, so a `min.insync.replicas` only the brokers know is ignored.
    """
    return {
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"{CONTROLLER_ID}@{HOST}:{controller_port}",
        "auto.create.topics.enable": "false",
        "unclean.leader.election.enable": "false",
        "num.partitions": "3",
        "group.initial.rebalance.delay.ms": "0",
        # How long a dead broker keeps its partitions, and how long its restart takes; lower is not safe.
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "3000",
        "replica.lag.time.max.ms": "5000",
        "log.cleaner.dedupe.buffer.size": str(4 * 1024 * 1024),
        **_replication(brokers),
        **overrides,
    }


def _replication(brokers: int) -> Settings:
    copies = min(3, brokers)
    in_sync = str(max(1, copies - 1))
    return {
        "default.replication.factor": str(copies),
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": str(copies),
        "offsets.topic.num.partitions": "3",
        "transaction.state.log.replication.factor": str(copies),
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": "3",
        "share.coordinator.state.topic.replication.factor": str(copies),
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def controller_settings(shared: Settings, port: int, data: Path) -> Settings:
    """The only controller: brokers may die in any number, and the metadata stays."""
    own = {"process.roles": "controller", "listeners": f"CONTROLLER://{HOST}:{port}"}
    return {**shared, **own, **_identity(CONTROLLER_ID, data)}


def broker_settings(shared: Settings, number: int, port: int, data: Path, *more: str) -> Settings:
    """A broker with one listener for clients and brokers alike, and `more` of them."""
    own = {"process.roles": "broker", "listeners": ",".join((f"PLAINTEXT://{HOST}:{port}", *more))}
    return {**shared, **own, **_identity(number, data)}


def lone_settings(ports: Sequence[int], data: Path) -> Settings:
    """One node that is broker and controller in one, for the making of the class archive."""
    own = {
        "process.roles": "broker,controller",
        "listeners": f"PLAINTEXT://{HOST}:{ports[0]},CONTROLLER://{HOST}:{ports[1]}",
    }
    return {**shared_settings(1, ports[1], {}), **own, **_identity(CONTROLLER_ID, data)}


def _identity(number: int, data: Path) -> Settings:
    return {"node.id": str(number), "log.dirs": str(data)}


def write_properties(path: Path, settings: Mapping[str, str]) -> None:
    """Writes a Java properties file, which is Latin-1 and escapes the rest."""
    lines = (f"{key}={value}" for key, value in settings.items())
    escaped = (line.replace("\\", "\\\\").replace("\n", "\\n") + "\n" for line in lines)
    path.write_bytes("".join(escaped).encode("latin-1", "backslashreplace"))
