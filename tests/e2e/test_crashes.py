"""What a caller sees, and what stands after, when a service is killed, away or started again."""

import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.e2e import holding
from tests.e2e.stack import SERVICES, Stack
from tests.needs import needs_env


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """The four services for one test, which may kill them."""
    with Stack(tmp_path) as running:
        yield running


# The emotion service, with frames: tests/faults/orchestrator/test_emotions.py.
@pytest.mark.parametrize("victim", ["evaluator", "reporter", "orchestrator"])
def test_an_interview_survives_kill_9_of_a_service(own_stack: Stack, victim: str) -> None:
    """Killed before every answer and started again: a caller who repeats gets all scores and one report."""

    def kill_and_start(_: str) -> None:
        own_stack.kill(victim)
        own_stack.start(victim)

    replies = holding.hold(own_stack.orchestrator, holding.specification(), before=kill_and_start)
    assert [reply.answer.state for reply in replies] == [core.ANSWER_STATE_SCORED] * 3
    assert replies[-1].state == core.INTERVIEW_STATE_COMPLETED
    delivery = _filed(own_stack, replies[-1])
    record = json.loads((own_stack.reports / delivery.file_name).read_bytes())
    assert [a["score"] for a in record["report"]["answers"]] == [reply.answer.score for reply in replies]
    assert [path.name for path in own_stack.reports.glob("*.json")] == ["technical_interview_report.json"]


def test_an_answer_waits_for_the_evaluator(own_stack: Stack) -> None:
    """Evaluator away: UNAVAILABLE with RetryInfo, the answer kept as PENDING, and a repeat goes on."""
    started = own_stack.orchestrator.StartInterview(
        pb.StartInterviewRequest(specification=holding.specification()), timeout=5
    )
    own_stack.kill("evaluator")
    request = pb.SubmitAnswerRequest(
        interview_id=started.interview_id, question_id="q1", answer_text=holding.GOOD
    )
    with pytest.raises(grpc.RpcError) as refused:
        own_stack.orchestrator.SubmitAnswer(request, timeout=75)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert _retry_delay(refused.value) > 0
    shown = own_stack.orchestrator.GetInterview(
        pb.GetInterviewRequest(interview_id=started.interview_id), timeout=5
    )
    assert [(a.state, a.answer_text) for a in shown.answers] == [(core.ANSWER_STATE_PENDING, holding.GOOD)]
    assert not shown.answers[0].HasField("score")
    own_stack.start("evaluator")
    reply = holding.submit(own_stack.orchestrator, started.interview_id, "q1", holding.GOOD)
    assert reply.answer.state == core.ANSWER_STATE_SCORED
    assert reply.next_question.question_id == "q2"


def test_scores_come_without_the_emotion_service(own_stack: Stack) -> None:
    """Emotion away: answers with frames are scored, and the report counts no analyses."""
    photo = next(needs_env("FACES_DIR").glob("face_09_happy.jpg")).read_bytes()
    own_stack.kill("emotion")
    replies = holding.hold(own_stack.orchestrator, holding.specification(consent=True), frames=[photo])
    assert [reply.answer.state for reply in replies] == [core.ANSWER_STATE_SCORED] * 3
    assert {reply.answer.emotion_absence for reply in replies} == {core.EMOTION_ABSENCE_UNAVAILABLE}
    record = json.loads((own_stack.reports / _filed(own_stack, replies[-1]).file_name).read_bytes())
    assert record["report"]["emotion_analysis"]["total_analyses"] == 0
    assert record["report"]["emotion_analysis"]["most_common_emotion"] is None


def test_a_report_waits_for_the_reporter(own_stack: Stack) -> None:
    """Reporter away: the interview completes, its report WAITS, and is filed once the reporter is back."""
    own_stack.kill("reporter")
    replies = holding.hold(own_stack.orchestrator, holding.specification())
    assert replies[-1].state == core.INTERVIEW_STATE_COMPLETED
    assert replies[-1].delivery.status == core.DELIVERY_STATUS_WAITING
    own_stack.start("reporter")
    assert _filed(own_stack, replies[-1]).file_name == "technical_interview_report.json"


def test_sigterm_ends_every_service_cleanly(own_stack: Stack) -> None:
    """Every service drains and exits 0 on SIGTERM, whichever of its peers are gone already."""
    assert {service: own_stack.stop(service) for service in SERVICES} == dict.fromkeys(SERVICES, 0)


def test_readings_stand_in_the_report(own_stack: Stack) -> None:
    """With consent and a face, every answer has a reading whose seven probabilities add up to 1."""
    needs_env("DEEPFACE_HOME")
    photo = (needs_env("FACES_DIR") / "face_09_happy.jpg").read_bytes()
    own_stack.wait_ready("emotion")
    replies = holding.hold(own_stack.orchestrator, holding.specification(consent=True), frames=[photo])
    record = json.loads((own_stack.reports / _filed(own_stack, replies[-1]).file_name).read_bytes())
    analysis = record["report"]["emotion_analysis"]
    assert (analysis["most_common_emotion"], analysis["total_analyses"]) == ("happiness", 3)
    for answer in record["report"]["answers"]:
        emotions = answer["emotion_analysis"]["emotions"]
        assert list(emotions) == ["neutral", "happiness", "sadness", "anger", "surprise", "fear", "disgust"]
        assert sum(emotions.values()) == pytest.approx(1, abs=1e-3)


def _filed(stack: Stack, reply: pb.SubmitAnswerResponse) -> core.Delivery:
    """The receipt once there is one: FinishInterview waits for it, and may be repeated."""
    interview_id = reply.delivery.report_id.rpartition(".")[0]
    request = pb.FinishInterviewRequest(interview_id=interview_id)
    for _ in range(10):
        delivery = holding.repeated(lambda: stack.orchestrator.FinishInterview(request, timeout=15)).delivery
        if delivery.status != core.DELIVERY_STATUS_WAITING:
            break
    assert delivery.status == core.DELIVERY_STATUS_FILED, delivery
    return delivery


def _retry_delay(error: grpc.RpcError) -> float:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # what a stub raises is also the call
    assert status is not None
    info = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    return float(info.retry_delay.ToNanoseconds() / 1e9)
