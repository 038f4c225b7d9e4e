"""What every store promises. Each store that there is goes through all of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from services.orchestrator.interview import Interview
from services.orchestrator.policy import Ask, decide
from services.orchestrator.refusals import InterviewNotFound, ReportNotReady
from services.orchestrator.report import Report, build
from services.orchestrator.sqlite_store import SqliteStore
from services.orchestrator.store import Delivery, DeliveryStatus, LostRace, Store, Stored, StoreUnavailable
from tests.fakes.clock import START
from tests.fakes.nouns import answered, begun, specification, topic

DELIVERED = Delivery(DeliveryStatus.DELIVERED, topic="step3", partition=1, offset=7)
MINUTE = timedelta(minutes=1)

Open = Callable[[], Awaitable[Store]]


async def open_sqlite(folder: Path) -> Store:
    """The embedded store on a file of this folder."""
    return SqliteStore(folder / "orchestrator.db")


STORES = {"sqlite": open_sqlite}  # a further store joins here


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the store under test, each time with what it kept."""
    return lambda: STORES[request.param](tmp_path)


@pytest.fixture
async def store(opened: Open) -> AsyncIterator[Store]:
    kept = await opened()
    yield kept
    await kept.close()


def named(name: str, interview: Interview | None = None, *, touched: int = 0) -> Interview:
    """An interview of its own, last touched so many minutes after the start."""
    interview = interview or begun()
    return replace(interview, interview_id=f"interview_{name}", touched_at=START + touched * MINUTE)


async def added(store: Store, interview: Interview) -> Stored:
    await store.add(interview, "")
    return await store.get(interview.interview_id)


async def completed(store: Store, name: str, *, minutes: int = 0) -> Report:
    """Keeps an interview that was completed then, with its report."""
    read = await added(store, named(name, answered(begun(), 5)))
    ended = read.interview.finished(START + minutes * MINUTE)
    report = build(ended, UTC)
    await store.save(read, ended, report)
    return report


async def waiting(store: Store, *, minutes: int = 60, limit: int = 10) -> list[str]:
    due = await store.waiting_reports(START + minutes * MINUTE, limit)
    return [stored.report.report_id for stored in due]


async def test_an_interview_is_kept_as_it_is(store: Store) -> None:
    """What was added is what is read."""
    interview = answered(begun(), 7)
    assert await store.add(interview, "") is interview
    assert (await store.get(interview.interview_id)).interview == interview


async def test_an_unknown_interview_is_not_found(store: Store) -> None:
    """Neither it nor its report."""
    with pytest.raises(InterviewNotFound):
        await store.get("interview_none")
    with pytest.raises(InterviewNotFound):
        await store.report("interview_none")


async def test_a_request_id_starts_one_interview(store: Store) -> None:
    """The second add under a `request_id` gives the first interview, as it stands by now."""
    first = await added_under(store, "one", "7f1c")
    await store.save(await store.get(first.interview_id), answered(first, 5))
    again = await store.add(named("two"), "7f1c")
    assert again == answered(first, 5)
    with pytest.raises(InterviewNotFound):
        await store.get("interview_two")


async def added_under(store: Store, name: str, request_id: str) -> Interview:
    return await store.add(named(name), request_id)


async def test_without_a_request_id_every_add_is_another_interview(store: Store) -> None:
    """The empty `request_id` is none; others are told apart."""
    for name, request_id in (("one", ""), ("two", ""), ("three", "a"), ("four", "A")):
        await added_under(store, name, request_id)
    for name in ("one", "two", "three", "four"):
        assert (await store.get(f"interview_{name}")).interview.interview_id == f"interview_{name}"


async def test_concurrent_adds_under_one_request_id_agree(store: Store) -> None:
    """Twenty callers at once get one interview."""
    kept = await asyncio.gather(*(added_under(store, f"n{i}", "same") for i in range(20)))
    assert len({interview.interview_id for interview in kept}) == 1


