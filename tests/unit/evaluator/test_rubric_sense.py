"""What the rubric judge takes for said: in the criterion's sense, of the same thing, as a statement."""

import pytest

from services.evaluator.evaluation import Criterion, Evaluation, Language, Verdict
from tests.unit.evaluator.rubric_answers import (
    RU_MIDDLING,
    RU_QUESTION,
    evaluated,
    judged,
)


async def test_repeating_the_question_earns_nothing() -> None:
    """Copied question text is not counted, alone or around "I don't know", and is flagged."""
    criteria = (Criterion("Список отличается от кортежа"),)
    judgement = await judged(f"{RU_QUESTION} Не знаю.", criteria=criteria)
    assert isinstance(judgement.outcome, Evaluation)
    assert judgement.outcome.score == 0
    assert "question_copied" in judgement.provenance.flags


@pytest.mark.parametrize(
    "answer",
    [
        "Потоки не выполняют байткод параллельно.",
        "Байткод никогда не выполняется потоками параллельно.",
        "Это не значит, что потоки выполняют байткод параллельно.",
        "Нельзя сказать, чтобы потоки выполняли байткод параллельно.",
    ],
)
async def test_a_negated_statement_does_not_meet_a_criterion(answer: str) -> None:
    """What is said with a "not" is not shown, and the reason says so."""
    criteria = (Criterion("Потоки выполняют байткод параллельно"),)
    plain = await evaluated("Потоки выполняют байткод параллельно.", question="GIL?", criteria=criteria)
    negated = await evaluated(answer, question="GIL?", criteria=criteria)
    assert plain.verdicts[0].verdict is Verdict.MET
    assert negated.verdicts[0].verdict is Verdict.NOT_MET
    assert "отрицанием" in negated.verdicts[0].reason


@pytest.mark.parametrize(
    "answer",
    [
        "You must not rebase pushed branches.",
        "Never rebase a branch that was pushed.",
        "I wouldn't rebase pushed branches.",
    ],
)
async def test_a_criterion_that_denies_is_met_by_a_denial(answer: str) -> None:
    """A "not" on both sides agrees, however it is put."""
    criteria = (Criterion("Pushed branches are not rebased"),)
    evaluation = await evaluated(answer, language=Language.EN, question="Rules?", criteria=criteria)
    assert evaluation.verdicts[0].verdict is Verdict.MET


@pytest.mark.parametrize(
    "answer",
    [
        "Индекс не только ускоряет чтение.",
        "Индекс ускоряет чтение, а запись не ускоряет.",
        "Не знаю про запись, но индекс ускоряет чтение.",
    ],
)
async def test_a_negation_of_something_else_takes_nothing_away(answer: str) -> None:
    """ "Не только A, но и B" says A; "A, но не B" says A."""
    criteria = (Criterion("Индекс ускоряет чтение"),)
    evaluation = await evaluated(answer, question="Зачем?", criteria=criteria)
    assert evaluation.verdicts[0].verdict is Verdict.MET


@pytest.mark.parametrize(
    ("criterion", "answer"),
    [
        (
            "Вычислительные задачи выносят в процессы, multiprocessing",
            "На вычислениях потоки ничего не дают, и счёт я выносила в процессы через multiprocessing.",
        ),
        ("Tuples are hashable", "You can't change a tuple, therefore it is hashable."),
    ],
)
async def test_a_negation_beside_a_statement_takes_nothing_away(criterion: str, answer: str) -> None:
    """Whoever first says what is not so, and then what is, has said what is."""
    evaluation = await evaluated(answer, question="Why?", criteria=(Criterion(criterion),))
    assert evaluation.verdicts[0].verdict is Verdict.MET


async def test_what_is_said_of_the_other_thing_does_not_count() -> None:
    """Who swaps the two things that are compared has said nothing right, and the reason says why."""
    question = "What is the difference between TCP and UDP?"
    criteria = (
        Criterion("TCP guarantees delivery and order"),
        Criterion("UDP has less overhead and lower latency"),
    )
    right = (
        "TCP guarantees that everything is delivered in order, and UDP has a lower latency and less overhead."
    )
    swapped = (
        "UDP guarantees that everything is delivered in order, and TCP has a lower latency and less overhead."
    )
    english = {"language": Language.EN, "question": question, "criteria": criteria}
    assert (await evaluated(right, **english)).score == 10
    wrong = await evaluated(swapped, **english)
    assert wrong.score == 0
    assert "said of the other one" in wrong.verdicts[0].reason


@pytest.mark.parametrize(
    "answer",
    [
        "Список, кортеж, изменяемый, неизменяемый, ключ, словарь, хешируемый, память, меньше",
        "кортеж хешируемый ключ словарь изменяемый список неизменяемый память меньше занимает",
        "Мой ответ: список, кортеж, изменяемый, неизменяемый, ключ, словарь, хешируемый, память, меньше",
    ],
)
async def test_keywords_in_a_heap_show_little(answer: str) -> None:
    """The right words without a statement stay below half; the provenance and the reasons say why."""
    judgement = await judged(answer)
    assert isinstance(judgement.outcome, Evaluation)
    assert judgement.outcome.score <= 3
    assert "words_listed" in judgement.provenance.flags
    assert any("перечислены" in verdict.reason for verdict in judgement.outcome.verdicts)


async def test_a_list_answers_a_question_that_asks_for_one() -> None:
    """ "Name …" wants words in a row."""
    judgement = await judged(
        "Atomicity, consistency, isolation, durability; also known as ACID",
        language=Language.EN,
        question="Name the properties of a transaction.",
        criteria=(Criterion("atomicity and consistency"), Criterion("isolation and durability")),
    )
    assert isinstance(judgement.outcome, Evaluation)
    assert judgement.outcome.score == 10
    assert "words_listed" not in judgement.provenance.flags


async def test_one_of_the_synonyms_of_a_criterion_is_enough() -> None:
    """Words joined by a slash stand for each other."""
    criteria = (Criterion("Мьютекс/блокировка/лок защищает общие данные"),)
    for word in ("Мьютекс", "Блокировка", "Лок"):
        assert (
            await evaluated(f"{word} защищает общие данные.", question="Зачем?", criteria=criteria)
        ).score == 10


async def test_length_earns_nothing() -> None:
    """The same answer among idle sentences has the same score."""
    idle = " Работал я тогда в большой компании и многое увидел своими глазами. Было очень интересно. " * 8
    assert (await evaluated(RU_MIDDLING + idle)).score == (await evaluated(RU_MIDDLING)).score


async def test_antonyms_by_prefix_are_not_spellings() -> None:
    """ "mutable" does not show "immutable"."""
    criteria = (Criterion("immutable"),)
    evaluation = await evaluated("It is mutable.", language=Language.EN, question="Tuple?", criteria=criteria)
    assert evaluation.score == 0


async def test_misspelt_words_count() -> None:
    """One wrong letter in a long word does not cost the criterion."""
    criteria = (Criterion("атомарность транзакции"),)
    evaluation = await evaluated("атомарнасть транзакций", question="ACID?", criteria=criteria)
    assert evaluation.score == 10
