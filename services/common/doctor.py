"""What a doctor found: one line per check, for people or as JSON, and the exit code that sums it up.

`python -m services.<each> doctor [--json]` looks at everything its service needs, and changes nothing.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from services.common import logs

Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. `told` is what was seen; `do` what to do about it, empty if ok."""

    check: str
    ok: bool
    told: str
    do: str = ""


def parsed(service: str, arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What a service without further commands was asked for; `command` is None if it is to serve."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service}", description="Serves, or:")
    add_command(parser.add_subparsers(dest="command", metavar="COMMAND"))
    return parser.parse_args(arguments)


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `doctor [--json]` to the commands of a service."""
    told = "whether all is there that the service needs, and what to do if not"
    command = commands.add_parser("doctor", help=told, description=__doc__)
    # Without a default of its own it does not undo a `--json` that stands before the command.
    as_json, default = "print a JSON object per line", argparse.SUPPRESS
    command.add_argument("--json", action="store_true", help=as_json, default=default)


def examine(
    asked: argparse.Namespace,
    load: Callable[[], Settings],
    findings: Callable[[Settings], Iterable[Finding]],
) -> int:
    """Runs a doctor: prints its findings, those about the settings first; the exit code."""
    logs.configure("doctor", "CRITICAL")  # the findings say it all
    as_json = getattr(asked, "json", False)
    try:
        settings = load()
    except SystemExit as refusal:
        return show(map(_bad_setting, str(refusal).splitlines()), as_json=as_json)
    return show(findings(settings), as_json=as_json)


def show(findings: Iterable[Finding], *, as_json: bool) -> int:
    """Prints the findings, each as soon as it is there; 0 if all are ok, else 1."""
    sick = False
    for finding in findings:
        sick = sick or not finding.ok
        sys.stdout.write(_line(finding, as_json=as_json) + "\n")
        sys.stdout.flush()
    return int(sick)


def _bad_setting(line: str) -> Finding:
    variable, colon, why = line.partition(": ")
    check, told = (f"setting {variable}", why) if colon else ("settings", line)
    return Finding(check, ok=False, told=told, do="set it right: without it the service does not start")


def _line(finding: Finding, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(finding), ensure_ascii=False)
    remedy = f"; {finding.do}" if finding.do else ""
    return f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.told}{remedy}"
