"""Reports on their way: of two orchestrators one sends each, and the other as soon as that one is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from services.orchestrator.outbox import RENEW_SECONDS
from services.orchestrator.store import CLAIM_SECONDS, DeliveryStatus
from tests.fakes.clock import FakeClock
from tests.postgres import PostgresServer
from tests.rpc.orchestra import Orchestra, Peers, Waits, eventually

IMPATIENT = Waits(receipt=0.05)


@dataclass(frozen=True)
class Sending:
    """Two replicas, one of which the reporter keeps waiting."""

    holder: Orchestra
    other: Orchestra
    clock: FakeClock
    interview_id: str


@pytest.fixture
async def url(postgres_server: PostgresServer) -> str:
    return await postgres_server.new_database()


@asynccontextmanager
async def sending(url: str, peers: Peers) -> AsyncIterator[Sending]:
    """A report that one of them has claimed and sent."""
    clock = FakeClock()
    async with Orchestra(url, peers, clock, IMPATIENT) as one, Orchestra(url, peers, clock, IMPATIENT) as two:
        peers.reporter.publish.hold()
        interview_id = await one.start()
        await one.answer(interview_id)
        await peers.reporter.publish.called()
        holder, other = (one, two) if one.outbox._in_flight else (two, one)
        yield Sending(holder, other, clock, interview_id)


async def test_a_report_on_its_way_stays_with_who_sends_it(url: str, peers: Peers) -> None:
    """Far longer than a claim lasts, for it is renewed: it is sent once."""
    async with sending(url, peers) as now:
        [way] = now.holder.outbox._in_flight.values()
        for _ in range(5):
            now.clock.advance(RENEW_SECONDS)
            await eventually(lambda: way.renew_at > now.clock.monotonic())
            assert await now.other.store.claim_reports(now.clock.now(), 9) == []
        assert 5 * RENEW_SECONDS > CLAIM_SECONDS
        peers.reporter.publish.release()
        assert (await now.other.delivered(now.interview_id)).status is DeliveryStatus.DELIVERED
    assert len(peers.reporter.publish.requests) == 1


async def test_the_report_of_a_replica_that_died_is_sent_when_its_claim_has_run_out(
    url: str, peers: Peers
) -> None:
    """Not before; by the other replica."""
    async with sending(url, peers) as now:
        await now.holder.crash()
        now.clock.advance(CLAIM_SECONDS - 0.1)
        assert await now.other.store.claim_reports(now.clock.now(), 9) == []
        now.clock.advance(0.1)
        await peers.reporter.publish.called(2)
        peers.reporter.publish.release()
        assert (await now.other.delivered(now.interview_id)).status is DeliveryStatus.DELIVERED


async def test_the_report_of_a_replica_that_stops_is_sent_at_once(url: str, peers: Peers) -> None:
    """It gives its claim up: no time passes."""
    async with sending(url, peers) as now:
        await now.holder.__aexit__()
        await asyncio.wait_for(peers.reporter.publish.called(2), 10)
        peers.reporter.publish.release()
        assert (await now.other.delivered(now.interview_id)).status is DeliveryStatus.DELIVERED
