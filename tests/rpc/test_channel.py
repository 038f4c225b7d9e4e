"""Channels to peers that are not there yet."""

import asyncio
import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import grpc
import grpc.aio
import pytest

from services.common.channel import open_channel
from tests.fakes.names import FakeNames
from tests.kafka.ports import HeldPorts

SERVICE = "interview.v1.EvaluatorService"


async def test_a_peer_that_is_away_is_looked_for_twice_a_second() -> None:
    """However long it has been away: who starts before its peers serves as soon as they do."""
    looks: list[float] = []
    enough = asyncio.Event()

    def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        looks.append(time.monotonic())
        writer.close()
        if len(looks) == 10:
            enough.set()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_channel(f"127.0.0.1:{port}", SERVICE) as channel:
        channel.get_state(try_to_connect=True)
        await asyncio.wait_for(enough.wait(), 60)
    pauses = [later - sooner for sooner, later in pairwise(looks)]
    assert median(pauses[-5:]) < 1, "the pause goes on growing"


@pytest.fixture
def port() -> Iterator[int]:
    """One that nobody listens on, at any address of this machine."""
    held = HeldPorts(1)
    yield held.numbers[0]
    held.release()


async def test_a_peer_that_comes_back_at_another_address_is_found(port: int) -> None:
    """As containers do: its name is asked for again every two seconds while nobody is at the old address."""
    async with FakeNames("127.0.0.1") as names:
        address = f"dns://127.0.0.1:{names.port}/evaluator.test:{port}"
        async with open_channel(address, SERVICE) as channel:
            await state(channel, grpc.ChannelConnectivity.TRANSIENT_FAILURE)
            server = grpc.aio.server()
            server.add_insecure_port(f"127.0.0.2:{port}")
            await server.start()
            names.address = "127.0.0.2"
            await state(channel, grpc.ChannelConnectivity.READY)
            await server.stop(0)
    pauses = [later - sooner for sooner, later in pairwise(names.asked)]
    assert max(pauses) < 15, "half a minute is what gRPC takes by itself"


async def state(channel: grpc.aio.Channel, wanted: grpc.ChannelConnectivity) -> None:
    """Returns once the channel has come to that."""
    async with asyncio.timeout(60):
        while (now := channel.get_state(try_to_connect=True)) is not wanted:
            await channel.wait_for_state_change(now)
