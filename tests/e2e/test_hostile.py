"""Bad input over the RPC of real processes gets its documented error; what only looks bad does not."""

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.e2e import holding
from tests.e2e.stack import Stack

Change = Callable[[core.InterviewSpecification], object]


def _set(path: str, value: object) -> Change:
    def change(specification: core.InterviewSpecification) -> None:
        *parents, last = path.split(".")
        message: Any = specification
        for parent in parents:
            name, _, index = parent.partition("[")
            message = getattr(message, name)
            message = message[int(index[:-1])] if index else message
        setattr(message, last, value)

    return change


def _many(path: str, count: int, make: Callable[[int], object]) -> Change:
    def change(specification: core.InterviewSpecification) -> None:
        message: Any = specification
        for parent in path.split("."):
            name, _, index = parent.partition("[")
            message = getattr(message, name)
            message = message[int(index[:-1])] if index else message
        del message[:]
        message.extend(make(i) for i in range(count))

    return change


def _topic(i: int) -> core.Topic:
    return core.Topic(name=f"topic {i}", start_question=core.PreparedQuestion(text=f"question {i}?"))


def _prepared(i: int) -> core.PreparedQuestion:
    return core.PreparedQuestion(text=f"another question {i}?")


def _criterion(i: int) -> core.Criterion:
    return core.Criterion(text=f"criterion {i}")


START = "topics[0].start_question"
BAD_SPECIFICATIONS = [
    (_set("kind", 0), "kind"),
    (_set("kind", 1), "room_id"),
    (_set("room_id", "a room"), "room_id"),
    (_set("candidate_name", ""), "candidate_name"),
    (_set("candidate_name", " \n"), "candidate_name"),
    (_set("candidate_name", "x" * 201), "candidate_name"),
    (_set("candidate_name", "Анна\x00"), "candidate_name"),
    (_set("language", 7), "language"),
    (_many("topics", 0, _topic), "topics"),
    (_many("topics", 21, _topic), "topics"),
    (_set("topics[1].name", ""), "topics[1].name"),
    (_set("topics[1].name", "x" * 101), "topics[1].name"),
    (_set("topics[1].name", "Python"), "topics[1].name"),
    (_set(f"{START}.text", ""), f"{START}.text"),
    (_set(f"{START}.text", "x" * 2001), f"{START}.text"),
    (_set(f"{START}.text", "a bell\x07"), f"{START}.text"),
    (_set(f"{START}.reference_answer", "x" * 8001), f"{START}.reference_answer"),
    (_set(f"{START}.difficulty", 6), f"{START}.difficulty"),
    (_many(f"{START}.criteria", 13, _criterion), f"{START}.criteria"),
    (_set(f"{START}.criteria[2].text", "x" * 501), f"{START}.criteria[2].text"),
    (_set(f"{START}.criteria[2].weight", -1.0), f"{START}.criteria[2].weight"),
    (_set(f"{START}.criteria[2].weight", float("nan")), f"{START}.criteria[2].weight"),
    (_many("topics[0].follow_ups", 21, _prepared), "topics[0].follow_ups"),
    (_set("policy.mode", 9), "policy.mode"),
    (_set("policy.min_score_threshold", 11), "policy.min_score_threshold"),
    (_set("policy.max_depth", 6), "policy.max_depth"),
    (_set("policy.max_questions", 0), "policy.max_questions"),
    (_set("policy.max_questions", 101), "policy.max_questions"),
    (_set("policy.max_questions", 1), "policy.max_questions"),
    (_set("emotion_consent.given_by", "Anna"), "emotion_consent.given_at"),
]


