"""What does everything around a call cost? Server CPU of our chain against a bare grpc.aio echo, 1 KB.

`python -m bench.interceptors`: two servers in processes of their own, with the same handler. Ours has errors,
metrics, request id and the log line of every call (to /dev/null).
"""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import os
import random
import sys
from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio

from bench.rivals import Served
from bench.rows import tell_rounds
from services.common import logs
from services.common.interceptors import ServerInterceptor

ROUNDS = 15
CALLS = 1_000
IN_FLIGHT = 16
METHOD = "/interview.v1.Echo/Echo"


def main() -> None:
    """Measures and prints one row."""
    servers = {"ours": Served(serve_ours), "bare": Served(serve_bare)}
    try:
        rounds = asyncio.run(_rounds(servers))
    finally:
        for server in servers.values():
            server.close()
    ours, bare = ([round_[name] * 1e6 for round_ in rounds] for name in ("ours", "bare"))
    tell_rounds("1 interceptor chain, server CPU per call", ours, bare, "us CPU", at_most=1.25)


async def serve_ours(tell: Callable[[Any], None]) -> None:
    """With the chain."""
    sys.stderr = open(os.devnull, "w")  # noqa: ASYNC230, SIM115 (the log's, as long as the process lives)
    logs.configure("bench", "INFO")
    await _serve(tell, [ServerInterceptor()])


async def serve_bare(tell: Callable[[Any], None]) -> None:
    """With nothing."""
    await _serve(tell, [])


async def _serve(tell: Callable[[Any], None], interceptors: list[grpc.aio.ServerInterceptor]) -> None:
    async def echo(request: bytes, _: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        return request

    server = grpc.aio.server(interceptors=interceptors)
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
        echo, request_deserializer=bytes, response_serializer=bytes
    )
    name = METHOD.split("/")[1]
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(name, {"Echo": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    tell(f"127.0.0.1:{port}")
    await server.wait_for_termination()


async def _rounds(servers: dict[str, Served]) -> list[dict[str, float]]:
    channels = {name: grpc.aio.insecure_channel(server.told) for name, server in servers.items()}
    rounds = []
    for _ in range(ROUNDS + 1):
        order = random.sample(sorted(servers), len(servers))
        rounds.append({name: await _cpu_per_call(servers[name], channels[name]) for name in order})
    for channel in channels.values():
        await channel.close()
    return rounds[1:]  # the first one warms up


async def _cpu_per_call(server: Served, channel: grpc.aio.Channel) -> float:
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(METHOD)
    request, numbers, before = bytes(1024), iter(range(CALLS)), server.cpu()

    async def caller() -> None:
        for _ in numbers:
            await call(request, timeout=30)

    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    return (server.cpu() - before) / CALLS


if __name__ == "__main__":
    main()
