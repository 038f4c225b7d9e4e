"""The openai judge over a real connection to a model's server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from services.common.clock import Clock, SystemClock
from services.evaluator.in_flight import InFlight
from services.evaluator.openai_chat import OpenAIChat
from services.evaluator.openai_judge import OpenAIJudge
from services.evaluator.prompt import Prompts

KEY = "sk-test-0123456789abcdef"


@asynccontextmanager
async def openai_judge(
    url: str,
    *,
    model: str = "fake-model",
    in_flight: InFlight | None = None,
    clock: Clock | None = None,
    max_attempts: int = 4,
    new_mark: Callable[[], str] = lambda: "0123456789ab",
) -> AsyncIterator[OpenAIJudge]:
    """A judge that asks the server at `url`, with back-offs short enough for tests."""
    clock = clock or SystemClock()
    chat = OpenAIChat(
        model=model, base_url=url, api_key=KEY, clock=clock, max_attempts=max_attempts, backoff_seconds=0.01
    )
    try:
        yield OpenAIJudge(chat, Prompts(), in_flight or InFlight(8, 8), clock, new_mark)
    finally:
        await chat.close()
