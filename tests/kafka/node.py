"""One Kafka process, a broker or the controller: its files, its life and its death."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.kafka.errors import NodeFailed, NodeNotRunning
from tests.kafka.jars import Java
from tests.kafka.processes import launch
from tests.kafka.settings import write_properties
from tests.kafka.waiting import wait_for

_SERVES = b"Kafka Server started"
_LOG_TAIL_LINES = 30


class Node:
    """A Kafka process with its settings, data and log in `home`; it may be started again and again."""

    def __init__(self, name: str, home: Path, settings: Mapping[str, str], java: Java) -> None:
        self.name = name
        self.log = home / f"{name}.log"
        self.frozen = False
        self._config = home / f"{name}.properties"
        self._java = java
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        write_properties(self._config, settings)

    @property
    def pid(self) -> int:
        """The process id. Raises NodeNotRunning."""
        if self._process is None or self._process.poll() is not None:
            raise NodeNotRunning(f"{self.name} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there, frozen or not."""
        return self._process is not None and self._process.poll() is None

    def begin_format(self, cluster_id: str) -> None:
        """Starts to write the empty storage; `finish_format` waits for its end."""
        arguments = ("format", "--cluster-id", cluster_id, "--config", str(self._config))
        self._process = launch(self._java.command("kafka.tools.StorageTool", *arguments), self.log)

    def finish_format(self, timeout: float) -> None:
        """Waits until the storage is written. Raises NodeFailed."""
        wait_for(lambda: not self.running, timeout, f"{self.name} has formatted its storage")
        if self._process is not None and self._process.returncode != 0:
            raise NodeFailed(f"{self.name} could not format its storage\n{self.log_tail()}")

    def begin_start(self) -> None:
        """Starts the process on the storage it left; `finish_start` waits until it serves."""
        self._log_start = self.log.stat().st_size
        self._process = launch(self._java.command("kafka.Kafka", str(self._config)), self.log)
        self.frozen = False

    def finish_start(self, timeout: float) -> None:
        """Waits until the node serves: it is registered, caught up and takes requests.

        Raises NodeFailed if it ends before, TimeoutError if it takes too long; both show the end of its log.
        """
        try:
            wait_for(self._serves, timeout, f"{self.name} serves")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.log_tail()}") from None

    def _serves(self) -> bool:
        if not self.running:
            raise NodeFailed(f"{self.name} did not start\n{self.log_tail()}")
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return _SERVES in log.read()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal. Raises NodeNotRunning."""
        os.kill(self.pid, number)

    def begin_stop(self) -> None:
        """Asks for an orderly end, a frozen process too; `wait_gone` waits for it."""
        if self.frozen:
            self.thaw()
        self.signal(signal.SIGTERM)

    def wait_gone(self, timeout: float) -> None:
        """Returns when the last thread of the process has ended and its port is free."""
        wait_for(lambda: not self.running, timeout, f"{self.name} is gone")

    def freeze(self) -> None:
        """Stops the process in its tracks: connections stay, answers do not come."""
        self.signal(signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        """Lets a frozen process go on."""
        self.signal(signal.SIGCONT)
        self.frozen = False

    def end(self) -> None:
        """Kills the process if it is there and waits until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def log_tail(self) -> str:
        """The last lines of the log, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])
