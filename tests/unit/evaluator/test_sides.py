"""Which of two compared things a word is said of."""

import pytest

from services.evaluator.clauses import sentences_of
from services.evaluator.sides import said_of, sides_of
from services.evaluator.words import words_of

STATEMENTS = ("Стек работает по принципу LIFO", "Очередь работает по принципу FIFO")


@pytest.mark.parametrize(
    "question",
    ["Чем стек отличается от очереди?", "Сравните стек и очередь.", "В чём разница между стеком и очередью?"],
)
def test_a_comparing_question_has_two_sides(question: str) -> None:
    """By the words that the criteria tell them apart with, in any form."""
    sides = sides_of(question, STATEMENTS)
    assert sides[words_of("стек")[0].stem] != sides[words_of("очереди")[0].stem]


@pytest.mark.parametrize("question", ["Что такое стек и очередь?", "Зачем нужен стек?"])
def test_other_questions_have_none(question: str) -> None:
    """Nothing is set against anything."""
    assert not sides_of(question, STATEMENTS)


def test_a_word_belongs_to_the_thing_named_last() -> None:
    """Also in the next sentence; what comes after "unlike" or "than" is not spoken of."""
    sides = sides_of("Compare a stack and a queue.", ("A stack is LIFO", "A queue is FIFO"))
    text = "A stack is handy. It grows, unlike a queue. The queue shrinks."
    words = words_of(text)
    said = said_of(text, sentences_of(text, words), sides)
    by_word = {word.lower: said[word.start] for word in words}
    assert by_word["handy"] == by_word["grows"] == 1
    assert by_word["shrinks"] == 2
