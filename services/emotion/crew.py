"""One frame's search in parts, for threads that have nothing else to do to help with."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

Tool = TypeVar("Tool")
Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_HELPERS = 3  # the parts are few and small


class Crew(Generic[Tool]):
    """Threads that search, and a tool for each. Without `threads` the caller works alone."""

    def __init__(self, tools: Sequence[Tool], threads: ThreadPoolExecutor | None = None) -> None:
        self._tools: SimpleQueue[Tool] = SimpleQueue()
        for tool in tools:
            self._tools.put(tool)
        self._threads = threads
        self._helpers = min(_MOST_HELPERS, len(tools) - 1)

    def each(self, work: Callable[[Tool, Item], Result], items: Sequence[Item]) -> list[Result]:
        """`work` on each item, in their order, whoever did it. Raises what `work` raised.

        Help is asked for behind all frames that wait, and taken back if nobody has begun by the time that the
        caller is through: with many callers each does their own work.
        """
        job = _Job(work, items)
        asked = self._ask(job, len(items) - 1)
        try:
            self._do(job)
        finally:
            begun = [one for one in asked if not one.cancel()]
            job.end()
            for one in begun:
                one.result()
        return [job.done[place] for place in range(len(items))]

    def _ask(self, job: "_Job[Tool, Any, Any]", most: int) -> list[Future[None]]:
        if self._threads is None:
            return []
        try:
            return [self._threads.submit(self._do, job) for _ in range(min(most, self._helpers))]
        except RuntimeError:  # the threads are being closed: what runs there ends alone
            return []

    def _do(self, job: "_Job[Tool, Any, Any]") -> None:
        tool = self._tools.get()
        try:
            job.work_with(tool)
        finally:
            self._tools.put(tool)


class _Job(Generic[Tool, Item, Result]):
    """Items left and results so far. Holds no picture once it has ended, however long its requests for help
    stay in the queue.
    """

    def __init__(self, work: Callable[[Tool, Item], Result], items: Sequence[Item]) -> None:
        self._left = deque((work, place, item) for place, item in enumerate(items))
        self.done: dict[int, Result] = {}

    def work_with(self, tool: Tool) -> None:
        """Works for as long as something is left."""
        while True:
            try:
                work, place, item = self._left.popleft()
            except IndexError:
                return
            self.done[place] = work(tool, item)

    def end(self) -> None:
        """Nobody begins anything more of it."""
        self._left.clear()
