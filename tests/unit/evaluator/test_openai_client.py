"""The openai client with a shortcut through its private parts does what it would do without."""

from typing import Any

import openai
import orjson
import pytest
from aiohttp import web
from openai import AsyncOpenAI

from services.evaluator.openai_chat.client import Client
from services.evaluator.wire import Reply
from tests.unit.evaluator.test_wire import KEY, serving


class Server:
    """Answers well, but with `status`, and remembers each request as it came."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str, list[tuple[str, str]], bytes]] = []
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        self.came.append((request.method, request.path, [*request.headers.items()], await request.read()))
        return web.json_response({"data": [], "said": request.path}, status=self.status)


async def test_requests_are_those_that_the_client_makes_by_itself() -> None:
    """The first and the later ones: method, path, each header in its place, and their own bytes."""
    server = Server()
    async with serving(server.answer) as port:
        url = f"http://127.0.0.1:{port}/v1"
        async with Client(base_url=url, api_key=KEY) as client:
            for number in range(3):
                await client.posted(orjson.dumps({"number": number}))
            for number in range(3):
                content = orjson.dumps({"number": number})
                path = f"{url}/chat/completions?"  # another URL: no shortcut
                await client.post(path, content=content, cast_to=Reply)
    assert server.came[:3] == server.came[3:]
    assert [orjson.loads(body) for *_, body in server.came[:3]] == [{"number": n} for n in range(3)]


async def test_the_client_builds_the_first_request_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The overridden hook is private: under another name it would be passed over, and the CPU be back."""
    built = []
    build = AsyncOpenAI._build_request

    def counted(self: AsyncOpenAI, options: Any, **given: Any) -> Any:
        built.append(options.url)
        return build(self, options, **given)

    monkeypatch.setattr(AsyncOpenAI, "_build_request", counted)
    async with (
        serving(Server().answer) as port,
        Client(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY) as client,
    ):
        for _ in range(3):
            await client.posted(b"{}")
    assert len(built) == 1


async def test_other_requests_take_no_shortcut() -> None:
    """The doctor's go where they are meant to, before and after."""
    server = Server()
    async with (
        serving(server.answer) as port,
        Client(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY) as client,
    ):
        await client.models.list()
        await client.posted(b"{}")
        await client.models.list()
        await client.chat.completions.create(model="a", messages=[])
    assert [(method, path) for method, path, *_ in server.came] == [
        ("GET", "/v1/models"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/models"),
        ("POST", "/v1/chat/completions"),
    ]
    assert orjson.loads(server.came[3][3]) == {"model": "a", "messages": []}


async def test_statuses_are_the_clients_errors_each_time() -> None:
    """With what the server said, and asked once: a retry would be ours."""
    server = Server()
    async with (
        serving(server.answer) as port,
        Client(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY) as client,
    ):
        for status, kind in ((500, openai.InternalServerError), (429, openai.RateLimitError)):
            server.status = status
            for _ in range(2):
                with pytest.raises(kind) as told:
                    await client.posted(b"{}")
                assert told.value.body == {"data": [], "said": "/v1/chat/completions"}
    assert len(server.came) == 4
