"""Written questions that must not be asked."""

import pytest

from services.evaluator.evaluation import Language
from services.evaluator.questions import is_in, is_known, tells_the_score

KNOWN = ("Чем список отличается от кортежа?", "How does garbage collection work in Python?")


@pytest.mark.parametrize(
    "question",
    [
        "Чем список отличается от кортежа?",
        "чем отличаются списки от кортежей",
        "Чем кортеж отличается от списка?",
        "А чем же отличается список от кортежа?",
        "How does the garbage collection work in Python?",
        "How does garbage collector work in Python?",
        "In Python, how does garbage collection work?",
    ],
)
def test_near_duplicates_are_known(question: str) -> None:
    """Other forms, order, spelling, a word more or less."""
    assert is_known(question, KNOWN)


@pytest.mark.parametrize(
    "question",
    [
        "Когда вы бы взяли кортеж, а не список?",
        "Чем множество отличается от словаря?",
        "How does reference counting work in Python?",
        "When does garbage collection in Python pause a program?",
        "Что такое GIL?",
    ],
)
def test_new_questions_of_the_same_topic_are_not(question: str) -> None:
    """Words in common do not make a repeat."""
    assert not is_known(question, KNOWN)


@pytest.mark.parametrize(
    "question",
    [
        "Вы получили 7 из 10. Что ещё?",
        "Your last answer scored 4/10: why?",
        "Ваш ответ был неполным: что вы знаете о хешах?",
        "Вы не назвали память. Почему кортеж занимает меньше?",
        "You did not mention memory: why is a tuple smaller?",
        "Your previous answer was weak. What is hashing?",
        "Какова была бы ваша оценка, если вы ошиблись?",
        "За этот балл что вы добавите?",
        "Верно! А что происходит при вставке?",
        "Вы частично раскрыли тему индексов: что ещё?",
        "Хороший ответ. Как это проверить?",
        "Not quite: what does an index cost?",
        "Well done! What about writes?",
        "You correctly named the index. What does it cost?",
    ],
)
def test_questions_that_tell_how_an_answer_was_judged_are_found(question: str) -> None:
    """A number, a grade, or what was missing."""
    assert tells_the_score(question)


@pytest.mark.parametrize(
    "question",
    [
        "Как вы оцениваете сложность алгоритма?",
        "Какова оценка времени работы сортировки слиянием?",
        "Как балансировщик распределяет 10 запросов на 10 серверов?",
        "How would you score search results by relevance?",
        "What would you answer to a colleague who says that tuples are slow?",
        "Чем отличается ответ 404 от ответа 410?",
        "Верно ли, что индекс ускоряет запись?",
        "Правильно ли закрывать соединение в finally?",
        "Right joins are rare: when do you need one?",
        "Good indexes cost little: which are good?",
    ],
)
def test_ordinary_questions_are_not(question: str) -> None:
    """The same words in their ordinary sense."""
    assert not tells_the_score(question)


@pytest.mark.parametrize(
    ("language", "text", "fits"),
    [
        (Language.RU, "Что делает Python GIL при работе с asyncio?", True),
        (Language.RU, "What does the GIL do? да", False),
        (Language.EN, "What does the GIL do?", True),
        (Language.EN, "Что делает GIL?", False),
        (Language.EN, "Which limits appear when Кортежи works?", True),
        (Language.EN, "42?", False),
    ],
)
def test_the_language_is_told_by_its_letters(language: Language, text: str, fits: bool) -> None:
    """Latin names in Russian are no English."""
    assert is_in(language, text) is fits
