"""What an outage of Kafka costs: a caller's wait while reports are filed, and how fast the files leave after.

`python -m bench.outage`: three real brokers, a real reporter, reports of 20 KB; all brokers are stopped and
started in each round. Needs what `make kafka` needs.
"""

import asyncio
import tempfile
from pathlib import Path

from bench.rows import tell_rounds
from tests.faults.kafka.callers import ANSWER, Callers, callers_of, reports_of
from tests.faults.kafka.outage import Outage, go_through, p99
from tests.faults.kafka.reporters import Reporter, Reporters
from tests.kafka_cluster import KafkaCluster, prepare

ROUNDS = 5
REPORTS = 500
TOPIC = "step3"


def main() -> None:
    """Measures and prints two rows."""
    prepare()
    with (
        KafkaCluster() as brokers,
        tempfile.TemporaryDirectory() as home,
        Reporters(Path(home), brokers.bootstrap_servers, TOPIC) as reporters,
    ):
        rounds = asyncio.run(_rounds(brokers, reporters.start()))
    tell_rounds(
        "filing p99, Kafka away / ack p99",
        [p99(outage.filed_seconds) * 1000 for outage in rounds],
        [p99(outage.acked_seconds) * 1000 for outage in rounds],
        "ms",
        at_most=3.0,
    )
    tell_rounds(
        "files drained / reports delivered",
        [outage.drained_per_second for outage in rounds],
        [outage.delivered_per_second for outage in rounds],
        "reports/s",
        at_least=0.5,
    )


async def _rounds(brokers: KafkaCluster, reporter: Reporter) -> list[Outage]:
    async with callers_of(reporter.lasting_address) as callers:
        await callers.insist_on_all(reports_of("warm", 100, ANSWER))
        return [await _round(brokers, reporter, callers, number) for number in range(ROUNDS)]


async def _round(brokers: KafkaCluster, reporter: Reporter, callers: Callers, number: int) -> Outage:
    before, meanwhile = (reports_of(f"{name}{number}", REPORTS, ANSWER) for name in ("before", "meanwhile"))
    outage = await go_through(brokers, reporter, callers, before, meanwhile)
    await asyncio.to_thread(brokers.wait_until_ready)
    return outage


if __name__ == "__main__":
    main()
