"""What carries requests to a model's server, against real HTTP servers."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from services.evaluator.openai_chat import OpenAIChat
from services.evaluator.server_faults import Transient

SAID = {"said": "Ёлка 🎄"}
KEY = "sk-test-0123456789abcdef"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    """The port of a server that leaves every request to `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def chat(url: str) -> AsyncIterator[OpenAIChat]:
    server = OpenAIChat(base_url=url, api_key=KEY)
    try:
        yield server
    finally:
        await server.close()


async def well(_: web.Request) -> web.Response:
    return web.json_response(SAID)


async def test_the_request_comes_as_it_was_meant() -> None:
    """A POST of these bytes as JSON, with the key, to the whole path."""
    came = []

    async def look(request: web.Request) -> web.Response:
        came.append((request.method, request.path, request.headers, await request.read()))
        return web.json_response(SAID)

    async with serving(look) as port, chat(f"http://127.0.0.1:{port}/v1/") as server:
        assert await server.complete({"text": "Ёлка"}) == SAID
    [(method, path, headers, body)] = came
    assert (method, path, headers["Authorization"]) == ("POST", "/v1/chat/completions", f"Bearer {KEY}")
    assert headers["Content-Type"] == "application/json"
    assert headers.getall("Host") == [f"127.0.0.1:{port}"]
    assert headers.getall("Content-Length") == [str(len(body))]
    assert json.loads(body) == {"text": "Ёлка"}


async def test_a_packed_reply_is_unpacked() -> None:
    """Once, whatever its headers say of it."""

    async def packed(request: web.Request) -> web.Response:
        assert "gzip" in request.headers["Accept-Encoding"]
        return web.Response(
            body=gzip.compress(json.dumps(SAID).encode()), headers={"Content-Encoding": "gzip"}
        )

    async with serving(packed) as port, chat(f"http://127.0.0.1:{port}/v1") as server:
        assert await server.complete({}) == SAID


async def test_a_reply_that_is_packed_wrongly_may_be_asked_for_again() -> None:
    """As any reply that breaks off."""

    async def broken(_: web.Request) -> web.Response:
        return web.Response(body=b"no gzip", headers={"Content-Encoding": "gzip"})

    async with serving(broken) as port, chat(f"http://127.0.0.1:{port}/v1") as server:
        with pytest.raises(Transient, match="connection"):
            await server.complete({})


async def test_a_server_that_moved_is_followed_and_a_stranger_is_not_given_the_key() -> None:
    """307 keeps method and body; the key goes to the host that it is for."""
    keys = []

    async def elsewhere(request: web.Request) -> web.Response:
        keys.append(request.headers.get("Authorization"))
        assert await request.json() == {"text": "Ёлка"}
        return web.json_response(SAID)

    async with serving(elsewhere) as port:

        async def moved(request: web.Request) -> web.Response:
            if request.path.startswith("/v1"):
                raise web.HTTPTemporaryRedirect("/v2/chat/completions")
            keys.append(request.headers.get("Authorization"))
            raise web.HTTPTemporaryRedirect(f"http://localhost:{port}/v1/chat/completions")

        async with serving(moved) as first, chat(f"http://127.0.0.1:{first}/v1") as server:
            assert await server.complete({"text": "Ёлка"}) == SAID
    assert keys == [f"Bearer {KEY}", None]


async def test_the_environments_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be reached otherwise is reached through HTTP_PROXY."""
    asked = []

    async def proxy(request: web.Request) -> web.Response:
        asked.append(request.host)
        return await well(request)

    async with serving(proxy) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        async with chat("http://model.invalid/v1") as server:
            assert await server.complete({}) == SAID
    assert asked == ["model.invalid"]


async def test_nobody_at_the_address_may_be_asked_again() -> None:
    """Connections that are refused are a passing fault."""
    async with serving(well) as port:
        pass
    async with chat(f"http://127.0.0.1:{port}/v1") as server:
        with pytest.raises(Transient, match="connection"):
            await server.complete({})


async def test_connections_are_kept_and_one_that_the_server_closes_is_no_longer_used() -> None:
    """At worst one request, which crosses the end on its way, may be asked again."""
    ends: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(writer)
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n{}")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with chat(f"http://127.0.0.1:{port}/v1") as server:
            assert [await server.complete({}) for _ in range(3)] == [{}, {}, {}]
            [end] = ends
            end.close()
            await end.wait_closed()
            try:
                assert await server.complete({}) == {}
            except Transient:
                assert await server.complete({}) == {}
        for end in ends:
            await end.wait_closed()
    assert len(ends) == 2
