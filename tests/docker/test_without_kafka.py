"""`make up KAFKA=no`: no brokers, and no order in which services must start."""

import json

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.docker.interviews import interview, orchestrator
from tests.docker.system import System
from tests.e2e.holding import GOOD, specification, submit


def test_the_file_is_the_delivery(system_without_kafka: System) -> None:
    """On a network of their own, without a broker: the report's file is on the volume, and is the record."""
    system = system_without_kafka
    assert "kafka" not in system.run("docker", "ps", "--format", "{{.Names}} {{.Networks}}")
    filed = interview(system)
    assert (filed.status, filed.file_name) == (core.DELIVERY_STATUS_FILED, "technical_interview_report.json")
    record = json.loads(system.compose("exec", "-T", "reporter", "cat", f"reports/{filed.file_name}"))
    assert record["report"]["report_id"] == filed.report_id
    assert "FAIL" not in system.doctor("reporter")


def test_there_is_no_start_order(system_without_kafka: System) -> None:
    """Only the orchestrator runs: it is ready, and says that the evaluator is away. That one started, the
    same call brings the score."""
    system = system_without_kafka
    system.compose("stop")
    system.ready("orchestrator")
    with orchestrator(system) as stub:
        wanted = pb.StartInterviewRequest(specification=specification())
        started = stub.StartInterview(wanted, timeout=5)
        question_id = started.first_question.question_id
        answer = pb.SubmitAnswerRequest(
            interview_id=started.interview_id, question_id=question_id, answer_text=GOOD
        )
        with pytest.raises(grpc.RpcError) as refused:
            stub.SubmitAnswer(answer, timeout=75)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        system.ready("evaluator")
        assert submit(stub, started.interview_id, question_id, GOOD).answer.HasField("score")
    system.ready("reporter")


def test_down_takes_everything_but_the_volumes(system_without_kafka: System) -> None:
    """After `make down` and `make up` the report is still there."""
    system = system_without_kafka
    files = set(system.waiting_files())
    system.run("make", "down", "KAFKA=no")
    assert system.run("docker", "ps", "--all", "--quiet") == ""
    system.run("make", "up", "KAFKA=no", timeout=900)
    assert files <= set(system.waiting_files())
    assert files
