"""Rules for single values, shared by the report as a caller sends it and the record as a file holds it."""

import math
import re
from datetime import datetime

from services.common.errors import InvalidField
from services.common.fields import without_control_characters

# ASCII only, so that they fit into headers, keys and file names as they are.
_INTERVIEW_ID = re.compile(r"interview_[0-9A-Za-z]+")
LONGEST_INTERVIEW_ID = 64
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


def is_interview_id(text: str) -> bool:
    """Whether `text` can be the id of an interview."""
    return len(text) <= LONGEST_INTERVIEW_ID and _INTERVIEW_ID.fullmatch(text) is not None


def check_required(field: str, value: str) -> None:
    """Raises InvalidField if `value` is empty, or holds control characters but tab and line ends."""
    if not value.strip():
        raise InvalidField(field, "must not be empty")
    without_control_characters(field, value)


def check_count(field: str, value: int) -> None:
    """Raises InvalidField if `value` is below 0."""
    if value < 0:
        raise InvalidField(field, f"must be 0 or more, is {value}")


def check_quantity(field: str, value: float) -> None:
    """Raises InvalidField if `value` is below 0, infinite or no number."""
    if not (math.isfinite(value) and value >= 0):
        raise InvalidField(field, f"must be 0 or more, is {value}")


def check_time(field: str, value: str) -> None:
    """Raises InvalidField if `value` is no time as reports write it."""
    if not is_time(value):
        raise InvalidField(field, 'must be a time written "YYYY-MM-DD HH:MM:SS"')


def is_time(text: str) -> bool:
    """Whether `text` is a time as reports write it, "YYYY-MM-DD HH:MM:SS"."""
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
