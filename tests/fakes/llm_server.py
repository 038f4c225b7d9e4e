"""A real local HTTP server that speaks the OpenAI chat API, judges by plain rules, and fails on order.

In a test:         async with LlmServer() as llm: llm.fail("rate_limited", times=1); … llm.url …
As a process:      python -m tests.fakes.llm_server --port 0 --fault bad_json
While it runs:     POST /control {"fault": "reset", "times": 2, "retry_after": "1"}; {"fault": null} ends it.
                   GET /control tells the fault and how many requests came.
"""

import argparse
import asyncio
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.llm_dialects import DIALECTS
from tests.fakes.llm_faults import FAULTS, Call
from tests.fakes.llm_model import fill

MODEL = "fake-model"
SERVED_MODEL = "fake-model-2026-11"


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, str]]:
        """The chat."""
        messages: list[dict[str, str]] = self.body["messages"]
        return messages


class LlmServer:
    """Serves on 127.0.0.1 between enter and exit; `url` is what OPENAI_BASE_URL takes."""

    def __init__(
        self, port: int = 0, *, dialect: str = "openai", model: Callable[[Any], dict[str, Any]] = fill
    ) -> None:
        """Port 0: a free one. `model` fills in the form that a chat asks for."""
        self.port = port
        self._model = model
        self.speech = DIALECTS[dialect]
        self.requests: list[Recorded] = []
        self.times: list[float] = []
        self._came = asyncio.Condition()
        self._fault: str | None = None
        self._times = 0
        self._retry_after = "0"
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/control", self._control)
        app.router.add_get("/control", self._status)
        # A request that nobody waits for any more is dropped, as a real server would.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def fail(self, fault: str | None, *, times: int = -1, retry_after: str = "0") -> None:
        """The next `times` requests fail with `fault` (-1: all); None ends it. Raises KeyError if unknown."""
        if fault is not None and fault not in FAULTS:
            raise KeyError(fault)
        self._fault, self._times, self._retry_after = fault, times, retry_after

    async def seen(self, count: int) -> None:
        """Returns once `count` requests have come."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.requests) >= count)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        async with self._came:
            self.requests.append(Recorded(dict(request.headers), body))
            self.times.append(asyncio.get_running_loop().time())
            self._came.notify_all()
        refusal = self.speech.refuse(body)
        if refusal is not None:
            return refusal
        content = self.speech.write(body, json.dumps(self._model(body["messages"]), ensure_ascii=False))
        good = _completion(content, sum(len(message["content"]) for message in body["messages"]))
        if self._fault is None or self._times == 0:
            return web.json_response(good)
        self._times -= 1
        return await FAULTS[self._fault](Call(request, good, self._retry_after))

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    async def _control(self, request: web.Request) -> web.Response:
        order = await request.json()
        try:
            self.fail(
                order["fault"],
                times=int(order.get("times", -1)),
                retry_after=str(order.get("retry_after", "0")),
            )
        except KeyError as error:
            return web.json_response({"error": f"no fault {error}", "faults": sorted(FAULTS)}, status=400)
        return await self._status(request)

    async def _status(self, _: web.Request) -> web.Response:
        return web.json_response({"fault": self._fault, "times": self._times, "requests": len(self.requests)})


def _completion(content: str, characters: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": None}
    read, written = characters // 4, len(content) // 4
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": SERVED_MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    }


async def serve(port: int, fault: str | None) -> None:
    """Serves until SIGTERM or SIGINT; the first line on standard output is the base URL."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with LlmServer(port) as llm:
        llm.fail(fault)
        print(llm.url, flush=True)  # noqa: T201 - how a parent process learns the port
        await stop.wait()


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", choices=sorted(FAULTS))
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.fault))


if __name__ == "__main__":
    main()
