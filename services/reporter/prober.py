"""Looks at the topic when the reporter starts and, while the circuit is open, tries until it closes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tenacity import AsyncRetrying, retry_if_result, wait_chain, wait_fixed, wait_random
from tenacity.wait import wait_base

from services.common.clock import Clock
from services.reporter.circuit import Circuit
from services.reporter.sink import Sink, SinkDown

AFTERWARDS_SECONDS = 30.0
_JITTER = 0.2  # of each wait, so that replicas do not try in step


@dataclass(frozen=True, slots=True)
class Schedule:
    """`retries` tries with `backoff_seconds` before each, then one every AFTERWARDS_SECONDS, without end."""

    retries: int
    backoff_seconds: float

    def waits(self) -> wait_base:
        """The waits between tries, with jitter."""
        soon = wait_fixed(self.backoff_seconds) + wait_random(0, self.backoff_seconds * _JITTER)
        later = wait_fixed(AFTERWARDS_SECONDS) + wait_random(0, AFTERWARDS_SECONDS * _JITTER)
        return wait_chain(*[soon] * (self.retries - 1), later)


class Prober:
    """Tries as `schedule` says for as long as the circuit is open.

    `probe_oldest` sends the oldest waiting file as a probe; False if none waits: the next live report is one.
    """

    def __init__(
        self,
        circuit: Circuit,
        sink: Sink,
        probe_oldest: Callable[[], Awaitable[bool]],
        schedule: Schedule,
        clock: Clock,
    ) -> None:
        self._circuit = circuit
        self._sink = sink
        self._probe_oldest = probe_oldest
        self._schedule = schedule
        self._clock = clock

    async def run(self) -> None:
        """Keeps the circuit until cancelled."""
        await self._look_first()
        while True:
            await self._circuit.opened()
            await self._pause(self._schedule.backoff_seconds)
            await AsyncRetrying(
                wait=self._schedule.waits(), sleep=self._pause, retry=retry_if_result(_is_no)
            )(self._try)

    async def _look_first(self) -> None:
        try:
            await self._sink.look()
        except SinkDown as down:
            self._circuit.open(str(down))
        else:
            self._circuit.close()

    async def _try(self) -> bool:
        """One try; whether the circuit is closed."""
        self._circuit.withdraw_probe()
        if self._circuit.is_closed or self._circuit.is_probing:
            return self._circuit.is_closed
        try:
            await self._sink.look()
        except SinkDown as down:
            self._circuit.open(str(down))
            return False
        if not await self._probe_oldest():
            self._circuit.offer_probe()
        return self._circuit.is_closed

    async def _pause(self, seconds: float) -> None:
        """Returns after `seconds`, or at once when a probe closes the circuit."""
        await first_of(self._clock.sleep(seconds), self._circuit.closed())


async def first_of(*awaitables: Any) -> None:
    """Returns when one of them has ended; the others are cancelled."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _is_no(answer: bool) -> bool:
    return not answer
