"""Report to record: exact bytes, every field of the message, key and headers; and back."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from google.protobuf.message import Message
from interview.v1.interview_report_pb2 import InterviewReport
from interview.v1.reporter_service_pb2 import PublishReportRequest

from services.common.errors import InvalidField
from services.reporter.encoding import encode
from services.reporter.record import DamagedRecord, Record, decode, say_the_same
from services.reporter.translate import report_in
from tests.fakes.reports import INTERVIEW_ID, interview_report

GOLDEN = (
    '{"timestamp":1703154645.789,"source":"interview_system","topic":"step3","report":{'
    '"candidate_name":"Имя Кандидата","interview_id":"interview_01JZX5Q3N8V2C4D6E8F0G2H4J6",'
    '"completion_time":"2023-12-21 10:30:45","total_questions":2,"topics_covered":["Python","Базы данных"],'
    '"average_score":8.0,"emotion_analysis":{"most_common_emotion":"neutral",'
    '"emotion_distribution":{"neutral":1.0},"average_confidence":0.7,"total_analyses":1},"answers":['
    '{"question_id":"q1","question_text":"Что такое генератор?","topic":"Python","difficulty":2,'
    '"answer_text":"Функция с yield.\\n\\tОна «ленивая» 🙂","score":8,"evaluation":"Верно и по делу",'
    '"timestamp":"2023-12-21 10:25:30","emotion_analysis":{"primary_emotion":"neutral","confidence":0.7,'
    '"emotions":{"neutral":0.7,"happiness":0.1,"sadness":0.05,"anger":0.05,"surprise":0.05,"fear":0.02,'
    '"disgust":0.03},"accepted_frames":3},"declined":false,"unscored_reason":null,"verdicts":['
    '{"criterion":"называет yield","weight":2.0,"verdict":"met","quote":"Функция с yield",'
    '"reason":"названо прямо"}],"provenance":{"judge":"openai","model":"m-1","prompt_version":"p1",'
    '"rubric_version":"r1","input_hash":"' + "ab" * 32 + '","input_tokens":120,"output_tokens":30,'
    '"duration_seconds":1.25,"flags":["quote_not_in_answer"]},"follow_up_skipped":true,"depth":1,'
    '"generated":true},{"question_id":"q2","question_text":"Что такое B-дерево?","topic":"Базы данных",'
    '"difficulty":1,"answer_text":"Не помню","score":null,"evaluation":"",'
    '"timestamp":"2023-12-21 10:28:00","emotion_analysis":{"primary_emotion":null,"confidence":null,'
    '"emotions":{}},"declined":false,"unscored_reason":"judge_unavailable","verdicts":[],'
    '"provenance":null,"follow_up_skipped":false,"depth":0,"generated":false}],'
    '"report_id":"interview_01JZX5Q3N8V2C4D6E8F0G2H4J6.1","kind":"ROOM","room_id":"room-7","language":"ru",'
    '"questions_asked":3,"scored_answers":1,"unscored_answers":1}}'
)


def record_of(report: InterviewReport, topic: str = "step3") -> Record:
    return encode(report_in(PublishReportRequest(report=report)), topic)


def test_golden_bytes() -> None:
    """The record, byte for byte: promised order, Cyrillic as such, four decimals, milliseconds."""
    assert record_of(interview_report(room_id="room-7")).value.decode() == GOLDEN


def test_repeat_has_the_same_bytes() -> None:
    """Nothing of the moment of publishing is in the record."""
    assert record_of(interview_report()).value == record_of(interview_report()).value


def test_topic_is_the_configured_one() -> None:
    """`topic` is what KAFKA_TOPIC says."""
    assert orjson.loads(record_of(interview_report(), "other").value)["topic"] == "other"


def test_report_without_readings() -> None:
    """Without a reading emotions are absent: null, empty, 0; never a fake neutral."""
    report = interview_report()
    report.ClearField("emotion")
    report.ClearField("average_score")
    record = orjson.loads(record_of(report).value)["report"]
    assert record["emotion_analysis"] == {
        "most_common_emotion": None,
        "emotion_distribution": {},
        "average_confidence": None,
        "total_analyses": 0,
    }
    assert record["average_score"] is None


def test_whole_seconds_stay_a_number_of_seconds() -> None:
    """An instant without milliseconds is written as a number all the same."""
    report = interview_report()
    report.complete_time.nanos = 0
    assert orjson.loads(record_of(report).value)["timestamp"] == 1703154645.0


def fields_of(message: Message, path: str = "") -> Iterator[tuple[str, Message, Any]]:
    """Every single field that `message` and what it holds can have, by its path."""
    for field in message.DESCRIPTOR.fields:
        here = f"{path}{field.name}"
        if field.message_type is None:
            yield here, message, field
            continue
        inner = getattr(message, field.name)
        assert len(inner) if field.is_repeated else message.HasField(field.name), f"fill {here} in the sample"
        yield from fields_of(inner[0] if field.is_repeated else inner, f"{here}.")


FIELDS = [path for path, _, _ in fields_of(interview_report(room_id="room-7"))]


@pytest.mark.parametrize("path", FIELDS)
def test_no_field_is_forgotten(path: str) -> None:
    """Another value in any field of the message makes another record, or is refused by that field's rule."""
    report = interview_report(room_id="room-7")
    before = record_of(report).value
    [(message, field)] = [(message, field) for at, message, field in fields_of(report) if at == path]
    change(message, field)
    blamed = refused_field(report)
    if blamed:
        assert blamed.endswith(BLAMED.get(path, path.rpartition(".")[2]))
    else:
        assert record_of(report).value != before