async def test_a_save_replaces_what_was_read(store: Store) -> None:
    """The new interview is read from now on, also by the version that the save returned."""
    read = await added(store, begun())
    saved = await store.save(read, answered(begun(), None))
    assert await store.get(begun().interview_id) == saved
    await store.save(saved, answered(begun(), 5))
    assert (await store.get(begun().interview_id)).interview == answered(begun(), 5)


async def test_a_save_of_what_another_changed_loses(store: Store) -> None:
    """LostRace, and neither the interview nor its report is written."""
    read = await added(store, answered(begun(), 5))
    await store.save(read, replace(read.interview, touched_at=START + MINUTE))
    ended = read.interview.finished(START)
    with pytest.raises(LostRace):
        await store.save(read, ended, build(ended, UTC))
    assert (await store.get(ended.interview_id)).interview.touched_at == START + MINUTE
    with pytest.raises(ReportNotReady):
        await store.report(ended.interview_id)


async def test_concurrent_saves_lose_nothing(store: Store) -> None:
    """Twenty writers that read again when they lose: each change is there in the end."""
    await added(store, begun())

    async def change() -> None:
        while True:
            read = await store.get(begun().interview_id)
            try:
                await store.save(read, replace(read.interview, touched_at=read.interview.touched_at + MINUTE))
            except LostRace:
                continue
            return

    await asyncio.gather(*(change() for _ in range(20)))
    assert (await store.get(begun().interview_id)).interview.touched_at == START + 20 * MINUTE


async def test_interview_and_report_are_written_together_or_not_at_all(store: Store) -> None:
    """A report that cannot be written takes the change of the interview with it."""
    taken = await completed(store, "one")
    read = await added(store, named("two", answered(begun(), 5)))
    with pytest.raises(StoreUnavailable):
        await store.save(read, read.interview.finished(START), taken)
    assert await store.get("interview_two") == read
    with pytest.raises(ReportNotReady):
        await store.report("interview_two")


async def test_a_completed_interview_has_its_report(store: Store) -> None:
    """As it was built, WAITING, without attempts; before the end there is none."""
    await added(store, named("two"))
    with pytest.raises(ReportNotReady):
        await store.report("interview_two")
    report = await completed(store, "one")
    stored = await store.report("interview_one")
    assert (stored.report, stored.delivery, stored.attempts) == (report, Delivery(), 0)


async def test_waiting_reports_come_oldest_first_and_only_so_many(store: Store) -> None:
    """By the instant of completion, whatever the order of writing."""
    for name, minutes in (("b", 2), ("a", 1), ("c", 3)):
        await completed(store, name, minutes=minutes)
    assert await waiting(store) == ["interview_a.1", "interview_b.1", "interview_c.1"]
    assert await waiting(store, limit=2) == ["interview_a.1", "interview_b.1"]


async def test_a_receipt_is_kept_and_ends_the_wait(store: Store) -> None:
    """Every field of the receipt is read again, and the report waits no more."""
    for name in "ab":
        await completed(store, name)
    await store.settle_report("interview_a.1", DELIVERED)
    assert (await store.report("interview_a")).delivery == DELIVERED
    assert await waiting(store) == ["interview_b.1"]
    filed = Delivery(DeliveryStatus.FILED, file_name="имя.json", detail="why")
    await store.settle_report("interview_b.1", filed)
    assert (await store.report("interview_b")).delivery == filed
    assert await waiting(store) == []


async def test_a_postponed_report_is_left_alone_until_then(store: Store) -> None:
    """Not due before its time, due at it; attempts are counted and the reason is shown."""
    await completed(store, "a")
    await store.postpone_report("interview_a.1", START + 5 * MINUTE, "reporter away")
    assert await waiting(store, minutes=4) == []
    assert await waiting(store, minutes=5) == ["interview_a.1"]
    await store.postpone_report("interview_a.1", START + 6 * MINUTE, "still away")
    stored = await store.report("interview_a")
    assert (stored.attempts, stored.delivery.detail) == (2, "still away")
    assert stored.delivery.status is DeliveryStatus.WAITING


