"""What every store promises. Each store that there is goes through all of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from services.orchestrator.interview import Interview
from services.orchestrator.policy import Ask, decide
from services.orchestrator.postgres_store import PostgresStore
from services.orchestrator.recent import MOST
from services.orchestrator.refusals import InterviewNotFound, ReportNotReady
from services.orchestrator.report import Report, build
from services.orchestrator.specification import Criterion, Language
from services.orchestrator.sqlite_store import SqliteStore
from services.orchestrator.store import (
    CLAIM_SECONDS,
    CriteriaKey,
    Delivery,
    DeliveryStatus,
    LostRace,
    Store,
    Stored,
    StoreUnavailable,
)
from tests.fakes.clock import START
from tests.fakes.nouns import answered, begun, specification, topic

DELIVERED = Delivery(DeliveryStatus.DELIVERED, topic="step3", partition=1, offset=7)
MINUTE = timedelta(minutes=1)
CLAIM = timedelta(seconds=CLAIM_SECONDS)

Open = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["sqlite", "postgres"])
async def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the store under test, each time with what it kept."""

    async def sqlite() -> Store:
        return SqliteStore(tmp_path / "orchestrator.db")

    if request.param == "sqlite":
        return sqlite
    url = await request.getfixturevalue("postgres_server").new_database()
    return lambda: PostgresStore.open(url)


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


async def claimed(store: Store, *, minutes: int = 60, limit: int = 10) -> list[str]:
    """Ids of the reports that are claimed so long after the start."""
    due = await store.claim_reports(START + minutes * MINUTE, limit)
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


async def test_what_was_read_or_saved_last_is_known_without_a_look(store: Store) -> None:
    """Under a lease of ours; an interview that was never read is not known."""
    read = await added(store, begun())
    assert store.known("interview_none") is None
    saved = await store.save(read, answered(begun(), None), take_lease=True)
    assert store.known(begun().interview_id) == saved
    settled = await store.save(saved, answered(begun(), 5))
    assert store.known(begun().interview_id) == settled


async def test_an_interview_is_found_however_many_came_since(store: Store) -> None:
    """Those that are remembered and those that are not are read alike."""
    for number in range(2 * MOST):
        await store.add(named(f"n{number}"), "")
    for number in (0, 2 * MOST - 1, 0, MOST):
        assert (await store.get(f"interview_n{number}")).interview == named(f"n{number}")
    for number in range(2 * MOST):
        await store.get(f"interview_n{number}")
    assert (await store.get("interview_n0")).interview == named("n0")


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


async def test_a_lease_comes_with_the_save_that_asks_for_it(store: Store) -> None:
    """Ours from then on, through further saves, and renewed as often as it is taken again."""
    read = await added(store, begun())
    saved = await store.save(read, answered(begun(), None), take_lease=True)
    assert saved.leased
    assert (await store.get(begun().interview_id)).leased
    assert await store.take_lease(begun().interview_id)
    finishing = await store.save(saved, saved.interview.finished(START))
    assert finishing.leased
    assert (await store.get(begun().interview_id)).leased


async def test_a_lease_that_was_dropped_can_be_taken_again(store: Store) -> None:
    """And dropping what is not ours, or not there, does no harm."""
    read = await added(store, answered(begun(), None))
    await store.drop_lease(read.interview.interview_id)
    await store.drop_lease("interview_none")
    assert await store.take_lease(read.interview.interview_id)


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
    assert await claimed(store, limit=2) == ["interview_a.1", "interview_b.1"]
    assert await claimed(store) == ["interview_c.1"]


async def test_a_claim_runs_out(store: Store) -> None:
    """Who has not settled or postponed a report by then is gone; it is given to the next who asks."""
    await completed(store, "a")
    assert await claimed(store, minutes=10) == ["interview_a.1"]
    assert await store.claim_reports(START + 10 * MINUTE + 0.9 * CLAIM, 10) == []
    assert len(await store.claim_reports(START + 10 * MINUTE + CLAIM, 10)) == 1


async def test_a_claim_that_is_held_does_not_run_out(store: Store) -> None:
    """As long as it is held, and no longer; giving it up is holding it until now."""
    await completed(store, "a")
    [report] = await store.claim_reports(START + 10 * MINUTE, 10)
    await store.hold_report(report, START + 12 * MINUTE)
    assert await claimed(store, minutes=11) == []
    await store.hold_report(report, START + 11 * MINUTE)
    assert await claimed(store, minutes=11) == ["interview_a.1"]


async def test_what_was_postponed_or_settled_is_not_held(store: Store) -> None:
    """A renewal that comes late neither shortens nor lengthens the pause, and changes no receipt."""
    for name in "ab":
        await completed(store, name)
    postponed, settled = await store.claim_reports(START + 10 * MINUTE, 10)
    await store.postpone_report("interview_a.1", START + 12 * MINUTE, "away")
    await store.settle_report("interview_b.1", DELIVERED)
    for report in (postponed, settled):
        await store.hold_report(report, START + 11 * MINUTE)
    assert await claimed(store, minutes=11) == []
    for report in (postponed, settled):
        await store.hold_report(report, START + 13 * MINUTE)
    assert await claimed(store, minutes=12) == ["interview_a.1"]


async def test_claims_at_the_same_time_share_nothing(store: Store) -> None:
    """Forty reports, ten who ask at once: each report is given once."""
    ids = {(await completed(store, f"n{i}")).report_id for i in range(40)}
    given = await asyncio.gather(*(claimed(store, limit=4) for _ in range(10)))
    again = await claimed(store, limit=40)
    assert sorted([report_id for batch in given for report_id in batch] + again) == sorted(ids)


