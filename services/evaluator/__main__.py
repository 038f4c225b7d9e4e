"""Starts the evaluator: `python -m services.evaluator`."""

import asyncio
import gc
import os
import random
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
from services.common.stray_variables import warn_of_strays
from services.evaluator import doctor
from services.evaluator.chat_model import ChatModel, Retries
from services.evaluator.completion import Prices, Usage
from services.evaluator.dialect import Capabilities, Dialect, Format
from services.evaluator.in_flight import InFlight
from services.evaluator.judge import Judge
from services.evaluator.openai_chat import DEFAULT_BASE_URL, OpenAIChat
from services.evaluator.openai_judge import OpenAIJudge
from services.evaluator.prompt import Prompts
from services.evaluator.rubric_judge import RubricJudge
from services.evaluator.service import EvaluatorServicer
from services.evaluator.settings import EvaluatorSettings
from services.evaluator.shared_judgements import SharedJudgements
from services.evaluator.traffic import Circuit, Limiter

log = logs.get_logger()


def main() -> None:
    """Runs until SIGTERM or SIGINT, or examines (`doctor`)."""
    asked = parsed("evaluator")
    if asked.command == "doctor":
        sys.exit(examine(asked, EvaluatorSettings.load, _findings))
    settings = EvaluatorSettings.load()
    logs.configure("evaluator", settings.log_level)
    warn_of_strays(EvaluatorSettings, os.environ)
    run(serve(settings))


async def serve(settings: EvaluatorSettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    server = Server("interview.v1.EvaluatorService", settings, receive_limit_bytes=MIB)
    async with open_judge(settings) as judge:
        servicer = EvaluatorServicer(judge, settings.default_deadline_seconds)
        add_EvaluatorServiceServicer_to_server(servicer, server.grpc)
        gc.collect()
        gc.freeze()  # what is loaded by now stays: each collection would walk the model client's classes
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
    """The judge with a model: one client, limiter, circuit and dialect for the process."""
    clock, server = SystemClock(), _open_server(settings)
    in_flight = InFlight(settings.max_in_flight, settings.max_waiting)
    shared = SharedJudgements(settings.shared_judgements)
    try:
        yield OpenAIJudge(
            _model(settings, server, clock),
            Prompts(),
            in_flight,
            shared,
            clock,
            partial(secrets.token_hex, 12),
        )
    finally:
        await server.close()


def _open_server(settings: EvaluatorSettings) -> OpenAIChat:
    return OpenAIChat(
        base_url=str(settings.openai_base_url or DEFAULT_BASE_URL),
        api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else "",
        formats=Dialect(_capabilities(settings)).formats(),
    )


def _model(settings: EvaluatorSettings, server: OpenAIChat, clock: Clock) -> ChatModel:
    name, pause = settings.openai_model or "", settings.llm_backoff_seconds
    prices = Prices(settings.openai_input_price, settings.openai_output_price)
    return ChatModel(
        name,
        server,
        clock=clock,
        dialect=Dialect(_capabilities(settings)),
        limiter=Limiter(clock, partial(random.uniform, 0, pause), first_pause_seconds=pause),
        circuit=Circuit(clock, failures=settings.llm_circuit_failures, seconds=settings.llm_circuit_seconds),
        retries=Retries(settings.llm_max_attempts, pause),
        usage=Usage(name, prices),
    )


def _capabilities(settings: EvaluatorSettings) -> Capabilities:
    wanted = settings.openai_response_format
    return Capabilities(
        response_format=None if wanted == "auto" else Format(wanted),
        temperature=settings.openai_temperature,
        seed=settings.openai_seed,
        max_tokens=settings.openai_max_tokens,
        reasoning=settings.openai_reasoning,
    )


def _findings(settings: EvaluatorSettings) -> Iterable[Finding]:
    return doctor.findings(settings, lambda: asyncio.run(_look_at_model(settings)))


async def _look_at_model(settings: EvaluatorSettings) -> doctor.ModelLook:
    chat = _open_server(settings)
    url = settings.openai_base_url or AnyHttpUrl(DEFAULT_BASE_URL)
    address = f"{url.scheme}://{url.host}:{url.port}{url.path or ''}"  # without a password that it may hold
    try:
        return await doctor.look_at_model(
            chat, settings.openai_model or "", address, with_key=settings.openai_api_key is not None
        )
    finally:
        await chat.close()


if __name__ == "__main__":
    main()