@pytest.mark.parametrize(
    ("change", "field"), BAD_SPECIFICATIONS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_bad_specification_is_refused_by_name(stack: Stack, change: Change, field: str) -> None:
    """INVALID_ARGUMENT names the path of the offending field; no interview is started."""
    specification = holding.specification()
    change(specification)
    with pytest.raises(grpc.RpcError) as refused:
        stack.orchestrator.StartInterview(pb.StartInterviewRequest(specification=specification), timeout=5)
    assert _told(refused.value) == ("INVALID_ARGUMENT", "INVALID_FIELD", f"specification.{field}")


BAD_ANSWERS = [
    ({"answer_text": ""}, "answer_text"),
    ({"answer_text": " \n\t"}, "answer_text"),
    ({"answer_text": "ы" * (16 * 1024) + "x"}, "answer_text"),
    ({"answer_text": "a\x00b"}, "answer_text"),
    ({"answer_text": "a", "declined": True}, "answer_text"),
    ({"answer_text": "a", "frames": [b"x"] * 17}, "frames"),
    ({"answer_text": "a", "frames": [b"x", b"x" * (512 * 1024 + 1)]}, "frames[1]"),
    ({"answer_text": "a", "interview_id": ""}, "interview_id"),
]


@pytest.mark.parametrize(("fields", "field"), BAD_ANSWERS, ids=[field for _, field in BAD_ANSWERS])
def test_a_bad_answer_is_refused_by_name(stack: Stack, fields: dict[str, Any], field: str) -> None:
    """INVALID_ARGUMENT names the field; nothing is stored: the question still waits."""
    started = _start(stack, consent=True)
    request = pb.SubmitAnswerRequest(**{"interview_id": started.interview_id, "question_id": "q1", **fields})
    with pytest.raises(grpc.RpcError) as refused:
        stack.orchestrator.SubmitAnswer(request, timeout=10)
    assert _told(refused.value) == ("INVALID_ARGUMENT", "INVALID_FIELD", field)
    assert _shown(stack, started.interview_id).current_question.question_id == "q1"


def test_the_longest_answer_is_taken(stack: Stack) -> None:
    """32 KiB exactly, and sixteen frames of 512 KiB, are within the limits."""
    started = _start(stack, consent=True)
    answer = "ы" * (16 * 1024)
    reply = holding.submit(stack.orchestrator, started.interview_id, "q1", answer, [b"x" * 512 * 1024] * 16)
    assert reply.answer.state == core.ANSWER_STATE_SCORED


def test_unknown_names_are_not_found(stack: Stack) -> None:
    """An unknown interview and a question that was not asked are NOT_FOUND, each with its own reason."""
    started = _start(stack)
    stub = stack.orchestrator
    unknown = "interview_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    for call in (
        lambda: stub.SubmitAnswer(_answer(unknown, "q1"), timeout=5),
        lambda: stub.FinishInterview(pb.FinishInterviewRequest(interview_id=unknown), timeout=5),
        lambda: stub.GetInterview(pb.GetInterviewRequest(interview_id=unknown), timeout=5),
        lambda: stub.GetReport(pb.GetReportRequest(interview_id=unknown), timeout=5),
    ):
        assert _refusal(call) == ("NOT_FOUND", "INTERVIEW_NOT_FOUND", "")
    wrong = lambda: stub.SubmitAnswer(_answer(started.interview_id, "q2"), timeout=5)  # noqa: E731 - read in a row
    assert _refusal(wrong) == ("NOT_FOUND", "QUESTION_NOT_FOUND", "")


def test_the_first_answer_stands(stack: Stack) -> None:
    """The same text again returns the stored result; another text is ALREADY_EXISTS."""
    started = _start(stack)
    first = holding.submit(stack.orchestrator, started.interview_id, "q1", holding.GOOD)
    assert holding.submit(stack.orchestrator, started.interview_id, "q1", holding.GOOD) == first
    other = lambda: stack.orchestrator.SubmitAnswer(_answer(started.interview_id, "q1"), timeout=5)  # noqa: E731
    assert _refusal(other) == ("ALREADY_EXISTS", "ANSWER_EXISTS", "")


def test_a_closed_interview_takes_no_answer(stack: Stack) -> None:
    """After FinishInterview a new answer is FAILED_PRECONDITION; before it there is no report."""
    started, stub = _start(stack), stack.orchestrator
    early = lambda: stub.GetReport(pb.GetReportRequest(interview_id=started.interview_id), timeout=5)  # noqa: E731
    assert _refusal(early) == ("FAILED_PRECONDITION", "REPORT_NOT_READY", "")
    stub.FinishInterview(pb.FinishInterviewRequest(interview_id=started.interview_id), timeout=15)
    late = lambda: stub.SubmitAnswer(_answer(started.interview_id, "q1"), timeout=5)  # noqa: E731
    assert _refusal(late) == ("FAILED_PRECONDITION", "INTERVIEW_CLOSED", "")


def test_a_request_id_starts_one_interview(stack: Stack) -> None:
    """A repeat returns the same interview; another specification under the same id is ALREADY_EXISTS."""
    request = pb.StartInterviewRequest(request_id="hostile-1", specification=holding.specification())
    first = stack.orchestrator.StartInterview(request, timeout=5)
    assert stack.orchestrator.StartInterview(request, timeout=5) == first
    request.specification.candidate_name = "Алексей Вронский"
    again = lambda: stack.orchestrator.StartInterview(request, timeout=5)  # noqa: E731
    assert _refusal(again) == ("ALREADY_EXISTS", "REQUEST_ID_USED", "")


