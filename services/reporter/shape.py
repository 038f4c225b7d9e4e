"""The promised shape of a record, to tell whether a file is one. More keys are welcome."""

import math
import re
from collections.abc import Callable
from typing import Any

from services.reporter.report import EMOTIONS
from services.reporter.rules import is_interview_id, is_time

_REPORT_ID = re.compile(r"(interview_[0-9A-Za-z]+)\.([1-9][0-9]{0,9})")


def fault_of(record: Any) -> str | None:
    """The first thing that keeps `record` (parsed JSON) from being one, such as "report.answers[0].score"."""
    return _fault(_RECORD, record, "")


def promised_part(record: Any) -> Any:
    """A record without the keys that were added to the promised ones, and without its topic."""
    return {**_promised(_RECORD, record), "topic": ""}


def split_report_id(text: str) -> tuple[str, int] | None:
    """Interview id and revision of a report id; None if `text` is not one."""
    found = _REPORT_ID.fullmatch(text)
    return (found[1], int(found[2])) if found and is_interview_id(found[1]) else None


def _promised(spec: Any, value: Any) -> Any:
    if isinstance(spec, dict):
        return {key: _promised(inner, value[key]) for key, inner in spec.items()}
    if isinstance(spec, list):
        return [_promised(spec[0], item) for item in value]
    return value


def _fault(spec: Any, value: Any, path: str) -> str | None:
    if isinstance(spec, dict):
        return _object_fault(spec, value, path)
    if isinstance(spec, list):
        return _array_fault(spec[0], value, path)
    return None if spec(value) else path


def _object_fault(spec: dict[str, Any], value: Any, path: str) -> str | None:
    if not isinstance(value, dict):
        return path or "record"
    for key, inner in spec.items():
        at = f"{path}.{key}" if path else key
        fault = _fault(inner, value[key], at) if key in value else at
        if fault:
            return fault
    return None


def _array_fault(spec: Any, value: Any, path: str) -> str | None:
    if not isinstance(value, list):
        return path
    faults = (_fault(spec, item, f"{path}[{index}]") for index, item in enumerate(value))
    return next((fault for fault in faults if fault), None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and is_time(value)


def _is_number(lowest: float, highest: float) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and lowest <= value <= highest
        )

    return check


def _is_whole(lowest: int, highest: int) -> Callable[[Any], bool]:
    in_range = _is_number(lowest, highest)
    return lambda value: in_range(value) and value == int(value)


def _or_null(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _is_emotion(value: Any) -> bool:
    return isinstance(value, str) and value in EMOTIONS


def _is_distribution(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_emotion, value)) and all(map(_SHARE, value.values()))


_SHARE = _is_number(0, 1)
_COUNT = _is_whole(0, 2**31)

_ANSWER = {
    "question_id": _is_filled,
    "question_text": _is_text,
    "topic": _is_text,
    "difficulty": _is_whole(1, 5),
    "answer_text": _is_text,
    "score": _or_null(_is_whole(0, 10)),
    "evaluation": _is_text,
    "timestamp": _is_instant,
    "emotion_analysis": {
        "primary_emotion": _or_null(_is_emotion),
        "confidence": _or_null(_SHARE),
        "emotions": _is_distribution,
    },
}
_REPORT = {
    "candidate_name": _is_filled,
    "interview_id": lambda value: isinstance(value, str) and is_interview_id(value),
    "completion_time": _is_instant,
    "total_questions": _COUNT,
    "topics_covered": [_is_text],
    "average_score": _or_null(_is_number(0, 10)),
    "emotion_analysis": {
        "most_common_emotion": _or_null(_is_emotion),
        "emotion_distribution": _is_distribution,
        "average_confidence": _or_null(_SHARE),
        "total_analyses": _COUNT,
    },
    "answers": [_ANSWER],
}
_RECORD = {
    "timestamp": _is_number(0, 253_402_300_799.999),
    "source": lambda value: value == "interview_system",
    "topic": _is_filled,
    "report": _REPORT,
}
