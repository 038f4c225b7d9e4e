"""Bad input over a real channel: each kind has its documented status code, reason and field."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from services.orchestrator.store import StoreUnavailable
from tests.fakes.messages import consented, room, technical
from tests.rpc.orchestra import Failure, Orchestra, failure

Spec = core.InterviewSpecification
SERVICE = "/interview.v1.OrchestratorService/"
INVALID = (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")


def told(failed: Failure) -> tuple[grpc.StatusCode, str]:
    return failed.code, failed.reason


def with_(spec: Spec, change: Callable[[Spec], object]) -> Spec:
    change(spec)
    return spec


def two_topics_one_question() -> Spec:
    return with_(technical("A", "B"), lambda s: setattr(s.policy, "max_questions", 1))


def room_for_technical() -> Spec:
    return with_(technical(), lambda s: setattr(s, "room_id", "7"))


def escape_in_a_question() -> Spec:
    return with_(technical(), lambda s: setattr(s.topics[0].start_question, "text", "a\x1b[31m"))


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (Spec(), "kind"),
        (with_(technical(), lambda s: s.ClearField("candidate_name")), "candidate_name"),
        (with_(technical(), lambda s: setattr(s, "candidate_name", "a\0")), "candidate_name"),
        (with_(technical(), lambda s: s.ClearField("topics")), "topics"),
        (two_topics_one_question(), "policy.max_questions"),
        (room(""), "room_id"),
        (room_for_technical(), "room_id"),
        (escape_in_a_question(), "topics[0].start_question.text"),
    ],
)
async def test_a_bad_specification_names_its_field(orchestra: Orchestra, spec: Spec, field: str) -> None:
    """INVALID_ARGUMENT, INVALID_FIELD, and BadRequest with the path in the request."""
    failed = await failure(orchestra.start(spec))
    assert told(failed) == INVALID
    assert failed.field == f"specification.{field}"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.SubmitAnswerRequest(answer_text=""), "answer_text"),
        (pb.SubmitAnswerRequest(answer_text=" \n"), "answer_text"),
        (pb.SubmitAnswerRequest(answer_text="я" * (16 * 1024) + "a"), "answer_text"),
        (pb.SubmitAnswerRequest(answer_text="a\0"), "answer_text"),
        (pb.SubmitAnswerRequest(answer_text="words", declined=True), "answer_text"),
        (pb.SubmitAnswerRequest(answer_text="a", frames=[b"x"] * 17), "frames"),
        (pb.SubmitAnswerRequest(answer_text="a", frames=[b"x", b"x" * (512 * 1024 + 1)]), "frames[1]"),
    ],
)
async def test_a_bad_answer_names_its_field_and_is_not_kept(
    orchestra: Orchestra, request_: pb.SubmitAnswerRequest, field: str
) -> None:
    """INVALID_ARGUMENT with the field; afterwards the question still waits for its answer."""
    request_.interview_id, request_.question_id = await orchestra.start(consented()), "q1"
    failed = await failure(orchestra.stub.SubmitAnswer(request_, timeout=10))
    assert told(failed) == INVALID
    assert failed.field == field
    assert (await orchestra.shown(request_.interview_id)).current_question.question_id == "q1"


async def test_an_answer_at_every_limit_is_taken(orchestra: Orchestra) -> None:
    """32 KiB of text and 16 frames of 512 KiB in one call."""
    interview_id = await orchestra.start(consented())
    reply = await orchestra.answer(interview_id, text="я" * (16 * 1024), frames=[b"x" * 512 * 1024] * 16)
    assert reply.answer.score == 5


Call = Callable[[Orchestra, str], Awaitable[Any]]
BY_ID: dict[str, Call] = {
    "SubmitAnswer": lambda o, i: o.answer(i),
    "FinishInterview": lambda o, i: o.finish(i),
    "GetInterview": lambda o, i: o.shown(i),
    "GetReport": lambda o, i: o.report(i),
}


@pytest.mark.parametrize("call", BY_ID)
@pytest.mark.parametrize("interview_id", ["interview_none", "'; DROP TABLE interviews; --", "я" * 128])
async def test_an_unknown_interview_is_not_found(orchestra: Orchestra, call: str, interview_id: str) -> None:
    """NOT_FOUND, INTERVIEW_NOT_FOUND, from every method that takes an id."""
    failed = await failure(BY_ID[call](orchestra, interview_id))
    assert told(failed) == (grpc.StatusCode.NOT_FOUND, "INTERVIEW_NOT_FOUND")


@pytest.mark.parametrize("call", BY_ID)
@pytest.mark.parametrize("interview_id", ["", "a\0", "x" * 129, "x" * 300_000])
async def test_what_can_be_no_id_is_refused(orchestra: Orchestra, call: str, interview_id: str) -> None:
    """INVALID_ARGUMENT; a long id does not burst the headers that errors travel in."""
    failed = await failure(BY_ID[call](orchestra, interview_id))
    assert told(failed) == INVALID
    assert failed.field == "interview_id"


async def test_a_question_that_was_not_asked_is_not_found(orchestra: Orchestra) -> None:
    """NOT_FOUND, QUESTION_NOT_FOUND; one that can be no id is refused."""
    interview_id = await orchestra.start()
    for question_id in ("q2", "Q1", "q01"):
        failed = await failure(orchestra.answer(interview_id, question_id))
        assert told(failed) == (grpc.StatusCode.NOT_FOUND, "QUESTION_NOT_FOUND")
    failed = await failure(orchestra.answer(interview_id, "x" * 300_000))
    assert (told(failed), failed.field) == (INVALID, "question_id")


async def test_another_text_for_an_answered_question_is_refused(orchestra: Orchestra) -> None:
    """ALREADY_EXISTS, ANSWER_EXISTS; the first answer stands, also after the end."""
    interview_id = await orchestra.start()
    await orchestra.answer(interview_id, text="first")
    for more in ({"text": "second"}, {"text": "", "declined": True}, {"text": "first "}):
        failed = await failure(orchestra.answer(interview_id, **more))
        assert told(failed) == (grpc.StatusCode.ALREADY_EXISTS, "ANSWER_EXISTS")
    assert (await orchestra.shown(interview_id)).answers[0].answer_text == "first"


async def test_a_closed_interview_takes_no_answer(orchestra: Orchestra) -> None:
    """FAILED_PRECONDITION, INTERVIEW_CLOSED."""
    interview_id = await orchestra.start()
    await orchestra.finish(interview_id)
    failed = await failure(orchestra.answer(interview_id))
    assert told(failed) == (grpc.StatusCode.FAILED_PRECONDITION, "INTERVIEW_CLOSED")


async def test_a_request_id_starts_one_interview(orchestra: Orchestra) -> None:
    """The same specification: the same interview; another one: ALREADY_EXISTS, REQUEST_ID_USED."""
    first = await orchestra.start(consented("A"), "7f1c")
    assert await orchestra.start(consented("A"), "7f1c") == first
    same = consented("A")
    same.policy.max_questions = 20  # its default: what is compared is what was meant
    assert await orchestra.start(same, "7f1c") == first
    failed = await failure(orchestra.start(technical("A"), "7f1c"))
    assert told(failed) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_USED")
    assert await orchestra.start(technical("A")) != await orchestra.start(technical("A"))


@pytest.mark.parametrize("request_id", ["x" * 129, "a\0b"])
async def test_a_bad_request_id_is_refused(orchestra: Orchestra, request_id: str) -> None:
    """More than 128 characters, or control characters."""
    failed = await failure(orchestra.start(technical(), request_id))
    assert (told(failed), failed.field) == (INVALID, "request_id")


@pytest.mark.parametrize("method", ["StartInterview", *BY_ID])
@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x0a\x02\xc3\x28", b"\x0a\xff"])
async def test_bytes_that_are_no_protobuf_are_refused(orchestra: Orchestra, method: str, data: bytes) -> None:
    """Broken wire format or text that is no UTF-8: MALFORMED_REQUEST, and no text of ours."""
    call: Any = orchestra.channel.unary_unary(SERVICE + method)
    failed = await failure(call(data, timeout=10))
    assert told(failed) == (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")
    assert failed.error.details() == "the request is not the protobuf message that this method takes"


async def test_a_room_id_is_kept_as_it_is(orchestra: Orchestra) -> None:
    """`../../etc/passwd` is a name like any other here; file names are the reporter's business."""
    interview_id = await orchestra.start(room("../../etc/passwd"))
    assert (await orchestra.finish(interview_id)).report.room_id == "../../etc/passwd"


async def test_a_store_that_is_away_is_unavailable(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """UNAVAILABLE, STORE_UNAVAILABLE, with RetryInfo; once it is back the same call works."""

    async def away(*_: object) -> None:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(orchestra.store, "add", away)
        failed = await failure(orchestra.start())
    assert told(failed) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert failed.retry_seconds == 1
    assert await orchestra.start()


async def test_an_interview_is_shown_as_it_stands(orchestra: Orchestra) -> None:
    """Specification with its defaults, answers in order, the open question, progress, no delivery yet."""
    interview_id = await orchestra.start(technical("A", "B"))
    await orchestra.answer(interview_id)
    shown = await orchestra.shown(interview_id)
    assert shown.specification.policy.max_questions == 20
    assert shown.specification.language == core.LANGUAGE_RU
    assert [answer.question.question_id for answer in shown.answers] == ["q1"]
    assert shown.current_question.question_id == "q2"
    assert (shown.progress.questions_asked, shown.progress.topics_begun, shown.progress.topics_total) == (
        2,
        2,
        2,
    )
    assert not shown.HasField("delivery")
    assert shown.answers[0].receive_time.ToDatetime(orchestra.clock.now().tzinfo) == orchestra.clock.now()
