"""`speakalka`: parses the command line, wires the rest, turns failures into exit codes."""

import argparse
import sys
import time
import uuid
from collections.abc import Callable, Sequence

import grpc
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from rich.console import Console

from speakalka import answering, words
from speakalka.arguments import parser
from speakalka.assessing import assess
from speakalka.calls import Orchestrator, Patience, Tls, open_channel
from speakalka.failures import BadInput, CallFailed, Unfinished
from speakalka.holding import Holder
from speakalka.photos import photos_in_turn
from speakalka.scorecard import print_interview, print_scorecard, print_service_info, print_withdrawal
from speakalka.script import Script, read_script
from speakalka.show import Show


def main(argv: Sequence[str] | None = None, console: Console | None = None) -> int:
    """Runs the command and returns its exit code: 0 done, 1 not to be had, 2 wrong input, 130 Ctrl-C."""
    arguments = parser().parse_args(argv)
    console = console or Console(stderr=arguments.json, highlight=False)
    try:
        _COMMANDS[arguments.command](arguments, console)
        return 0
    except BadInput as error:
        _complain(console, error)
        return 2
    except (CallFailed, Unfinished) as error:
        _complain(console, error)
        return 1
    except KeyboardInterrupt:
        return 130


def _interview(arguments: argparse.Namespace, console: Console) -> None:
    script = read_script(arguments.file, with_photos=not (arguments.photos or arguments.no_photos))
    if arguments.room_id is not None:
        script.specification.room_id = arguments.room_id
    frames_for = _frames_for(arguments, script)
    request_id = arguments.request_id or uuid.uuid4().hex
    with _channel(arguments) as channel:
        holder = Holder(
            orchestrator=_orchestrator(arguments, channel, console),
            show=Show(console),
            sources=_sources(script, console),
            frames_for=frames_for,
            sleep=time.sleep,
            patience_seconds=arguments.patience,
        )
        try:
            outcome = holder.hold(script.specification, request_id, repeat=bool(arguments.request_id))
        except (CallFailed, Unfinished, KeyboardInterrupt):
            console.print(f"\nTo go on with this interview, add: --request-id {request_id}", markup=False)
            raise
    print_scorecard(console, outcome.report, outcome.delivery)
    _print_json(arguments, pb.GetReportResponse(report=outcome.report, delivery=outcome.delivery))


def _assess(arguments: argparse.Namespace, console: Console) -> None:
    script = read_script(arguments.file, with_photos=False)
    if arguments.room_id is not None:
        script.specification.room_id = arguments.room_id
    request_id = arguments.request_id or uuid.uuid4().hex
    with _channel(arguments) as channel:
        try:
            last = assess(_orchestrator(arguments, channel, console), Show(console), script, request_id)
        except (CallFailed, KeyboardInterrupt):
            console.print(f"\nTo go on with this assessment, add: --request-id {request_id}", markup=False)
            raise
    print_scorecard(console, last.report, last.delivery)
    _print_json(arguments, pb.GetReportResponse(report=last.report, delivery=last.delivery))


def _report(arguments: argparse.Namespace, console: Console) -> None:
    with _channel(arguments) as channel:
        response = _orchestrator(arguments, channel, console).report(arguments.interview_id)
    print_scorecard(console, response.report, response.delivery)
    _print_json(arguments, response)


def _show(arguments: argparse.Namespace, console: Console) -> None:
    with _channel(arguments) as channel:
        response = _orchestrator(arguments, channel, console).interview(arguments.interview_id)
    print_interview(console, response)
    _print_json(arguments, response)


def _cancel(arguments: argparse.Namespace, console: Console) -> None:
    with _channel(arguments) as channel:
        response = _orchestrator(arguments, channel, console).cancel(arguments.interview_id)
    console.print(f"{arguments.interview_id} is {words.state(response.state)}", markup=False)
    _print_json(arguments, response)


def _withdraw_consent(arguments: argparse.Namespace, console: Console) -> None:
    with _channel(arguments) as channel:
        response = _orchestrator(arguments, channel, console).withdraw_consent(arguments.interview_id)
    print_withdrawal(console, response)
    _print_json(arguments, response)


def _info(arguments: argparse.Namespace, console: Console) -> None:
    with _channel(arguments) as channel:
        response = _orchestrator(arguments, channel, console).service_info()
    print_service_info(console, response)
    _print_json(arguments, response)


_COMMANDS: dict[str, Callable[[argparse.Namespace, Console], None]] = {
    "interview": _interview,
    "assess": _assess,
    "info": _info,
    "report": _report,
    "show": _show,
    "cancel": _cancel,
    "withdraw-consent": _withdraw_consent,
}


def _channel(arguments: argparse.Namespace) -> grpc.Channel:
    if arguments.ca_file is None and (arguments.cert_file or arguments.key_file):
        raise BadInput("--cert-file, --key-file", "need --ca-file")
    if (arguments.cert_file is None) != (arguments.key_file is None):
        raise BadInput("--cert-file, --key-file", "are given together or not at all")
    tls = Tls(arguments.ca_file, arguments.cert_file, arguments.key_file) if arguments.ca_file else None
    return open_channel(arguments.address, tls)


def _orchestrator(arguments: argparse.Namespace, channel: grpc.Channel, console: Console) -> Orchestrator:
    return Orchestrator(channel, Patience(time.sleep, arguments.patience), Show(console).again)


def _sources(script: Script, console: Console) -> list[answering.AnswerSource]:
    sources = [answering.prepared(script), answering.generated(script)]
    if sys.stdin.isatty():
        sources.append(answering.terminal(lambda: _ask(console)))
    return sources


def _ask(console: Console) -> str:
    console.print("    Your answer, in one line (empty: pass): ", end="", style="bold")
    return sys.stdin.readline()


def _frames_for(arguments: argparse.Namespace, script: Script) -> Callable[[core.AskedQuestion], list[bytes]]:
    if arguments.photos is None:
        return lambda question: [
            photo for key, photo in script.photos.items() if key == (question.topic, question.text.strip())
        ]
    if not script.specification.HasField("emotion_consent"):
        raise BadInput("--photos", f"the candidate's `consent` is not in {arguments.file}")
    photos = photos_in_turn(arguments.photos)
    return lambda _: [next(photos)]


def _print_json(arguments: argparse.Namespace, message: Message) -> None:
    if arguments.json:
        print(MessageToJson(message, preserving_proto_field_name=True, ensure_ascii=False))


def _complain(console: Console, error: Exception) -> None:
    console.print(f"speakalka: {error}", style="red", markup=False, soft_wrap=True)
