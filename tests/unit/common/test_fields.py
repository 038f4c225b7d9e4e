"""Checks on text and numbers that callers send."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.errors import InvalidField
from services.common.fields import checked_range, checked_text, without_control_characters


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "\u2003"])
def test_white_space_is_empty_where_text_is_needed(text: str) -> None:
    """Text of white space only counts as none."""
    with pytest.raises(InvalidField, match="must not be empty"):
        checked_text("name", text, shortest=1, longest=10)


def test_empty_text_is_fine_where_none_is_needed() -> None:
    """Without a shortest length empty text and white space pass."""
    assert checked_text("name", "", longest=10) == ""
    assert checked_text("name", " ", longest=10) == " "


@given(st.integers(0, 12))
def test_length_is_counted_in_characters(length: int) -> None:
    """Up to `longest` characters, whatever their bytes."""
    text = "😀" * length
    if 1 <= length <= 10:
        assert checked_text("name", text, shortest=1, longest=10) == text
    else:
        with pytest.raises(InvalidField):
            checked_text("name", text, shortest=1, longest=10)


@given(st.text())
def test_control_characters_but_tab_and_line_ends_are_refused(text: str) -> None:
    """Category Cc without \\t, \\n and \\r; everything else is text."""
    controls = {chr(i) for i in (*range(0x20), *range(0x7F, 0xA0))} - set("\t\n\r")
    if controls & set(text):
        with pytest.raises(InvalidField):
            without_control_characters("text", text)
    else:
        assert without_control_characters("text", text) == text


def test_the_error_names_field_character_and_place_but_not_the_text() -> None:
    """A caller finds the fault; a log does not get the words."""
    with pytest.raises(InvalidField) as raised:
        without_control_characters("answer_text", "secret\x00words")
    assert (raised.value.field, raised.value.why) == (
        "answer_text",
        "holds the control character U+0000 at 6",
    )


@pytest.mark.parametrize(
    ("value", "is_good"), [(0.0, True), (1.0, True), (-0.1, False), (1.1, False), (math.nan, False)]
)
def test_ranges_include_their_ends_and_no_nan(value: float, is_good: bool) -> None:
    """NaN is in no range."""
    if is_good:
        assert checked_range("share", value, 0.0, 1.0) == value
        return
    with pytest.raises(InvalidField):
        checked_range("share", value, 0.0, 1.0)
