"""Starts the evaluator: `python -m services.evaluator`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from interview.v1.evaluator_service_pb2_grpc import add_EvaluatorServiceServicer_to_server

from services.common import logs
from services.common.clock import SystemClock
from services.common.server import MIB, Server, run
from services.evaluator.evaluation import Judge
from services.evaluator.rubric_judge import RubricJudge
from services.evaluator.service import EvaluatorServicer
from services.evaluator.settings import EvaluatorSettings

log = logs.get_logger()


def main() -> None:
    """Runs until SIGTERM or SIGINT."""
    settings = EvaluatorSettings.load()
    logs.configure("evaluator", settings.log_level)
    run(serve(settings))


async def serve(settings: EvaluatorSettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    server = Server("interview.v1.EvaluatorService", settings, receive_limit_bytes=MIB)
    async with open_judge(settings) as judge:
        servicer = EvaluatorServicer(judge, settings.default_deadline_seconds)
        add_EvaluatorServiceServicer_to_server(servicer, server.grpc)
        async with server:
            await server.set_ready(True)
            await server.wait_for_signal()


@asynccontextmanager
async def open_judge(settings: EvaluatorSettings) -> AsyncIterator[Judge]:
    """The judge that the settings choose, closed at the end."""
    if settings.chosen_judge == "openai":
        raise SystemExit("JUDGE: openai is not built in yet; use rubric")
    if settings.judge is None:
        log.warning(
            "JUDGE is unset and there is neither OPENAI_API_KEY nor OPENAI_BASE_URL: "
            "answers are judged by the rubric, which compares words and knows no meaning"
        )
    log.info("judge", judge="rubric")
    yield RubricJudge(SystemClock())


if __name__ == "__main__":
    main()
