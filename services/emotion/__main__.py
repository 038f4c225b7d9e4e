"""Runs the emotion service, or gets its weights: `python -m services.emotion [fetch-weights|doctor]`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable

from interview.v1.emotion_service_pb2_grpc import add_EmotionServiceServicer_to_server

from services.common import logs
from services.common.doctor import Finding, add_command, examine
from services.common.dumps import keep_memory_out_of_dumps
from services.common.server import MIB, Server, run
from services.common.stray_variables import warn_of_strays
from services.emotion import deepface_analyzer, doctor, fetch_weights
from services.emotion.heaps import give_back_large_blocks
from services.emotion.reading import DetectorMissing, FaceAnalyzer, WeightsMissing
from services.emotion.service import EmotionServicer
from services.emotion.settings import EmotionSettings
from services.emotion.weights import check_weights, sha256_of, weights_folder
from services.emotion.without_weights import WithoutWeights

# Messages of up to 8 MiB: those of calls that will be refused must not fill the memory before they are.
RECEIVED_AT_ONCE = 4

log = logs.get_logger()


def main() -> None:
    arguments = _arguments()
    if arguments.command == "doctor":
        sys.exit(examine(arguments, EmotionSettings.load, _findings))
    settings = EmotionSettings.load()
    logs.configure("emotion", settings.log_level)
    if arguments.command == "fetch-weights":
        fetch(settings, arguments.timeout_seconds)
    else:
        warn_of_strays(EmotionSettings, os.environ)
        run(serve(settings))


async def serve(settings: EmotionSettings) -> None:
    """Serves until SIGTERM or SIGINT; without weights too, but then never ready."""
    keep_memory_out_of_dumps()
    give_back_large_blocks()
    analyzer = await asyncio.to_thread(_load, settings)
    server = Server(
        "interview.v1.EmotionService",
        settings,
        receive_limit_bytes=10 * MIB,
        receive_at_once=RECEIVED_AT_ONCE,
    )
    add_EmotionServiceServicer_to_server(EmotionServicer(analyzer), server.grpc)
    async with server:
        await server.set_ready(not isinstance(analyzer, WithoutWeights))
        await server.wait_for_signal()
    await analyzer.close()


def fetch(settings: EmotionSettings, timeout_seconds: float) -> None:
    """Gets what is missing in DEEPFACE_HOME. Ends the process with one line and status 1 if it cannot."""
    needed = [file.at(settings.weights_mirror) for file in deepface_analyzer.needed_files()]
    folder = weights_folder(settings.deepface_home)
    try:
        fetched = fetch_weights.fetch(folder, needed, deepface_analyzer.check_file, timeout_seconds)
        check_weights(settings.deepface_home, needed, deepface_analyzer.MODEL, settings.weights_sha256)
    except (fetch_weights.FetchFailed, WeightsMissing) as error:
        raise SystemExit(f"fetch-weights: {error}") from None
    for path in fetched:
        sys.stdout.write(f"fetched {path}\nSHA-256 {sha256_of(path)}, recorded beside it\n")
    if not fetched:
        sys.stdout.write(f"nothing to do: the weights are in {folder}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.emotion", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    fetching = commands.add_parser("fetch-weights", help="download deepface's weights into DEEPFACE_HOME")
    fetching.add_argument("--timeout-seconds", type=float, default=30, help="for everything [30]")
    add_command(commands)
    return parser.parse_args()


def _findings(settings: EmotionSettings) -> Iterable[Finding]:
    needed = deepface_analyzer.needed_files()
    return doctor.findings(
        settings, doctor.Needed(needed, deepface_analyzer.MODEL, deepface_analyzer.check_file)
    )


def _load(settings: EmotionSettings) -> FaceAnalyzer:
    try:
        return deepface_analyzer.load_analyzer(settings)
    except WeightsMissing as missing:
        log.error("no emotions are read: the weights are missing", why=missing.message)
        return WithoutWeights()
    except DetectorMissing as missing:
        raise SystemExit(str(missing)) from None


if __name__ == "__main__":
    main()
