"""Reporters of one test: each has a port it keeps over its lives."""

from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kafka.ports import HeldPorts
from tests.kafka.reporter import ReporterProcess
from tests.kafka.waiting import wait_for

HOST = "127.0.0.1"
_START_SECONDS = 30.0


class Reporter(ReporterProcess):
    """A reporter that can be called before it is there and between its lives."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._held = HeldPorts(1)
        [port] = self._held.numbers
        self.lasting_address = f"{HOST}:{port}"
        super().__init__(home, {"REPORTER_PORT": str(port), **environment})

    def wait_until_listening(self) -> None:
        """Returns when it takes calls. Raises TimeoutError."""
        wait_for(lambda: bool(self.logged("listening")), _START_SECONDS, "the reporter listens")

    def end(self) -> None:
        """Ends it if it runs, and gives its port back."""
        if self._process:
            self.stop()
        self._held.release()


class Reporters:
    """Makes reporters, and ends them when it ends."""

    def __init__(self, home: Path, servers: str, topic: str) -> None:
        self._home = home
        self._made: list[Reporter] = []
        # Quick to see that brokers are away, and back.
        self._environment = {
            "KAFKA_BOOTSTRAP_SERVERS": servers,
            "KAFKA_TOPIC": topic,
            "KAFKA_CONNECT_MAX_RETRIES": "5",
            "KAFKA_CONNECT_BACKOFF_SECONDS": "1",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for reporter in self._made:
            reporter.end()

    def make(self, **environment: str) -> Reporter:
        """One that is not started yet, with a directory of its own unless the environment names one."""
        home = self._home / f"reporter-{len(self._made)}"
        home.mkdir()
        reporter = Reporter(home, {**self._environment, **environment})
        self._made.append(reporter)
        return reporter

    def start(self, **environment: str) -> Reporter:
        """One that is ready."""
        reporter = self.make(**environment)
        reporter.start()
        return reporter
