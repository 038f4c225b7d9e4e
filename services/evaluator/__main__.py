"""Starts the evaluator: `python -m services.evaluator`."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial

from interview.v1.evaluator_service_pb2_grpc import add_EvaluatorServiceServicer_to_server
from pydantic import AnyHttpUrl

from services.common import logs
from services.common.clock import Clock, SystemClock
from services.common.doctor import Finding, examine, parsed
from services.common.server import MIB, Server, run
from services.evaluator import doctor
from services.evaluator.evaluation import Judge
from services.evaluator.in_flight import InFlight
from services.evaluator.openai_chat import DEFAULT_BASE_URL, OpenAIChat
from services.evaluator.openai_judge import OpenAIJudge
from services.evaluator.prompt import Prompts
from services.evaluator.rubric_judge import RubricJudge
from services.evaluator.service import EvaluatorServicer
from services.evaluator.settings import EvaluatorSettings

log = logs.get_logger()


def main() -> None:
    """Runs until SIGTERM or SIGINT, or examines (`doctor`)."""
    asked = parsed("evaluator")
    if asked.command == "doctor":
        sys.exit(examine(asked, EvaluatorSettings.load, _findings))
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
    log.info("judge", judge=settings.chosen_judge, model=settings.openai_model)
    if settings.chosen_judge == "openai":
        async with open_openai_judge(settings) as judge:
            yield judge
        return
    if settings.judge is None:
        log.warning(
            "JUDGE is unset and there is neither OPENAI_API_KEY nor OPENAI_BASE_URL: "
            "answers are judged by the rubric, which compares words and knows no meaning"
        )
    yield RubricJudge(SystemClock())


@asynccontextmanager
async def open_openai_judge(settings: EvaluatorSettings) -> AsyncIterator[OpenAIJudge]:
    """The judge with a model: one client for the process."""
    clock = SystemClock()
    model = _open_chat(settings, clock)
    in_flight = InFlight(settings.max_in_flight, settings.max_waiting)
    try:
        yield OpenAIJudge(model, Prompts(), in_flight, clock, partial(secrets.token_hex, 12))
    finally:
        await model.close()


def _open_chat(settings: EvaluatorSettings, clock: Clock) -> OpenAIChat:
    return OpenAIChat(
        model=settings.openai_model or "",
        base_url=str(settings.openai_base_url or DEFAULT_BASE_URL),
        api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else "",
        clock=clock,
        max_attempts=settings.llm_max_attempts,
        backoff_seconds=settings.llm_backoff_seconds,
    )


def _findings(settings: EvaluatorSettings) -> Iterable[Finding]:
    return doctor.findings(settings, lambda: asyncio.run(_look_at_model(settings)))


async def _look_at_model(settings: EvaluatorSettings) -> doctor.ModelLook:
    chat = _open_chat(settings, SystemClock())
    url = settings.openai_base_url or AnyHttpUrl(DEFAULT_BASE_URL)
    address = f"{url.scheme}://{url.host}:{url.port}{url.path or ''}"  # without a password that it may hold
    try:
        return await doctor.look_at_model(
            chat, chat.name, address, with_key=settings.openai_api_key is not None
        )
    finally:
        await chat.close()


if __name__ == "__main__":
    main()
