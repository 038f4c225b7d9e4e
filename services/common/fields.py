"""Checks that several services make on text they are given."""

import re
from typing import TypeVar

from services.common.errors import InvalidField

Number = TypeVar("Number", int, float)

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def checked_text(field: str, value: str, *, shortest: int = 0, longest: int) -> str:
    """`value` if it has `shortest`..`longest` characters and no control character but tab and line ends.

    With `shortest` above 0, text of white space only counts as empty.
    Raises InvalidField.
    """
    if shortest and not value.strip():
        raise InvalidField(field, "must not be empty")
    if not shortest <= len(value) <= longest:
        raise InvalidField(field, f"must have {shortest} to {longest:,} characters, has {len(value):,}")
    return without_control_characters(field, value)


def without_control_characters(field: str, value: str) -> str:
    """`value` if it holds no control character but tab and line ends. Raises InvalidField."""
    if value.isprintable():  # many times faster than the search, and true of most text
        return value
    found = _CONTROL.search(value)
    if found:
        raise InvalidField(field, f"holds the control character U+{ord(found[0]):04X} at {found.start()}")
    return value


def checked_range(field: str, value: Number, lowest: Number, highest: Number) -> Number:
    """`value` if it lies in `lowest`..`highest`, ends included. Raises InvalidField (NaN too)."""
    if not lowest <= value <= highest:
        raise InvalidField(field, f"must be {lowest} to {highest}, is {value}")
    return value
