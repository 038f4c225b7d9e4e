"""Channels to peers that are not there yet."""

import asyncio
import time
from itertools import pairwise
from statistics import median

from services.common.channel import open_channel


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
    async with server, open_channel(f"127.0.0.1:{port}", "interview.v1.EvaluatorService") as channel:
        channel.get_state(try_to_connect=True)
        await asyncio.wait_for(enough.wait(), 60)
    pauses = [later - sooner for sooner, later in pairwise(looks)]
    assert median(pauses[-5:]) < 1, "the pause goes on growing"
