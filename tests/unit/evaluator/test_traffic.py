"""Pauses that all calls keep, and the circuit."""

import asyncio

import pytest

from services.evaluator.judge import JudgeUnavailable
from services.evaluator.traffic import Circuit, Limiter
from tests.fakes.clock import FakeClock


async def settle() -> None:
    """Lets every task run as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_pause_holds_every_call_and_ends_for_all() -> None:
    """Whoever heard of it: nobody passes before the time, everybody after it."""
    clock = FakeClock()
    limiter = Limiter(clock, lambda: 0.0)
    limiter.pause(7)
    calls = [asyncio.create_task(limiter.passage(60)) for _ in range(3)]
    await settle()
    clock.advance(6.9)
    await settle()
    assert not any(call.done() for call in calls)
    clock.advance(0.1)
    await asyncio.gather(*calls)


async def test_a_longer_pause_is_kept_by_those_who_wait_already() -> None:
    """And a shorter one shortens nothing."""
    clock = FakeClock()
    limiter = Limiter(clock, lambda: 0.0)
    limiter.pause(5)
    call = asyncio.create_task(limiter.passage(60))
    await settle()
    limiter.pause(9)
    limiter.pause(1)
    clock.advance(5)
    await settle()
    assert not call.done()
    clock.advance(4)
    await call


async def test_a_pause_beyond_the_deadline_is_told_at_once() -> None:
    """With how long it lasts; nothing is waited for in vain."""
    limiter = Limiter(FakeClock(), lambda: 0.0)
    limiter.pause(50)
    with pytest.raises(JudgeUnavailable) as told:
        await limiter.passage(20)
    assert told.value.retry_after_seconds == 50


async def test_pauses_without_a_time_double_until_a_request_is_served() -> None:
    """1, 2, 4 seconds; then 1 again."""
    clock = FakeClock()
    limiter = Limiter(clock, lambda: 0.0, first_pause_seconds=1)
    seen = []
    for _ in range(4):
        limiter.pause(None)
        with pytest.raises(JudgeUnavailable) as told:
            await limiter.passage(clock.monotonic())
        seen.append(told.value.retry_after_seconds)
        clock.advance(60)
        if len(seen) == 3:
            limiter.flows()
    assert seen == [1, 2, 4, 1]


def is_open(circuit: Circuit) -> bool:
    try:
        circuit.enter()
    except JudgeUnavailable:
        return True
    circuit.left()
    return False


def test_the_circuit_opens_after_failures_in_a_row_only() -> None:
    """An answer between them, be it a refusal, starts the count anew."""
    circuit = Circuit(FakeClock(), failures=3, seconds=10)
    for step in (circuit.failed, circuit.failed, circuit.worked, circuit.failed, circuit.failed):
        step()
        assert not is_open(circuit)
    circuit.failed()
    assert is_open(circuit)


def test_one_call_finds_out_for_all() -> None:
    """After the time one may ask; until it knows, the others are told to come back. It fails: open again."""
    clock = FakeClock()
    circuit = Circuit(clock, failures=1, seconds=10)
    circuit.failed()
    clock.advance(10)
    circuit.enter()
    assert is_open(circuit)
    circuit.failed()
    clock.advance(9.9)
    assert is_open(circuit)
    clock.advance(0.1)
    circuit.enter()
    circuit.worked()
    assert not is_open(circuit)


def test_a_caller_that_leaves_while_finding_out_leaves_it_to_the_next() -> None:
    """The circuit is not stuck."""
    clock = FakeClock()
    circuit = Circuit(clock, failures=1, seconds=10)
    circuit.failed()
    clock.advance(10)
    circuit.enter()
    circuit.left()
    circuit.enter()


def test_late_failures_of_old_calls_do_not_keep_it_open() -> None:
    """What was asked before it opened says nothing new."""
    clock = FakeClock()
    circuit = Circuit(clock, failures=1, seconds=10)
    circuit.failed()
    clock.advance(9)
    circuit.failed()
    clock.advance(1)
    assert not is_open(circuit)
