"""The commands for people: `python -m services.reporter list|resend|drain|audit|doctor`."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.common.doctor import Finding, add_command, show
from services.reporter.audit import audited
from services.reporter.file_commands import NotDone, drained, listed, resent
from services.reporter.settings import ReporterSettings
from services.reporter.sink import Placed, SinkDown


@dataclass(frozen=True, slots=True)
class Kafka:
    """How the commands see the topic. Raises SinkDown."""

    read: Callable[[], Iterable[Placed]]


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for; `command` is None if the reporter is to serve. Ends the process on a bad one."""
    parser = argparse.ArgumentParser(prog="python -m services.reporter", description="Serves, or:")
    parser.add_argument("--json", action="store_true", help="print a JSON object per line")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("list", help="what waits in REPORT_FALLBACK_DIR and what was set aside, and why")
    resend = commands.add_parser("resend", help="put a rejected file back among those that wait")
    resend.add_argument("file", metavar="FILE", help="its name in rejected/")
    drain = commands.add_parser("drain", help="move what waits in the directory of a reporter that is gone")
    drain.add_argument("directory", metavar="DIR", type=Path)
    commands.add_parser("audit", help="the files against what is on the topic, which is read as a whole")
    add_command(commands)
    return parser.parse_args(arguments)


def run(asked: argparse.Namespace, settings: ReporterSettings, kafka: Kafka) -> int:
    """Prints a line per file or check; 0 if nobody has to do anything, 1 if somebody has, 2 if it failed."""
    try:
        return show(_findings(asked, settings, kafka), as_json=asked.json)
    except (NotDone, SinkDown) as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"{error.filename or settings.report_fallback_dir}: {error.strerror}")


def _findings(asked: argparse.Namespace, settings: ReporterSettings, kafka: Kafka) -> Iterator[Finding]:
    directory, with_kafka = settings.report_fallback_dir, bool(settings.kafka_bootstrap_servers)
    match asked.command:
        case "list":
            yield from listed(directory, with_kafka=with_kafka)
        case "resend":
            yield resent(directory, asked.file)
        case "drain":
            yield from drained(directory, asked.directory)
        case "audit":
            if not with_kafka:
                raise NotDone("KAFKA_BOOTSTRAP_SERVERS is empty: there is no topic to read")
            yield from audited(directory, kafka.read())


def _failed(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 2