# Fields that must agree with another one, and which of the two is blamed.
BLAMED = {
    "revision": "report_id",
    "interview_id": "interview_id",
    "kind": "room_id",
    "answers.unscored_reason": "score",
    "answers.emotion.emotions.emotion": "emotions",
}


def refused_field(report: InterviewReport) -> str:
    try:
        record_of(report)
    except InvalidField as refused:
        return refused.field
    return ""


def change(message: Message, field: Any) -> None:
    """Gives a field another value, as different as its type allows."""
    value = getattr(message, field.name)
    if field.is_repeated:
        value.append("more")
    elif field.enum_type:
        others = [each.number for each in field.enum_type.values if each.number not in (0, value)]
        setattr(message, field.name, others[0])
    else:
        setattr(message, field.name, _other(value, field))


def _other(value: Any, field: Any) -> Any:
    if field.name == "nanos":
        return value - 100_000_000
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value.replace("2023-", "2024-") if value.startswith("2023-") else value + "+"
    return value + 1 if isinstance(value, int) else value / 2


def test_key_and_headers_come_from_the_bytes_alone() -> None:
    """A record read back from its bytes has the same id, key and headers: a file is complete in itself."""
    record = record_of(interview_report(room_id="room-7", revision=3))
    again = decode(record.value)
    assert again == record
    assert (again.key, dict(again.headers)) == (record.key, dict(record.headers))
    assert dict(record.headers)["ce_id"] == f"{INTERVIEW_ID}.3".encode()
    assert dict(record.headers)["ce_time"] == b"2023-12-21T10:30:45.789Z"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"NaN",
        b"[" * 100_000,
        GOLDEN.encode()[:-1],
        GOLDEN.encode() + b"x",
        GOLDEN.replace('"interview_system"', '"elsewhere"').encode(),
        GOLDEN.replace("J6.1", "J6.0").encode(),
        GOLDEN.replace("J6.1", "J7.1").encode(),
        GOLDEN.replace('"report_id":"interview_01JZX5Q3N8V2C4D6E8F0G2H4J6.1"', '"report_id":7').encode(),
        GOLDEN.replace('"room_id":"room-7"', '"room_id":[]').encode(),
        GOLDEN.replace("1703154645.789", "1e300").encode(),
        GOLDEN.replace("1703154645.789", "-1").encode(),
        GOLDEN.replace('"score":8', '"score":8.5').encode(),
        GOLDEN.replace("Имя", "\\ud800").encode(),
        GOLDEN.replace("Имя", "а" * 4 * 1024 * 1024).encode(),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_damaged_bytes_are_told(value: bytes) -> None:
    """Whatever is no record is DamagedRecord, and nothing else is raised."""
    with pytest.raises(DamagedRecord):
        decode(value)


def test_the_same_report_from_another_release() -> None:
    """Keys that only one of two records has, and another topic, make no other report; another score does."""
    record = record_of(interview_report())
    older = orjson.loads(record.value)
    older["topic"] = "before"
    del older["report"]["language"], older["report"]["answers"][0]["verdicts"]
    assert say_the_same(record, decode(orjson.dumps(older)))
    older["report"]["answers"][0]["score"] = 7
    assert not say_the_same(record, decode(orjson.dumps(older)))
    assert not say_the_same(record, record_of(interview_report(candidate_name="Другое Имя")))
