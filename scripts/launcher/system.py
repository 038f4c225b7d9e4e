"""All four services together: up in order, down in order."""

import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.launcher.ports import BadPort, preferred, with_free_ports
from scripts.launcher.processes import Running, ServiceFailed, look_after, start, stop, wait_until_serving
from scripts.launcher.services import SERVICES, Service, service_environment
from services.common.value_files import BadValueFile

_START_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.5


class System:
    """The four services while the context lasts. What was started is stopped, whatever happens."""

    def __init__(
        self,
        environment: Mapping[str, str],
        log_folder: Path,
        say: Callable[[str], None],
        *,
        emotion_can_serve: bool,
    ) -> None:
        self._environment = environment
        self._log_folder = log_folder
        self._say = say
        self._emotion_can_serve = emotion_can_serve
        self._running: list[Running] = []
        self.services: tuple[Service, ...] = ()
        self.stopped_well = True

    @property
    def orchestrator(self) -> Service:
        """The one that clients call."""
        return self.services[-1]

    def __enter__(self) -> Self:
        """Starts them and waits for their health. Raises ServiceFailed."""
        try:
            wanted = [preferred(service, self._environment) for service in SERVICES]
        except (BadPort, BadValueFile) as error:
            raise ServiceFailed(str(error)) from None
        self.services = with_free_ports(wanted, self._say)
        try:
            self._start(self.services[:-1])
            # It connects to those; a peer that it does not find is tried again only after a pause.
            self._start(self.services[-1:])
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops them. Raises ServiceFailed when one was gone before, and nobody has told of it yet."""
        try:
            if error is None:
                look_after(self._running)
        finally:
            self._stop()

    def watch(self) -> None:
        """Returns never. Raises ServiceFailed as soon as one of them is gone."""
        while True:
            look_after(self._running)
            time.sleep(_LOOK_EVERY_SECONDS)

    def _start(self, services: tuple[Service, ...]) -> None:
        for service in services:
            variables = service_environment(service, self.services, self._environment)
            self._running.append(start(service, variables, self._log_folder))
        for running in self._running[-len(services) :]:
            self._wait(running)

    def _wait(self, running: Running) -> None:
        service = running.service
        without_weights = service.name == "emotion" and not self._emotion_can_serve
        health = "" if without_weights else service.grpc_service
        if wait_until_serving(running, health, self._running, timeout_seconds=_START_SECONDS):
            return
        if service.name != "emotion":
            raise ServiceFailed(
                f"{service.name} was not ready within {_START_SECONDS:.0f} s; {running.log_file} says why"
            )
        self._say(f"Emotion is not ready: interviews go on without readings. {running.log_file} says why.")

    def _stop(self) -> None:
        """The orchestrator first: it calls the others while it drains. A second Ctrl-C does not hasten it."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        while self._running:
            self.stopped_well &= stop(self._running.pop(), self._say)
        signal.signal(signal.SIGINT, before)
