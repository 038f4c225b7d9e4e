"""One sync for all who ask while another runs, and never one that began too early."""

import errno
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from services.reporter.shared_sync import SharedSync
from tests.kafka.waiting import wait_for

WAITERS = 8


class SlowSync:
    """A sync that ends when it is told to, and fails if it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.in_sync = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.error: OSError | None = None

    def __call__(self) -> None:
        self.begun += 1
        self.in_sync.release()
        assert self.may_end.acquire(timeout=10)
        if self.error:
            raise self.error


class Directory:
    """What is synced. Callers look it up twice, and the one who syncs a third time: so they are counted."""

    def __init__(self) -> None:
        self.looked_up = 0

    def __hash__(self) -> int:
        self.looked_up += 1
        return 1


def begin(threads: ThreadPoolExecutor, syncs: SharedSync, sync: SlowSync) -> list[Future[None]]:
    """One caller whose sync runs, and others who have asked after it had begun."""
    here = Directory()
    first = threads.submit(syncs.run, here, sync)
    assert sync.in_sync.acquire(timeout=10)
    others = [threads.submit(syncs.run, here, sync) for _ in range(WAITERS)]
    wait_for(lambda: here.looked_up >= 3 + 2 * WAITERS, 10, "all have asked")
    return [first, *others]


def test_those_who_come_meanwhile_share_the_next() -> None:
    """Eight callers who come during a sync are not done when it ends, and need one more, not eight."""
    syncs, sync = SharedSync(), SlowSync()
    with ThreadPoolExecutor(WAITERS + 1) as threads:
        first, *others = begin(threads, syncs, sync)
        sync.may_end.release()
        first.result(10)
        assert sync.in_sync.acquire(timeout=10), "another one begins"
        assert not any(other.done() for other in others)
        sync.may_end.release()
        for other in others:
            other.result(10)
    assert sync.begun == 2


def test_all_who_shared_a_failure_hear_it() -> None:
    """If the sync fails, everybody who relied on it has the error; the next one is a new try."""
    syncs, sync = SharedSync(), SlowSync()
    sync.error = OSError(errno.EIO, "EIO")
    with ThreadPoolExecutor(WAITERS + 1) as threads:
        first, *others = begin(threads, syncs, sync)
        sync.may_end.release(2)
        for call in (first, *others):
            with pytest.raises(OSError, match="EIO"):
                call.result(10)
    sync.error = None
    sync.may_end.release()
    syncs.run("here", sync)


def test_a_sync_that_is_broken_off_is_no_success() -> None:
    """If whoever syncs for the others dies, they do not take it for done."""
    syncs, entered, may_die = SharedSync(), threading.Event(), threading.Event()

    class Death(BaseException):
        pass

    def dies() -> None:
        entered.set()
        assert may_die.wait(10)
        raise Death

    with ThreadPoolExecutor(2) as threads:
        leader = threads.submit(syncs.run, "here", dies)
        assert entered.wait(10)
        may_die.set()
        with pytest.raises(Death):
            leader.result(10)
    ran = []
    syncs.run("here", lambda: ran.append(1))
    assert ran == [1]


def test_another_directory_is_another_sync() -> None:
    """A sync of one directory is nothing to who asked for another."""
    syncs, ran = SharedSync(), []
    syncs.run("here", lambda: ran.append("here"))
    syncs.run("there", lambda: ran.append("there"))
    assert ran == ["here", "there"]
