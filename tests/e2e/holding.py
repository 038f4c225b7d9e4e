"""Interviews for end-to-end tests, and a caller who simply repeats what is UNAVAILABLE."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub

Reply = TypeVar("Reply")

GOOD = (
    "Глобальная блокировка интерпретатора позволяет только одному потоку исполнять байткод в каждый момент."
    " Поэтому потоки не ускоряют вычисления, для них берут процессы, но при вводе и выводе"
    " блокировка отпускается и потоки полезны."
)
BAD = "Не знаю, никогда с этим не сталкивался."


def specification(
    *, kind: str = "INTERVIEW_KIND_TECHNICAL", room_id: str = "", consent: bool = False
) -> core.InterviewSpecification:
    """Two topics; a good answer to the first question earns one prepared follow-up."""
    return core.InterviewSpecification(
        kind=kind,
        room_id=room_id,
        candidate_name="Анна Каренина",
        topics=[
            core.Topic(
                name="Python",
                start_question=_question("Что такое GIL и когда он мешает?"),
                follow_ups=[_question("Как обойти GIL в вычислительной задаче?")],
            ),
            core.Topic(name="Базы данных", start_question=_question("Зачем базе данных индексы?")),
        ],
        policy=core.Policy(max_depth=1),
        emotion_consent=_consent() if consent else None,
    )


def _question(text: str) -> core.PreparedQuestion:
    return core.PreparedQuestion(
        text=text,
        criteria=[
            core.Criterion(text="только один поток исполняет байткод"),
            core.Criterion(text="потоки не ускоряют вычисления, для них берут процессы"),
            core.Criterion(text="при вводе и выводе блокировка отпускается"),
        ],
    )


def _consent() -> core.EmotionConsent:
    given_at = Timestamp()
    given_at.GetCurrentTime()
    return core.EmotionConsent(given_by="Анна Каренина", given_at=given_at, text_version="1")


def hold(
    orchestrator: OrchestratorServiceStub,
    wanted: core.InterviewSpecification,
    *,
    answers: Sequence[str] = (GOOD, GOOD, BAD),
    frames: Sequence[bytes] = (),
    before: Callable[[str], None] = lambda _: None,
) -> list[pb.SubmitAnswerResponse]:
    """Holds a whole interview, repeating what is UNAVAILABLE; the replies, one per answer.

    `before` is called with each question id before its answer is submitted.
    """
    started = repeated(
        lambda: orchestrator.StartInterview(pb.StartInterviewRequest(specification=wanted), timeout=5)
    )
    question, replies = started.first_question, []
    for answer in answers:
        before(question.question_id)
        replies.append(submit(orchestrator, started.interview_id, question.question_id, answer, frames))
        if not replies[-1].HasField("next_question"):
            break
        question = replies[-1].next_question
    return replies


def submit(
    orchestrator: OrchestratorServiceStub,
    interview_id: str,
    question_id: str,
    answer: str,
    frames: Sequence[bytes] = (),
) -> pb.SubmitAnswerResponse:
    """Submits one answer, repeating what is UNAVAILABLE."""
    request = pb.SubmitAnswerRequest(
        interview_id=interview_id, question_id=question_id, answer_text=answer, frames=frames
    )
    return repeated(lambda: orchestrator.SubmitAnswer(request, timeout=75))


def repeated(call: Callable[[], Reply], *, within_seconds: float = 60.0) -> Reply:
    """The reply of `call`, made again every 0.2 s while it says UNAVAILABLE, as any caller may."""
    until = time.monotonic() + within_seconds
    while True:
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE or time.monotonic() > until:
                raise
            time.sleep(0.2)
