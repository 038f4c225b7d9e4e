"""Equal inputs share one judgement within a process: a bounded memory by input hash."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from services.evaluator.evaluation import Judgement
from services.evaluator.judge import JudgeUnavailable


class SharedJudgements:
    """The judgements used last, at most `most` of them; 0 remembers none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Judgement] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = (
            WeakValueDictionary()
        )  # while somebody holds one

    @asynccontextmanager
    async def turn(self, key: str, *, within_seconds: float) -> AsyncIterator[Judgement | None]:
        """Equal inputs one after the other, each with what was made of an earlier one.

        Raises JudgeUnavailable where the earlier one is still under way after `within_seconds`.
        """
        if not self._most:
            yield None
            return
        lock = self._turns.setdefault(key, asyncio.Lock())
        try:
            async with asyncio.timeout(within_seconds):
                await lock.acquire()
        except TimeoutError:
            raise JudgeUnavailable("an equal answer is still being judged") from None
        try:
            yield self._found(key)
        finally:
            lock.release()

    def keep(self, key: str, judgement: Judgement) -> None:
        """Remembers it, and forgets the one that was not used for longest where there are too many."""
        self._kept[key] = judgement
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def _found(self, key: str) -> Judgement | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)
