"""Pictures in batches and the end of a consent, through real processes and onto the disk."""

import json

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.e2e import holding
from tests.e2e.stack import Stack
from tests.needs import needs_env


def test_batches_become_a_reading_and_go_with_the_consent(stack: Stack) -> None:
    """A real face is read before the answer comes; once withdrawn, a next revision is without it."""
    needs_env("DEEPFACE_HOME")
    photo = (needs_env("FACES_DIR") / "face_09_happy.jpg").read_bytes()
    stack.wait_ready("emotion")
    stub = stack.orchestrator
    room = holding.specification(kind="INTERVIEW_KIND_ROOM", room_id="batches", consent=True)
    interview_id = stub.StartInterview(pb.StartInterviewRequest(specification=room), timeout=15).interview_id
    batch = pb.AddFramesRequest(interview_id=interview_id, question_id="q1", frames=[photo] * 2)
    for batch.batch_id in ("a", "b", "a"):
        added = holding.repeated(lambda: stub.AddFrames(batch, timeout=15))
    assert (added.received_frames, added.accepted_frames) == (4, 4)
    answer = holding.submit(stub, interview_id, "q1", holding.GOOD).answer
    assert (answer.emotion.primary_emotion, answer.emotion.accepted_frames) == (core.EMOTION_HAPPINESS, 4)
    finish = pb.FinishInterviewRequest(interview_id=interview_id)
    first = holding.repeated(lambda: stub.FinishInterview(finish, timeout=15))
    withdraw = pb.WithdrawConsentRequest(interview_id=interview_id)
    second = holding.repeated(lambda: stub.WithdrawConsent(withdraw, timeout=15))
    assert first.delivery.file_name == "interview_report_batches.json"
    assert second.delivery.file_name == f"interview_report_batches.{interview_id}.2.json"
    analyses = [_analyses(stack, delivery) for delivery in (first.delivery, second.delivery)]
    assert analyses == [1, 0]


def _analyses(stack: Stack, delivery: core.Delivery) -> int:
    record = json.loads((stack.reports / delivery.file_name).read_bytes())
    return int(record["report"]["emotion_analysis"]["total_analyses"])
