"""Lists of words told from sentences, and what a question asks for."""

import pytest

from services.evaluator.clauses import sentences_of
from services.evaluator.listing import asked_number, asks_for_list, units_of
from services.evaluator.words import words_of


def is_list(text: str) -> bool:
    return any(listed for _, listed in units_of(text, sentences_of(text, words_of(text))))


@pytest.mark.parametrize(
    "text",
    [
        "index, tree, rows, disk, write, read, scan",
        "индекс дерево строки диск запись чтение поиск место таблица логарифм",
        "primary replica failover quorum leader follower election heartbeat",
    ],
)
def test_words_without_grammar_are_a_list(text: str) -> None:
    """Cut up by commas, or one after the other as in no sentence."""
    assert is_list(text)


@pytest.mark.parametrize(
    "text",
    [
        "An index is a tree, so rows are found without a scan.",
        "Индекс ускоряет чтение, замедляет запись и занимает место.",
        "Стек работает в обратном порядке: последний положенный элемент достают первым.",
        "P = 0.6 * 0.6 * 0.6 * 0.4 * 0.4 = 0.03456",
        "LIFO.",
    ],
)
def test_sentences_and_calculations_are_not(text: str) -> None:
    """Grammar holds them together, or a verb does, or they are no words."""
    assert not is_list(text)


@pytest.mark.parametrize(
    ("question", "asks", "number"),
    [
        ("Name at least three states of a process.", True, 3),
        ("Please state 4 differences.", True, 4),
        ("Назовите два уровня изоляции.", True, 2),
        ("Name the two phases of the commit.", True, None),
        ("What happens when you type a host name?", False, None),
        ("You see at least three heads. What is the state of the coin?", False, None),
    ],
)  # fmt: skip
def test_what_a_question_asks_for(question: str, asks: bool, number: int | None) -> None:
    """A list, and how many things of possibly more."""
    assert asks_for_list(question) is asks
    assert asked_number(question) == number
