"""The crew: idle threads help, busy ones are left alone, and who did what makes no difference."""

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.emotion.crew import Crew

WAIT_SECONDS = 30


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


class Picture:
    """Something large."""

    def part(self, number: int) -> int:
        return number


def search(crew: Crew[str], picture: Picture) -> list[int]:
    return crew.each(lambda _, number: picture.part(number), [1, 2, 3])


def test_idle_threads_help(threads: ThreadPoolExecutor) -> None:
    """Items that wait for each other are done, by two threads with a tool each; results keep their order."""
    together = threading.Barrier(2)

    def work(tool: str, item: int) -> tuple[str, int]:
        together.wait(WAIT_SECONDS)
        return tool, item

    done = Crew(["saw", "axe"], threads).each(work, [1, 2])
    assert [item for _, item in done] == [1, 2]
    assert {tool for tool, _ in done} == {"saw", "axe"}


def test_busy_threads_are_not_waited_for(threads: ThreadPoolExecutor) -> None:
    """While every thread has work of its own the caller does all of it, and is through before they are."""
    go = threading.Event()
    busy = [threads.submit(go.wait, WAIT_SECONDS) for _ in range(2)]
    me = threading.get_ident()
    done = Crew(["saw", "axe"], threads).each(lambda _, item: (threading.get_ident(), item), range(5))
    assert done == [(me, item) for item in range(5)]
    assert not any(one.done() for one in busy)
    go.set()


def test_a_request_that_nobody_took_up_holds_nothing(threads: ThreadPoolExecutor) -> None:
    """However long it stays in the queue of busy threads, the picture goes when the search has ended."""
    go = threading.Event()
    for _ in range(2):
        threads.submit(go.wait, WAIT_SECONDS)
    picture = Picture()
    gone = weakref.ref(picture)
    search(Crew(["saw", "axe"], threads), picture)
    del picture
    gc.collect()
    assert gone() is None
    go.set()


def test_a_tool_is_used_by_one_at_a_time(threads: ThreadPoolExecutor) -> None:
    """With searches in both threads, each helping the other where it can."""
    tools = [threading.Lock(), threading.Lock()]
    crew = Crew(tools, threads)

    def work(tool: threading.Lock, item: int) -> int:
        assert tool.acquire(blocking=False)
        try:
            return sum(range(item))
        finally:
            tool.release()

    searches = [threads.submit(crew.each, work, range(50)) for _ in range(40)]
    expected = [sum(range(item)) for item in range(50)]
    assert all(search.result(WAIT_SECONDS) == expected for search in searches)


@pytest.mark.parametrize("failing", [0, 1])
def test_what_goes_wrong_is_raised(threads: ThreadPoolExecutor, failing: int) -> None:
    """Whoever met it; and the tools are back in their place."""
    together = threading.Barrier(2)

    def work(_: str, item: int) -> int:
        together.wait(WAIT_SECONDS)
        if item == failing:
            raise ValueError(item)
        return item

    crew = Crew(["saw", "axe"], threads)
    with pytest.raises(ValueError, match=str(failing)):
        crew.each(work, [0, 1])
    assert crew.each(lambda _, item: item, [1, 2, 3]) == [1, 2, 3]


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3]])
def test_alone(items: list[int]) -> None:
    """Without threads, and with threads that are being closed, the caller does it all."""
    closed = ThreadPoolExecutor(2)
    closed.shutdown()
    for crew in (Crew(["saw"]), Crew(["saw", "axe"], closed)):
        assert crew.each(lambda _, item: 2 * item, items) == [2 * item for item in items]
