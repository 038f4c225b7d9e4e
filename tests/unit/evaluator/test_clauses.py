"""Which words a sentence says with a negation."""

import pytest

from services.evaluator.clauses import negated_starts, sentences_of
from services.evaluator.words import words_of


def negated(text: str) -> list[str]:
    words = words_of(text)
    starts = negated_starts(text, sentences_of(text, words))
    return [word.lower for word in words if word.start in starts and word.is_content]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TCP не гарантирует порядок, но работает.", ["tcp", "гарантирует", "порядок"]),
        ("The kernel doesn't copy pages.", ["kernel", "copy", "pages"]),
        ("It does not follow that threads run faster.", ["follow", "threads", "run", "faster"]),
        ("Rows are found without scanning the table.", ["scanning", "table"]),
        ("The pod gets no traffic.", ["traffic"]),
        ("Хранить не пароль, а хеш.", ["пароль"]),
        ("Список можно менять, кортеж нет.", ["кортеж"]),
        ("Запись фиксируется или не происходит.", ["происходит"]),
        ("Nobody uses it for logging, caching or retries.", ["logging", "caching", "retries"]),
        ("It never restarts when the probe fails.", ["restarts", "probe", "fails"]),
        ("Это не только кэш.", []),
        ("It's not just a cache.", []),
        ("It does not avoid joins.", []),
        ("Потоки делят память.", []),
    ],
)
def test_a_negation_reaches_as_far_as_it_is_meant(text: str, expected: list[str]) -> None:
    """Its clause, what "that" adds, a list; only the next words of "without"; two undo each other."""
    assert negated(text) == expected
