"""Places on the way to Kafka: how many, for whom, and what becomes of those who wait."""

import asyncio

import pytest

from services.reporter.window import Lane, TurnedAway, Window

SOON = 0.02
LONG = 10.0


class Holder:
    """Somebody who wants a place and keeps it until told."""

    def __init__(self, window: Window, lane: Lane, patience_seconds: float = LONG) -> None:
        self.has_it = False
        self._leave = asyncio.Event()
        self.task = asyncio.create_task(self._hold(window, lane, patience_seconds))

    async def _hold(self, window: Window, lane: Lane, patience_seconds: float) -> None:
        async with window.place(lane, patience_seconds):
            self.has_it = True
            await self._leave.wait()
        self.has_it = False

    async def leave(self) -> None:
        """Gives the place back."""
        self._leave.set()
        await self.task


async def settle() -> None:
    """Lets everyone who can get a place get it."""
    for _ in range(10):
        await asyncio.sleep(0)


async def hold(window: Window, *lanes: Lane) -> list[Holder]:
    holders = [Holder(window, lane) for lane in lanes]
    await settle()
    return holders


async def test_alone_means_alone() -> None:
    """Who must be alone waits until all have left, lets nobody in before or beside, and then all go on."""
    window = Window(4)
    first, alone, later = await hold(window, Lane.LIVE, Lane.ALONE, Lane.LIVE)
    assert (first.has_it, alone.has_it, later.has_it) == (True, False, False)
    await first.leave()
    await settle()
    assert (alone.has_it, later.has_it) == (True, False)
    await alone.leave()
    await settle()
    assert later.has_it
    await later.leave()


async def test_live_before_files() -> None:
    """A free place goes to a live report first; files have at most half while live ones are under way."""
    window = Window(4)
    live = await hold(window, *[Lane.LIVE] * 4)
    files = await hold(window, *[Lane.BACKLOG] * 4)
    [late] = await hold(window, Lane.LIVE)
    await live[0].leave()
    await settle()
    assert (late.has_it, any(file.has_it for file in files)) == (True, False)
    for holder in live[1:]:
        await holder.leave()
    await settle()
    assert sum(file.has_it for file in files) == 2
    await late.leave()
    await settle()
    assert all(file.has_it for file in files)
    for file in files:
        await file.leave()


async def test_turned_away() -> None:
    """All who wait are turned away at once; who has a place keeps it; later ones may wait again."""
    window = Window(1)
    holder, *waiting = await hold(window, Lane.LIVE, Lane.LIVE, Lane.BACKLOG, Lane.ALONE)
    window.turn_away()
    await settle()
    for waiter in waiting:
        with pytest.raises(TurnedAway):
            await waiter.task
    [later] = await hold(window, Lane.LIVE)
    await holder.leave()
    await settle()
    assert later.has_it
    await later.leave()


async def test_places_are_not_lost_with_those_who_leave() -> None:
    """Who runs out of patience, or is cancelled, even as the place comes, leaves it to the next."""
    window = Window(1)
    [holder] = await hold(window, Lane.LIVE)
    impatient = Holder(window, Lane.LIVE, SOON)
    with pytest.raises(TimeoutError):
        await impatient.task
    cancelled, last = await hold(window, Lane.LIVE, Lane.LIVE)
    await holder.leave()
    cancelled.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled.task
    await settle()
    assert last.has_it
    await last.leave()