async def test_a_clock_that_was_set_back_does_not_hold_up_reports(store: Store) -> None:
    """Completed or postponed by a clock that was an hour ahead: handed over all the same."""
    await completed(store, "a", minutes=60)
    await completed(store, "b")
    await store.postpone_report("interview_b.1", START + 61 * MINUTE, "away")
    assert await claimed(store, minutes=1) == ["interview_b.1", "interview_a.1"]


async def test_a_receipt_is_kept_and_ends_the_wait(store: Store) -> None:
    """Every field of the receipt is read again, and the report waits no more."""
    for name in "ab":
        await completed(store, name)
    await store.settle_report("interview_a.1", DELIVERED)
    assert (await store.report("interview_a")).delivery == DELIVERED
    assert await claimed(store) == ["interview_b.1"]
    filed = Delivery(DeliveryStatus.FILED, file_name="имя.json", detail="why")
    await store.settle_report("interview_b.1", filed)
    assert (await store.report("interview_b")).delivery == filed
    assert await claimed(store) == []


async def test_the_first_receipt_stands(store: Store) -> None:
    """What another replica says later, a receipt or that it failed, changes nothing."""
    await completed(store, "a")
    await store.settle_report("interview_a.1", DELIVERED)
    await store.settle_report("interview_a.1", Delivery(DeliveryStatus.FILED, file_name="late.json"))
    await store.postpone_report("interview_a.1", START, "late")
    stored = await store.report("interview_a")
    assert (stored.delivery, stored.attempts) == (DELIVERED, 0)


async def test_a_postponed_report_is_left_alone_until_then(store: Store) -> None:
    """Not due before its time, due at it; attempts are counted and the reason is shown."""
    await completed(store, "a")
    await store.postpone_report("interview_a.1", START + 5 * MINUTE, "reporter away")
    assert await claimed(store, minutes=4) == []
    assert await claimed(store, minutes=5) == ["interview_a.1"]
    await store.postpone_report("interview_a.1", START + 6 * MINUTE, "still away")
    stored = await store.report("interview_a")
    assert (stored.attempts, stored.delivery.detail) == (2, "still away")
    assert stored.delivery.status is DeliveryStatus.WAITING


async def test_revisions_of_an_interview_wait_for_each_other(store: Store) -> None:
    """The lowest waiting one first, also when only a later one is due; the newest is shown."""
    first = await completed(store, "a")
    second = replace(first, revision=2, completed_at=START - MINUTE)
    await store.save(await store.get("interview_a"), (await store.get("interview_a")).interview, second)
    assert await claimed(store) == ["interview_a.1"]
    await store.postpone_report("interview_a.1", START + 62 * MINUTE, "away")
    assert await claimed(store, minutes=60) == []
    await store.settle_report("interview_a.1", DELIVERED)
    assert await claimed(store) == ["interview_a.2"]
    assert (await store.report("interview_a")).report == second


async def test_a_next_revision_may_erase_the_earlier_ones(store: Store) -> None:
    """Sent or not, they are gone with the write that keeps it; reports of other interviews stay."""
    for name in ("a", "b"):
        first = await completed(store, name)
    await store.settle_report("interview_a.1", DELIVERED)
    for name in ("a", "b"):
        read = await store.get(f"interview_{name}")
        changed = replace(read.interview, revision=2, touched_at=START + 30 * MINUTE)
        second = replace(first, interview_id=read.interview.interview_id, revision=2)
        await store.save(read, changed, second, erase_earlier=name == "b")
    assert (await store.backlog()).oldest == (START + 30 * MINUTE)
    assert await claimed(store) == ["interview_a.2", "interview_b.2"]
    await store.settle_report("interview_b.1", DELIVERED)
    assert (await store.report("interview_b")).delivery.status is DeliveryStatus.WAITING


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


async def test_the_first_criteria_under_a_key_stand(store: Store) -> None:
    """Who comes later is given them back; any other key has its own."""
    key = CriteriaKey("ab12", Language.RU, "v1")
    first = (Criterion("называет индекс", 2.0), Criterion("says why"))
    assert await store.criteria(key) is None
    assert await store.keep_criteria(key, first) == first
    assert await store.keep_criteria(key, (Criterion("later"),)) == first
    assert await store.criteria(key) == first
    for other in (
        replace(key, question_hash="cd34"),
        replace(key, language=Language.EN),
        replace(key, prompt_version="v2"),
    ):
        assert await store.criteria(other) is None
        assert await store.keep_criteria(other, (Criterion("its own"),)) == (Criterion("its own"),)


async def test_of_criteria_that_come_at_once_one_set_stands(store: Store) -> None:
    """Twenty drafts for one question: all are given the same."""
    key = CriteriaKey("ab12", Language.RU, "v1")
    drafts = [(Criterion(f"draft {number}"),) for number in range(20)]
    given = await asyncio.gather(*(store.keep_criteria(key, draft) for draft in drafts))
    assert given[0] in drafts
    assert given == [given[0]] * 20
    assert await store.criteria(key) == given[0]


async def test_what_was_kept_is_there_after_a_restart(opened: Open) -> None:
    """Interviews, reports, receipts, request ids and criteria; versions go on."""
    store = await opened()
    await added_under(store, "asked", "7f1c")
    report = await completed(store, "ended")
    await store.settle_report(report.report_id, DELIVERED)
    key, drafted = CriteriaKey("ab12", Language.RU, "v1"), (Criterion("names it"),)
    await store.keep_criteria(key, drafted)
    await store.close()
    store = await opened()
    try:
        assert await added_under(store, "other", "7f1c") == named("asked")
        stored = await store.report("interview_ended")
        assert (stored.report, stored.delivery) == (report, DELIVERED)
        assert await store.criteria(key) == drafted
        read = await store.get("interview_asked")
        await store.save(read, answered(read.interview, None))
    finally:
        await store.close()
