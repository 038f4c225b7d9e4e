"""docs/report.schema.json against real records, the guide's sample, and records with something missing."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from interview.v1.reporter_service_pb2 import PublishReportRequest
from jsonschema import Draft202012Validator

from services.reporter.encoding import encode
from services.reporter.record import DamagedRecord, decode
from services.reporter.translate import report_in
from tests.fakes.reports import interview_report

ROOT = Path(__file__).parents[2]
SCHEMA = orjson.loads((ROOT / "docs" / "report.schema.json").read_bytes())
GUIDE_RECORD = (Path(__file__).parent / "guide_record.json").read_bytes()

ADDED = {
    "report": {
        "report_id",
        "kind",
        "room_id",
        "language",
        "questions_asked",
        "scored_answers",
        "unscored_answers",
    },
    "answer": {
        "declined",
        "unscored_reason",
        "verdicts",
        "provenance",
        "follow_up_skipped",
        "depth",
        "generated",
    },
    "reading": {"accepted_frames"},
}


def real_record() -> Any:
    request = PublishReportRequest(report=interview_report(room_id="room-7"))
    return orjson.loads(encode(report_in(request), "step3").value)


def is_valid(record: Any) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(record)


def is_taken(record: Any) -> bool:
    """Whether a file with this content would be sent."""
    try:
        decode(orjson.dumps(record))
    except DamagedRecord:
        return False
    return True


def promised_places(record: Any) -> Iterator[tuple[str, list[Any]]]:
    """Every key the guide's sample promises, with the way to it in `record`."""

    def walk(value: Any, path: list[Any]) -> Iterator[tuple[str, list[Any]]]:
        if isinstance(value, dict) and path[-1:] not in (["emotions"], ["emotion_distribution"]):
            for key, inner in value.items():
                yield ".".join(map(str, [*path, key])), [*path, key]
                yield from walk(inner, [*path, key])
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from walk(value[0], [*path, 0])

    yield from walk(record, [])


PROMISED = dict(promised_places(orjson.loads(GUIDE_RECORD)))


def changed(record: Any, path: list[Any], value: Any) -> Any:
    record = copy.deepcopy(record)
    parent = record
    for step in path[:-1]:
        parent = parent[step]
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return record


def test_schema_is_a_schema() -> None:
    """It is valid JSON Schema of 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)


def test_real_record_is_valid() -> None:
    """What the reporter writes holds to the schema, with readings and without, scored and not."""
    Draft202012Validator(SCHEMA).validate(real_record())


def test_guide_record_is_valid() -> None:
    """The sample of the system this grew from is valid, and a file with it is sent."""
    record = orjson.loads(GUIDE_RECORD)
    Draft202012Validator(SCHEMA).validate(record)
    assert is_taken(record)


@pytest.mark.parametrize("place", PROMISED)
def test_promised_key_is_required(place: str) -> None:
    """Without any one promised key a record is not valid, and a file without it is damaged."""
    record = changed(real_record(), PROMISED[place], ...)
    assert not is_valid(record)
    assert not is_taken(record)


@pytest.mark.parametrize("place", PROMISED)
@pytest.mark.parametrize("value", [True, {"a": "b"}, [1], -1, 1.5, "no such thing", None], ids=repr)
def test_promised_key_has_its_type(place: str, value: Any) -> None:
    """What the schema refuses in a promised key, a file is refused for too."""
    record = changed(real_record(), PROMISED[place], value)
    if not is_valid(record):
        assert not is_taken(record)


@pytest.mark.parametrize("place", ["", "report", "report.emotion_analysis", "report.answers.0"])
def test_more_keys_are_welcome(place: str) -> None:
    """Keys may be added to every object."""
    path: list[Any] = [int(step) if step == "0" else step for step in place.split(".") if step]
    record = changed(real_record(), [*path, "added_later"], {"any": ["thing"]})
    assert is_valid(record)
    assert is_taken(record)


def test_order_of_keys_is_that_of_the_guide() -> None:
    """Promised keys come first and in the guide's order; added ones stand after them."""
    record, guide = real_record(), orjson.loads(GUIDE_RECORD)
    pairs = [
        (record, guide, set()),
        (record["report"], guide["report"], ADDED["report"]),
        (record["report"]["emotion_analysis"], guide["report"]["emotion_analysis"], set()),
        (record["report"]["answers"][0], guide["report"]["answers"][0], ADDED["answer"]),
        (
            record["report"]["answers"][0]["emotion_analysis"],
            guide["report"]["answers"][0]["emotion_analysis"],
            ADDED["reading"],
        ),
    ]
    for ours, theirs, added in pairs:
        assert list(ours)[: len(theirs)] == list(theirs)
        assert set(list(ours)[len(theirs) :]) == added


def test_every_added_key_is_described() -> None:
    """The schema knows every key the reporter writes."""
    for name, keys in ADDED.items():
        assert keys <= SCHEMA["$defs"][name]["properties"].keys()
        assert not keys & set(SCHEMA["$defs"][name]["required"])


def test_documented_example_is_a_real_record() -> None:
    """The example in docs/report.md is what the reporter writes, and every key of the schema is explained."""
    page = (ROOT / "docs" / "report.md").read_text()
    example = page.partition("```json\n")[2].partition("```")[0]
    assert orjson.loads(example) == real_record()
    keys = {
        key for definition in [SCHEMA, *SCHEMA["$defs"].values()] for key in definition.get("properties", {})
    }
    assert {key for key in keys if f"`{key}`" not in page} == set()
