"""How many judgements are under way and how many wait."""

import asyncio

import pytest

from services.common.errors import Overloaded
from services.evaluator.in_flight import InFlight


async def hold(in_flight: InFlight, until: asyncio.Event, begun: list[int], number: int) -> None:
    async with in_flight.place(within_seconds=60):
        begun.append(number)
        await until.wait()


async def test_places_are_given_in_turn_and_the_queue_is_bounded() -> None:
    """Two at once, one waits, the next is refused; a free place goes to the one that waits."""
    in_flight, begun = InFlight(2, 1), list[int]()
    ends = [asyncio.Event() for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        for number, end in enumerate(ends):
            group.create_task(hold(in_flight, end, begun, number))
        await asyncio.sleep(0)  # lets each task run as far as it can
        assert begun == [0, 1]
        with pytest.raises(Overloaded):
            await hold(in_flight, ends[0], begun, 3)
        for end in ends:
            end.set()
    assert begun == [0, 1, 2]


async def test_who_waits_too_long_is_told_so() -> None:
    """No place in time is Overloaded, and leaves the queue as it was."""
    in_flight, end = InFlight(1, 1), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(hold(in_flight, end, [], 0))
        await asyncio.sleep(0)  # lets the task take the place
        for _ in range(2):
            with pytest.raises(Overloaded):
                async with in_flight.place(within_seconds=0.01):
                    pytest.fail("there was no place")
        end.set()


async def test_a_failure_frees_its_place() -> None:
    """Nothing leaks when a judgement fails or is cancelled."""
    in_flight = InFlight(1, 0)
    for _ in range(3):
        with pytest.raises(ValueError, match="judging failed"):
            async with in_flight.place(within_seconds=1):
                raise ValueError("judging failed")
