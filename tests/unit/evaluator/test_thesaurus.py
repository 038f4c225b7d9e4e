"""Words that mean much the same: they count, but less than the word, and never for its opposite."""

from collections import Counter

import pytest

from services.evaluator.evaluation import Criterion, Language, Verdict
from services.evaluator.thesaurus import related
from services.evaluator.word_lists import SAME_MEANING
from services.evaluator.words import stem_of
from tests.unit.evaluator.rubric_answers import evaluated

OPPOSITES = """
fast slow|fast slower|read write|client server|stack heap|parent child|commit rollback|primary replica
thread process|sync async|mutable immutable|list tuple|class object|first last|open close|start stop
add remove|allow forbid|cheap expensive|large small|more less|push pull|left right|before after
encrypt decrypt|lock unlock|success failure|horizontal vertical|authentication authorization|tcp udp
producer consumer|sender receiver|lose keep|increase decrease|local global|public private
быстро медленно|чтение запись|клиент сервер|стек куча|родитель потомок|коммит откат|мастер реплика
поток процесс|изменяемый неизменяемый|список кортеж|класс объект|первый последний|открыть закрыть
начать закончить|добавить удалить|разрешить запретить|дёшево дорого|большой маленький|больше меньше
зашифровать расшифровать|успех ошибка|потерять сохранить|отправить получить|аутентификация авторизация
издатель подписчик|обучение предсказание|точность полнота|увеличить уменьшить|интерфейс реализация
внутренний внешний|временный постоянный|общий отдельный|явный неявный|раньше позже
"""


@pytest.mark.parametrize(
    ("one", "other"), [pair.split() for line in OPPOSITES.split("\n") if line for pair in line.split("|")]
)
def test_opposites_are_never_taken_for_each_other(one: str, other: str) -> None:
    """Questions ask for exactly such differences."""
    assert stem_of(other) not in related(stem_of(one))


def test_the_groups_are_well_formed() -> None:
    """Small letters, at least two words that differ in stem, no group twice, no word in many groups."""
    for words in SAME_MEANING:
        assert len({stem_of(word) for word in words}) > 1, words
        assert all(word == word.casefold() and word.replace("+", "").isalnum() for word in words), words
    assert len(set(map(frozenset, SAME_MEANING))) == len(SAME_MEANING)
    often = Counter(word for words in SAME_MEANING for word in set(words))
    assert max(often.values()) <= 4, often.most_common(5)


async def test_a_word_that_means_much_the_same_counts_and_is_told() -> None:
    """The reason names the word of the criterion and that of the answer; the quote is the answer's."""
    evaluation = await evaluated(
        "It wipes stale rows.",
        language=Language.EN,
        question="What does it do?",
        criteria=(Criterion("Deletes old rows"),),
    )
    verdict = evaluation.verdicts[0]
    assert verdict.verdict is Verdict.MET
    assert verdict.quote == "wipes stale rows"
    assert "Deletes (wipes)" in verdict.reason


async def test_it_counts_less_than_the_word_itself() -> None:
    """What would meet a criterion in its own words shows it in part by others of much the same meaning."""
    criteria = (Criterion("Deletes old rows"),)
    given = {"language": Language.EN, "question": "What does it do?", "criteria": criteria}
    own = await evaluated("Deletes old things.", **given)
    other = await evaluated("Wipes stale things.", **given)
    assert own.verdicts[0].verdict is Verdict.MET
    assert other.verdicts[0].verdict is Verdict.PARTLY_MET


async def test_a_word_of_the_question_stands_for_no_other() -> None:
    """Else whoever repeats the question would show the criteria that put it in other words."""
    criteria = (Criterion("Stale rows vanish"),)
    evaluation = await evaluated(
        "It does delete old rows.",
        language=Language.EN,
        question="Does it delete old rows?",
        criteria=criteria,
    )
    assert evaluation.verdicts[0].verdict is Verdict.NOT_MET
