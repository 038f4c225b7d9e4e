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


def client_of(port: int) -> Client:
    return Client(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY)


def counted(monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> list[tuple[Any, ...]]:
    """What the method is called with from now on."""
    calls, method = list[tuple[Any, ...]](), getattr(kind, name)

    def counting(self: Any, *given: Any, **named: Any) -> Any:
        calls.append(given)
        return method(self, *given, **named)

    monkeypatch.setattr(kind, name, counting)
    return calls


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
    """Its own way of doing so, merged headers and all, is what costs CPU."""
    calls = counted(monkeypatch, AsyncOpenAI, "_build_request")
    async with serving(Server().answer) as port, client_of(port) as client:
        for _ in range(3):
            await client.posted(b"{}")
    assert len(calls) == 1


@pytest.mark.parametrize("hook", ["_build_request", "_prepare_options", "_prepare_request", "_send_request"])
async def test_the_client_asks_each_hook_that_is_overridden(
    monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    """They are private: under another name ours would be passed over, and the CPU be back."""
    assert hasattr(AsyncOpenAI, hook)
    calls = counted(monkeypatch, Client, hook)
    async with serving(Server().answer) as port, client_of(port) as client:
        await client.posted(b"{}")
    assert len(calls) == 1


async def test_there_is_nothing_in_the_clients_own_hooks_for_a_plain_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What ours leave out does nothing: options and request stay as they are, no authentication is added."""
    async with serving(Server().answer) as port, client_of(port) as client:
        handed = counted(monkeypatch, Client, "_prepare_options")
        await client.posted(b"{}")
        [(options,)] = handed
        request = client._build_request(options)
        before = (dict(options), request.headers.multi_items(), request.extensions)
        assert await AsyncOpenAI._prepare_options(client, options) is options
        await AsyncOpenAI._prepare_request(client, request)
        reply = await AsyncOpenAI._send_request(client, request, stream=False)
        assert (dict(options), request.headers.multi_items(), request.extensions) == before
        assert reply.json()["said"] == "/v1/chat/completions"
        assert AsyncOpenAI(api_key=KEY).custom_auth is None


async def test_other_requests_take_no_shortcut() -> None:
    """The doctor's go where they are meant to, before and after."""
    server = Server()
    async with (
        serving(server.answer) as port,
        client_of(port) as client,
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
        client_of(port) as client,
    ):
        for status, kind in ((500, openai.InternalServerError), (429, openai.RateLimitError)):
            server.status = status
            for _ in range(2):
                with pytest.raises(kind) as told:
                    await client.posted(b"{}")
                assert told.value.body == {"data": [], "said": "/v1/chat/completions"}
    assert len(server.came) == 4
