"""Does an answer take longer while every broker is down? Ours: brokers down; against: the same with them up.

`python -m bench.answers_without_kafka`: three real brokers, four real processes, interleaved in rounds.
Needs what `make kafka` needs. Latency of SubmitAnswer as its caller sees it, without the call that ends an
interview, which waits for the receipt of the report.
"""

import statistics
import tempfile
import time
from pathlib import Path

from interview.v1 import orchestrator_service_pb2 as pb

from bench.rows import Row, tell
from tests.e2e import holding
from tests.e2e.stack import Stack
from tests.kafka_cluster import KafkaCluster, prepare

ROUNDS = 5
INTERVIEWS = 20
GOAL = 1.2


def main() -> None:
    """Measures and prints one row."""
    prepare()
    with KafkaCluster() as kafka, tempfile.TemporaryDirectory() as folder:
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "KAFKA_CONNECT_MAX_RETRIES": "2",
            "KAFKA_CONNECT_BACKOFF_SECONDS": "1",
        }
        with Stack(Path(folder), environment) as stack:
            _measured(stack)  # not counted: everything is loaded once
            rounds = [_round(stack, kafka) for _ in range(ROUNDS)]
    ratios = [down / up for up, down in rounds]
    ratio = statistics.median(ratios)
    tell(
        Row(
            line="answer p50, brokers down / up",
            ours=statistics.median(down for _, down in rounds) * 1000,
            against=statistics.median(up for up, _ in rounds) * 1000,
            unit="ms",
            ratio=ratio,
            goal=f"<= {GOAL}",
            met=ratio <= GOAL,
            note=f"min {min(ratios):.2f} max {max(ratios):.2f}, {ROUNDS} rounds",
        )
    )


def _round(stack: Stack, kafka: KafkaCluster) -> tuple[float, float]:
    up = _measured(stack)
    kafka.stop_all_brokers()
    try:
        down = _measured(stack)
    finally:
        kafka.start_all_brokers()
        kafka.wait_until_ready()
    return up, down


def _measured(stack: Stack) -> float:
    """Median seconds of an answer that is followed by another question."""
    return statistics.median(seconds for _ in range(INTERVIEWS) for seconds in _interview(stack))


def _interview(stack: Stack) -> list[float]:
    request = pb.StartInterviewRequest(specification=holding.specification())
    started = stack.orchestrator.StartInterview(request, timeout=5)
    seconds = []
    for question_id in ("q1", "q2"):
        begun = time.perf_counter()
        holding.submit(stack.orchestrator, started.interview_id, question_id, holding.GOOD)
        seconds.append(time.perf_counter() - begun)
    stack.orchestrator.FinishInterview(
        pb.FinishInterviewRequest(interview_id=started.interview_id), timeout=15
    )
    return seconds


if __name__ == "__main__":
    main()
