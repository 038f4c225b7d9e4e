"""So many calls at once receive their message."""

import asyncio

from services.common.turns import Turns


class Calls:
    """Calls that take their turn, and receive their message when they are told to."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.begun: list[str] = []

    def call(self, name: str, message: asyncio.Event, over: asyncio.Event) -> asyncio.Task[None]:
        async def serve() -> None:
            await self.turns.take()
            self.begun.append(name)
            await message.wait()
            self.turns.received()
            await over.wait()

        return asyncio.create_task(serve())


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_next_one_waits_until_a_message_is_here() -> None:
    """In the order in which they came; what becomes of a call afterwards does not matter."""
    calls, message, over = Calls(Turns(1)), asyncio.Event(), asyncio.Event()
    first = calls.call("first", message, over)
    second = calls.call("second", asyncio.Event(), over)
    await settled()
    assert calls.begun == ["first"]
    message.set()
    await settled()
    assert calls.begun == ["first", "second"]
    assert not first.done()
    for task in (first, second):
        task.cancel()


async def test_a_call_that_ends_early_gives_its_turn_back_once() -> None:
    """Its caller left before the message was here, or while it waited for its turn."""
    calls, never = Calls(Turns(1)), asyncio.Event()
    tasks = [calls.call(name, never, never) for name in ("first", "second", "third", "fourth")]
    await settled()
    tasks[1].cancel()
    await settled()
    tasks[0].cancel()
    await settled()
    assert calls.begun == ["first", "third"]
    for task in tasks:
        task.cancel()


async def test_callers_that_stand_still_keep_nobody_out() -> None:
    """They opened a call and send nothing: their turn ends, the call may go on."""
    calls, never = Calls(Turns(1, longest_seconds=0.05)), asyncio.Event()
    stuck = calls.call("stuck", never, never)
    message = asyncio.Event()
    message.set()
    async with asyncio.timeout(10):
        await calls.call("next", message, message)
    assert not stuck.done()
    stuck.cancel()
