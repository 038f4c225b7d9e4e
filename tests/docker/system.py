"""The system in containers, driven as its operator drives it: make, docker, docker compose."""

import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.kafka.ports import HeldPorts
from tests.kafka.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
SPEAKALKA = str(ROOT / ".venv" / "bin" / "speakalka")
BROKERS = ("kafka1", "kafka2", "kafka3")
SERVICES = {
    "orchestrator": "speakalka-interview",
    "evaluator": "speakalka-evaluator-1",
    "emotion": "speakalka-emotion-1",
    "reporter": "speakalka-reporter-1",
}
SETTLED_SECONDS = 90.0
_TYPED_SECONDS = 180.0
_CTRL_C = "\x03"
READ = "kafka-console-consumer --topic step3 --bootstrap-server localhost:9092 --from-beginning"

_OVERLAYS = {
    "yes": (),
    "no": ("-f", "docker-compose.yml", "-f", "deploy/compose.no-kafka.yml"),
    "secure": ("-f", "docker-compose.yml", "-f", "deploy/compose.secure-kafka.yml"),
}
_PUBLISHED = ("ORCHESTRATOR_PUBLISHED_PORT", "KAFKA1_PORT", "KAFKA2_PORT", "KAFKA3_PORT", "KAFKA_UI_PORT")


class Failed(AssertionError):
    """A command ended otherwise than it should have. The message is what it printed."""


class System:
    """One deployment, which stands as `make up KAFKA=…` made it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._mode = ""
        with_ports = HeldPorts(len(_PUBLISHED))
        with_ports.release()  # docker-proxy binds them without SO_REUSEADDR
        self.ports = dict(zip(_PUBLISHED, with_ports.numbers, strict=True))
        self.environment = {
            **os.environ,
            **environment,
            **{name: str(number) for name, number in self.ports.items()},
        }
        # Which would have compose or make read other files than an operator's.
        for name in ("MAKEFLAGS", "MAKELEVEL", "COMPOSE_FILE"):
            self.environment.pop(name, None)

    @property
    def address(self) -> str:
        """Where the orchestrator is published."""
        return f"127.0.0.1:{self.ports['ORCHESTRATOR_PUBLISHED_PORT']}"

    @property
    def kafka_from_here(self) -> str:
        """The brokers by their published ports."""
        return ",".join(f"localhost:{self.ports[f'KAFKA{number}_PORT']}" for number in (1, 2, 3))

    def up(self, mode: str) -> None:
        """`make up KAFKA=mode` from nothing, unless it stands so."""
        if mode != self._mode:
            self.clear()
            self._mode = mode
            self.run("make", "up", f"KAFKA={mode}", timeout=900)

    def clear(self) -> None:
        """Empties the engine: containers, networks and volumes, all of them."""
        containers = self.run("docker", "ps", "--all", "--quiet").split()
        if containers:
            self.run("docker", "rm", "--force", *containers)
        self.run("docker", "network", "prune", "--force")
        self.run("docker", "volume", "prune", "--all", "--force")

    def run(
        self,
        *command: str,
        status: int = 0,
        timeout: float = 300,
        settings: Mapping[str, str] | None = None,
    ) -> str:
        """What the command prints, both streams; `settings` are variables of its shell.

        Raises Failed if it does not end with `status`.
        """
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment, **(settings or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if ended.returncode != status:
            raise Failed(f"{' '.join(command)}\nended with {ended.returncode}:\n{ended.stdout}")
        return ended.stdout

    def type(self, command: str) -> str:
        """What a person sees who types this in a terminal. Raises Failed if it fails."""
        return self.read_until(command, "")

    def compose(self, *arguments: str, status: int = 0, settings: Mapping[str, str] | None = None) -> str:
        """`docker compose` for the four services."""
        return self.run(
            "docker", "compose", *_OVERLAYS[self._mode], *arguments, status=status, settings=settings
        )

    def kafka_compose(self, *arguments: str) -> str:
        """`docker compose` for the brokers, as they stand."""
        overlay = ("-f", "deploy/kafka-secure/secure.yml") if self._mode == "secure" else ()
        return self.run(
            "docker", "compose", "-f", "deploy/kafka-secure/docker-compose.yml", *overlay, *arguments
        )

    def inside(self, container: str, *command: str, status: int = 0) -> str:
        """`docker exec`."""
        return self.run("docker", "exec", container, *command, status=status)

    def doctor(self, service: str, *, sick: bool = False, **settings: str) -> str:
        """What the service's doctor says in its container."""
        given = [part for name, value in settings.items() for part in ("-e", f"{name}={value}")]
        command = ("python", "-m", f"services.{service}", "doctor")
        return self.run("docker", "exec", *given, SERVICES[service], *command, status=int(sick))

    def logs(self, container: str) -> str:
        """`docker logs`."""
        return self.run("docker", "logs", container)

    def ready(self, *services: str) -> None:
        """Waits until these answer their health checks."""
        self.compose("up", "-d", "--no-recreate", "--wait", *services)

    def brokers_ready(self) -> None:
        """Waits until all three answer their health checks."""
        self.kafka_compose("up", "-d", "--no-recreate", "--wait", *BROKERS)

    def waiting_files(self) -> list[str]:
        """The reports on the volume."""
        listed = self.compose("exec", "-T", "reporter", "ls", "-1", "/var/lib/speakalka/reports")
        return [name for name in listed.split() if name.endswith(".json")]

    def sent(self) -> None:
        """Waits until no report waits on the volume."""
        wait_for(lambda: not self.waiting_files(), SETTLED_SECONDS, "every file is sent")

    def read_until(self, command: str, text: str) -> str:
        """What a person sees who types this in a terminal, and Ctrl-C once a line with `text` is there.

        Without `text` until it ends, as it must with status 0.
        """
        seen = ""
        with subprocess.Popen(
            ["script", "--quiet", "--return", "--command", command, os.devnull],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,  # stays open: its end would be typed as Ctrl-D
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",  # the terminal shows ^C in the midst of a letter
        ) as typed:
            assert typed.stdin
            assert typed.stdout
            too_long = threading.Timer(_TYPED_SECONDS, typed.kill)
            too_long.start()
            try:
                for line in typed.stdout:
                    seen += line
                    if text and text in line:
                        typed.stdin.write(_CTRL_C)
                        typed.stdin.flush()
            finally:
                too_long.cancel()
        if text not in seen or (not text and typed.returncode):
            raise Failed(f"{command}\nended with {typed.returncode} and showed no {text!r}:\n{seen}")
        return seen
