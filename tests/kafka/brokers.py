"""Brokers 1..n and one controller, node 100, each a process of its own: their life and death."""

import atexit
import base64
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kafka.archive import with_class_archive
from tests.kafka.errors import NodeNotRunning
from tests.kafka.jars import Java, fetched_jars, find_java
from tests.kafka.node import Node
from tests.kafka.ports import HeldPorts
from tests.kafka.security import Security
from tests.kafka.settings import HOST, broker_settings, controller_settings, shared_settings
from tests.kafka.workspace import Workspace

_START_SECONDS = 90.0
_STOP_SECONDS = 30.0


@cache
def prepare() -> Java:
    """Java with everything Kafka needs; fetches the jars the first time. Raises KafkaUnavailable."""
    java = find_java()
    jars = fetched_jars()
    return with_class_archive(java.with_jars(jars), jars)


class Brokers:
    """A cluster that stands between `start` and `stop`, or inside `with`.

    Its settings, logs and data are in `workdir`; without one in a temporary directory that `stop` removes.
    `stop` always removes the data: a cluster that starts is empty. No process outlives ours, however it ends.
    `broker_config` is told to all nodes over our own settings; `ports` wishes ports for the first brokers.
    With `security` each broker has a further listener, at `secure_bootstrap_servers`.
    """

    def __init__(
        self,
        brokers: int = 3,
        workdir: Path | None = None,
        broker_config: Mapping[str, str] | None = None,
        ports: Sequence[int] = (),
        security: Security | None = None,
    ) -> None:
        self.broker_ids = tuple(range(1, brokers + 1))
        self._given_workdir = workdir
        self._overrides = dict(broker_config or {})
        self._wanted_ports = ports
        self._security = security
        self._workspace: Workspace | None = None
        self._ports: HeldPorts | None = None
        self._controller: Node | None = None
        self._brokers: dict[int, Node] = {}
        self._owner = 0

    # Life of the whole

    def start(self) -> Self:
        """Starts all nodes; returns when every broker serves.

        Raises KafkaUnavailable, NodeFailed, TimeoutError, or OSError if a wished port is taken.
        """
        if self._nodes:
            raise RuntimeError("the cluster is already started")
        java = prepare()
        self._owner = os.getpid()
        atexit.register(self._stop_at_exit)
        try:
            self._lay_out(java)
            self._format(_new_cluster_id())
            _start(self._nodes)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Kills what runs, removes the data, gives the ports back. May be called twice."""
        atexit.unregister(self._stop_at_exit)
        for node in self._nodes:
            node.end()
        self._brokers, self._controller = {}, None
        if self._workspace is not None:
            self._workspace.remove()
        if self._ports is not None:
            self._ports.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _stop_at_exit(self) -> None:
        if os.getpid() == self._owner:  # a fork inherits the cluster, but it is not its to stop
            self.stop()

    def _lay_out(self, java: Java) -> None:
        self._workspace = Workspace(self._given_workdir)
        count = len(self.broker_ids)
        self._ports = HeldPorts(2 * count + 1, self._wanted_ports)
        controller_port = self._ports.numbers[-1]
        further = self._security.shared_settings() if self._security else {}
        shared = shared_settings(count, controller_port, {**further, **self._overrides})
        home, data = self._workspace.path, self._workspace.data
        settings = controller_settings(shared, controller_port, data / "controller")
        self._controller = Node("controller", home, settings, java)
        for number in self.broker_ids:
            more = [self._security.listener(self._port(count + number))] if self._security else []
            settings = broker_settings(shared, number, self._port(number), data / f"broker-{number}", *more)
            self._brokers[number] = Node(f"broker-{number}", home, settings, java)

    def _format(self, cluster_id: str) -> None:
        for node in self._nodes:
            node.begin_format(cluster_id)
        for node in self._nodes:
            node.finish_format(_START_SECONDS)

    @property
    def _nodes(self) -> list[Node]:
        return [*([self._controller] if self._controller else []), *self._brokers.values()]

    # Where it is

    @property
    def bootstrap_servers(self) -> str:
        """The addresses of all brokers, dead ones too, as `KAFKA_BOOTSTRAP_SERVERS` wants them."""
        return ",".join(map(self.address, self.broker_ids))

    @property
    def secure_bootstrap_servers(self) -> str:
        """The same for the listeners that `security` adds."""
        count = len(self.broker_ids)
        return ",".join(f"{HOST}:{self._port(count + number)}" for number in self.broker_ids)

    def address(self, number: int) -> str:
        """The address of a broker, the same at each of its lives."""
        return f"{HOST}:{self._port(number)}"

    def pid(self, number: int) -> int:
        """The process id of a broker. Raises NodeNotRunning."""
        return self._broker(number).pid

    def log_file(self, number: int) -> Path:
        """The log of a broker, over all of its lives."""
        return self._broker(number).log

    @property
    def workdir(self) -> Path:
        """Where settings, logs and data are. Raises NodeNotRunning before the start."""
        if self._workspace is None:
            raise NodeNotRunning("the cluster is not started")
        return self._workspace.path

    @property
    def running(self) -> list[int]:
        """The brokers whose process is there, frozen ones too."""
        return [number for number, node in self._brokers.items() if node.running]

    def _broker(self, number: int) -> Node:
        if number not in self._brokers:
            raise NodeNotRunning(f"there is no broker {number}, or the cluster is not started")
        return self._brokers[number]

    def _port(self, number: int) -> int:
        if self._ports is None:
            raise NodeNotRunning("the cluster is not started")
        return self._ports.numbers[number - 1]

    # Life of one broker

    def start_broker(self, number: int) -> None:
        """Starts a stopped broker on its old port and data; returns when it serves."""
        _start([self._broker(number)])

    def stop_broker(self, number: int) -> None:
        """Stops a broker in an orderly way (SIGTERM): it hands over its leaderships and closes its logs."""
        _stop([self._broker(number)])

    def kill_broker(self, number: int) -> None:
        """Kills a broker (SIGKILL); returns when its process is gone and its port refuses."""
        _kill([self._broker(number)])

    def freeze_broker(self, number: int) -> None:
        """Stops a broker in its tracks (SIGSTOP): it holds its connections and answers nothing."""
        self._broker(number).freeze()

    def thaw_broker(self, number: int) -> None:
        """Lets a frozen broker go on (SIGCONT)."""
        self._broker(number).thaw()

    def start_all_brokers(self) -> None:
        """Starts all brokers that do not run, together."""
        _start(node for node in self._brokers.values() if not node.running)

    def stop_all_brokers(self) -> None:
        """Stops all running brokers in an orderly way, together."""
        _stop(node for node in self._brokers.values() if node.running)

    def kill_all_brokers(self) -> None:
        """Kills all running brokers at once."""
        _kill(node for node in self._brokers.values() if node.running)

    @property
    def _awake_ports(self) -> list[int]:
        """The ports of the brokers that can answer."""
        awake = (number for number, node in self._brokers.items() if node.running and not node.frozen)
        return [self._port(number) for number in awake]


def _start(nodes: Iterable[Node]) -> None:
    begun = list(nodes)
    for node in begun:
        node.begin_start()
    for node in begun:
        node.finish_start(_START_SECONDS)


def _stop(nodes: Iterable[Node]) -> None:
    begun = list(nodes)
    for node in begun:
        node.begin_stop()
    for node in begun:
        node.wait_gone(_STOP_SECONDS)


def _kill(nodes: Iterable[Node]) -> None:
    begun = list(nodes)
    for node in begun:
        node.signal(signal.SIGKILL)
    for node in begun:
        node.wait_gone(_STOP_SECONDS)


def _new_cluster_id() -> str:
    """Sixteen random bytes in base64; the first is fixed, because an id may not begin with a hyphen."""
    return base64.urlsafe_b64encode(b"\0" + os.urandom(15)).decode().rstrip("=")
