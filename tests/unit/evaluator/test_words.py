"""Words compared by stem and spelling, and questions that are one and the same."""

import pytest

from services.evaluator.key_points import key_points
from services.evaluator.words import Vocabulary, same_question, stem_of


@pytest.mark.parametrize(
    ("one", "other"),
    [("кортежи", "кортеж"), ("хешируется", "хешировать"), ("изменяемый", "изменяемые"), ("indexes", "index"),
     ("всё", "все")],
)  # fmt: skip
def test_forms_of_a_word_are_found(one: str, other: str) -> None:
    """By stem, or by the likeness of the stems."""
    assert Vocabulary([stem_of(other)]).spellings(stem_of(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mutable", "immutable"),
        ("изменяемый", "неизменяемый"),
        ("1024", "1025"),
        ("tcp", "tcb"),
        ("стек", "куча"),
    ],
)
def test_other_words_are_not(one: str, other: str) -> None:
    """Antonyms by prefix, numbers and short names are no misspellings."""
    assert not Vocabulary([stem_of(other)]).spellings(stem_of(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Что такое GIL?", "что такое gil"),
        ("Чем список отличается от кортежа?", "От кортежа чем список отличается?"),
        ("Как работает индекс в базе данных?", "Как работают индексы в базах данных?"),
        ("How does a hash table resolve collisions?", "How do hash tables resolve a collision?"),
    ],
)
def test_a_question_in_another_form_is_the_same(one: str, other: str) -> None:
    """Case, order and endings do not make a new question."""
    assert same_question(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Что такое GIL?", "Что такое генератор?"),
        ("What is a deadlock?", "What is a deadlock, and how would you prevent it in PostgreSQL?"),
        ("Чем список отличается от кортежа?", "Когда кортеж хешируется, а когда нет?"),
    ],
)
def test_a_question_that_goes_further_is_another(one: str, other: str) -> None:
    """A harder question on the same thing is allowed."""
    assert not same_question(one, other)


def test_a_reference_is_split_into_statements() -> None:
    """Sentences, list items and lines; what says too little joins the part before it."""
    points = key_points(
        "Индекс ускоряет чтение. Да.\n- замедляет запись\n- занимает место на диске; обычно это B-дерево."
    )
    assert [point.text for point in points] == [
        "Индекс ускоряет чтение. Да.",
        "замедляет запись",
        "занимает место на диске;",
        "обычно это B-дерево.",
    ]


def test_a_long_reference_has_at_most_12_key_points_and_loses_no_word() -> None:
    """Neighbours are joined instead of dropped."""
    reference = " ".join(f"Утверждение номер{n} верно всегда." for n in range(40))
    points = key_points(reference)
    assert len(points) == 12
    assert " ".join(point.text for point in points) == reference
