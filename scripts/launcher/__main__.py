"""`python -m scripts.launcher run [FILE.yaml]`, `serve` and `doctor`, from the folder of the repository."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from scripts.launcher import doctors
from scripts.launcher.alone import NotAlone, alone_in
from scripts.launcher.environment import environment_with
from scripts.launcher.example import hold, where_the_report_is
from scripts.launcher.ports import BadPort
from scripts.launcher.processes import ServiceFailed
from scripts.launcher.system import System
from scripts.launcher.weights import emotion_can_serve
from services.common.value_files import BadValueFile, value_of

_BUILD = Path("build")
_LOGS = _BUILD / "logs"


def main() -> int:
    """0 when all is or went well, or we were asked to stop while serving; 1 when something did not."""
    arguments = _parser().parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    environment = environment_with(Path(".env"))
    try:
        if arguments.command == "doctor":
            return doctors.examine(["--json"] if arguments.json else [], environment)
        with alone_in(_BUILD):
            if arguments.command == "serve":
                return _serve(environment)
            return _run(arguments.file, environment)
    except (NotAlone, ServiceFailed, BadValueFile, BadPort) as error:
        _say(f"\nerror: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def _run(file: Path, environment: dict[str, str]) -> int:
    if not file.is_file():
        _say(f"error: there is no {file}; KIND is technical or room")
        return 2
    with _system(environment) as system:
        _say(f"The four services are up; their logs are in {_LOGS}/.")
        with_photos = value_of("ORCHESTRATOR_EMOTION_POLICY", environment) != "off"
        held = hold(file, system.orchestrator.address, with_photos=with_photos, environment=environment)
    if held.code != 0:
        _say(f"\nerror: the interview was not held (speakalka ended with code {held.code}).")
        return 1
    _say("")
    _say(f"Report    {where_the_report_is(held.delivery, _reports(environment))}")
    _say(f"Logs      {_LOGS}/")
    _say(f"Store     {_store(environment)}")
    return 0 if system.stopped_well else 1


def _serve(environment: dict[str, str]) -> int:
    system: System | None = None
    try:
        system = _system(environment)
        with system:
            for service in system.services:
                _say(f"{service.name:<14}{service.address:<22}{service.metrics_url}")
            _say(
                _WELCOME.format(
                    address=system.orchestrator.address, logs=_LOGS, reports=_reports(environment)
                )
            )
            system.watch()
    except KeyboardInterrupt:
        _say("\nStopped.")
    return 0 if system is None or system.stopped_well else 1


_WELCOME = """
Clients call the orchestrator at {address} (plain text, with reflection). In another terminal:

  .venv/bin/speakalka interview examples/technical.yaml --address {address}
  grpcurl -plaintext {address} list

Reports go to {reports}/ or to Kafka, logs to {logs}/. Ctrl-C drains and stops.
"""


def _system(environment: dict[str, str]) -> System:
    _say("Looking for the emotion model's weights ...")
    can_serve = emotion_can_serve(environment, _say)
    _say("Starting the four services ...")
    return System(environment, _LOGS, _say, emotion_can_serve=can_serve)


def _reports(environment: dict[str, str]) -> Path:
    return Path(value_of("REPORT_FALLBACK_DIR", environment) or "reports")


def _store(environment: dict[str, str]) -> str:
    url = value_of("ORCHESTRATOR_DATABASE_URL", environment) or "sqlite:///data/orchestrator.db"
    scheme, _, path = url.partition(":///")
    return path if scheme == "sqlite" else scheme.partition(":")[0]  # the rest may hold a password


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.launcher")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start the services, hold an example interview, stop them")
    run.add_argument("file", nargs="?", type=Path, default=Path("examples/technical.yaml"))
    commands.add_parser("serve", help="start the services and keep them up until Ctrl-C")
    doctor = commands.add_parser("doctor", help="whether all is there that the services need, one by one")
    doctor.add_argument("--json", action="store_true", help="print a JSON object per line")
    return parser


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
