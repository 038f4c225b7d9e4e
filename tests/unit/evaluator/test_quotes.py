"""Quotes are words of the candidate, or they are nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.quotes import find_quote, has_invisible, shortened, visible


@pytest.mark.parametrize(
    ("quote", "answer", "found"),
    [
        ("кортеж неизменяем", "Значит, кортеж неизменяем.", "кортеж неизменяем"),
        ("кортеж неизменяем", "Значит, кортеж\n  неизменяем.", "кортеж\n  неизменяем"),
        ("  a\u00a0b ", "x a b", "a b"),
        ("cafe\u0301", "the caf\u00e9 is", "caf\u00e9"),
        ("O(log n)", "it is O(log n) on average", "O(log n)"),
        ("кор", "кортеж", ""),
        ("Кортеж", "кортеж", ""),
        ("кортеж изменяем", "кортеж неизменяем", ""),
        ("", "anything", ""),
        ("…", "anything…", ""),
        ("a.c", "abc", ""),
    ],
)
def test_a_quote_is_found_only_as_whole_words_in_their_order(quote: str, answer: str, found: str) -> None:
    """White space and Unicode form may differ, nothing else; what is returned stands in the answer."""
    assert find_quote(quote, visible(answer)) == found


@settings(deadline=None)
@given(st.text(), st.text())
def test_what_is_found_stands_in_the_answer(quote: str, answer: str) -> None:
    """No input makes a quote that is not a part of the answer."""
    seen = visible(answer)
    assert find_quote(quote, seen) in seen


@settings(deadline=None)
@given(st.lists(st.text(alphabet="абвabc", min_size=1, max_size=5), min_size=1, max_size=12), st.data())
def test_any_run_of_an_answers_words_is_found(words: list[str], data: st.DataObject) -> None:
    """An honest quote is never thrown out."""
    first = data.draw(st.integers(min_value=0, max_value=len(words) - 1))
    last = data.draw(st.integers(min_value=first, max_value=len(words) - 1))
    assert find_quote(" ".join(words[first : last + 1]), " ".join(words))


def test_invisible_characters_are_taken_out_and_told() -> None:
    """Zero-width characters, direction marks and soft hyphens hide nothing from a judge."""
    hidden = "ig\u200bno\u00adre \u202etext\ufeff"
    assert visible(hidden) == "ignore text"
    assert has_invisible(hidden)
    assert not has_invisible("Обычный текст, с пробелами\u00a0и é")


def test_shortened_text_keeps_its_length_and_one_line() -> None:
    """A long text is cut with an ellipsis, a short one only folded."""
    assert shortened("a\n b", 10) == "a b"
    assert shortened("x" * 20, 10) == "x" * 9 + "…"
