"""The store for replicas where it is more than a store: replicas, a server that goes away, a clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, timedelta

import asyncpg
import pytest
from structlog.testing import capture_logs

from services.orchestrator.documents import DamagedDocument
from services.orchestrator.postgres_store import PostgresStore
from services.orchestrator.report import build
from services.orchestrator.store import Stored, StoreUnavailable
from tests.fakes.clock import START
from tests.fakes.nouns import INTERVIEW_ID, answered, begun, score
from tests.postgres import PostgresServer

SHORT = 2.0  # long enough that a busy machine renews it in time


@pytest.fixture
async def url(postgres_server: PostgresServer) -> str:
    return await postgres_server.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    async with opened(url) as kept:
        yield kept


@asynccontextmanager
async def opened(url: str, *, lease_seconds: float = 15.0) -> AsyncIterator[PostgresStore]:
    """A replica's store."""
    kept = await PostgresStore.open(url, lease_seconds=lease_seconds)
    try:
        yield kept
    finally:
        await kept.close()


async def execute(url: str, *statements: str) -> None:
    """What a person does to the database."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def pending(store: PostgresStore, name: str = INTERVIEW_ID, *, take_lease: bool = False) -> Stored:
    """An interview with an answer to judge."""
    interview = replace(begun(), interview_id=name)
    await store.add(interview, "")
    received = replace(answered(begun(), None), interview_id=name)
    return await store.save(await store.get(name), received, take_lease=take_lease)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110 (time passes in the database)
            await asyncio.sleep(0.02)


async def test_one_replica_has_the_lease(url: str) -> None:
    """The other does not get it, is not told to work on it, and cannot drop it; once dropped it gets it."""
    async with opened(url) as one, opened(url) as other:
        await pending(one, take_lease=True)
        assert not await other.take_lease(INTERVIEW_ID)
        assert not (await other.get(INTERVIEW_ID)).leased
        assert (list(await one.unsettled()), list(await other.unsettled())) == ([INTERVIEW_ID], [])
        await other.drop_lease(INTERVIEW_ID)
        assert not await other.take_lease(INTERVIEW_ID)
        await one.drop_lease(INTERVIEW_ID)
        assert list(await other.unsettled()) == [INTERVIEW_ID]
        assert await other.take_lease(INTERVIEW_ID)
        assert not await one.take_lease(INTERVIEW_ID)


async def test_of_many_who_ask_at_once_one_gets_the_lease(url: str) -> None:
    """Eight replicas, one lease."""
    async with opened(url) as first:
        await pending(first)
        replicas = [await PostgresStore.open(url) for _ in range(8)]
        try:
            taken = await asyncio.gather(*(replica.take_lease(INTERVIEW_ID) for replica in replicas))
        finally:
            for replica in replicas:
                await replica.close()
    assert taken.count(True) == 1


async def test_a_lease_that_is_not_renewed_ends(url: str) -> None:
    """The one who died loses it; as long as it was renewed nobody else got it."""
    async with opened(url, lease_seconds=SHORT) as one, opened(url, lease_seconds=SHORT) as other:
        await pending(one, take_lease=True)
        for _ in range(5):
            assert await one.take_lease(INTERVIEW_ID)
            assert not await other.take_lease(INTERVIEW_ID)
            await asyncio.sleep(SHORT / 4)
        await eventually(lambda: other.take_lease(INTERVIEW_ID))
        assert not await one.take_lease(INTERVIEW_ID)


async def test_another_replicas_save_leaves_the_lease_where_it_is(url: str) -> None:
    """Finishing while the answer is judged elsewhere; the save that settles it ends the lease."""
    async with opened(url) as one, opened(url) as other:
        await pending(one, take_lease=True)
        read = await other.get(INTERVIEW_ID)
        saved = await other.save(read, read.interview.finished(START))
        assert not saved.leased
        assert not await other.take_lease(INTERVIEW_ID)
        read = await one.get(INTERVIEW_ID)
        assert read.leased
        ended = read.interview.settled("q1", score(5)).finished(START)
        await one.save(read, ended, build(ended, UTC))
        assert not (await one.get(INTERVIEW_ID)).leased
        assert not await one.take_lease(INTERVIEW_ID), "there is nothing to do any more"


async def test_a_clock_that_was_set_back_keeps_no_lease_alive(store: PostgresStore, url: str) -> None:
    """A lease that would end in an hour cannot be one: it counts as over."""
    async with opened(url) as other:
        await pending(store, take_lease=True)
        await execute(url, "UPDATE interviews SET lease_until = now() + interval '1 hour'")
        assert list(await other.unsettled()) == [INTERVIEW_ID]
        assert await other.take_lease(INTERVIEW_ID)


async def test_a_claim_is_seen_by_all_replicas(url: str) -> None:
    """Eight replicas ask for fifty reports at once: each is given once."""
    async with opened(url) as first:
        for number in range(50):
            await completed(first, f"interview_{number}")
        replicas = [await PostgresStore.open(url) for _ in range(8)]
        try:
            given = await asyncio.gather(*(replica.claim_reports(START, 10) for replica in replicas))
            given.append(await first.claim_reports(START, 50))
        finally:
            for replica in replicas:
                await replica.close()
    ids = [stored.report.interview_id for batch in given for stored in batch]
    assert sorted(ids) == sorted(f"interview_{number}" for number in range(50))


async def completed(store: PostgresStore, name: str) -> None:
    read = await pending(store, name)
    ended = read.interview.settled("q1", score(5)).finished(START)
    await store.save(read, ended, build(ended, UTC))


async def test_replicas_that_start_at_once_migrate_once(url: str) -> None:
    """Eight of them on an empty database: all work on it."""
    replicas = await asyncio.gather(*(PostgresStore.open(url) for _ in range(8)))
    try:
        await pending(replicas[0])
        for replica in replicas:
            assert (await replica.get(INTERVIEW_ID)).interview == answered(begun(), None)
    finally:
        for replica in replicas:
            await replica.close()
    connection = await asyncpg.connect(url)
    numbers = await connection.fetch("SELECT number FROM migrations ORDER BY number")
    await connection.close()
    assert [row[0] for row in numbers] == list(range(1, len(numbers) + 1))


async def test_a_release_may_run_on_what_a_later_one_migrated(url: str) -> None:
    """Releases next to each other work together: an unknown migration is none of ours."""
    async with opened(url):
        await execute(url, "INSERT INTO migrations VALUES (999, now())")
    async with opened(url) as store:
        await pending(store)


@pytest.mark.parametrize("what", ["nobody listens", "no such database"])
async def test_a_database_that_cannot_be_used_ends_the_start_with_one_line(
    postgres_server: PostgresServer, what: str
) -> None:
    """It names the variable, the host and the database, and never the password."""
    address = "127.0.0.1:1" if what == "nobody listens" else f"127.0.0.1:{postgres_server.port}"
    with pytest.raises(SystemExit) as raised:
        await PostgresStore.open(f"postgresql://speakalka:secret@{address}/none")
    line = str(raised.value)
    assert line.startswith("ORCHESTRATOR_DATABASE_URL: cannot use 127.0.0.1/none: ")
    assert "secret" not in line
    assert "\n" not in line


async def test_a_server_that_restarts_is_unavailable_and_recovers(
    store: PostgresStore, postgres_server: PostgresServer
) -> None:
    """Away: StoreUnavailable; back: the same store object goes on, and everything is there."""
    read = await pending(store)
    await asyncio.to_thread(postgres_server.stop)
    try:
        for _ in range(3):
            with pytest.raises(StoreUnavailable) as raised:
                await store.get(INTERVIEW_ID)
            assert raised.value.retry_after_seconds
    finally:
        await asyncio.to_thread(postgres_server.start)
    assert await store.get(INTERVIEW_ID) == read
    await store.save(read, read.interview.settled("q1", score(5)).finished(START))


async def test_a_full_disk_is_unavailable_and_recovers(store: PostgresStore, url: str) -> None:
    """The server says that there is no room: neither interview nor report; with room the same save works."""
    read = await pending(store)
    await execute(
        url,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'words of the row' USING ERRCODE = 'disk_full'; END $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON reports FOR EACH ROW EXECUTE FUNCTION full_disk()",
    )
    ended = read.interview.settled("q1", score(5)).finished(START)
    with pytest.raises(StoreUnavailable, match="DiskFullError") as raised:
        await store.save(read, ended, build(ended, UTC))
    assert "words of the row" not in raised.value.message
    assert await store.get(INTERVIEW_ID) == read
    await execute(url, "DROP TRIGGER full_disk ON reports")
    await store.save(read, ended, build(ended, UTC))
    assert (await store.report(INTERVIEW_ID)).report == build(ended, UTC)


async def test_a_report_that_cannot_be_read_does_not_hold_up_the_others(
    store: PostgresStore, url: str
) -> None:
    """It is said once, without its content, left for five minutes and kept; the others are handed over."""
    for name in "ab":
        await completed(store, f"interview_{name}")
    await execute(url, "UPDATE reports SET document = '{\"x\": 7}' WHERE interview_id = 'interview_a'")
    with capture_logs() as logged:
        due = await store.claim_reports(START + timedelta(seconds=1), 10)
        again = await store.claim_reports(START + timedelta(seconds=62), 10)
    assert [stored.report.report_id for stored in due] == ["interview_b.1"]
    assert len(again) == 1
    assert [line["report_id"] for line in logged] == ["interview_a.1"]
    assert (await store.backlog()).reports == 2
    with pytest.raises(DamagedDocument):
        _ = (await store.report("interview_a")).report
