"""Whole interviews against real brokers: up, down before the interview, and back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.e2e import holding
from tests.e2e.stack import Stack
from tests.kafka.client import Record
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
TOPIC = "step3"


@pytest.fixture
def kafka_stack(tmp_path: Path, kafka_cluster: KafkaCluster) -> Iterator[Stack]:
    """The four services, delivering to real brokers. Quick to see that they are away, and back."""
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka_cluster.bootstrap_servers,
        "KAFKA_TOPIC": TOPIC,
        "KAFKA_CONNECT_MAX_RETRIES": "3",
        "KAFKA_CONNECT_BACKOFF_SECONDS": "1",
    }
    with Stack(tmp_path, environment) as running:
        yield running


def test_reports_are_delivered(kafka_stack: Stack, kafka_cluster: KafkaCluster) -> None:
    """Kafka up: the records of a ROOM and a TECHNICAL interview hold to the schema and say what the RPCs
    returned; key and CloudEvents headers are those of the contract; no file is left."""
    for specification in (
        holding.specification(kind="INTERVIEW_KIND_ROOM", room_id="42"),
        holding.specification(),
    ):
        replies = holding.hold(kafka_stack.orchestrator, specification)
        delivery = replies[-1].delivery
        assert delivery.status == core.DELIVERY_STATUS_DELIVERED
        record = _record(kafka_cluster, delivery.report_id)
        assert (delivery.topic, delivery.partition, delivery.offset) == (
            TOPIC,
            record.partition,
            record.offset,
        )
        _check_record(record, _report(kafka_stack, delivery.report_id), replies)
    assert list(kafka_stack.reports.glob("*.json")) == []


def test_reports_wait_in_files_for_kafka(kafka_stack: Stack, kafka_cluster: KafkaCluster) -> None:
    """Brokers down before the interview: it is scored all the same and its reports stand in files with the
    promised names; brokers back: the records arrive, once each, and the files go."""
    kafka_cluster.stop_all_brokers()
    try:
        room = holding.specification(kind="INTERVIEW_KIND_ROOM", room_id="7")
        held = [holding.hold(kafka_stack.orchestrator, wanted) for wanted in (room, holding.specification())]
        names = {"interview_report_7.json", "technical_interview_report.json"}
        wait_for(lambda: _files(kafka_stack) == names, 60, "both reports in files")
    finally:
        kafka_cluster.start_all_brokers()
        kafka_cluster.wait_until_ready()
    wait_for(lambda: not _files(kafka_stack), 90, "files gone")
    for replies in held:
        report_id = f"{_interview_id(replies[-1].delivery.report_id)}.1"
        _check_record(_record(kafka_cluster, report_id), _report(kafka_stack, report_id), replies)


def _files(stack: Stack) -> set[str]:
    return {path.name for path in stack.reports.glob("*.json")}


def _check_record(record: Record, reported: Any, replies: list[pb.SubmitAnswerResponse]) -> None:
    value = json.loads(record.value or b"")
    jsonschema.validate(value, json.loads(SCHEMA.read_text()))
    report = value["report"]
    assert record.key == report["interview_id"].encode()
    headers = {name: (content or b"").decode() for name, content in record.headers}
    assert (headers["ce_id"], headers["content-type"]) == (report["report_id"], "application/json")
    assert (value["source"], value["topic"]) == ("interview_system", TOPIC)
    assert report["completion_time"] == reported.completion_time
    assert report["average_score"] == reported.average_score
    assert value["timestamp"] == reported.complete_time.ToMilliseconds() / 1000
    told = [(a["question_id"], a["answer_text"], a["score"], a["evaluation"]) for a in report["answers"]]
    assert told == [
        (r.answer.question.question_id, r.answer.answer_text, r.answer.score, r.answer.evaluation)
        for r in replies
    ]


def _record(kafka: KafkaCluster, report_id: str) -> Record:
    """The one record of a report, read by a consumer of its own."""
    found = [
        record for record in kafka.read_all(TOPIC) if dict(record.headers).get("ce_id") == report_id.encode()
    ]
    assert len(found) == 1, f"{len(found)} records of {report_id}"
    return found[0]


def _report(stack: Stack, report_id: str) -> Any:
    request = pb.GetReportRequest(interview_id=_interview_id(report_id))
    return stack.orchestrator.GetReport(request, timeout=5).report


def _interview_id(report_id: str) -> str:
    return report_id.rpartition(".")[0]