def test_frames_need_consent(stack: Stack) -> None:
    """Frames without consent refuse the whole call, and nothing is stored."""
    started = _start(stack)
    request = _answer(started.interview_id, "q1", frames=[b"a picture"])
    assert _refusal(lambda: stack.orchestrator.SubmitAnswer(request, timeout=5)) == (
        "FAILED_PRECONDITION",
        "CONSENT_MISSING",
        "",
    )
    assert not _shown(stack, started.interview_id).answers


@pytest.mark.parametrize(
    "method", ["StartInterview", "SubmitAnswer", "FinishInterview", "GetInterview", "GetReport"]
)
def test_bytes_that_are_no_protobuf_are_refused(stack: Stack, method: str) -> None:
    """INVALID_ARGUMENT with reason MALFORMED_REQUEST, from every method."""
    with grpc.insecure_channel(stack.address("orchestrator")) as channel:
        call: Any = channel.unary_unary(f"/interview.v1.OrchestratorService/{method}")
        assert _refusal(lambda: call(b"\xff\xff\xff", timeout=5)) == (
            "INVALID_ARGUMENT",
            "MALFORMED_REQUEST",
            "",
        )


@pytest.mark.parametrize("frame", [b"not a picture", b""], ids=["text", "empty"])
def test_frames_that_are_no_pictures_do_not_stop_an_answer(stack: Stack, frame: bytes) -> None:
    """The answer is scored, and has no reading: nothing is guessed."""
    started = _start(stack, consent=True)
    reply = holding.submit(stack.orchestrator, started.interview_id, "q1", holding.GOOD, [frame])
    assert reply.answer.state == core.ANSWER_STATE_SCORED
    assert not reply.answer.HasField("emotion")
    assert reply.answer.emotion_absence != core.EMOTION_ABSENCE_UNSPECIFIED


def test_a_picture_bomb_does_not_stop_an_answer(stack: Stack) -> None:
    """A 20,000 x 20,000 PNG is counted, not decoded; the answer is scored."""
    started = _start(stack, consent=True)
    reply = holding.submit(stack.orchestrator, started.interview_id, "q1", holding.GOOD, [_bomb()])
    assert reply.answer.state == core.ANSWER_STATE_SCORED
    assert not reply.answer.HasField("emotion")


def test_a_hostile_room_id_stays_in_the_directory(stack: Stack) -> None:
    """`../../etc/passwd` is a room like any other: its file name is encoded, and tells the room inside."""
    room = "../../etc/passwd"
    replies = holding.hold(
        stack.orchestrator,
        holding.specification(kind="INTERVIEW_KIND_ROOM", room_id=room),
        answers=[holding.BAD] * 2,
    )
    name = replies[-1].delivery.file_name
    assert name == "interview_report_~2E~2E~2F~2E~2E~2Fetc~2Fpasswd.json"
    assert json.loads((stack.reports / name).read_bytes())["report"]["room_id"] == room


def _bomb() -> bytes:
    side = 20_000
    row = b"\0" + b"\0" * (side // 8)
    packed = zlib.compress(row * side, 9)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
        (b"IDAT", packed),
        (b"IEND", b""),
    )
    body = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def _start(stack: Stack, *, consent: bool = False) -> pb.StartInterviewResponse:
    request = pb.StartInterviewRequest(specification=holding.specification(consent=consent))
    return stack.orchestrator.StartInterview(request, timeout=5)


def _answer(interview_id: str, question_id: str, frames: list[bytes] | None = None) -> pb.SubmitAnswerRequest:
    return pb.SubmitAnswerRequest(
        interview_id=interview_id, question_id=question_id, answer_text="an answer", frames=frames or []
    )


def _shown(stack: Stack, interview_id: str) -> pb.GetInterviewResponse:
    return stack.orchestrator.GetInterview(pb.GetInterviewRequest(interview_id=interview_id), timeout=5)


def _refusal(call: Callable[[], object]) -> tuple[str, str, str]:
    with pytest.raises(grpc.RpcError) as refused:
        call()
    return _told(refused.value)


def _told(error: grpc.RpcError) -> tuple[str, str, str]:
    """Status code, reason, and the field if one is named."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # what a stub raises is also the call
    assert status is not None
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    assert info.domain == "speakalka"
    field = bad.field_violations[0].field if bad.field_violations else ""
    return grpc.StatusCode(error.code()).name, info.reason, field
