"""The openai judge over a real connection to a model's server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from services.common.clock import Clock, SystemClock
from services.evaluator.chat_model import ChatModel, Retries
from services.evaluator.completion import Prices, Usage
from services.evaluator.dialect import Capabilities, Dialect
from services.evaluator.in_flight import InFlight
from services.evaluator.openai_chat import OpenAIChat
from services.evaluator.openai_judge import OpenAIJudge
from services.evaluator.prompt import Prompts
from services.evaluator.shared_judgements import SharedJudgements
from services.evaluator.traffic import Circuit, Limiter

KEY = "sk-test-0123456789abcdef"


@asynccontextmanager
async def openai_judge(  # noqa: PLR0913 - each is what some test changes
    url: str,
    *,
    model: str = "fake-model",
    in_flight: InFlight | None = None,
    shared: int = 0,
    clock: Clock | None = None,
    max_attempts: int = 4,
    circuit_failures: int = 1_000,
    circuit_seconds: float = 0.2,
    capabilities: Capabilities | None = None,
    prices: Prices | None = None,
    prompts: Prompts | None = None,
    new_mark: Callable[[], str] = lambda: "0123456789ab",
) -> AsyncIterator[OpenAIJudge]:
    """A judge that asks the server at `url`, with back-offs short enough for tests, and shares nothing."""
    clock = clock or SystemClock()
    server = OpenAIChat(base_url=url, api_key=KEY)
    chat = ChatModel(
        model,
        server,
        clock=clock,
        dialect=Dialect(capabilities or Capabilities()),
        limiter=Limiter(clock, lambda: 0.001, first_pause_seconds=0.01),
        circuit=Circuit(clock, failures=circuit_failures, seconds=circuit_seconds),
        retries=Retries(max_attempts, 0.01),
        usage=Usage(model, prices or Prices()),
    )
    try:
        yield OpenAIJudge(
            chat,
            prompts or Prompts(),
            in_flight or InFlight(8, 8),
            SharedJudgements(shared),
            clock,
            new_mark,
        )
    finally:
        await server.close()
