"""Clocks that a test moves."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)


class FakeClock:
    """Implements Clock: stands still but for `advance`."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._seconds = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        done = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._seconds + seconds, done))
        await done

    def advance(self, seconds: float) -> None:
        """Moves time and wakes who slept until then."""
        self._seconds += seconds
        due = [done for until, done in self._sleepers if until <= self._seconds]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[1] not in due]
        for done in due:
            if not done.done():
                done.set_result(None)

    def jump(self, seconds: float) -> None:
        """Sets the time of day, as a person or a time server does; `monotonic` goes on as if nothing was."""
        self._start += timedelta(seconds=seconds)


class RunningClock(FakeClock):
    """Runs by itself, as the machine's does, but for what it is moved; sleep is the machine's."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))
        self._begun = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic() - self._begun)

    def monotonic(self) -> float:
        return time.monotonic() + self._seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
