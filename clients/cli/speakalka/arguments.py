"""The command line of `speakalka`."""

import argparse
from pathlib import Path

_DEFAULT_ADDRESS = "127.0.0.1:50051"


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = argparse.ArgumentParser(
        prog="speakalka",
        description="Holds interviews through the orchestrator's RPC and shows them.",
        epilog="Exit codes: 0 done, 1 the orchestrator refused or stayed away, 2 wrong file or command line.",
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _interview(commands.add_parser("interview", help="hold the interview of a YAML file"))
    _assess(commands.add_parser("assess", help="score the interview of a YAML file as it stands there"))
    _common(commands.add_parser("info", help="show which judge is at work, and what an interview may hold"))
    for name, what in (
        ("report", "show the report of an interview"),
        ("show", "show how far an interview is"),
        ("cancel", "end an interview without a report"),
        ("withdraw-consent", "erase what was read from the candidate's face"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("interview_id", metavar="INTERVIEW_ID")
        _common(command)
    return root


def _interview(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", metavar="FILE.yaml", type=Path, help="the interview and its scripted answers"
    )
    command.add_argument("--room-id", help="in place of the file's room_id")
    command.add_argument("--request-id", help="go on with the interview that was started under this id")
    photos = command.add_mutually_exclusive_group()
    photos.add_argument(
        "--photos",
        type=Path,
        metavar="DIR",
        help="send one photo of DIR with each answer, in the order of names",
    )
    photos.add_argument("--no-photos", action="store_true", help="send no photo, whatever the file says")
    _common(command)


def _assess(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", metavar="FILE.yaml", type=Path, help="the interview, its questions and answers"
    )
    command.add_argument("--room-id", help="in place of the file's room_id")
    command.add_argument("--request-id", help="go on with the assessment that was started under this id")
    _common(command)


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--address", default=_DEFAULT_ADDRESS, help="orchestrator, host:port [%(default)s]")
    command.add_argument(
        "--patience",
        type=_seconds,
        default=120.0,
        metavar="SECONDS",
        help="how long a call that finds something away is repeated [120]",
    )
    command.add_argument(
        "--json", action="store_true", help="print the result as JSON on stdout, all else on stderr"
    )
    tls = command.add_argument_group("TLS (without --ca-file the connection is in the clear)")
    tls.add_argument("--ca-file", type=Path, help="PEM: whom to trust")
    tls.add_argument("--cert-file", type=Path, help="PEM: our own certificate")
    tls.add_argument("--key-file", type=Path, help="PEM: its key")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise ValueError(text)
    return seconds