async def test_revisions_of_an_interview_wait_for_each_other(store: Store) -> None:
    """The lowest waiting one first, also when only a later one is due; the newest is shown."""
    first = await completed(store, "a")
    second = replace(first, revision=2, completed_at=START - MINUTE)
    await store.save(await store.get("interview_a"), (await store.get("interview_a")).interview, second)
    assert await waiting(store) == ["interview_a.1"]
    await store.postpone_report("interview_a.1", START + 90 * MINUTE, "away")
    assert await waiting(store, minutes=60) == []
    await store.settle_report("interview_a.1", DELIVERED)
    assert await waiting(store) == ["interview_a.2"]
    assert (await store.report("interview_a")).report == second


async def test_the_backlog_is_what_waits(store: Store) -> None:
    """How many, and when the oldest was completed; nothing: 0 and none."""
    assert (await store.backlog()).oldest is None
    for name, minutes in (("a", 1), ("b", 2)):
        await completed(store, name, minutes=minutes)
    backlog = await store.backlog()
    assert (backlog.reports, backlog.oldest) == (2, (START + MINUTE).replace(microsecond=123_000))
    await store.settle_report("interview_a.1", DELIVERED)
    assert (await store.backlog()).reports == 1


async def test_unsettled_are_those_with_something_to_do(store: Store) -> None:
    """A pending answer in any state, or a step that is due; least recently touched first."""
    two = begun(specification(topic("A"), topic("B")))
    step = decide(answered(two, 5))
    assert isinstance(step, Ask)
    for interview in (
        named("pending", answered(begun(), None), touched=3),
        named("due", answered(two, 5), touched=2),
        named("finishing", answered(begun(), None).finished(START), touched=1),
        named("waits", begun()),
        named("asked", answered(two, 5).asking(step.question)),
        named("ended", answered(begun(), 5).finished(START)),
    ):
        await added(store, interview)
    assert list(await store.unsettled()) == ["interview_finishing", "interview_due", "interview_pending"]


async def test_a_save_moves_an_interview_between_the_lists(store: Store) -> None:
    """Settled and ended: it is neither unsettled nor waiting for its caller any more."""
    read = await added(store, named("a", answered(begun(), None)))
    settled = answered(begun(), 5)
    ended = replace(settled, interview_id="interview_a").finished(START)
    await store.save(read, ended, build(ended, UTC))
    assert list(await store.unsettled()) == []
    assert list(await store.untouched_since(START + MINUTE)) == []


async def test_untouched_are_those_that_wait_for_their_caller(store: Store) -> None:
    """Before the instant, not at it, oldest first; not those that wait for a judge or have ended."""
    for interview in (
        named("new", touched=9),
        named("at", touched=5),
        named("old", touched=4),
        named("older", touched=1),
        named("pending", answered(begun(), None), touched=1),
        named("ended", begun().finished(START), touched=1),
    ):
        await added(store, interview)
    assert list(await store.untouched_since(START + 5 * MINUTE)) == ["interview_older", "interview_old"]


async def test_what_was_kept_is_there_after_a_restart(opened: Open) -> None:
    """Interviews, reports, receipts and request ids; versions go on."""
    store = await opened()
    await added_under(store, "asked", "7f1c")
    report = await completed(store, "ended")
    await store.settle_report(report.report_id, DELIVERED)
    await store.close()
    store = await opened()
    try:
        assert await added_under(store, "other", "7f1c") == named("asked")
        stored = await store.report("interview_ended")
        assert (stored.report, stored.delivery) == (report, DELIVERED)
        read = await store.get("interview_asked")
        await store.save(read, answered(read.interview, None))
    finally:
        await store.close()
